/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/* The hooks of the backend `functions`; its two objects say in which store. */
#ifndef HALFWIRE_FUNCTIONS_H
#define HALFWIRE_FUNCTIONS_H

#include "operations.h"
#include "process_hooks.h"
#include "sweep.h"

HOOK("tp_btf/inet_sock_set_state", socket_state_changed, on_state(sk, old_state, new_state),
     struct sock *sk, int old_state, int new_state)

HOOK("fexit/tcp_connect", connect_attempted, on_connect(sk), struct sock *sk, int result)

#ifdef HALFWIRE_HASH_STORE

HOOK("fexit/tcp_sendmsg_locked", message_sent, on_sent(sk, result, twin), struct sock *sk,
     void *message, unsigned long size, int result)

HOOK("fexit/do_tcp_sendpages", page_sent, on_sent(sk, result, twin), struct sock *sk, void *page,
     int offset, unsigned long size, int flags, long result)

#else

HOOK("fexit/tcp_sendmsg", message_sent, on_sent(sk, result, twin), struct sock *sk, void *message,
     unsigned long size, int result)

HOOK("fexit/tcp_sendpage", page_sent, on_sent(sk, result, twin), struct sock *sk, void *page,
     int offset, unsigned long size, int flags, int result)

#endif

HOOK("fentry/tcp_cleanup_rbuf", payload_consumed, on_copied(sk, 1), struct sock *sk, int copied)

HOOK("fentry/sk_psock_init", socket_mapped, on_socket_mapped(sk), struct sock *sk)

char LICENSE[] SEC("license") = "Dual BSD/GPL";

#endif
