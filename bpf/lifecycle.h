/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/* A socket's life: opened, established, used, closed, destroyed. Both backends call these.
 *
 * State is made at SYN_SENT (the caller of connect is the opener), at ESTABLISHED for passive
 * sockets (a SYN flood makes none), or at the first operation met on a socket older than the
 * sensor (adopted). CLOSE -> SYN_SENT on a socket that has state ends one life and begins the
 * next: same cookie, next generation.
 */
#ifndef HALFWIRE_LIFECYCLE_H
#define HALFWIRE_LIFECYCLE_H

#include "actor.h"
#include "socket.h"

static __always_inline bool is_excluded(const struct task_struct *task)
{
	return (__u32)task->tgid == exclusion.tgid;
}

static __always_inline struct socket_state *state_of(struct sock *sk)
{
	return bpf_sk_storage_get(&sockets, sk, NULL, 0);
}

static __always_inline struct socket_state *new_state(struct sock *sk)
{
	struct socket_state *state;

	state = bpf_sk_storage_get(&sockets, sk, NULL, BPF_SK_STORAGE_GET_F_CREATE);
	if (!state) {
		count(storage_failed);
		return NULL;
	}
	state->cookie = bpf_get_socket_cookie(sk);
	state->netns_inode = netns_of(sk);
	return state;
}

static __always_inline void announce(struct sock *sk, const struct tcp_sock *tp,
				     struct socket_state *state, __u16 kind,
				     const struct actor *opener, __u8 outbound, __u64 now_ns)
{
	struct halfwire_socket_record *record;

	state->announced = 1;
	record = reserve_record(struct halfwire_socket_record, kind, now_ns);
	if (!record)
		return;
	fill_socket(&record->socket, state);
	if (opener)
		record->image = opener->image;
	record->outbound = outbound;
	fill_endpoints(sk, tp, &record->local, &record->remote);
	/* Before the port is chosen inet_sport is that of the socket's last life; the number is 0. */
	if (kind == HALFWIRE_KIND_CONNECT)
		record->local.port = sk->__sk_common.skc_num;
	submit_record(record);
}

/* Flushes what is owed and sends the totals. */
static __always_inline void finish(struct sock *sk, const struct tcp_sock *tp,
				   struct socket_state *state)
{
	struct halfwire_final_record *record;

	if (state->excluded || !state->announced)
		return;
	flush_all_slots(state);
	if (!state->closed)
		read_totals(sk, tp, state->fin_queued, &state->closed_totals);
	record = reserve_record(struct halfwire_final_record, HALFWIRE_KIND_FINAL,
				bpf_ktime_get_boot_ns());
	if (!record)
		return;
	fill_socket(&record->socket, state);
	record->written_bytes = state->closed_totals.written_bytes - state->baseline_written_bytes;
	record->read_bytes = state->closed_totals.read_bytes - state->baseline_read_bytes;
	record->unsent_bytes = state->closed_totals.unsent_bytes;
	record->unread_bytes = state->closed_totals.unread_bytes;
	record->marks = state->marks | marks_of(sk, tp, state);
	submit_record(record);
}

/* A new life on a socket that had one: same cookie, next generation, nothing else kept. */
static __always_inline void begin_next_life(struct socket_state *state)
{
	__u64 cookie = state->cookie;
	__u32 generation = state->generation + 1;
	__u32 netns_inode = state->netns_inode;

	__builtin_memset(state, 0, sizeof(*state));
	state->cookie = cookie;
	state->generation = generation;
	state->netns_inode = netns_inode;
}

/* CLOSE -> SYN_SENT, in the caller's connect (or its Fast Open send). */
static __always_inline void on_connecting(struct sock *sk, const struct tcp_sock *tp)
{
	struct socket_state *state = state_of(sk);

	if (state) {
		finish(sk, tp, state);
		begin_next_life(state);
	} else {
		state = new_state(sk);
		if (!state)
			return;
	}
	if (is_excluded(bpf_get_current_task_btf()))
		state->excluded = 1;
}

static __always_inline void on_connect(struct sock *sk, const struct tcp_sock *tp)
{
	struct socket_state *state = state_of(sk);
	struct actor opener;

	if (!state || state->excluded || state->announced)
		return;
	actor_of(bpf_get_current_task_btf(), &opener);
	announce(sk, tp, state, HALFWIRE_KIND_CONNECT, &opener, HALFWIRE_OUTBOUND_YES,
		 bpf_ktime_get_boot_ns());
}

