// SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
/* Backend `functions` on kernels without sk_storage, cookie and atomic exchange for tracing
 * programs: 5.10 and 5.11.
 *
 * Hooks:   as functions.bpf.c, but for the sends: fexit tcp_sendmsg_locked and do_tcp_sendpages,
 *          both under the socket's lock, so that no two charges of a socket can meet
 * Store:   a hash by the socket's address, deleted at tcp_destroy_sock (store.h); the running
 *          process by its number (current.h)
 * Full:    see state.h
 */
#define HALFWIRE_HASH_STORE
#include "functions.h"
