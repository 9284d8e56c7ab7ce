/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/* Sockets from before: found once at start, with who holds them, or met later at their first use.
 *
 * The hooks are attached first and leave sockets without state alone (phase.is_seeding); then
 * user space runs the searches below, then tells, then clears the phase. Two numbers are where the
 * counts begin, write_seq and copied_seq. Each is read whole, so no lock is needed: a send whose
 * bytes were queued before that but which returns after it is cut to what it queued since.
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
#ifndef HALFWIRE_ADOPTION_H
#define HALFWIRE_ADOPTION_H

#include "lifecycle.h"

/* Where the counts begin. Bytes that the running call has just queued are still new. Hooks run
 * meanwhile: they leave the state alone until it is ready, and what is sent before then is old. */
static __always_inline void begin_counts(struct sock *sk, const struct tcp_sock *tp,
					 struct socket_state *state, __u32 sent_bytes)
{
	__u8 tcp_state = sk->__sk_common.skc_state;
	__u32 copied_seq = tp->copied_seq;

	state->fin_queued = is_fin_queued_in(tcp_state);
	state->fin_consumed = peer_fin_arrived(sk) && tp->rcv_nxt == copied_seq;
	state->copied_seq = copied_seq;
	state->base_copied_seq = copied_seq - state->fin_consumed;
	state->active = tcp_state == TCP_SYN_SENT;
	state->established = tcp_state != TCP_SYN_SENT;
	state->outbound =
		state->active ? HALFWIRE_OUTBOUND_YES : direction_of(tp, state->fin_queued);
	state->adopted = 1;
	in_this_order();
	state->base_write_seq = tp->write_seq - state->fin_queued - sent_bytes;
	in_this_order();
	state->ready = 1;
}

/* Met at its first use: no search could see it, or it is a passive Fast Open socket that is used
 * before its handshake ended, which carries nothing from before. */
static __always_inline struct socket_state *adopt_in_use(struct sock *sk, __u32 sent_bytes)
{
	const struct tcp_sock *tp = bpf_skc_to_tcp_sock(sk);
	struct socket_state *state;

	if (!tp)
		return NULL;
	if (sk->__sk_common.skc_state != TCP_SYN_RECV && phase.is_seeding)
		return NULL;
	state = new_state(sk);
	if (!state || state->ready)
		return state;
	if (sk->__sk_common.skc_state == TCP_SYN_RECV) {
		state->copied_seq =
			tp->copied_seq - (__u32)tp->bytes_received + (tp->rcv_nxt - tp->copied_seq);
		begin_heads(tp, state);
		state->established = 1;
		in_this_order();
		state->ready = 1;
		announce(sk, tp, state, HALFWIRE_KIND_ACCEPT, NULL, HALFWIRE_OUTBOUND_NO,
			 bpf_ktime_get_boot_ns());
		return state;
	}
	count(adopted_in_use);
	begin_counts(sk, tp, state, sent_bytes);
	announce_adopted(sk, tp, state);
	return state;
}

/* What a send has queued since the adoption: never more than the connection has in all, less what
 * is charged already. So the sum stays exact also where threads race through the adoption. */
static __always_inline __u64 sent_since_adoption(struct sock *sk, const struct socket_state *state,
						 __u32 result)
{
	const struct tcp_sock *tp = bpf_skc_to_tcp_sock(sk);
	__u64 sent, received;
	__u32 rest;

	if (!tp)
		return 0;
	charged_bytes(state, &sent, &received);
	rest = tp->write_seq - state->base_write_seq - (__u32)sent;
	if (rest >= result)
		return result;
	/* A FIN was queued behind what the adoption cut off. */
	return rest && state->fin_queued ? rest - 1 : rest;
}

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
	struct sock_common *common = ctx->sk_common;
	const struct file_holder *known = NULL;
	struct socket_state *state;
	struct tcp_sock *tp;
	struct socket *socket;
	struct sock *sk;
	__u64 address;

	if (!common)
		return 0;
	tp = bpf_skc_to_tcp_sock(common);
	if (!tp)
		return 0;
	sk = (struct sock *)tp;
	if (!is_tcp_stream(sk))
		return 0;
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
	struct sock_common *common = ctx->sk_common;
	struct socket_state *state;
	struct tcp_sock *tp;

	if (!common)
		return 0;
	tp = bpf_skc_to_tcp_sock(common);
	if (!tp || !is_tcp_stream((struct sock *)tp))
		return 0;
	state = seed((struct sock *)tp, tp);
	if (state)
		tell_seeded((struct sock *)tp, tp, state);
	return 0;
}

#endif
#endif
