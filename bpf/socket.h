/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/* Reading a socket: its endpoints and the truth about its bytes, in the application's view.
 *
 *   written = bytes_acked + (write_seq - snd_una) - (1 for the SYN of an active open)
 *             - (1 if a FIN was queued)
 *   read    = bytes_received - (rcv_nxt - copied_seq) - (1 if the FIN was consumed)
 *
 * SYN and FIN take a sequence number each and the kernel's counts include them; while the peer's
 * FIN waits unread its byte cancels in the difference. bytes_sent less bytes_retrans would not do:
 * a transmit that fails on this host (a shaper's drop, no route) is counted again by each retry.
 * Only under the socket lock, or when the socket is gone.
 */
#ifndef HALFWIRE_SOCKET_H
#define HALFWIRE_SOCKET_H

#include "store.h"

/* The tracepoints fire for every protocol, and sk_protocol alone also matches raw sockets. */
static __always_inline bool is_tcp_stream(const struct sock *sk)
{
	return sk->sk_protocol == IPPROTO_TCP && sk->sk_type == SOCK_STREAM;
}

/* A helper's return costs 25 ns where the processor needs safe returns; the cast, from 6.2, is a
 * plain move in the program. Older kernels take the helper: the dead branch is never verified. */
#ifndef HALFWIRE_HASH_STORE
extern void *bpf_rdonly_cast(const void *object, __u32 btf_id) __ksym __weak;
#endif

static __always_inline const struct tcp_sock *tcp_sock_of(struct sock *sk)
{
#ifdef HALFWIRE_HASH_STORE
	return bpf_skc_to_tcp_sock(sk);
#else
	if (!bpf_rdonly_cast)
		return bpf_skc_to_tcp_sock(sk);
	if (!is_tcp_stream(sk))
		return NULL;
	return bpf_rdonly_cast(sk, bpf_core_type_id_kernel(struct tcp_sock));
#endif
}

static __always_inline __u32 netns_of(const struct sock *sk)
{
	return sk->__sk_common.skc_net.net->ns.inum;
}

static __always_inline void read_in6(struct halfwire_endpoint *to, const struct in6_addr *from)
{
	__builtin_memcpy(to->address, from->in6_u.u6_addr8, 16);
}

/* inet_sport and not skc_num: at SYN_SENT and CLOSE the bound number is 0. */
static __always_inline void fill_endpoints(const struct sock *sk, const struct tcp_sock *tp,
					   struct halfwire_endpoint *local,
					   struct halfwire_endpoint *remote)
{
	local->port = bpf_ntohs(tp->inet_conn.icsk_inet.inet_sport);
	remote->port = bpf_ntohs(sk->__sk_common.skc_dport);
	if (sk->__sk_common.skc_family == AF_INET6) {
		local->family = HALFWIRE_FAMILY_IPV6;
		remote->family = HALFWIRE_FAMILY_IPV6;
		read_in6(local, &sk->__sk_common.skc_v6_rcv_saddr);
		read_in6(remote, &sk->__sk_common.skc_v6_daddr);
		local->scope_id = sk->__sk_common.skc_bound_dev_if;
		remote->scope_id = local->scope_id;
	} else {
		__be32 address = sk->__sk_common.skc_rcv_saddr;

		/* tcp_v4_connect sets inet_saddr first and skc_rcv_saddr with it; after an
		 * unhash the latter is cleared where the address was not bound. */
		if (!address)
			address = tp->inet_conn.icsk_inet.inet_saddr;
		local->family = HALFWIRE_FAMILY_IPV4;
		remote->family = HALFWIRE_FAMILY_IPV4;
		__builtin_memcpy(local->address, &address, 4);
		address = sk->__sk_common.skc_daddr;
		__builtin_memcpy(remote->address, &address, 4);
	}
}

static __always_inline bool peer_fin_arrived(const struct sock *sk)
{
	return sk->__sk_common.skc_flags & (1UL << SOCK_DONE);
}

/* The bytes from one sequence number to a later one. 32 bits tell only their distance modulo
 * 4 GiB; what was charged meanwhile is that close to the truth, and tells the rest. */
static __always_inline __u64 bytes_since(__u32 base_seq, __u32 seq, __u64 charged_bytes)
{
	return charged_bytes + (__s32)(seq - base_seq - (__u32)charged_bytes);
}

/* The sequence number of the first byte received, however many were since; a SYN is not counted. */
static __always_inline __u32 first_received_seq(const struct tcp_sock *tp)
{
	return tp->rcv_nxt - (__u32)tp->bytes_received;
}

/* Where a read stands, a consumed FIN left out. */
static __always_inline __u32 read_seq(const struct sock *sk, const struct tcp_sock *tp)
{
	__u32 copied_seq = tp->copied_seq;

	return peer_fin_arrived(sk) && tp->rcv_nxt == copied_seq ? copied_seq - 1 : copied_seq;
}

