/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/* A packet as the cgroup_skb hooks see it: data begins at the IP header, may lie in fragments, and
 * on the way out may be one large segment that the card or the driver will cut.
 */
#ifndef HALFWIRE_PACKET_H
#define HALFWIRE_PACKET_H

#include "kernel.h"
#include <bpf/bpf_helpers.h>
#include <bpf/bpf_endian.h>

#define IPPROTO_HOPOPTS 0
#define IPPROTO_UDP 17
#define IPPROTO_ROUTING 43
#define IPPROTO_DSTOPTS 60
#define IPPROTO_SCTP 132
#define SOCK_DGRAM 2
#define SOCK_RAW 3

/* The kernel's interface (uapi/linux/bpf.h): fixed offsets, no relocation; the rest is not read. */
struct __sk_buff {
	__u32 len;
	__u32 unused[41];
	struct bpf_sock *sk;
};
_Static_assert(__builtin_offsetof(struct __sk_buff, sk) == 168, "__sk_buff layout");

struct bpf_sock {
	__u32 bound_dev_if;
	__u32 family;
	__u32 type;
	__u32 protocol;
	__u32 unused[14];
	__u32 state;
};
_Static_assert(__builtin_offsetof(struct bpf_sock, state) == 72, "bpf_sock layout");

/* Where the transport header begins, and what it is said to be. */
struct network {
	__u32 transport_at;
	__u8 version;
	__u8 protocol;
	__u8 source[16]; /* IPv4 in the first four */
	__u8 destination[16];
};

struct ipv4_header {
	__u8 version_length;
	__u8 service;
	__be16 total_bytes;
	__u32 fragment;
	__u8 hops;
	__u8 protocol;
	__u16 checksum;
	__u8 source[4];
	__u8 destination[4];
};

struct ipv6_header {
	__u8 version_class;
	__u8 flow[3];
	__be16 payload_bytes;
	__u8 next;
	__u8 hops;
	__u8 source[16];
	__u8 destination[16];
};

/* Steps over the options that may stand before a transport header; a fragment's header stays. */
static __always_inline void skip_options(struct __sk_buff *skb, struct network *network)
{
	__u8 option[2];
	int i;

	for (i = 0; i < 3; i++) {
		if (network->protocol != IPPROTO_HOPOPTS && network->protocol != IPPROTO_ROUTING &&
		    network->protocol != IPPROTO_DSTOPTS)
			return;
		if (bpf_skb_load_bytes(skb, network->transport_at, option, sizeof(option)))
			return;
		network->protocol = option[0];
		network->transport_at += (option[1] + 1) * 8;
	}
}

static __always_inline bool read_network(struct __sk_buff *skb, struct network *network)
{
	union {
		struct ipv4_header v4;
		struct ipv6_header v6;
	} header = {};

	__builtin_memset(network, 0, sizeof(*network));
	if (bpf_skb_load_bytes(skb, 0, &header.v4, sizeof(header.v4)))
		return false;
	network->version = header.v4.version_length >> 4;
	if (network->version == 4) {
		network->transport_at = (header.v4.version_length & 15) * 4;
		network->protocol = header.v4.protocol;
		__builtin_memcpy(network->source, header.v4.source, 4);
		__builtin_memcpy(network->destination, header.v4.destination, 4);
		return network->transport_at >= sizeof(header.v4);
	}
	if (network->version != 6 || bpf_skb_load_bytes(skb, 0, &header.v6, sizeof(header.v6)))
		return false;
	network->transport_at = sizeof(header.v6);
	network->protocol = header.v6.next;
	__builtin_memcpy(network->source, header.v6.source, 16);
	__builtin_memcpy(network->destination, header.v6.destination, 16);
	skip_options(skb, network);
	return true;
}

struct udp_header {
	__be16 source;
	__be16 destination;
	__be16 bytes;
	__u16 checksum;
};

struct tcp_header {
	__be16 source;
	__be16 destination;
	__be32 sequence;
	__be32 acknowledged;
	__u8 length; /* upper half, in words */
	__u8 flags;
	__be16 window;
	__u16 checksum;
	__be16 urgent;
};

static __always_inline __u32 tcp_header_bytes(const struct tcp_header *header)
{
	return (header->length >> 4) * 4U;
}

#define TCP_FLAG_SYN 0x02
#define TCP_FLAG_RST 0x04

/* A TCP segment's payload and its place in the stream. */
struct segment {
	struct network network;
	__be16 source_port;
	__be16 destination_port;
	__u32 sequence; /* of the first payload byte */
	__u32 payload_at;
	__u32 payload_bytes;
	__u8 flags;
};

static __always_inline bool read_segment(struct __sk_buff *skb, struct segment *segment)
{
	struct tcp_header header;

	if (!read_network(skb, &segment->network) || segment->network.protocol != IPPROTO_TCP)
		return false;
	if (bpf_skb_load_bytes(skb, segment->network.transport_at, &header, sizeof(header)))
		return false;
	segment->source_port = header.source;
	segment->destination_port = header.destination;
	segment->flags = header.flags;
	/* A SYN takes a number of its own before the data (Fast Open). */
	segment->sequence = bpf_ntohl(header.sequence) + ((header.flags & TCP_FLAG_SYN) ? 1 : 0);
	segment->payload_at = segment->network.transport_at + tcp_header_bytes(&header);
	segment->payload_bytes =
		skb->len > segment->payload_at ? skb->len - segment->payload_at : 0;
	return true;
}

#endif
