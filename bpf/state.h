/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/* What the programs keep: one state a socket, one ring, one set of counters, and the knobs.
 *
 * Full: the ring refuses a record, the kind's `lost` counts it and the state keeps its totals,
 *       so the next record of that actor is exact again; sk_storage failing counts in
 *       storage_failed and the socket is then unseen, not wrong.
 */
#ifndef HALFWIRE_STATE_H
#define HALFWIRE_STATE_H

#include "kernel.h"
#include <bpf/bpf_helpers.h>
#include <bpf/bpf_core_read.h>
#include <bpf/bpf_endian.h>
#include <bpf/bpf_tracing.h>
#include "wire/halfwire_wire.h"
#include "heads_state.h"

/* Each in a section of its own, so that user space finds it at offset 0. With may_read_kernel
 * false the verifier never sees a read of kernel memory. */
const volatile struct halfwire_knobs knobs SEC(".rodata.knobs") = {
	.burst_gap_ns = 50 * 1000 * 1000ULL,
	.flush_interval_ns = 1000 * 1000 * 1000ULL,
	.flush_bytes = 1 << 20,
	.ring_bytes = 1 << 20,
	.may_read_kernel = 1,
};
struct halfwire_exclusion exclusion SEC(".data.exclusion") = {};

/* An actor is one process image; the last slot is for all beyond the first four. */
#define ACTOR_SLOTS 4
#define ALL_SLOTS (ACTOR_SLOTS + 1)

/* Counters are cumulative and only ever added to, atomically. `open` is 1 while something was
 * added since the last record; whoever changes it from 1 to 0 owes the record. */
struct actor_slot {
	__u64 tag; /* 0 free; claimed by compare-and-swap, then the image is filled in */
	struct halfwire_image image;
	__u64 sent_bytes;
	__u64 received_bytes;
	__u64 sends;
	__u64 receives;
	__u64 first_ns;
	__u64 last_ns;
	__u64 last_tick; /* of the kernel's timer, when last_ns was read */
	__u64 flushed_ns;
	__u64 flushed_bytes;
	__u32 open;
	__u32 kernel_thread;
};

struct socket_totals {
	__u64 written_bytes;
	__u64 read_bytes;
	__u64 unsent_bytes;
	__u64 unread_bytes;
};

struct socket_state {
	__u64 cookie;
	__u32 generation;
	__u32 netns_inode;
	__u64 baseline_written_bytes; /* before adoption */
	__u64 baseline_read_bytes;
	struct socket_totals closed_totals; /* at CLOSE: a later disconnect zeroes the kernel's */
	/* sk_user_data as a number: the verifier lets no arithmetic be done on the pointer. */
	__u64 user_data;
	__u32 copied_seq;
	__u32 marks;
	__u8 announced; /* user space knows this life */
	__u8 established;
	__u8 fin_queued;
	__u8 fin_consumed;
	__u8 closed;
	__u8 excluded;
	__u8 active; /* opened by connect here: its SYN has a sequence number */
	__u8 reserved;
	struct actor_slot slots[ALL_SLOTS];
	struct socket_heads heads;
};

struct {
	__uint(type, BPF_MAP_TYPE_SK_STORAGE);
	__uint(map_flags, BPF_F_NO_PREALLOC);
	__type(key, int);
	__type(value, struct socket_state);
} sockets SEC(".maps");

struct {
	__uint(type, BPF_MAP_TYPE_RINGBUF);
	__uint(max_entries, 1 << 20); /* user space sets knobs.ring_bytes here too */
} ring SEC(".maps");

struct {
	__uint(type, BPF_MAP_TYPE_PERCPU_ARRAY);
	__uint(max_entries, 1);
	__type(key, __u32);
	__type(value, struct halfwire_counters);
} counters SEC(".maps");

static __always_inline struct halfwire_counters *this_cpu_counters(void)
{
	__u32 zero = 0;

	return bpf_map_lookup_elem(&counters, &zero);
}

/* A softirq can interrupt a process on this CPU, hence the atomic add. */
#define count(field)                                                                               \
	do {                                                                                       \
		struct halfwire_counters *_counters = this_cpu_counters();                         \
		if (_counters)                                                                     \
			__sync_fetch_and_add(&_counters->field, 1);                                \
	} while (0)

#endif
