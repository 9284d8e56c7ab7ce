/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/* What the packet hooks count, and how many records of a kind they may make in a second. */
#ifndef HALFWIRE_PACKET_COUNTERS_H
#define HALFWIRE_PACKET_COUNTERS_H

#include "heads.h"

struct {
	__uint(type, BPF_MAP_TYPE_PERCPU_ARRAY);
	__uint(max_entries, 1);
	__type(key, __u32);
	__type(value, struct halfwire_packet_counters);
} packet_counters SEC(".maps");

#define add_to_packets(field, amount)                                                              \
	do {                                                                                       \
		__u32 _zero = 0;                                                                   \
		struct halfwire_packet_counters *_counters =                                       \
			bpf_map_lookup_elem(&packet_counters, &_zero);                             \
		if (_counters)                                                                     \
			__sync_fetch_and_add(&_counters->field, amount);                           \
	} while (0)

#define ANSWER_WINDOW 0
#define RESET_WINDOW 1
#define RATE_WINDOWS 2

struct rate_window {
	__u64 second;
	__u64 records;
};

struct {
	__uint(type, BPF_MAP_TYPE_ARRAY);
	__uint(max_entries, RATE_WINDOWS);
	__type(key, __u32);
	__type(value, struct rate_window);
} rate_windows SEC(".maps");

/* Two processors at the turn of a second may let a few more through. */
static __always_inline bool is_within_rate(__u32 kind, __u32 per_second, __u64 now_ns)
{
	struct rate_window *window = bpf_map_lookup_elem(&rate_windows, &kind);
	__u64 second = now_ns / 1000000000ULL;

	if (!window)
		return false;
	if (window->second != second) {
		window->second = second;
		window->records = 0;
	}
	if (window->records >= per_second)
		return false;
	__sync_fetch_and_add(&window->records, 1);
	return true;
}

/* The helpers for packets do not tell the namespace of a UDP socket; the cast is there from 6.2. */
static __always_inline __u32 netns_of_packet(struct bpf_sock *sk)
{
#ifdef HALFWIRE_HASH_STORE
	return 0;
#else
	if (!bpf_rdonly_cast)
		return 0;
	return netns_of(bpf_rdonly_cast(sk, bpf_core_type_id_kernel(struct sock)));
#endif
}

#endif
