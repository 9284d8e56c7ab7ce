/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/* The two sides of the truth equation: what was charged to actors, and the kernel's own totals,
 * of an adopted socket counted from its adoption (socket.h has the equation).
 */
#ifndef HALFWIRE_TOTALS_H
#define HALFWIRE_TOTALS_H

#include "actor.h"
#include "socket.h"

static __always_inline void charged_bytes(const struct socket_state *state, __u64 *sent,
					  __u64 *received)
{
	int i;

	*sent = 0;
	*received = 0;
	for (i = 0; i < ALL_SLOTS; i++) {
		*sent += state->slots[i].sent_bytes;
		*received += state->slots[i].received_bytes;
	}
}

static __always_inline void totals_of(struct sock *sk, const struct tcp_sock *tp,
				      const struct socket_state *state,
				      struct socket_totals *totals)
{
	__u64 sent, received;

	read_totals(sk, tp, state->active, state->fin_queued, totals);
	if (!state->adopted)
		return;
	charged_bytes(state, &sent, &received);
	totals->written_bytes =
		bytes_since(state->base_write_seq, tp->write_seq - state->fin_queued, sent);
	totals->read_bytes = bytes_since(state->base_copied_seq, read_seq(sk, tp), received);
}

/* Until the SYN is answered the sequence numbers need not be the connection's; nothing the
 * application wrote before counts as written. */
static __always_inline void take_totals(struct sock *sk, const struct tcp_sock *tp,
					struct socket_state *state)
{
	if (state->established)
		totals_of(sk, tp, state, &state->closed_totals);
}

static __always_inline void tell_totals(struct socket_state *state, __u16 kind,
					const struct socket_totals *totals, __u32 marks,
					__u32 lost_bursts)
{
	struct halfwire_final_record *record;

	record = reserve_record(struct halfwire_final_record, kind, bpf_ktime_get_boot_ns());
	if (!record)
		return;
	fill_socket(&record->socket, state);
	record->written_bytes = totals->written_bytes;
	record->read_bytes = totals->read_bytes;
	record->unsent_bytes = totals->unsent_bytes;
	record->unread_bytes = totals->unread_bytes;
	record->marks = marks;
	record->lost_bursts = lost_bursts;
	submit_record(record);
}

#endif
