/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/* The truth equation while a socket lives: a connection that lasts for weeks must not hide an
 * error until it ends.
 *
 * The sweep compares, without the socket's lock. A call under way makes a difference that is none:
 * bytes taken and not yet charged. So nothing is compared while the socket is locked, a sender
 * waits for room or something is not acknowledged, and a socket is told only when the same
 * difference is there after a second. Marks are taken along: what made a socket incomparable, a
 * sockmap for one, may be gone when it closes.
 */
#ifndef HALFWIRE_AUDIT_H
#define HALFWIRE_AUDIT_H

#include "totals.h"

#define AUDIT_AFTER_NS 1000000000ULL

static __always_inline void audit(struct sock *sk, const struct tcp_sock *tp,
				  struct socket_state *state)
{
	struct socket_totals totals = {};
	__u64 sent, received, now_ns;

	if (phase.is_detached)
		return;
	state->marks |= marks_of(sk, tp, state);
	if (state->marks || !state->established || state->closed || state->audit_told ||
	    sk->sk_lock.owned || sk->sk_write_pending || tp->write_seq != tp->snd_una)
		return;
	totals_of(sk, tp, state, &totals);
	charged_bytes(state, &sent, &received);
	sent = totals.written_bytes - sent;
	received = totals.read_bytes - received;
	if (!sent && !received) {
		state->suspected_ns = 0;
		return;
	}
	now_ns = bpf_ktime_get_boot_ns();
	if (!state->suspected_ns || state->unsettled_sent_bytes != sent ||
	    state->unsettled_received_bytes != received) {
		state->unsettled_sent_bytes = sent;
		state->unsettled_received_bytes = received;
		state->suspected_ns = now_ns;
	} else if (now_ns - state->suspected_ns >= AUDIT_AFTER_NS) {
		state->audit_told = 1;
		tell_totals(state, HALFWIRE_KIND_AUDIT, &totals, 0, 0);
		return;
	}
	/* Makes the next sweep due. */
	count(bursts_left_open);
}

#endif
