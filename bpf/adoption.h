/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/* Sockets from before: found once at start, with who holds them, or met later at their first use.
 *
 * The hooks are attached first and leave sockets without state alone (phase.is_seeding); then
 * user space runs the searches (seeding.h) and clears the phase. Two numbers are where the
 * counts begin, write_seq and copied_seq. Each is read whole, so no lock is needed: a send whose
 * bytes were queued before that but which returns after it is cut to what it queued since.
 */
#ifndef HALFWIRE_ADOPTION_H
#define HALFWIRE_ADOPTION_H

#include "lifecycle.h"

/* Where the counts begin. Bytes that the running call has just queued are still new. Hooks run
 * meanwhile: they leave the state alone until it is ready, and what is sent before then is old. */
static __always_inline void begin_counts(struct sock *sk, const struct tcp_sock *tp,
					 struct socket_state *state, __u32 sent_bytes)
{
	__u8 tcp_state = sk->__sk_common.skc_state;
	__u32 copied_seq = tp->copied_seq;

	state->fin_queued = is_fin_queued_in(tcp_state);
	state->fin_consumed = peer_fin_arrived(sk) && tp->rcv_nxt == copied_seq;
	state->copied_seq = copied_seq;
	state->base_copied_seq = copied_seq - state->fin_consumed;
	state->active = tcp_state == TCP_SYN_SENT;
	state->established = tcp_state != TCP_SYN_SENT;
	state->outbound =
		state->active ? HALFWIRE_OUTBOUND_YES : direction_of(tp, state->fin_queued);
	state->adopted = 1;
	in_this_order();
	state->base_write_seq = tp->write_seq - state->fin_queued - sent_bytes;
	in_this_order();
	state->ready = 1;
}

/* Met at its first use: no search could see it, or it is a passive Fast Open socket that is used
 * before its handshake ended, which carries nothing from before. */
static __always_inline struct socket_state *adopt_in_use(struct sock *sk, __u32 sent_bytes)
{
	const struct tcp_sock *tp = bpf_skc_to_tcp_sock(sk);
	struct socket_state *state;

	if (!tp)
		return NULL;
	if (sk->__sk_common.skc_state != TCP_SYN_RECV && phase.is_seeding)
		return NULL;
	state = new_state(sk);
	if (!state || state->ready)
		return state;
	if (sk->__sk_common.skc_state == TCP_SYN_RECV) {
		state->copied_seq = first_received_seq(tp);
		begin_heads(tp, state);
		state->established = 1;
		in_this_order();
		state->ready = 1;
		announce(sk, tp, state, HALFWIRE_KIND_ACCEPT, NULL, HALFWIRE_OUTBOUND_NO,
			 bpf_ktime_get_boot_ns());
		return state;
	}
	count(adopted_in_use);
	begin_counts(sk, tp, state, sent_bytes);
	announce_adopted(sk, tp, state);
	return state;
}

/* What a send has queued since the adoption: never more than the connection has in all, less what
 * is charged already. So the sum stays exact also where threads race through the adoption. */
static __always_inline __u64 sent_since_adoption(struct sock *sk, const struct socket_state *state,
						 __u32 result)
{
	const struct tcp_sock *tp = bpf_skc_to_tcp_sock(sk);
	__u64 sent, received;
	__u32 rest;

	if (!tp)
		return 0;
	charged_bytes(state, &sent, &received);
	rest = tp->write_seq - state->base_write_seq - (__u32)sent;
	if (rest >= result)
		return result;
	/* A FIN was queued behind what the adoption cut off. */
	return rest && state->fin_queued ? rest - 1 : rest;
}

#endif
