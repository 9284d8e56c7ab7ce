/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/* Resets with which the kernel answers packets that belong to no flow: scans of closed ports, late
 * and made-up segments.
 *
 * The kernel sends them from a raw socket of its own, so they leave past the sockets of TCP and
 * pass the egress hook. A reset that a process causes is sent by its own socket and is not told
 * here; one that answers segments after this host closed first is. A program's raw socket can send what looks the same. IPv4 only: the resets of IPv6
 * leave without any socket, and no hook of a cgroup sees those.
 */
#ifndef HALFWIRE_RESETS_H
#define HALFWIRE_RESETS_H

#include "packet_counters.h"

static __always_inline void fill_packet_endpoint(struct halfwire_endpoint *endpoint,
						 const struct network *network, const __u8 *address,
						 __be16 port)
{
	endpoint->family = network->version == 4 ? HALFWIRE_FAMILY_IPV4 : HALFWIRE_FAMILY_IPV6;
	__builtin_memcpy(endpoint->address, address, sizeof(endpoint->address));
	endpoint->port = bpf_ntohs(port);
}

static __always_inline void tell_reset(struct bpf_sock *sk, const struct network *network,
				       const struct tcp_header *tcp)
{
	__u64 now_ns = bpf_ktime_get_boot_ns();
	struct halfwire_reset_record *record;

	if (!packet_knobs.resets_per_second || sk->type != SOCK_RAW)
		return;
	if (!is_within_rate(RESET_WINDOW, packet_knobs.resets_per_second, now_ns)) {
		add_to_packets(resets_capped, 1);
		return;
	}
	record = reserve_record_if(ring_has_room_for_bursts(), struct halfwire_reset_record,
				   HALFWIRE_KIND_RESET, now_ns);
	if (!record)
		return;
	record->netns_inode = netns_of_packet(sk);
	fill_packet_endpoint(&record->local, network, network->source, tcp->source);
	fill_packet_endpoint(&record->remote, network, network->destination, tcp->destination);
	bpf_ringbuf_submit(record, BPF_RB_NO_WAKEUP);
}

#endif
