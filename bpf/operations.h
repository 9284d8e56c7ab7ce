/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/* What is done with a socket: payload sent and payload taken, charged to who did it. */
#ifndef HALFWIRE_OPERATIONS_H
#define HALFWIRE_OPERATIONS_H

#include "lifecycle.h"

/* A socket without state, met at its first operation: older than the sensor, or a passive Fast
 * Open one that is used before its handshake ended. The former's counts start here; the latter
 * carries nothing from before.
 */
static __always_inline struct socket_state *adopt(struct sock *sk, const struct tcp_sock *tp,
						  __u64 sent_bytes)
{
	struct socket_state *state = new_state(sk);
	struct socket_totals totals;

	if (!state || state->announced)
		return state;
	state->established = 1;
	if (sk->__sk_common.skc_state == TCP_SYN_RECV) {
		state->copied_seq =
			tp->copied_seq - (__u32)tp->bytes_received + (tp->rcv_nxt - tp->copied_seq);
		begin_heads(tp, state);
		announce(sk, tp, state, HALFWIRE_KIND_ACCEPT, NULL, HALFWIRE_OUTBOUND_NO,
			 bpf_ktime_get_boot_ns());
		return state;
	}
	state->fin_queued = is_fin_queued_in(sk->__sk_common.skc_state);
	read_totals(sk, tp, false, state->fin_queued, &totals);
	state->baseline_written_bytes = totals.written_bytes - sent_bytes;
	state->baseline_read_bytes = totals.read_bytes;
	state->copied_seq = tp->copied_seq;
	state->fin_consumed = peer_fin_arrived(sk) && !totals.unread_bytes;
	announce(sk, tp, state, HALFWIRE_KIND_ADOPT, NULL, HALFWIRE_OUTBOUND_UNKNOWN,
		 bpf_ktime_get_boot_ns());
	return state;
}

/* In the caller's system call, after the lock is released: result bytes were queued. */
static __always_inline void on_sent(struct sock *sk, int result)
{
	struct task_struct *task;
	struct socket_state *state;
	struct actor actor;

	if (result <= 0 || !is_tcp_stream(sk))
		return;
	task = bpf_get_current_task_btf();
	if (is_excluded(task)) {
		count(excluded_operations);
		return;
	}
	state = state_of(sk);
	if (!state) {
		const struct tcp_sock *tp = bpf_skc_to_tcp_sock(sk);

		if (!tp)
			return;
		state = adopt(sk, tp, result);
		if (!state)
			return;
	}
	if (state->excluded)
		return;
	actor_of(task, &actor);
	charge(state, slot_for(state, &actor), result, 0, 1, 0);
}

/* In a function of TCP, under the socket lock: charges what copied_seq moved on since the last time. */
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
		if (is_excluded(bpf_get_current_task_btf())) {
			count(excluded_operations);
			return;
		}
		state = adopt(sk, tp, 0);
		if (!state)
			return;
	}
	if (state->excluded)
		return;
	copied = tp->copied_seq - state->copied_seq;
	state->copied_seq = tp->copied_seq;
	if (copied && !state->fin_consumed && peer_fin_arrived(sk) &&
	    tp->rcv_nxt == tp->copied_seq) {
		state->fin_consumed = 1;
		copied--;
	}
	if (state->closed)
		read_totals(sk, tp, state->active, state->fin_queued, &state->closed_totals);
	if (!copied)
		return;
	/* Not owned by a system call: a kernel consumer in softirq, not `current`. */
	if (!sk->sk_lock.owned) {
		charge(state, &state->slots[ACTOR_SLOTS], 0, copied, 0, receives);
		return;
	}
	actor_of(bpf_get_current_task_btf(), &actor);
	charge(state, slot_for(state, &actor), 0, copied, 0, receives);
}

#endif
