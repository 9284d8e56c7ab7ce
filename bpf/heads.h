/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/* First payload bytes of a connection, once per direction, taken from the packets.
 *
 * A stream's beginning is known from heads_begin.h; a segment that continues what was taken so far
 * gives its next piece, and nothing else does: not a retransmission, not the middle of a stream,
 * not a segment that comes before its predecessor (the head then ends there).
 *
 * With deferred accept or Fast Open the first data meets the listener. It is kept by its addresses
 * until the connection's own socket is met, which takes it if its sequence number is the stream's
 * first and the connection has received as much.
 */
#ifndef HALFWIRE_HEADS_H
#define HALFWIRE_HEADS_H

#include "packet.h"
#include "ring.h"
#include "socket.h"

const volatile struct halfwire_packet_knobs packet_knobs SEC(".rodata.packet_knobs") = {
	.sent_bytes = HALFWIRE_HEAD_LIMIT_BYTES,
	.received_bytes = 256,
	.answers_per_second = 200,
};

/* Data for a connection that has no socket yet; a full table forgets the least recently met. */
#define PENDING_HEADS 1024
#define PENDING_BYTES 512

struct pending_key {
	__u8 local[16];
	__u8 remote[16];
	__u32 netns_inode;
	__be16 local_port;
	__be16 remote_port;
};

struct pending_head {
	__u32 sequence;
	__u32 data_bytes;
	__u8 data[PENDING_BYTES];
};

struct {
	__uint(type, BPF_MAP_TYPE_LRU_HASH);
	__uint(max_entries, PENDING_HEADS);
	__type(key, struct pending_key);
	__type(value, struct pending_head);
} pending_heads SEC(".maps");

/* Zeroes to make an entry from: a value of this size does not fit the stack. */
struct {
	__uint(type, BPF_MAP_TYPE_ARRAY);
	__uint(max_entries, 1);
	__type(key, __u32);
	__type(value, struct pending_head);
} empty_head SEC(".maps");

static __always_inline __u32 head_limit(__u32 direction)
{
	__u32 limit =
		direction == HALFWIRE_SENT ? packet_knobs.sent_bytes : packet_knobs.received_bytes;

	return limit < HALFWIRE_HEAD_LIMIT_BYTES ? limit : HALFWIRE_HEAD_LIMIT_BYTES;
}

/* Reserves a record with room for `room` (a constant) bytes after its fixed part. The tail is not
 * zeroed: only data_bytes of it are ever looked at. */
static __always_inline struct halfwire_head_record *reserve_head(const struct socket_state *state,
								 __u32 direction, __u32 room)
{
	struct halfwire_head_record *record = NULL;

	count(attempted[HALFWIRE_KIND_HEAD]);
	if (ring_has_room_for_bursts())
		record = bpf_ringbuf_reserve(&ring, sizeof(*record) + room, 0);
	if (!record) {
		count(lost[HALFWIRE_KIND_HEAD]);
		return NULL;
	}
	__builtin_memset(record, 0, sizeof(*record));
	fill_header(&record->header, HALFWIRE_KIND_HEAD, sizeof(*record) + room,
		    bpf_ktime_get_boot_ns());
	fill_socket(&record->socket, state);
	record->direction = direction;
	record->offset = state->heads.taken_bytes[direction];
	return record;
}

/* Copies 1 to `room` bytes of the packet; `room` is a constant power of two. */
static __always_inline bool send_piece(struct __sk_buff *skb, const struct socket_state *state,
				       __u32 direction, __u32 at, __u32 bytes, __u32 room)
{
	struct halfwire_head_record *record = reserve_head(state, direction, room);

	if (!record)
		return false;
	/* The form that every verifier since 5.10 can follow. */
	if (bytes > room)
		bytes = room;
	asm volatile("" : "+r"(bytes));
	bytes = ((bytes - 1) & (room - 1)) + 1;
	record->data_bytes = bytes;
	if (bpf_skb_load_bytes(skb, at, record + 1, bytes)) {
		bpf_ringbuf_discard(record, BPF_RB_NO_WAKEUP);
		count(lost[HALFWIRE_KIND_HEAD]);
		return false;
	}
	bpf_ringbuf_submit(record, BPF_RB_NO_WAKEUP);
	return true;
}

/* Moves on; a piece that was lost ends the head, for what follows would not join on. */
static __always_inline void advance_head(struct socket_heads *heads, __u32 direction, __u32 bytes,
					 bool sent)
{
	heads->taken_bytes[direction] += bytes;
	heads->pieces[direction]++;
	if (!sent || heads->taken_bytes[direction] >= head_limit(direction) ||
	    heads->pieces[direction] >= HALFWIRE_HEAD_LIMIT_PIECES)
		heads->done[direction] = 1;
}

static __always_inline void take_segment(struct __sk_buff *skb, struct socket_state *state,
					 const struct segment *segment, __u32 direction)
{
	struct socket_heads *heads = &state->heads;
	__u32 taken = heads->taken_bytes[direction];
	/* Where this segment repeats what was taken; far more than it holds for a hole before it. */
	__u32 repeated = taken - (segment->sequence - heads->start[direction]);
	__u32 bytes;
	bool sent;

	if (segment->flags & TCP_FLAG_RST || repeated >= segment->payload_bytes)
		return;
	bytes = segment->payload_bytes - repeated;
	if (bytes > head_limit(direction) - taken)
		bytes = head_limit(direction) - taken;
	if (!bytes)
		return;
	/* Two sizes: most first pieces are small, and a record's room is fixed when it is built. */
	if (bytes <= 512)
		sent = send_piece(skb, state, direction, segment->payload_at + repeated, bytes,
				  512);
	else
		sent = send_piece(skb, state, direction, segment->payload_at + repeated, bytes,
				  HALFWIRE_HEAD_LIMIT_BYTES);
	advance_head(heads, direction, bytes, sent);
}

