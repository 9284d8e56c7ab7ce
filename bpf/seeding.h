/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/* The search for sockets from before; user space runs it once, when the hooks are attached.
 *
 *   seed_files     iter/task_file: every socket that a process has open, in all network namespaces,
 *                  and whether one process or several hold it
 *   seed_sockets   iter/tcp, in one network namespace after the other: those that no descriptor
 *                  leads to, such as connections that wait to be accepted; tells all it meets,
 *                  one `adopt` each
 *   the sweep      tells the others. What has no room in the ring waits for the next run and counts
 *                  in adoptions_waiting
 *
 * On 5.10 no helper leads from a file to its socket. There seed_files notes who holds which file,
 * and seed_sockets, which knows a socket's file, does the rest.
 */
#ifndef HALFWIRE_SEEDING_H
#define HALFWIRE_SEEDING_H

#include "adoption.h"

static __always_inline bool is_worth_seeding(const struct sock *sk)
{
	switch (sk->__sk_common.skc_state) {
	case TCP_LISTEN:
	case TCP_CLOSE:
	case TCP_SYN_RECV:
		return false;
	}
	return true;
}

/* The state of a socket from before, made where there is none; NULL for one that was born since. */
static __always_inline struct socket_state *seed(struct sock *sk, const struct tcp_sock *tp)
{
	/* First this: from SYN_SENT or ESTABLISHED on, one that was born since has its state. */
	bool is_worth = is_worth_seeding(sk);
	struct socket_state *state;

	in_this_order();
	state = state_of(sk);
	if (state)
		return state->adopted && state->ready && !state->excluded ? state : NULL;
	if (!is_worth)
		return NULL;
	state = new_state(sk);
	if (!state)
		return NULL;
	begin_counts(sk, tp, state, 0);
	return state;
}

static __always_inline void hold(struct socket_state *state, const struct halfwire_image *image)
{
	if (state->holders == HOLDERS_NONE) {
		state->holder = *image;
		state->holders = HOLDERS_ONE;
	} else if (state->holder.pid != image->pid) {
		state->holders = HOLDERS_SEVERAL;
	}
}

static __always_inline void tell_seeded(struct sock *sk, const struct tcp_sock *tp,
					struct socket_state *state)
{
	if (!state->adopted || !state->ready || state->announced || state->excluded)
		return;
	if (state->holders == HOLDERS_ONE && state->holder.pid == exclusion.tgid) {
		state->excluded = 1;
		return;
	}
	/* Not an attempt, and nothing is lost: the next run tells it. */
	if (!ring_has_room_for_bursts()) {
		count(adoptions_waiting);
		return;
	}
	announce_adopted(sk, tp, state);
}

/* The stream socket that iter/tcp is at; NULL for a request, a time-wait, another protocol. */
static __always_inline struct tcp_sock *stream_of(struct sock_common *common)
{
	struct tcp_sock *tp = common ? bpf_skc_to_tcp_sock(common) : NULL;

	return tp && is_tcp_stream((struct sock *)tp) ? tp : NULL;
}

#ifdef HALFWIRE_HASH_STORE

struct file_holder {
	struct halfwire_image image;
	__u64 holders;
};

/* By the file's address; user space removes the whole object when the sensor ends. */
struct {
	__uint(type, BPF_MAP_TYPE_HASH);
	__uint(map_flags, BPF_F_NO_PREALLOC);
	__uint(max_entries, 1 << 18);
	__type(key, __u64);
	__type(value, struct file_holder);
} file_holders SEC(".maps");

SEC("iter/task_file")
int seed_files(struct bpf_iter__task_file *ctx)
{
	struct task_struct *task = ctx->task;
	struct file *file = ctx->file;
	struct file_holder *known;
	struct file_holder first = {.holders = HOLDERS_ONE};
	__u64 address;

	if (!task || !file || (file->f_inode->i_mode & S_IFMT) != S_IFSOCK)
		return 0;
	address = (unsigned long)file;
	known = bpf_map_lookup_elem(&file_holders, &address);
	if (!known) {
		image_of(task, &first.image);
		bpf_map_update_elem(&file_holders, &address, &first, BPF_NOEXIST);
	} else if (known->image.pid != (__u32)task->tgid) {
		known->holders = HOLDERS_SEVERAL;
	}
	return 0;
}

SEC("iter/tcp")
int seed_sockets(struct bpf_iter__tcp *ctx)
{
	const struct tcp_sock *tp = stream_of(ctx->sk_common);
	const struct file_holder *known = NULL;
	struct socket_state *state;
	struct socket *socket;
	struct sock *sk;
	__u64 address;

	if (!tp)
		return 0;
	sk = (struct sock *)tp;
	state = seed(sk, tp);
	if (!state)
		return 0;
	socket = sk->sk_socket;
	if (socket && state->holders == HOLDERS_NONE) {
		address = (unsigned long)socket->file;
		known = bpf_map_lookup_elem(&file_holders, &address);
	}
	if (known) {
		state->holder = known->image;
		state->holders = known->holders;
	}
	tell_seeded(sk, tp, state);
	return 0;
}

/* Once, before the first conversation: the images of all who run already. */
SEC("iter/task")
int know_images(struct bpf_iter__task *ctx)
{
	struct task_struct *task = ctx->task;
	struct known_image known = {};

	if (!task || task->pid != task->tgid)
		return 0;
	image_of(task, &known.image);
	known.kernel_thread = (task->flags & PF_KTHREAD) != 0;
	/* Not over what a hook has told meanwhile. */
	bpf_map_update_elem(&images, &known.image.pid, &known, BPF_NOEXIST);
	return 0;
}

#else

/* The TCP socket behind a file, NULL for anything else. */
static __always_inline struct sock *tcp_of_file(struct file *file)
{
	struct socket *socket;
	struct sock *sk;

	if (!file)
		return NULL;
	socket = bpf_sock_from_file(file);
	if (!socket)
		return NULL;
	sk = socket->sk;
	return sk && is_tcp_stream(sk) ? sk : NULL;
}

SEC("iter/task_file")
int seed_files(struct bpf_iter__task_file *ctx)
{
	struct task_struct *task = ctx->task;
	struct socket_state *state;
	struct halfwire_image image;
	const struct tcp_sock *tp;
	struct sock *sk;

	if (!task)
		return 0;
	sk = tcp_of_file(ctx->file);
	if (!sk)
		return 0;
	tp = bpf_skc_to_tcp_sock(sk);
	if (!tp)
		return 0;
	state = seed(sk, tp);
	if (!state)
		return 0;
	image_of(task, &image);
	hold(state, &image);
	return 0;
}

SEC("iter/tcp")
int seed_sockets(struct bpf_iter__tcp *ctx)
{
	struct tcp_sock *tp = stream_of(ctx->sk_common);
	struct socket_state *state;

	if (!tp)
		return 0;
	state = seed((struct sock *)tp, tp);
	if (state)
		tell_seeded((struct sock *)tp, tp, state);
	return 0;
}

#endif

#endif
