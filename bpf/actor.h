/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/* Who did it: the current process image, its slot in a socket's state, and its burst records.
 *
 * A record is one slot's cumulative snapshot. It is sent when a burst ends (a gap), when a burst
 * lasts or grows (flush_interval_ns, knobs.flush_bytes), by the sweep, and when the socket goes.
 */
#ifndef HALFWIRE_ACTOR_H
#define HALFWIRE_ACTOR_H

#include "ring.h"

struct actor {
	struct halfwire_image image;
	__u64 tag;
	bool kernel_thread;
};

static __always_inline void image_of(const struct task_struct *task, struct halfwire_image *image)
{
	const struct task_struct *leader = task->group_leader;

	image->pid = task->tgid;
	image->start_ns = leader->start_boottime;
	image->exec_id = leader->self_exec_id;
	image->reserved = 0;
}

/* splitmix64's finish over all three parts: two images of one socket do not share a tag, but by
 * a chance of 2^-64. Never 0, which is a free slot. */
static __always_inline __u64 tag_of(const struct halfwire_image *image)
{
	__u64 mixed = image->start_ns ^ ((__u64)image->pid << 32) ^ (image->exec_id << 17) ^
		      image->exec_id;

	mixed = (mixed ^ (mixed >> 30)) * 0xbf58476d1ce4e5b9ULL;
	mixed = (mixed ^ (mixed >> 27)) * 0x94d049bb133111ebULL;
	return (mixed ^ (mixed >> 31)) | 1;
}

/* Valid in system calls only: in softirq, backlog and destroy `current` is a passer-by. */
static __always_inline void actor_of(const struct task_struct *task, struct actor *actor)
{
	image_of(task, &actor->image);
	actor->tag = tag_of(&actor->image);
	actor->kernel_thread = task->flags & PF_KTHREAD;
}

/* The actor's slot, claimed if need be; the last one when the others are taken. */
static __always_inline struct actor_slot *slot_for(struct socket_state *state,
						   const struct actor *actor)
{
	int i;

	for (i = 0; i < ACTOR_SLOTS; i++) {
		struct actor_slot *slot = &state->slots[i];
		__u64 tag = slot->tag;

		if (!tag) {
			tag = __sync_val_compare_and_swap(&slot->tag, 0, actor->tag);
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

/* Sends the slot's snapshot if something was added since the last one. On a full ring the debt
 * stays: the sweep or the next operation pays it, with the then current totals. */
static __always_inline void flush_slot(struct socket_state *state, struct actor_slot *slot,
				       __u64 last_ns)
{
	struct halfwire_burst_record *record;

	/* Claimed this instant, its image not yet filled in: the next flush takes it. */
	if (slot->tag && !slot->image.pid)
		return;
	if (!__sync_lock_test_and_set(&slot->open, 0))
		return;
	record = reserve_record(struct halfwire_burst_record, HALFWIRE_KIND_BURST, last_ns);
	if (!record) {
		/* Somebody may have reopened it meanwhile and counted that. */
		if (__sync_lock_test_and_set(&slot->open, 1))
			count(bursts_flushed);
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
	count(bursts_flushed);
}

static __always_inline void flush_all_slots(struct socket_state *state)
{
	int i;

	for (i = 0; i < ALL_SLOTS; i++) {
		struct actor_slot *slot = &state->slots[i];

		if (slot->open)
			flush_slot(state, slot, slot->last_ns);
	}
}

/* Once a tick at most: the clock, and what depends on it. Which of two racing threads sees the
 * gap is settled by the exchange of last_ns. */
static __always_inline void advance_clock(struct socket_state *state, struct actor_slot *slot)
{
	__u64 now_ns = bpf_ktime_get_boot_ns();
	__u64 previous_ns = __sync_lock_test_and_set(&slot->last_ns, now_ns);

	if (!previous_ns || (now_ns > previous_ns && now_ns - previous_ns > knobs.burst_gap_ns)) {
		if (slot->open)
			flush_slot(state, slot, previous_ns);
		slot->first_ns = now_ns;
		slot->flushed_ns = now_ns;
		slot->flushed_bytes = slot->sent_bytes + slot->received_bytes;
	} else if (slot->open && now_ns - slot->flushed_ns >= knobs.flush_interval_ns) {
		slot->flushed_ns = now_ns;
		slot->flushed_bytes = slot->sent_bytes + slot->received_bytes;
		flush_slot(state, slot, previous_ns);
	}
}

/* Adds one operation to a slot. What is sent is counted atomically, after the lock is released, so a race of two threads costs at most a
 * second, equal record. Within one tick of the kernel's timer the clock is not read again: a
 * burst's first operation is exact, its last one to a tick where operations are that dense. */
static __always_inline void charge(struct socket_state *state, struct actor_slot *slot,
				   __u64 sent_bytes, __u64 received_bytes, __u64 sends,
				   __u64 receives)
{
	__u64 tick = bpf_jiffies64();
	__u64 bytes;

	if (slot->last_tick != tick) {
		slot->last_tick = tick;
		advance_clock(state, slot);
	}
	if (sent_bytes)
		__sync_fetch_and_add(&slot->sent_bytes, sent_bytes);
	if (sends)
		__sync_fetch_and_add(&slot->sends, sends);
	/* Counted under the socket's lock, so plain additions do; a send must not touch them. */
	if (received_bytes)
		slot->received_bytes += received_bytes;
	if (receives)
		slot->receives += receives;
	/* After the adds: a flush clears it before it reads the totals. */
	if (!slot->open && !__sync_lock_test_and_set(&slot->open, 1))
		count(bursts_opened);
	bytes = slot->sent_bytes + slot->received_bytes;
	if (bytes - slot->flushed_bytes >= knobs.flush_bytes) {
		slot->flushed_bytes = bytes;
		flush_slot(state, slot, slot->last_ns);
	}
}

#endif