static __always_inline void pending_key_of(const struct segment *segment, struct bpf_sock *sk,
					   __u32 direction, struct pending_key *key)
{
	const struct tcp_sock *tp = bpf_skc_to_tcp_sock(sk);
	bool sent = direction == HALFWIRE_SENT;

	__builtin_memset(key, 0, sizeof(*key));
	if (tp)
		key->netns_inode = netns_of((const struct sock *)tp);
	__builtin_memcpy(key->local, sent ? segment->network.source : segment->network.destination,
			 16);
	__builtin_memcpy(key->remote, sent ? segment->network.destination : segment->network.source,
			 16);
	key->local_port = sent ? segment->source_port : segment->destination_port;
	key->remote_port = sent ? segment->destination_port : segment->source_port;
}

/* A segment with data that met the listener. */
static __always_inline void keep_for_connection(struct __sk_buff *skb, struct bpf_sock *sk)
{
	struct segment segment;
	struct pending_key key;
	struct pending_head *pending;
	__u32 zero = 0;
	__u32 bytes;

	if (!head_limit(HALFWIRE_RECEIVED) || !read_segment(skb, &segment) ||
	    !segment.payload_bytes || segment.flags & TCP_FLAG_RST)
		return;
	pending = bpf_map_lookup_elem(&empty_head, &zero);
	if (!pending)
		return;
	pending_key_of(&segment, sk, HALFWIRE_RECEIVED, &key);
	if (bpf_map_update_elem(&pending_heads, &key, pending, BPF_ANY))
		return;
	pending = bpf_map_lookup_elem(&pending_heads, &key);
	if (!pending)
		return;
	bytes = segment.payload_bytes;
	if (bytes > PENDING_BYTES)
		bytes = PENDING_BYTES;
	asm volatile("" : "+r"(bytes));
	bytes = ((bytes - 1) & (PENDING_BYTES - 1)) + 1;
	if (bpf_skb_load_bytes(skb, segment.payload_at, pending->data, bytes))
		return;
	pending->sequence = segment.sequence;
	pending->data_bytes = bytes;
}

/* The first packet of an accepted connection's own socket: takes what the listener was sent. */
static __always_inline void join_pending(struct bpf_sock *sk, struct socket_state *state,
					 const struct segment *segment, __u32 direction)
{
	struct socket_heads *heads = &state->heads;
	const struct tcp_sock *tp = bpf_skc_to_tcp_sock(sk);
	struct halfwire_head_record *record;
	struct pending_head *pending;
	struct pending_key key;
	__u32 bytes;

	pending_key_of(segment, sk, direction, &key);
	pending = bpf_map_lookup_elem(&pending_heads, &key);
	if (!tp || !pending || heads->taken_bytes[HALFWIRE_RECEIVED] ||
	    pending->sequence != heads->start[HALFWIRE_RECEIVED]) {
		heads->joined = 1;
		return;
	}
	bytes = pending->data_bytes;
	/* Not accepted by the connection (a Fast Open that was not granted): it comes again. */
	if (!bytes || tp->bytes_received < bytes)
		return;
	heads->joined = 1;
	if (bytes > head_limit(HALFWIRE_RECEIVED))
		bytes = head_limit(HALFWIRE_RECEIVED);
	record = reserve_head(state, HALFWIRE_RECEIVED, PENDING_BYTES);
	if (record) {
		record->data_bytes = bytes;
		__builtin_memcpy(record + 1, pending->data, PENDING_BYTES);
		bpf_ringbuf_submit(record, BPF_RB_NO_WAKEUP);
	}
	advance_head(heads, HALFWIRE_RECEIVED, bytes, record != NULL);
	bpf_map_delete_elem(&pending_heads, &key);
}

/* Whether the stream's beginning is known, or this packet may be the SYN that tells it. */
static __always_inline bool may_begin(const struct socket_state *state, __u32 direction)
{
	return state->heads.begun[direction] ||
	       (direction == HALFWIRE_SENT && state->active && !state->established);
}

static __always_inline void on_segment(struct __sk_buff *skb, struct bpf_sock *sk, __u32 direction)
{
	struct socket_state *state;
	struct socket_heads *heads;
	struct segment segment;
	bool joins;

	if (sk->state == TCP_LISTEN) {
		if (direction == HALFWIRE_RECEIVED)
			keep_for_connection(skb, sk);
		return;
	}
	state = state_of_packet(sk);
	if (!state || state->excluded)
		return;
	heads = &state->heads;
	joins = !state->active && !heads->joined && heads->begun[HALFWIRE_RECEIVED];
	if (!joins && (heads->done[direction] || !may_begin(state, direction)))
		return;
	if (!read_segment(skb, &segment))
		return;
	if (joins)
		join_pending(sk, state, &segment, direction);
	if (heads->done[direction] || !head_limit(direction))
		return;
	if (!heads->begun[direction]) {
		if (!(segment.flags & TCP_FLAG_SYN))
			return;
		heads->start[direction] = segment.sequence;
		heads->begun[direction] = 1;
	}
	take_segment(skb, state, &segment, direction);
}

#endif
