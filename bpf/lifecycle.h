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
#include "heads_begin.h"
#include "socket.h"

static __always_inline bool is_excluded(const struct task_struct *task)
{
	return (__u32)task->tgid == exclusion.tgid;
}

/* A connection to the port that this sensor serves metrics on. */
static __always_inline bool is_excluded_endpoint(const struct sock *sk, const struct tcp_sock *tp,
						 const struct socket_state *state)
{
	struct halfwire_endpoint local = {};
	struct halfwire_endpoint remote = {};
	int i;

	if (!exclusion.port || state->netns_inode != exclusion.netns_inode)
		return false;
	fill_endpoints(sk, tp, &local, &remote);
	if (local.port != exclusion.port)
		return false;
	/* Listening on all addresses: nobody else can have the port. */
	if (exclusion.family == HALFWIRE_FAMILY_NONE)
		return true;
	if (local.family != exclusion.family)
		return false;
	for (i = 0; i < 16; i++) {
		if (local.address[i] != exclusion.address[i])
			return false;
	}
	return true;
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

/* Until the SYN is answered the sequence numbers need not be the connection's; nothing the
 * application wrote before counts as written. At CLOSE they are taken for good. */
static __always_inline void take_totals(struct sock *sk, const struct tcp_sock *tp,
					struct socket_state *state)
{
	if (state->closed || !state->established)
		return;
	read_totals(sk, tp, state->active, state->fin_queued, &state->closed_totals);
}

static __always_inline void drop_debts(struct socket_state *state)
{
	int i;

	for (i = 0; i < ALL_SLOTS; i++) {
		if (state->slots[i].open && __sync_lock_test_and_set(&state->slots[i].open, 0))
			count(bursts_flushed);
	}
}

/* Flushes what is owed and sends the totals. */
static __always_inline void finish(struct sock *sk, const struct tcp_sock *tp,
				   struct socket_state *state)
{
	struct halfwire_final_record *record;

	if (!state->excluded && state->announced)
		flush_all_slots(state);
	/* What a full ring refused dies with this life: nobody can pay that debt any more. */
	drop_debts(state);
	if (state->excluded || !state->announced)
		return;
	take_totals(sk, tp, state);
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
	state->active = 1;
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
		begin_heads(tp, state);
		if (is_excluded_endpoint(sk, tp, state)) {
			count(excluded_operations);
			state->excluded = 1;
			return;
		}
		announce(sk, tp, state, HALFWIRE_KIND_ACCEPT, NULL, HALFWIRE_OUTBOUND_NO, now_ns);
		return;
	}
	/* A passive Fast Open socket may have been read before its handshake ended. */
	if (!state->active)
		return;
	state->established = 1;
	state->copied_seq = tp->copied_seq;
	begin_heads(tp, state);
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
	take_totals(sk, tp, state);
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

/* The socket is gone. One without state was never used while the sensor watched. */
static __always_inline void on_destroy(struct sock *sk)
{
	struct socket_state *state;
	const struct tcp_sock *tp;

	if (!is_tcp_stream(sk))
		return;
	state = state_of(sk);
	tp = bpf_skc_to_tcp_sock(sk);
	if (!state || !tp)
		return;
	finish(sk, tp, state);
	state->excluded = 1; /* the sweep may still meet it until it is freed */
}

SEC("tp_btf/tcp_destroy_sock")
int BPF_PROG(socket_destroyed, struct sock *sk)
{
	on_destroy(sk);
	return 0;
}

#endif
