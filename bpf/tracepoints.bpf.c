// SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
/* Backend `tracepoints`: the same state and records from BTF tracepoints only.
 *
 * Hooks:   tp_btf inet_sock_set_state   SYN_SENT is the connect (the local port may be 0 there)
 *          tp_btf sock_send_length      process context, lock released: what was queued
 *          tp_btf tcp_rcv_space_adjust  locked, after each copy: copied_seq has moved on; not
 *                                       called for MSG_PEEK's own sequence
 *          tp_btf sock_recv_length      counts receive calls, never bytes: it fires for
 *                                       MSG_PEEK, does not fire for splice, and holds no lock
 *          tp_btf tcp_destroy_sock, sched_process_exec/fork/exit
 * Needs:   BTF and 6.3 (sock_send_length)
 * Full:    see state.h
 */
#include "lifecycle.h"
#include "process.h"
#include "sweep.h"

SEC("tp_btf/inet_sock_set_state")
int BPF_PROG(socket_state_changed, struct sock *sk, int old_state, int new_state)
{
	on_state(sk, old_state, new_state);
	if (new_state == TCP_SYN_SENT && is_tcp_stream(sk)) {
		const struct tcp_sock *tp = bpf_skc_to_tcp_sock(sk);

		if (tp)
			on_connect(sk, tp);
	}
	return 0;
}

SEC("tp_btf/sock_send_length")
int BPF_PROG(message_sent, struct sock *sk, int result, int flags)
{
	on_sent(sk, result);
	return 0;
}

SEC("tp_btf/tcp_rcv_space_adjust")
int BPF_PROG(payload_consumed, struct sock *sk)
{
	on_copied(sk, 0);
	return 0;
}

SEC("tp_btf/sock_recv_length")
int BPF_PROG(message_received, struct sock *sk, int result, int flags)
{
	struct socket_state *state;
	struct actor actor;

	if (result <= 0 || (flags & MSG_PEEK) || !is_tcp_stream(sk) || current_is_excluded())
		return 0;
	state = state_of(sk);
	if (!state || state->excluded || !state->announced)
		return 0;
	current_actor(&actor);
	charge(state, slot_for(state, &actor), bpf_ktime_get_boot_ns(), 0, 0, 0, 1);
	return 0;
}

SEC("tp_btf/tcp_destroy_sock")
int BPF_PROG(socket_destroyed, struct sock *sk)
{
	on_destroy(sk);
	return 0;
}

char LICENSE[] SEC("license") = "Dual BSD/GPL";
