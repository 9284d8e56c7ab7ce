// SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
/* Writes one byte for each state that the sensor keeps at a socket, so that a test can count them.
 *
 * bpftool cannot walk a map of socket storage; the kernel's iterator can.
 * Hooks: iter/bpf_sk_storage_map, pinned by bpftool with the sensor's map
 */
#include <linux/types.h>
#include <bpf/bpf_helpers.h>

struct seq_file;
struct bpf_map;
struct sock;

struct bpf_iter_meta {
	struct seq_file *seq;
} __attribute__((preserve_access_index));

struct bpf_iter__bpf_sk_storage_map {
	struct bpf_iter_meta *meta;
	struct bpf_map *map;
	struct sock *sk;
	void *value;
} __attribute__((preserve_access_index));

SEC("iter/bpf_sk_storage_map")
int socket_states(struct bpf_iter__bpf_sk_storage_map *ctx)
{
	const char state = '.';

	if (ctx->value)
		bpf_seq_write(ctx->meta->seq, &state, sizeof(state));
	return 0;
}

char LICENSE[] SEC("license") = "Dual BSD/GPL";
