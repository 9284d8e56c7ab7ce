/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/* A socket's life: opened, established, used, closed, destroyed. Both backends call these.
 *
 * State is made at SYN_SENT (the caller of connect is the opener), at ESTABLISHED for passive
 * sockets (a SYN flood makes none), or, on a socket older than the sensor, when it is found or first
 * used (adoption.h). CLOSE -> SYN_SENT on a socket that has state ends one life and begins the
 * next: same cookie, next generation.
 */
#ifndef HALFWIRE_LIFECYCLE_H
#define HALFWIRE_LIFECYCLE_H

#include "heads_begin.h"
#include "totals.h"
#include "twins.h"

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

static __always_inline struct socket_state *new_state(struct sock *sk)
{
	struct socket_state *state = create_state(sk);

	if (!state) {
		count(storage_failed);
		return NULL;
	}
	state->cookie = name_of(sk);
	state->netns_inode = netns_of(sk);
	return state;
}

static __always_inline void announce(struct sock *sk, const struct tcp_sock *tp,
				     struct socket_state *state, __u16 kind,
				     const struct halfwire_image *image, __u8 outbound,
				     __u64 now_ns)
{
	struct halfwire_socket_record *record;

	state->announced = 1;
	record = reserve_record(struct halfwire_socket_record, kind, now_ns);
	if (!record)
		return;
	fill_socket(&record->socket, state);
	if (image)
		record->image = *image;
	record->outbound = outbound;
	fill_endpoints(sk, tp, &record->local, &record->remote);
	/* Before the port is chosen inet_sport is that of the socket's last life; the number is 0. */
	if (kind == HALFWIRE_KIND_CONNECT)
		record->local.port = sk->__sk_common.skc_num;
	submit_record(record);
}

/* A socket from before, as soon as it does anything, or when the search for them is done. */
static __always_inline void announce_adopted(struct sock *sk, const struct tcp_sock *tp,
					     struct socket_state *state)
{
	announce(sk, tp, state, HALFWIRE_KIND_ADOPT,
		 state->holders == HOLDERS_ONE ? &state->holder : NULL, state->outbound,
		 bpf_ktime_get_boot_ns());
}

/* Flushes what is owed and sends the totals; what a full ring refuses now is lost. At CLOSE the
 * totals were taken for good. */
static __always_inline void finish(struct sock *sk, const struct tcp_sock *tp,
				   struct socket_state *state)
{
	__u32 lost_bursts = 0;
	int i;

	if (state->excluded)
		return;
	if (!state->closed)
		take_totals(sk, tp, state);
	if (state->adopted && !state->announced)
		announce_adopted(sk, tp, state);
	if (!state->announced)
		return;
	flush_all_slots(state);
	for (i = 0; i < ALL_SLOTS; i++)
		lost_bursts += owes_record(&state->slots[i]);
	state->finished = 1;
	in_this_order();
	tell_totals(state, HALFWIRE_KIND_FINAL, &state->closed_totals,
		    state->marks | marks_of(sk, tp, state), lost_bursts);
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

	/* A twin has begun this life just now. */
	if (state && state->active && !state->established && !state->closed)
		return;
	if (state) {
		finish(sk, tp, state);
		begin_next_life(state);
	} else {
		state = new_state(sk);
		if (!state)
			return;
	}
	state->active = 1;
	/* TCP_REPAIR is over when the connection is used. */
	state->marks = marks_of(sk, tp, state);
	if (is_excluded(running_process()))
		state->excluded = 1;
	in_this_order();
	state->ready = 1;
}

static __always_inline void on_connect(struct sock *sk)
{
	const struct tcp_sock *tp = bpf_skc_to_tcp_sock(sk);
	struct socket_state *state = state_of(sk);
	struct actor opener;

	if (!tp || !state || state->excluded || state->announced)
		return;
	actor_of(running_process(), &opener);
	announce(sk, tp, state, HALFWIRE_KIND_CONNECT, &opener.image, HALFWIRE_OUTBOUND_YES,
		 bpf_ktime_get_boot_ns());
}

/* An active open was answered, under the lock. Not from copied_seq: where the state hook was missed
 * it has moved on. */
static __always_inline void answer(struct sock *sk, const struct tcp_sock *tp,
				   struct socket_state *state)
{
	state->copied_seq = first_received_seq(tp);
	state->base_copied_seq = state->copied_seq;
	state->marks |= marks_of(sk, tp, state);
	begin_heads(tp, state);
	state->established = 1;
	if (!state->excluded && state->announced)
		announce(sk, tp, state, HALFWIRE_KIND_CONNECTED, NULL, HALFWIRE_OUTBOUND_YES,
			 bpf_ktime_get_boot_ns());
}

/* -> ESTABLISHED, in softirq. */
static __always_inline void on_established(struct sock *sk, const struct tcp_sock *tp,
					   int old_state)
{
	struct socket_state *state = state_of(sk);

	if (!state) {
		if (old_state != TCP_SYN_RECV)
			return;
		state = new_state(sk);
		if (!state)
			return;
		state->marks = marks_of(sk, tp, state);
		/* Not copied_seq: a Fast Open reader may have moved it in the very call that ends
		 * the handshake. */
		state->copied_seq = first_received_seq(tp);
		begin_heads(tp, state);
		state->established = 1;
		in_this_order();
		state->ready = 1;
		if (is_excluded_endpoint(sk, tp, state)) {
			count(excluded_operations);
			state->excluded = 1;
			return;
		}
		announce(sk, tp, state, HALFWIRE_KIND_ACCEPT, NULL, HALFWIRE_OUTBOUND_NO,
			 bpf_ktime_get_boot_ns());
		return;
	}
	/* A passive Fast Open socket may have been read before its handshake ended; and a twin
	 * comes here a second time. */
	if (!state->active || state->established)
		return;
	answer(sk, tp, state);
}

/* -> CLOSE. The totals are taken here: connect(AF_UNSPEC) zeroes the kernel's right after. */
static __always_inline void on_close(struct sock *sk, const struct tcp_sock *tp, int old_state)
{
	struct socket_state *state = state_of(sk);
	struct halfwire_socket_record *record;

	if (!state || state->excluded || state->closed)
		return;
	if (state->adopted && !state->announced)
		announce_adopted(sk, tp, state);
	if (!state->announced)
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
	delete_state(sk);
}

HOOK("tp_btf/tcp_destroy_sock", socket_destroyed, on_destroy(sk), struct sock *sk)

/* A sockmap takes over what the hooks would see, and is gone before the socket closes. */
static __always_inline void on_socket_mapped(struct sock *sk)
{
	struct socket_state *state;

	if (!is_tcp_stream(sk))
		return;
	state = state_of(sk);
	if (state)
		state->marks |= HALFWIRE_MARK_SOCKMAP;
}

#endif
