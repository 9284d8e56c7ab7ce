// SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
/* Backend `tracepoints`: the same state and records from BTF tracepoints only.
 *
 * Hooks:   tp_btf inet_sock_set_state   SYN_SENT is the connect (the local port may be 0 there)
 *          tp_btf sock_send_length      process context, lock released: what was queued
 *          tp_btf tcp_rcv_space_adjust  locked, after each copy: copied_seq has moved on; not
 *                                       moved by MSG_PEEK. `receives` counts copies: a recv
 *                                       that empties three buffers counts three. Counting
 *                                       calls (sock_recv_length) would cost a second hook,
 *                                       40 ns a receive, and still miss splice
 *          tp_btf tcp_destroy_sock, sched_process_exec/fork/exit
 *          each of them twice where the kernel preempts its tracepoints (twins.h)
 * Needs:   BTF and 6.3 (sock_send_length)
 * Full:    see state.h
 */
#include "operations.h"
#include "process_hooks.h"
#include "sweep.h"

static __always_inline void on_state_or_connect(struct sock *sk, int old_state, int new_state)
{
	on_state(sk, old_state, new_state);
	if (new_state == TCP_SYN_SENT && is_tcp_stream(sk))
		on_connect(sk);
}

HOOK("tp_btf/inet_sock_set_state", socket_state_changed,
     on_state_or_connect(sk, old_state, new_state), struct sock *sk, int old_state, int new_state)

HOOK("tp_btf/sock_send_length", message_sent, on_sent(sk, result, twin), struct sock *sk,
     int result, int flags)

HOOK("tp_btf/tcp_rcv_space_adjust", payload_consumed, on_copied(sk, 1), struct sock *sk)

char LICENSE[] SEC("license") = "Dual BSD/GPL";
