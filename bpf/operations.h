/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/* What is done with a socket: payload sent and payload taken, charged to who did it. */
#ifndef HALFWIRE_OPERATIONS_H
#define HALFWIRE_OPERATIONS_H

#include "adoption.h"

/* In the caller's system call: result bytes were queued. On 5.10 the socket is still locked, else
 * it is not any more. */
static __always_inline void on_sent(struct sock *sk, int result, __u64 twin)
{
	current_process process;
	struct socket_state *state;
	struct actor actor;
	__u64 sent;

	if (result <= 0 || !is_tcp_stream(sk))
		return;
	process = running_process();
	if (is_excluded(process)) {
		count(excluded_operations);
		return;
	}
	if (!is_twins_turn((__u64)sk, twin))
		return;
	state = state_of(sk);
	if (!state) {
		state = adopt_in_use(sk, result);
		if (!state)
			return;
	}
	if (state->excluded || !state->ready)
		return;
	sent = result;
	if (state->adopted) {
		sent = sent_since_adoption(sk, state, result);
		if (!sent)
			return;
	}
	actor_of(process, &actor);
	charge(state, slot_for(state, &actor), sent, 0, 1, 0);
}

/* In a function of TCP, under the socket lock: charges what copied_seq moved on since the last
 * time. A second copy finds nothing left. */
static __always_inline void on_copied(struct sock *sk, __u64 receives)
{
	struct socket_state *state;
	const struct tcp_sock *tp;
	struct actor actor;
	__u32 copied;

	/* Disconnected, or never connected: the sequence numbers mean nothing. */
	if (!sk->__sk_common.skc_dport)
		return;
	tp = tcp_sock_of(sk);
	if (!tp)
		return;
	state = state_of(sk);
	if (!state) {
		if (is_excluded(running_process())) {
			count(excluded_operations);
			return;
		}
		state = adopt_in_use(sk, 0);
		if (!state)
			return;
	}
	if (state->excluded || !state->ready)
		return;
	if (!state->established) {
		if (sk->__sk_common.skc_state == TCP_SYN_SENT ||
		    sk->__sk_common.skc_state == TCP_CLOSE)
			return;
		/* Its answer was not seen: the state hook was skipped. */
		answer(sk, tp, state);
	}
	copied = tp->copied_seq - state->copied_seq;
	state->copied_seq = tp->copied_seq;
	if (copied && !state->fin_consumed && peer_fin_arrived(sk) &&
	    tp->rcv_nxt == tp->copied_seq) {
		state->fin_consumed = 1;
		copied--;
	}
	if (!copied)
		return;
	/* Not owned by a system call: a kernel consumer in softirq, not `current`. */
	if (!sk->sk_lock.owned) {
		charge(state, &state->slots[ACTOR_SLOTS], 0, copied, 0, receives);
	} else {
		actor_of(running_process(), &actor);
		charge(state, slot_for(state, &actor), 0, copied, 0, receives);
	}
	if (state->closed)
		take_totals(sk, tp, state);
}

#endif
