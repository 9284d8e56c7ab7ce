/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/* Two copies of every hook, for kernels that preempt their own code.
 *
 * While a program is preempted, the kernel skips it for everybody else on that processor, and
 * counts that in recursion_misses. What they sent meanwhile would be charged to nobody. A second
 * copy runs when the first is skipped; which of the two comes first does not matter. The first to
 * see an operation charges it and leaves a note with the task; the other finds the note, takes it
 * and does nothing. A note that was left because the other was skipped makes the two change
 * places for the task's next operation. What changes a socket's state, or takes what copied_seq
 * moved, can be done twice and needs no note. Something is missed where both copies are skipped for
 * one operation, or one for a send and the other for the same task's next; recursion_misses tell.
 *
 * Where the kernel does not preempt itself, user space loads no twins and the notes cost nothing;
 * but for the two hooks that an interrupt's network work runs as well, which can be interrupted by
 * it on any kernel. They need no note.
 */
#ifndef HALFWIRE_TWINS_H
#define HALFWIRE_TWINS_H

#include "state.h"

#define FIRST_TWIN 1
#define SECOND_TWIN 2

/* One copy of a hook; `twin` in its body says which. */
#define HOOK_COPY(section, name, which, body, ...)                                                 \
	SEC(section)                                                                               \
	int BPF_PROG(name, __VA_ARGS__)                                                            \
	{                                                                                          \
		const __u64 twin = which;                                                          \
                                                                                                   \
		(void)twin;                                                                        \
		body;                                                                              \
		return 0;                                                                          \
	}

#ifdef HALFWIRE_HASH_STORE

/* 5.10 does not skip programs that are running: the second copies are for newer kernels. */
#define HOOK(section, name, body, ...) HOOK_COPY(section, name, FIRST_TWIN, body, __VA_ARGS__)

static __always_inline bool is_twins_turn(__u64 subject, __u64 twin)
{
	return true;
}

#else

#define HOOK(section, name, body, ...)                                                             \
	HOOK_COPY(section, name, FIRST_TWIN, body, __VA_ARGS__)                                    \
	HOOK_COPY(section, name##_twin, SECOND_TWIN, body, __VA_ARGS__)

struct twin_note {
	__u64 subject;
	__u64 twin; /* that has dealt with it; 0 when both have */
};

struct {
	__uint(type, BPF_MAP_TYPE_TASK_STORAGE);
	__uint(map_flags, BPF_F_NO_PREALLOC);
	__type(key, int);
	__type(value, struct twin_note);
} twin_notes SEC(".maps");

/* The subject is what the running task does something with: a socket, a process. */
static __always_inline bool is_twins_turn(__u64 subject, __u64 twin)
{
	struct twin_note *note;

	if (!knobs.has_twins)
		return true;
	note = bpf_task_storage_get(&twin_notes, bpf_get_current_task_btf(), NULL,
				    BPF_LOCAL_STORAGE_GET_F_CREATE);
	if (!note) {
		count(storage_failed);
		return twin == FIRST_TWIN;
	}
	if (note->twin && note->twin != twin && note->subject == subject) {
		note->twin = 0;
		return false;
	}
	note->subject = subject;
	note->twin = twin;
	return true;
}

#endif
#endif
