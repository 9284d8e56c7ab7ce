// SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
/* Backend `functions`: bytes sent and received per socket, from the TCP functions themselves.
 *
 * Hooks:   fexit tcp_connect        process context, socket locked: the opener, both endpoints
 *          fexit tcp_sendmsg        process context, lock released: the return value is what
 *                                   was queued (the size asked for is not)
 *          fexit tcp_sendpage       the same for sendfile before 6.5, where it exists
 *          fentry tcp_cleanup_rbuf  process or softirq, locked: the argument is cumulative and
 *                                   not trusted, copied_seq is
 *          tp_btf inet_sock_set_state, tcp_destroy_sock, sched_process_exec/fork/exit
 *          each of them twice where the kernel preempts itself (twins.h)
 * Needs:   BTF and trampolines; sk_storage for tracing programs (5.11), atomic exchange (5.12)
 * Full:    see state.h
 */
#include "functions.h"
