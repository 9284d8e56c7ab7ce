/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/* What goes past the analytics: bytes sent without TCP, counted, and DNS answers, copied.
 *
 * quic is a UDP payload whose first byte has the fixed bit (0x40) and either the long-header bit
 * with a version that is assigned (RFC 9000 1, RFC 9369 2, the drafts), on any port, or no
 * long-header bit and port 443 at either end. A connection on another port counts its first
 * packets as quic and the rest as udp; another protocol on port 443 may count as quic.
 */
#ifndef HALFWIRE_DATAGRAMS_H
#define HALFWIRE_DATAGRAMS_H

#include "resets.h"

#define DNS_PORT 53
#define QUIC_PORT 443
#define QUIC_FIXED_BIT 0x40
#define QUIC_LONG_BIT 0x80
#define QUIC_VERSION_1 1
#define QUIC_VERSION_2 0x6b3343cf
#define QUIC_DRAFT 0xff0000 /* the upper 24 bits */

static __always_inline bool is_quic(struct __sk_buff *skb, __u32 at, const struct udp_header *udp)
{
	__u8 first;
	__be32 version;

	if (bpf_skb_load_bytes(skb, at, &first, sizeof(first)) || !(first & QUIC_FIXED_BIT))
		return false;
	if (!(first & QUIC_LONG_BIT))
		return udp->source == bpf_htons(QUIC_PORT) ||
		       udp->destination == bpf_htons(QUIC_PORT);
	if (bpf_skb_load_bytes(skb, at + 1, &version, sizeof(version)))
		return false;
	version = bpf_ntohl(version);
	return version == QUIC_VERSION_1 || version == QUIC_VERSION_2 || version >> 8 == QUIC_DRAFT;
}

static __always_inline void count_egress(struct __sk_buff *skb, struct bpf_sock *sk)
{
	struct network network;
	struct udp_header udp;
	struct tcp_header tcp;
	__u32 bytes;

	if (!read_network(skb, &network) || skb->len < network.transport_at)
		return;
	bytes = skb->len - network.transport_at;
	/* A raw socket can send anything under any number: it is not what it says. */
	if (sk->type == SOCK_DGRAM && network.protocol == IPPROTO_UDP &&
	    !bpf_skb_load_bytes(skb, network.transport_at, &udp, sizeof(udp))) {
		bytes -= sizeof(udp);
		if (is_quic(skb, network.transport_at + sizeof(udp), &udp))
			add_to_packets(quic_bytes, bytes);
		else
			add_to_packets(udp_bytes, bytes);
	} else if (sk->protocol == IPPROTO_SCTP) {
		add_to_packets(sctp_bytes, bytes);
	} else if (network.protocol == IPPROTO_TCP) {
		/* The kernel's own resets come this way, and what a raw socket calls TCP: of both
		 * the payload, which a reset has none of. */
		if (bpf_skb_load_bytes(skb, network.transport_at, &tcp, sizeof(tcp)))
			return;
		if (bytes > tcp_header_bytes(&tcp))
			add_to_packets(other_bytes, bytes - tcp_header_bytes(&tcp));
		else if (tcp.flags & TCP_FLAG_RST)
			tell_reset(sk, &network, &tcp);
	} else {
		add_to_packets(other_bytes, bytes);
	}
}

static __always_inline void copy_answer(struct __sk_buff *skb, struct bpf_sock *sk)
{
	struct halfwire_dns_record *record = NULL;
	struct network network;
	struct udp_header udp;
	__u64 now_ns;
	__u32 bytes;
	__u32 at;

	if (!packet_knobs.answers_per_second || !read_network(skb, &network) ||
	    network.protocol != IPPROTO_UDP ||
	    bpf_skb_load_bytes(skb, network.transport_at, &udp, sizeof(udp)) ||
	    udp.source != bpf_htons(DNS_PORT))
		return;
	at = network.transport_at + sizeof(udp);
	if (skb->len <= at)
		return;
	now_ns = bpf_ktime_get_boot_ns();
	if (!is_within_rate(ANSWER_WINDOW, packet_knobs.answers_per_second, now_ns)) {
		add_to_packets(answers_capped, 1);
		return;
	}
	count(attempted[HALFWIRE_KIND_DNS]);
	if (ring_has_room_for_bursts())
		record = bpf_ringbuf_reserve(&ring, sizeof(*record) + HALFWIRE_DNS_LIMIT_BYTES, 0);
	if (!record) {
		count(lost[HALFWIRE_KIND_DNS]);
		return;
	}
	__builtin_memset(record, 0, sizeof(*record));
	fill_header(&record->header, HALFWIRE_KIND_DNS, sizeof(*record) + HALFWIRE_DNS_LIMIT_BYTES,
		    now_ns);
	record->netns_inode = netns_of_packet(sk);
	bytes = skb->len - at;
	if (bytes > HALFWIRE_DNS_LIMIT_BYTES)
		bytes = HALFWIRE_DNS_LIMIT_BYTES;
	asm volatile("" : "+r"(bytes));
	bytes = ((bytes - 1) & (HALFWIRE_DNS_LIMIT_BYTES - 1)) + 1;
	record->data_bytes = bytes;
	if (bpf_skb_load_bytes(skb, at, record + 1, bytes)) {
		bpf_ringbuf_discard(record, BPF_RB_NO_WAKEUP);
		count(lost[HALFWIRE_KIND_DNS]);
		return;
	}
	bpf_ringbuf_submit(record, BPF_RB_NO_WAKEUP);
}

#endif
