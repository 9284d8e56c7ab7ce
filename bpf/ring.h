/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/* Records into the ring: reserve, count, and wake the reader only when it pays. */
#ifndef HALFWIRE_RING_H
#define HALFWIRE_RING_H

#include "state.h"

/* Burst records leave the last eighth to what happens once and cannot be made good by a later
 * snapshot: connects, closes, finals, processes, and the last bursts of a socket. */
static __always_inline bool ring_has_room_for_bursts(void)
{
	return bpf_ringbuf_query(&ring, BPF_RB_AVAIL_DATA) <
	       knobs.ring_bytes - knobs.ring_bytes / 8;
}

/* The reader drains by the clock; a wake-up costs about 7 us and is sent above a quarter. */
static __always_inline __u64 wakeup_flags(void)
{
	if (bpf_ringbuf_query(&ring, BPF_RB_AVAIL_DATA) > knobs.ring_bytes / 4)
		return BPF_RB_FORCE_WAKEUP;
	return BPF_RB_NO_WAKEUP;
}

static __always_inline void fill_header(struct halfwire_header *header, __u16 kind,
					__u32 length_bytes, __u64 time_ns)
{
	header->kind = kind;
	header->version = HALFWIRE_WIRE_VERSION;
	header->length_bytes = length_bytes;
	header->time_ns = time_ns;
}

static __always_inline void fill_socket(struct halfwire_socket *socket,
					const struct socket_state *state)
{
	socket->cookie = state->cookie;
	socket->generation = state->generation;
	socket->netns_inode = state->netns_inode;
}

/* Reserves a zeroed record of a fixed-size type, or counts the loss and gives NULL. */
#define reserve_record(type, record_kind, at_ns) reserve_record_if(true, type, record_kind, at_ns)

#define reserve_record_if(has_room, type, record_kind, at_ns)                                      \
	({                                                                                         \
		type *_record = NULL;                                                              \
		count(attempted[record_kind]);                                                     \
		if (has_room)                                                                      \
			_record = bpf_ringbuf_reserve(&ring, sizeof(type), 0);                     \
		if (_record) {                                                                     \
			__builtin_memset(_record, 0, sizeof(type));                                \
			fill_header(&_record->header, record_kind, sizeof(type), at_ns);           \
		} else {                                                                           \
			count(lost[record_kind]);                                                  \
		}                                                                                  \
		_record;                                                                           \
	})

#define submit_record(record) bpf_ringbuf_submit(record, wakeup_flags())

#endif
