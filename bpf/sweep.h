/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/* The sweep: ends bursts that fell silent. User space runs it at most once a second, and only
 * while bursts_opened is ahead of bursts_flushed. It writes to the ring like the hooks do.
 */
#ifndef HALFWIRE_SWEEP_H
#define HALFWIRE_SWEEP_H

#include "actor.h"

SEC("iter/bpf_sk_storage_map")
int sweep(struct bpf_iter__bpf_sk_storage_map *ctx)
{
	struct socket_state *state = ctx->value;
	__u64 now_ns;
	int i;

	if (!state || state->excluded || !state->announced)
		return 0;
	now_ns = bpf_ktime_get_boot_ns();
	for (i = 0; i < ALL_SLOTS; i++) {
		struct actor_slot *slot = &state->slots[i];
		__u64 last_ns = slot->last_ns;

		/* A slot just claimed has no image yet; it is the next sweep's. */
		if (i < ACTOR_SLOTS && !slot->image.pid)
			continue;
		/* No room: these bursts wait for the next sweep, and are not lost. */
		if (!ring_has_room_for_bursts())
			return 0;
		if (slot->open && now_ns > last_ns && now_ns - last_ns > knobs.burst_gap_ns)
			flush_slot(state, slot, last_ns);
	}
	return 0;
}

#endif
