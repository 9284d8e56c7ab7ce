/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/* The sweep: ends bursts that fell silent, tells adopted sockets, and audits (audit.h; not on 5.10,
 * where no socket can be reached from here). User space runs it at most once a second, and only
 * while bursts are opened or were left open. It writes to the ring like the hooks do.
 */
#ifndef HALFWIRE_SWEEP_H
#define HALFWIRE_SWEEP_H

#include "audit.h"
#include "seeding.h"

static __always_inline void sweep_socket(struct socket_state *state)
{
	__u64 now_ns;
	int i;

	if (state->excluded || !state->announced)
		return;
	now_ns = bpf_ktime_get_boot_ns();
	for (i = 0; i < ALL_SLOTS; i++) {
		struct actor_slot *slot = &state->slots[i];
		__u64 last_ns = slot->last_ns;

		if (!owes_record(slot))
			continue;
		if (now_ns > last_ns && now_ns - last_ns > knobs.burst_gap_ns) {
			/* No room: these bursts wait for the reader, and are not lost. */
			if (ring_has_room_for_bursts())
				flush_slot(state, slot, last_ns, false);
			else
				count(bursts_waiting);
		}
		if (owes_record(slot))
			count(bursts_left_open);
	}
}

#ifdef HALFWIRE_HASH_STORE

SEC("iter/bpf_map_elem")
int sweep(struct bpf_iter__bpf_map_elem *ctx)
{
	struct socket_state *state = ctx->value;

	if (state)
		sweep_socket(state);
	return 0;
}

#else

/* One socket on one of the walks below. */
static __always_inline void visit(struct sock *sk, struct socket_state *state)
{
	const struct tcp_sock *tp = bpf_skc_to_tcp_sock(sk);

	if (!tp)
		return;
	tell_seeded(sk, tp, state);
	sweep_socket(state);
	if (state->announced && !state->excluded)
		audit(sk, tp, state);
}

SEC("iter/bpf_sk_storage_map")
int sweep(struct bpf_iter__bpf_sk_storage_map *ctx)
{
	struct socket_state *state = ctx->value;
	struct sock *sk = ctx->sk;

	if (state && sk)
		visit(sk, state);
	return 0;
}

/* For kernels whose walk over the storage can meet an element that is being freed and then reads
 * through its pointer, which is NULL by then (7.x, seen on 7.2: an oops). The sockets that some
 * process has open are those that somebody can act on; it costs a look at every open file. */
SEC("iter/task_file")
int sweep_files(struct bpf_iter__task_file *ctx)
{
	struct sock *sk = tcp_of_file(ctx->file);
	struct socket_state *state;

	if (!sk)
		return 0;
	state = state_of(sk);
	if (state)
		visit(sk, state);
	return 0;
}

#endif
#endif
