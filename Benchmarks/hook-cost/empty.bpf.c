// SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
/* Empty programs at the hooks that a send and a receive pass.
 *
 * What one of them costs by the kernel's own run-time statistics is the price of the measurement
 * (two reads of the clock) and of being called at all; a sensor's program is charged less that.
 *
 * Hooks:   with FUNCTIONS fexit tcp_sendmsg and fentry tcp_cleanup_rbuf, as in functions.bpf.c;
 *          else tp_btf sock_send_length and tcp_rcv_space_adjust, as in tracepoints.bpf.c
 */
#include "kernel.h"
#include <bpf/bpf_helpers.h>

#ifdef FUNCTIONS
#define AT_SEND SEC("fexit/tcp_sendmsg")
#define AT_RECEIVE SEC("fentry/tcp_cleanup_rbuf")
#else
#define AT_SEND SEC("tp_btf/sock_send_length")
#define AT_RECEIVE SEC("tp_btf/tcp_rcv_space_adjust")
#endif

AT_SEND
int message_sent(void *context)
{
	return 0;
}

AT_RECEIVE
int payload_consumed(void *context)
{
	return 0;
}

char LICENSE[] SEC("license") = "Dual BSD/GPL";
