/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/* The two packet hooks; see first_bytes.bpf.c. The object that includes this says, in
 * state_of_packet, where socket states are kept.
 */
#ifndef HALFWIRE_FIRST_BYTES_H
#define HALFWIRE_FIRST_BYTES_H

#include "datagrams.h"

static __always_inline bool is_tcp_packet(const struct bpf_sock *sk)
{
	return sk->protocol == IPPROTO_TCP && sk->type == SOCK_STREAM;
}

static __always_inline struct bpf_sock *socket_of(struct __sk_buff *skb)
{
	struct bpf_sock *sk = skb->sk;

	return sk ? bpf_sk_fullsock(sk) : NULL;
}

SEC("cgroup_skb/egress")
int packet_sent(struct __sk_buff *skb)
{
	struct bpf_sock *sk = socket_of(skb);

	if (!sk)
		return 1;
	if (is_tcp_packet(sk))
		on_segment(skb, sk, HALFWIRE_SENT);
	else
		count_egress(skb, sk);
	return 1;
}

SEC("cgroup_skb/ingress")
int packet_received(struct __sk_buff *skb)
{
	struct bpf_sock *sk = socket_of(skb);

	if (!sk)
		return 1;
	if (is_tcp_packet(sk))
		on_segment(skb, sk, HALFWIRE_RECEIVED);
	else if (sk->protocol == IPPROTO_UDP)
		copy_answer(skb, sk);
	return 1;
}

char LICENSE[] SEC("license") = "Dual BSD/GPL";

#endif
