/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/* Who did it: the current process image, its slot in a socket's state, and its burst records.
 *
 * A record is one slot's cumulative snapshot. It is sent when a burst ends (a gap), when a burst
 * lasts or grows (flush_interval_ns, knobs.flush_bytes), by the sweep, and when the socket goes.
 */
#ifndef HALFWIRE_ACTOR_H
#define HALFWIRE_ACTOR_H

#include "current.h"
#include "ring.h"
#include "store.h"

/* The actor's slot, claimed if need be; the last one when the others are taken. */
static __always_inline struct actor_slot *slot_for(struct socket_state *state,
						   const struct actor *actor)
{
	int i;

	if (!actor->tag)
		return &state->slots[ACTOR_SLOTS];
	for (i = 0; i < ACTOR_SLOTS; i++) {
		struct actor_slot *slot = &state->slots[i];
		__u64 tag = slot->tag;

		if (!tag) {
			tag = exchange_if(&slot->tag, 0, actor->tag);
			if (!tag) {
				slot->kernel_thread = actor->kernel_thread;
				slot->image.exec_id = actor->image.exec_id;
				slot->image.start_ns = actor->image.start_ns;
				slot->image.pid = actor->image.pid;
				return slot;
			}
		}
		if (tag == actor->tag)
			return slot;
	}
	return &state->slots[ACTOR_SLOTS];
}

static __always_inline __u64 operations_of(const struct actor_slot *slot)
{
	return slot->sends + slot->receives;
}

static __always_inline bool owes_record(const struct actor_slot *slot)
{
	return operations_of(slot) != slot->flushed_operations;
}

/* Sends the slot's snapshot if something was added since the last one. On a full ring the debt
 * stays: the sweep or the next operation pays it, with the then current totals. */
static __always_inline void flush_slot(struct socket_state *state, struct actor_slot *slot,
				       __u64 last_ns, bool is_last)
{
	struct halfwire_burst_record *record;
	/* Read before the totals: what is added meanwhile stays owed. */
	__u64 operations = operations_of(slot);

	/* Claimed this instant, its image not yet filled in: the next flush takes it. An adopted
	 * socket is told first, which the search for it does. */
	if ((slot->tag && !slot->image.pid) || !state->announced ||
	    operations == slot->flushed_operations)
		return;
	in_this_order();
	record = reserve_record_if(is_last || ring_has_room_for_bursts(),
				   struct halfwire_burst_record, HALFWIRE_KIND_BURST, last_ns);
	if (!record)
		return;
	/* The sweep was overtaken by the socket's end, which has told this slot. What is reserved
	 * before the flag is seen stands before the final. */
	if (state->finished) {
		bpf_ringbuf_discard(record, BPF_RB_NO_WAKEUP);
		count_by(attempted[HALFWIRE_KIND_BURST], -1);
		return;
	}
	fill_socket(&record->socket, state);
	record->image = slot->image;
	record->first_ns = slot->first_ns;
	record->sent_bytes = slot->sent_bytes;
	record->received_bytes = slot->received_bytes;
	record->sends = slot->sends;
	record->receives = slot->receives;
	record->kernel_thread = slot->kernel_thread != 0;
	submit_record(record);
	slot->flushed_operations = operations;
}

static __always_inline void flush_all_slots(struct socket_state *state)
{
	int i;

	for (i = 0; i < ALL_SLOTS; i++)
		flush_slot(state, &state->slots[i], state->slots[i].last_ns, true);
}

/* Once a tick at most: the clock, and what depends on it. Which of two racing threads sees the
 * gap is settled by the exchange of last_ns. */
static __always_inline void advance_clock(struct socket_state *state, struct actor_slot *slot)
{
	__u64 now_ns = bpf_ktime_get_boot_ns();
	__u64 previous_ns = exchange(&slot->last_ns, now_ns);

	if (!previous_ns || (now_ns > previous_ns && now_ns - previous_ns > knobs.burst_gap_ns)) {
		flush_slot(state, slot, previous_ns, false);
		slot->first_ns = now_ns;
		slot->flushed_ns = now_ns;
		slot->flushed_bytes = slot->sent_bytes + slot->received_bytes;
	} else if (owes_record(slot) && now_ns - slot->flushed_ns >= knobs.flush_interval_ns) {
		slot->flushed_ns = now_ns;
		slot->flushed_bytes = slot->sent_bytes + slot->received_bytes;
		flush_slot(state, slot, previous_ns, false);
	}
}

/* Adds one operation to a slot. What is sent is counted atomically, after the lock is released,
 * so a race of two threads costs at most a second, equal record. Within one tick of the kernel's
 * timer the clock is not read again: a burst's first operation is exact, its last one to a tick
 * where operations are that dense. */
static __always_inline void charge(struct socket_state *state, struct actor_slot *slot,
				   __u64 sent_bytes, __u64 received_bytes, __u64 sends,
				   __u64 receives)
{
	__u64 tick = bpf_jiffies64();
	bool owed;
	__u64 bytes;

	if (slot->last_tick != tick) {
		slot->last_tick = tick;
		advance_clock(state, slot);
	}
	owed = owes_record(slot);
	if (sent_bytes)
		__sync_fetch_and_add(&slot->sent_bytes, sent_bytes);
	/* Counted under the socket's lock, so plain additions do; a send must not touch them. */
	if (received_bytes)
		slot->received_bytes += received_bytes;
	in_this_order();
	/* Last: whoever flushes reads these first, and then the bytes they stand for. */
	if (sends)
		__sync_fetch_and_add(&slot->sends, sends);
	if (receives)
		slot->receives += receives;
	/* The sweep is due while this grows. Asked before and after the addition: a record sent
	 * in between must not leave this operation unnoticed. */
	if (!owed || operations_of(slot) - slot->flushed_operations == 1)
		count(bursts_opened);
	bytes = slot->sent_bytes + slot->received_bytes;
	if (bytes - slot->flushed_bytes >= knobs.flush_bytes) {
		slot->flushed_bytes = bytes;
		flush_slot(state, slot, slot->last_ns, false);
	}
}

#endif
