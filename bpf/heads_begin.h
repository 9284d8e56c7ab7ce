/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/* Notes where a connection's streams begin; called once, under the socket lock, when it does.
 *
 * Both differences stay the same as the connection goes on: the kernel counts a SYN that was sent
 * and acknowledged in bytes_acked, and a SYN that was received not at all.
 */
#ifndef HALFWIRE_HEADS_BEGIN_H
#define HALFWIRE_HEADS_BEGIN_H

#include "socket.h"

static __always_inline void begin_heads(const struct tcp_sock *tp, struct socket_state *state)
{
	struct socket_heads *heads = &state->heads;

	heads->start[HALFWIRE_RECEIVED] = first_received_seq(tp);
	heads->begun[HALFWIRE_RECEIVED] = 1;
	/* A Fast Open SYN has told it already. */
	if (heads->begun[HALFWIRE_SENT])
		return;
	heads->start[HALFWIRE_SENT] = tp->snd_una - (__u32)tp->bytes_acked + state->active;
	heads->begun[HALFWIRE_SENT] = 1;
}

#endif
