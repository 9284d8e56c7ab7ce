/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/* exec, fork and exit as they happen, and the list of the processes that run already. */
#ifndef HALFWIRE_PROCESS_HOOKS_H
#define HALFWIRE_PROCESS_HOOKS_H

#include "process.h"
#include "twins.h"

static __always_inline struct process_scratch *process_scratch(__u32 which)
{
	struct process_scratch *scratch = bpf_map_lookup_elem(&scratches, &which);

	if (scratch)
		__builtin_memset(&scratch->record, 0, sizeof(scratch->record));
	return scratch;
}

/* The sections stand in the record's documented order because they are filled in it. */
static __always_inline void on_exec(const struct task_struct *task,
				    const struct linux_binprm *binprm, bool has_paths)
{
	struct process_scratch *scratch = process_scratch(SCRATCH_EXEC);
	__u32 end = 0;

	count(attempted[HALFWIRE_KIND_PROCESS]);
	if (!scratch || !task->mm) {
		count(lost[HALFWIRE_KIND_PROCESS]);
		return;
	}
	fill_process(&scratch->record, task);
	scratch->record.cgroup_id = bpf_get_current_cgroup_id();
	if (is_interpreted(binprm))
		scratch->record.flags |= HALFWIRE_PROCESS_INTERPRETED;
	if (has_paths)
		end = fill_paths(scratch, SCRATCH_EXEC, task);
	else
		scratch->record.flags |=
			HALFWIRE_PROCESS_PATH_UNREADABLE | HALFWIRE_PROCESS_CWD_UNREADABLE;
	if (knobs.may_read_kernel)
		end = fill_arguments(scratch, task, binprm, end);
	else
		scratch->record.flags |= HALFWIRE_PROCESS_ARGV_UNREADABLE;
	end = fill_probed_text(scratch, SCRATCH_EXEC, task, end);
	opaque(end);
	if (end > TEXT_BYTES)
		end = TEXT_BYTES;
	fill_header(&scratch->record.header, HALFWIRE_KIND_PROCESS, sizeof(scratch->record) + end,
		    bpf_ktime_get_boot_ns());
	/* Awake at once: user space looks at /proc while the process still lives. */
	if (bpf_ringbuf_output(&ring, &scratch->record, sizeof(scratch->record) + end,
			       BPF_RB_FORCE_WAKEUP))
		count(lost[HALFWIRE_KIND_PROCESS]);
}

/* The caller's image is what the child runs, also where CLONE_PARENT makes it a sibling. */
static __always_inline void on_fork(const struct task_struct *parent,
				    const struct task_struct *child)
{
	struct halfwire_fork_record *record;

	/* Threads have no image of their own. */
	if (child->pid != child->tgid)
		return;
	know_image(child);
	/* Kernel threads have no file. */
	if (child->flags & PF_KTHREAD)
		return;
	record = reserve_record(struct halfwire_fork_record, HALFWIRE_KIND_FORK,
				bpf_ktime_get_boot_ns());
	if (!record)
		return;
	image_of(child, &record->child);
	image_of(parent, &record->parent);
	submit_record(record);
}

static __always_inline void on_exit(const struct task_struct *task)
{
	struct halfwire_exit_record *record;

	/* The last thread has decremented it; two racing ones may both say so, which is harmless. */
	if (task->signal->live.counter)
		return;
	forget_image(task);
	if (task->flags & PF_KTHREAD)
		return;
	record = reserve_record(struct halfwire_exit_record, HALFWIRE_KIND_EXIT,
				bpf_ktime_get_boot_ns());
	if (!record)
		return;
	image_of(task, &record->image);
	submit_record(record);
}

/* What a twin's note is about; the address of a socket is none of these, for they are odd. */
#define EXEC_OF(task) ((task)->self_exec_id << 3 | 1)
#define FORK_OF(child) ((__u64)(__u32)(child)->pid << 3 | 3)
#define EXIT_OF(task) ((__u64)(__u32)(task)->pid << 3 | 5)

static __always_inline void on_process_exec(const struct task_struct *task,
					    const struct linux_binprm *binprm, __u64 twin)
{
	if (!is_twins_turn(EXEC_OF(task), twin))
		return;
	know_image(task);
	/* The second copy, which hardly ever runs, is spared the walk that takes so long to load. */
	on_exec(task, binprm, knobs.may_read_kernel || twin == FIRST_TWIN);
}

static __always_inline void on_process_fork(const struct task_struct *parent,
					    const struct task_struct *child, __u64 twin)
{
	if (is_twins_turn(FORK_OF(child), twin))
		on_fork(parent, child);
}

static __always_inline void on_process_exit(const struct task_struct *task, __u64 twin)
{
	if (is_twins_turn(EXIT_OF(task), twin))
		on_exit(task);
}

HOOK("tp_btf/sched_process_exec", process_exec, on_process_exec(task, binprm, twin),
     struct task_struct *task, int old_pid, struct linux_binprm *binprm)

HOOK("tp_btf/sched_process_fork", process_fork, on_process_fork(parent, child, twin),
     struct task_struct *parent, struct task_struct *child)

HOOK("tp_btf/sched_process_exit", process_exit, on_process_exit(task, twin),
     struct task_struct *task)

/* Once at start: every running thread group, as process records through the iterator's file. */
SEC("iter/task")
int found_processes(struct bpf_iter__task *ctx)
{
	struct task_struct *task = ctx->task;
	struct process_scratch *scratch;
	__u32 end;

	if (!task || task->pid != task->tgid || !task->mm)
		return 0;
	scratch = process_scratch(SCRATCH_FOUND);
	if (!scratch)
		return 0;
	fill_process(&scratch->record, task);
	scratch->record.flags |= HALFWIRE_PROCESS_FOUND | HALFWIRE_PROCESS_ARGV_UNREADABLE;
	end = fill_paths(scratch, SCRATCH_FOUND, task);
	end = fill_probed_text(scratch, SCRATCH_FOUND, task, end);
	opaque(end);
	if (end > TEXT_BYTES)
		end = TEXT_BYTES;
	fill_header(&scratch->record.header, HALFWIRE_KIND_PROCESS, sizeof(scratch->record) + end,
		    bpf_ktime_get_boot_ns());
	bpf_seq_write(ctx->meta->seq, &scratch->record, sizeof(scratch->record) + end);
	return 0;
}

#endif
