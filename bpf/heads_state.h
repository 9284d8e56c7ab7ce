/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/* What a socket's state keeps of its first payload bytes. */
#ifndef HALFWIRE_HEADS_STATE_H
#define HALFWIRE_HEADS_STATE_H

/* Indexed by direction: HALFWIRE_SENT, HALFWIRE_RECEIVED. A stream that was not met at its
 * beginning has not begun and never will, so its middle is never taken for its head. */
struct socket_heads {
	__u32 start[2]; /* sequence number of the stream's first byte */
	__u16 taken_bytes[2];
	__u8 pieces[2];
	__u8 begun[2];
	__u8 done[2];
	__u8 joined; /* what the listener was sent for this connection has been looked for */
	__u8 reserved;
};

#endif
