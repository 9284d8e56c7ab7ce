/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/* What the programs keep: one state a socket, one ring, one set of counters, and the knobs.
 * Where the states lie is store.h's.
 *
 * Full: the ring refuses a record, the kind's `lost` counts it and the state keeps its totals,
 *       so the next record of that actor is exact again.
 */
#ifndef HALFWIRE_STATE_H
#define HALFWIRE_STATE_H

#include "kernel_process.h"
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
/* While sockets from before are looked for: a socket without state is left to that search. */
struct halfwire_phase phase SEC(".data.phase") = {.is_seeding = 1};

/* An actor is one process image; the last slot is for all beyond the first four. */
#define ACTOR_SLOTS 4
#define ALL_SLOTS (ACTOR_SLOTS + 1)

/* Counters are cumulative and only ever added to. A slot owes a record while its operations are
 * not those of its last one; a record sent twice is harmless, so nobody need claim the debt. */
struct actor_slot {
	__u64 tag; /* 0 free; claimed, then the image is filled in */
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
	__u64 flushed_operations; /* sends and receives that the last record told */
	__u64 kernel_thread;
};

struct socket_totals {
	__u64 written_bytes;
	__u64 read_bytes;
	__u64 unsent_bytes;
	__u64 unread_bytes;
};

/* How often a process image was seen to hold a socket from before. */
enum holders {
	HOLDERS_NONE = 0,
	HOLDERS_ONE = 1,
	HOLDERS_SEVERAL = 2,
};

struct socket_state {
	__u64 cookie;
	__u32 generation;
	__u32 netns_inode;
	/* Adopted: where the counts begin, FINs left out. */
	__u32 base_write_seq;
	__u32 base_copied_seq;
	struct halfwire_image holder;
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
	__u8 adopted;
	__u8 outbound; /* adopted: HALFWIRE_OUTBOUND_... */
	__u8 holders;  /* adopted: enum holders */
	__u8 ready;    /* set last: before that, hooks leave this state alone */
	__u8 finished; /* its final is being told: nothing may follow */
	/* What an audit that did not agree saw, and when; 0 for one that did. */
	__u64 suspected_ns;
	__u64 unsettled_sent_bytes;
	__u64 unsettled_received_bytes;
	__u8 audit_told;
	__u8 reserved[7];
	struct actor_slot slots[ALL_SLOTS];
	struct socket_heads heads;
};

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

/* Keeps the compiler from moving what is read or written across. */
#define in_this_order() asm volatile("" ::: "memory")

static __always_inline struct halfwire_counters *this_cpu_counters(void)
{
	__u32 zero = 0;

	return bpf_map_lookup_elem(&counters, &zero);
}

/* A softirq can interrupt a process on this CPU, hence the atomic add. */
#define count_by(field, number)                                                                    \
	do {                                                                                       \
		struct halfwire_counters *_counters = this_cpu_counters();                         \
		if (_counters)                                                                     \
			__sync_fetch_and_add(&_counters->field, number);                           \
	} while (0)

#define count(field) count_by(field, 1)

#endif
