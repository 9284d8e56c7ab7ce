/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/* The hooks of the backend `functions`; its two objects say in which store. */
#ifndef HALFWIRE_FUNCTIONS_H
#define HALFWIRE_FUNCTIONS_H

#include "operations.h"
#include "process.h"
#include "sweep.h"

SEC("tp_btf/inet_sock_set_state")
int BPF_PROG(socket_state_changed, struct sock *sk, int old_state, int new_state)
{
	on_state(sk, old_state, new_state);
	return 0;
}

SEC("tp_btf/inet_sock_set_state")
int BPF_PROG(socket_state_changed_twin, struct sock *sk, int old_state, int new_state)
{
	on_state(sk, old_state, new_state);
	return 0;
}

SEC("fexit/tcp_connect")
int BPF_PROG(connect_attempted, struct sock *sk, int result)
{
	const struct tcp_sock *tp = bpf_skc_to_tcp_sock(sk);

	if (tp)
		on_connect(sk, tp);
	return 0;
}

SEC("fexit/tcp_connect")
int BPF_PROG(connect_attempted_twin, struct sock *sk, int result)
{
	const struct tcp_sock *tp = bpf_skc_to_tcp_sock(sk);

	if (tp)
		on_connect(sk, tp);
	return 0;
}

#ifdef HALFWIRE_HASH_STORE

SEC("fexit/tcp_sendmsg_locked")
int BPF_PROG(message_sent, struct sock *sk, void *message, unsigned long size, int result)
{
	on_sent(sk, result, FIRST_TWIN);
	return 0;
}

SEC("fexit/do_tcp_sendpages")
int BPF_PROG(page_sent, struct sock *sk, void *page, int offset, unsigned long size, int flags,
	     long result)
{
	on_sent(sk, result, FIRST_TWIN);
	return 0;
}

#else

SEC("fexit/tcp_sendmsg")
int BPF_PROG(message_sent, struct sock *sk, void *message, unsigned long size, int result)
{
	on_sent(sk, result, FIRST_TWIN);
	return 0;
}

SEC("fexit/tcp_sendmsg")
int BPF_PROG(message_sent_twin, struct sock *sk, void *message, unsigned long size, int result)
{
	on_sent(sk, result, SECOND_TWIN);
	return 0;
}

SEC("fexit/tcp_sendpage")
int BPF_PROG(page_sent, struct sock *sk, void *page, int offset, unsigned long size, int flags,
	     int result)
{
	on_sent(sk, result, FIRST_TWIN);
	return 0;
}

SEC("fexit/tcp_sendpage")
int BPF_PROG(page_sent_twin, struct sock *sk, void *page, int offset, unsigned long size, int flags,
	     int result)
{
	on_sent(sk, result, SECOND_TWIN);
	return 0;
}

#endif

SEC("fentry/tcp_cleanup_rbuf")
int BPF_PROG(payload_consumed, struct sock *sk, int copied)
{
	on_copied(sk, 1);
	return 0;
}

SEC("fentry/tcp_cleanup_rbuf")
int BPF_PROG(payload_consumed_twin, struct sock *sk, int copied)
{
	on_copied(sk, 1);
	return 0;
}

SEC("fentry/sk_psock_init")
int BPF_PROG(socket_mapped, struct sock *sk)
{
	on_socket_mapped(sk);
	return 0;
}

char LICENSE[] SEC("license") = "Dual BSD/GPL";

#endif