/* -> ESTABLISHED, in softirq. copied_seq is set before the state, on both sides. */
static __always_inline void on_established(struct sock *sk, const struct tcp_sock *tp,
					   int old_state)
{
	struct socket_state *state = state_of(sk);
	__u64 now_ns = bpf_ktime_get_boot_ns();

	if (!state) {
		if (old_state != TCP_SYN_RECV)
			return;
		state = new_state(sk);
		if (!state)
			return;
		state->established = 1;
		state->copied_seq = tp->copied_seq;
		if (exclusion.port && state->netns_inode == exclusion.netns_inode &&
		    bpf_ntohs(tp->inet_conn.icsk_inet.inet_sport) == exclusion.port) {
			state->excluded = 1;
			return;
		}
		announce(sk, tp, state, HALFWIRE_KIND_ACCEPT, NULL, HALFWIRE_OUTBOUND_NO, now_ns);
		return;
	}
	state->established = 1;
	state->copied_seq = tp->copied_seq;
	if (!state->excluded && state->announced)
		announce(sk, tp, state, HALFWIRE_KIND_CONNECTED, NULL, HALFWIRE_OUTBOUND_YES,
			 now_ns);
}

/* -> CLOSE. The totals are taken here: connect(AF_UNSPEC) zeroes the kernel's right after. */
static __always_inline void on_close(struct sock *sk, const struct tcp_sock *tp, int old_state)
{
	struct socket_state *state = state_of(sk);
	struct halfwire_socket_record *record;

	if (!state || state->excluded || !state->announced || state->closed)
		return;
	read_totals(sk, tp, state->fin_queued, &state->closed_totals);
	state->marks |= marks_of(sk, tp, state);
	state->closed = 1;
	record = reserve_record(struct halfwire_socket_record, HALFWIRE_KIND_CLOSED,
				bpf_ktime_get_boot_ns());
	if (!record)
		return;
	fill_socket(&record->socket, state);
	record->outbound = HALFWIRE_OUTBOUND_UNKNOWN;
	record->established = state->established;
	record->close_reason = close_reason(sk, old_state);
	fill_endpoints(sk, tp, &record->local, &record->remote);
	submit_record(record);
}

static __always_inline void on_state(struct sock *sk, int old_state, int new_state_value)
{
	const struct tcp_sock *tp;
	struct socket_state *state;

	if (!is_tcp_stream(sk))
		return;
	tp = bpf_skc_to_tcp_sock(sk);
	if (!tp)
		return;
	switch (new_state_value) {
	case TCP_SYN_SENT:
		on_connecting(sk, tp);
		break;
	case TCP_ESTABLISHED:
		on_established(sk, tp, old_state);
		break;
	case TCP_FIN_WAIT1:
	case TCP_LAST_ACK:
		state = state_of(sk);
		if (state)
			state->fin_queued = 1;
		break;
	case TCP_CLOSE:
		on_close(sk, tp, old_state);
		break;
	}
}

/* The socket is gone. One without state that carried bytes was never seen by a hook. */
static __always_inline void on_destroy(struct sock *sk)
{
	struct socket_state *state;
	struct socket_totals totals;
	const struct tcp_sock *tp;

	if (!is_tcp_stream(sk))
		return;
	tp = bpf_skc_to_tcp_sock(sk);
	if (!tp)
		return;
	state = state_of(sk);
	if (state) {
		finish(sk, tp, state);
		state->excluded = 1; /* the sweep may still meet it until it is freed */
		return;
	}
	read_totals(sk, tp, false, &totals);
	if (totals.written_bytes || totals.read_bytes) {
		struct halfwire_counters *counted = this_cpu_counters();

		if (!counted)
			return;
		__sync_fetch_and_add(&counted->unseen_sockets, 1);
		__sync_fetch_and_add(&counted->unseen_sent_bytes, totals.written_bytes);
		__sync_fetch_and_add(&counted->unseen_received_bytes, totals.read_bytes);
	}
}

/* A socket older than the sensor, met at its first operation: its counts start here. */
static __always_inline struct socket_state *adopt(struct sock *sk, const struct tcp_sock *tp,
						  __u64 sent_bytes)
{
	struct socket_state *state = new_state(sk);
	struct socket_totals totals;

	if (!state || state->announced)
		return state;
	read_totals(sk, tp, false, &totals);
	state->established = 1;
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

	tp = bpf_skc_to_tcp_sock(sk);
	if (!tp)
		return;
	state = state_of(sk);
	if (!state) {
		if (is_excluded(bpf_get_current_task_btf())) {
			count(excluded_operations);
			return;
		}
		adopt(sk, tp, 0);
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
		read_totals(sk, tp, state->fin_queued, &state->closed_totals);
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

SEC("tp_btf/tcp_destroy_sock")
int BPF_PROG(socket_destroyed, struct sock *sk)
{
	on_destroy(sk);
	return 0;
}

#endif
