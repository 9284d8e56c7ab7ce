// SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
/* Writes one byte for each TCP socket of this network namespace at which the sensor keeps a state,
 * so that a test can count them. A state goes with its socket.
 *
 * bpftool cannot walk a map of socket storage, and not every kernel lets anybody do so.
 * Hooks: iter/tcp, pinned by bpftool. The sensor's map is found where it is pinned, by its name;
 * STATE_BYTES is what bpftool says of its values.
 */
#include <linux/types.h>
#include <linux/bpf.h>
#include <bpf/bpf_helpers.h>

struct seq_file;
struct sock_common;

struct bpf_iter_meta {
	struct seq_file *seq;
} __attribute__((preserve_access_index));

struct bpf_iter__tcp {
	struct bpf_iter_meta *meta;
	struct sock_common *sk_common;
} __attribute__((preserve_access_index));

struct state {
	unsigned char bytes[STATE_BYTES];
};

struct {
	__uint(type, BPF_MAP_TYPE_SK_STORAGE);
	__uint(map_flags, BPF_F_NO_PREALLOC);
	__uint(pinning, LIBBPF_PIN_BY_NAME);
	__type(key, int);
	__type(value, struct state);
} sockets SEC(".maps");

SEC("iter/tcp")
int socket_states(struct bpf_iter__tcp *ctx)
{
	const char state = '.';
	struct sock_common *sk = ctx->sk_common;
	struct tcp_sock *tp;

	/* The verifier forgets what a second read of the field would be. */
	asm volatile("" : "+r"(sk));
	tp = sk ? bpf_skc_to_tcp_sock(sk) : 0;
	if (tp && bpf_sk_storage_get(&sockets, tp, 0, 0))
		bpf_seq_write(ctx->meta->seq, &state, sizeof(state));
	return 0;
}

char LICENSE[] SEC("license") = "Dual BSD/GPL";
