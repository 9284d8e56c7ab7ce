/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/* The truth equation while a socket lives: a connection that lasts for weeks must not hide an
 * error until it ends.
 *
 * The sweep compares, without the socket's lock. A call under way makes a difference that is none:
 * bytes taken and not yet charged. So a socket is told only when two sweeps find the same
 * difference at the same sequence numbers, with all it sent acknowledged, which no call that still
 * waits for room can have. Marks are taken along: what made a socket incomparable, a sockmap for
 * one, may be gone when it closes.
 */
#ifndef HALFWIRE_AUDIT_H
#define HALFWIRE_AUDIT_H

#include "lifecycle.h"

static __always_inline void audit(struct sock *sk, const struct tcp_sock *tp,
				  struct socket_state *state)
{
	struct socket_totals totals = {};
	__u64 sent, received;

	state->marks |= marks_of(sk, tp, state);
	if (state->marks || !state->established || state->closed || state->audit == AUDIT_TOLD ||
	    tp->write_seq != tp->snd_una)
		return;
	totals_of(sk, tp, state, &totals);
	charged_bytes(state, &sent, &received);
	if (totals.written_bytes == sent && totals.read_bytes == received) {
		state->audit = AUDIT_AGREES;
		return;
	}
	if (state->audit == AUDIT_SUSPECT && state->audited_write_seq == tp->write_seq &&
	    state->audited_copied_seq == tp->copied_seq) {
		state->audit = AUDIT_TOLD;
		tell_totals(state, HALFWIRE_KIND_AUDIT, &totals, 0, 0);
		return;
	}
	state->audit = AUDIT_SUSPECT;
	state->audited_write_seq = tp->write_seq;
	state->audited_copied_seq = tp->copied_seq;
	/* Makes the next sweep due. */
	count(bursts_left_open);
}

#endif