static __always_inline void read_totals(const struct sock *sk, const struct tcp_sock *tp,
					bool active, bool fin_queued, struct socket_totals *totals)
{
	__u32 unacked = tp->write_seq - tp->snd_una;
	__u32 unsent = tp->write_seq - tp->snd_nxt;
	__u32 unread = tp->rcv_nxt - tp->copied_seq;
	__u64 read = tp->bytes_received - unread;

	if (fin_queued && unsent)
		unsent--;
	if (peer_fin_arrived(sk)) {
		if (unread)
			unread--;
		else
			read--;
	}
	totals->written_bytes = tp->bytes_acked + unacked - active - fin_queued;
	totals->read_bytes = read;
	totals->unsent_bytes = unsent;
	totals->unread_bytes = unread;
}

/* What makes the totals incomparable with what the hooks can see. */
static __always_inline __u32 marks_of(const struct sock *sk, const struct tcp_sock *tp,
				      struct socket_state *state)
{
	volatile __u64 *user_data = &state->user_data;
	__u32 marks = 0;

	*user_data = (unsigned long)sk->sk_user_data;

	/* MPTCP's subflows carry its own upper layer operations, which are no kTLS. */
	if (bpf_core_field_exists(tp->is_mptcp) && tp->is_mptcp)
		marks |= HALFWIRE_MARK_MPTCP;
	else if (tp->inet_conn.icsk_ulp_ops)
		marks |= HALFWIRE_MARK_KTLS;
	if (*user_data & SK_USER_DATA_PSOCK)
		marks |= HALFWIRE_MARK_SOCKMAP;
	if (tp->urg_seq)
		marks |= HALFWIRE_MARK_OOB;
	if (BPF_CORE_READ_BITFIELD(tp, repair))
		marks |= HALFWIRE_MARK_REPAIR;
	return marks;
}

/* The states in which this side's FIN has its place in write_seq. */
static __always_inline bool is_fin_queued_in(int state)
{
	return state == TCP_FIN_WAIT1 || state == TCP_FIN_WAIT2 || state == TCP_CLOSING ||
	       state == TCP_LAST_ACK || state == TCP_TIME_WAIT;
}

/* Which side connected. Both count the same payload, but bytes_acked has the SYN of an active open
 * and bytes_sent has not. Unlocked reads may be torn, so two must agree; a connection too busy for
 * that stays unknown. */
static __always_inline __u8 direction_once(const struct tcp_sock *tp, bool fin_queued)
{
	__u32 unsent = tp->write_seq - tp->snd_nxt;
	__u64 acked = tp->bytes_acked + (__u32)(tp->write_seq - tp->snd_una) - fin_queued;
	__u64 sent = tp->bytes_sent - tp->bytes_retrans + unsent - (fin_queued && unsent);

	if (acked == sent)
		return HALFWIRE_OUTBOUND_NO;
	return acked == sent + 1 ? HALFWIRE_OUTBOUND_YES : HALFWIRE_OUTBOUND_UNKNOWN;
}

static __always_inline __u8 direction_of(const struct tcp_sock *tp, bool fin_queued)
{
	__u32 write_seq = tp->write_seq;
	__u64 bytes_acked = tp->bytes_acked;
	__u8 direction = direction_once(tp, fin_queued);

	in_this_order();
	if (direction_once(tp, fin_queued) != direction || tp->write_seq != write_seq ||
	    tp->bytes_acked != bytes_acked)
		return HALFWIRE_OUTBOUND_UNKNOWN;
	return direction;
}

static __always_inline __u8 close_reason(const struct sock *sk, int old_state)
{
	switch (sk->sk_err) {
	case ECONNREFUSED:
		return HALFWIRE_CLOSE_REFUSED;
	case ECONNRESET:
	case EPIPE:
		return HALFWIRE_CLOSE_RESET;
	case ETIMEDOUT:
		return HALFWIRE_CLOSE_TIMEOUT;
	case EHOSTUNREACH:
	case ENETUNREACH:
		return HALFWIRE_CLOSE_UNREACHABLE;
	}
	switch (old_state) {
	case TCP_SYN_SENT:
	case TCP_SYN_RECV:
	case TCP_ESTABLISHED:
	case TCP_CLOSE_WAIT:
		/* CLOSE without a FIN exchange and without an error: this side threw it away. */
		return HALFWIRE_CLOSE_ABORT;
	case TCP_FIN_WAIT1:
	case TCP_FIN_WAIT2:
	case TCP_TIME_WAIT:
	case TCP_LAST_ACK:
	case TCP_CLOSING:
		return HALFWIRE_CLOSE_FIN;
	}
	return HALFWIRE_CLOSE_UNKNOWN;
}

#endif
