/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/* Whose system call this is: the running process's image, valid in process context only.
 *
 * From 5.11 on the current task is at hand as the verifier's own pointer. On 5.10
 * (HALFWIRE_HASH_STORE) only its number is, without a read that lockdown forbids; the images of
 * all processes are kept then, by number, as exec, fork and exit tell them.
 */
#ifndef HALFWIRE_CURRENT_H
#define HALFWIRE_CURRENT_H

#include "state.h"

struct actor {
	struct halfwire_image image;
	__u64 tag; /* 0: not known */
	bool kernel_thread;
};

static __always_inline void image_of(const struct task_struct *task, struct halfwire_image *image)
{
	const struct task_struct *leader = task->group_leader;

	image->pid = task->tgid;
	image->start_ns = leader->start_boottime;
	image->exec_id = leader->self_exec_id;
	image->reserved = 0;
}

/* splitmix64's finish over all three parts: two images of one socket do not share a tag, but by
 * a chance of 2^-64. Never 0, which is a free slot. */
static __always_inline __u64 tag_of(const struct halfwire_image *image)
{
	__u64 mixed = image->start_ns ^ ((__u64)image->pid << 32) ^ (image->exec_id << 17) ^
		      image->exec_id;

	mixed = (mixed ^ (mixed >> 30)) * 0xbf58476d1ce4e5b9ULL;
	mixed = (mixed ^ (mixed >> 27)) * 0x94d049bb133111ebULL;
	return (mixed ^ (mixed >> 31)) | 1;
}

#ifdef HALFWIRE_HASH_STORE

struct known_image {
	struct halfwire_image image;
	__u64 kernel_thread;
};

struct {
	__uint(type, BPF_MAP_TYPE_HASH);
	__uint(map_flags, BPF_F_NO_PREALLOC);
	__uint(max_entries, 1 << 18);
	__type(key, __u32);
	__type(value, struct known_image);
} images SEC(".maps");

typedef __u32 current_process;

static __always_inline current_process running_process(void)
{
	return bpf_get_current_pid_tgid() >> 32;
}

static __always_inline bool is_excluded(current_process process)
{
	return process == exclusion.tgid;
}

static __always_inline void actor_of(current_process process, struct actor *actor)
{
	const struct known_image *known = bpf_map_lookup_elem(&images, &process);

	__builtin_memset(actor, 0, sizeof(*actor));
	if (!known)
		return;
	actor->image = known->image;
	actor->tag = tag_of(&actor->image);
	actor->kernel_thread = known->kernel_thread;
}

static __always_inline void know_image(const struct task_struct *task)
{
	struct known_image known = {};

	image_of(task, &known.image);
	known.kernel_thread = (task->flags & PF_KTHREAD) != 0;
	if (bpf_map_update_elem(&images, &known.image.pid, &known, BPF_ANY))
		count(storage_failed);
}

static __always_inline void forget_image(const struct task_struct *task)
{
	__u32 pid = task->tgid;

	bpf_map_delete_elem(&images, &pid);
}

#else

typedef const struct task_struct *current_process;

static __always_inline current_process running_process(void)
{
	return bpf_get_current_task_btf();
}

static __always_inline bool is_excluded(current_process process)
{
	return (__u32)process->tgid == exclusion.tgid;
}

static __always_inline void actor_of(current_process process, struct actor *actor)
{
	image_of(process, &actor->image);
	actor->tag = tag_of(&actor->image);
	actor->kernel_thread = process->flags & PF_KTHREAD;
}

static __always_inline void know_image(const struct task_struct *task)
{
}

static __always_inline void forget_image(const struct task_struct *task)
{
}

#endif
#endif
