/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/* Process images: who is exec'ed, from which file, with which arguments, by whom.
 *
 * Taken in the kernel at exec, because a 2 ms process is gone before /proc can be read. Running
 * processes come from iter/task in the same record. Paths are walked, component by component,
 * innermost first; the walk is bounded and says when it stopped early. Under
 * lockdown=confidentiality names longer than the dentry's own store, other mounts, the cgroup
 * and the standard streams cannot be read: the record says so and the fact is null.
 */
#ifndef HALFWIRE_PROCESS_H
#define HALFWIRE_PROCESS_H

#include "actor.h"
#include "paths.h"

#define SHMEM_MAGIC 0x01021994

static __always_inline __u64 modified_ns(const struct inode *inode)
{
	if (bpf_core_field_exists(inode->i_mtime_sec))
		return inode->i_mtime_sec * 1000000000ULL + inode->i_mtime_nsec;
	if (bpf_core_field_exists(((const struct inode___before_6_11 *)inode)->__i_mtime)) {
		const struct inode___before_6_11 *older = (const void *)inode;

		return older->__i_mtime.tv_sec * 1000000000ULL + older->__i_mtime.tv_nsec;
	}
	if (bpf_core_field_exists(((const struct inode___before_6_7 *)inode)->i_mtime)) {
		const struct inode___before_6_7 *oldest = (const void *)inode;

		return oldest->i_mtime.tv_sec * 1000000000ULL + oldest->i_mtime.tv_nsec;
	}
	return 0;
}

static __always_inline void fill_file(struct halfwire_process_record *record,
				      const struct file *file)
{
	const struct inode *inode = file->f_inode;

	record->flags |= HALFWIRE_PROCESS_HAS_FILE;
	record->file_inode = inode->i_ino;
	record->file_device = inode->i_sb->s_dev;
	record->file_uid = inode->i_uid.val;
	record->file_mode = inode->i_mode;
	record->file_mtime_ns = modified_ns(inode);
	if (!inode->i_nlink) {
		record->flags |= HALFWIRE_PROCESS_UNLINKED;
		/* A memfd lies unlinked on the kernel's own tmpfs, right below its root. */
		if (inode->i_sb->s_magic == SHMEM_MAGIC &&
		    file->f_path.dentry->d_parent == file->f_path.dentry)
			record->flags |= HALFWIRE_PROCESS_MEMFD;
	}
}

/* What one descriptor of the new image is connected to. */
static __always_inline __u8 stream_kind(const struct task_struct *task, int descriptor,
					__u64 *inode_number)
{
	struct fdtable *table = BPF_CORE_READ(task, files, fdt);
	struct file **files = BPF_CORE_READ(table, fd);
	struct file *file = NULL;
	struct inode *inode;
	__u32 device;

	bpf_probe_read_kernel(&file, sizeof(file), files + descriptor);
	if (!file)
		return HALFWIRE_STREAM_UNKNOWN;
	inode = BPF_CORE_READ(file, f_inode);
	*inode_number = BPF_CORE_READ(inode, i_ino);
	switch (BPF_CORE_READ(inode, i_mode) & S_IFMT) {
	case S_IFIFO:
		return HALFWIRE_STREAM_PIPE;
	case S_IFSOCK:
		return HALFWIRE_STREAM_SOCKET;
	case S_IFREG:
		return HALFWIRE_STREAM_FILE;
	case S_IFCHR:
		device = BPF_CORE_READ(inode, i_rdev);
		if (device == DEVICE_NULL)
			return HALFWIRE_STREAM_NULL;
		switch (DEVICE_MAJOR(device)) {
		case 4:		  /* virtual consoles and serial lines */
		case 5:		  /* /dev/tty, /dev/console */
		case 136 ... 143: /* pseudo terminals */
			return HALFWIRE_STREAM_TTY;
		}
		return HALFWIRE_STREAM_FILE;
	}
	return HALFWIRE_STREAM_UNKNOWN;
}

/* The facts that need no text: plain loads only. */
static __always_inline void fill_process(struct halfwire_process_record *record,
					 const struct task_struct *task)
{
	const struct task_struct *leader = task->group_leader;
	const struct tty_struct *tty = leader->signal->tty;

	image_of(task, &record->image);
	image_of(task->real_parent, &record->parent);
	record->uid = leader->cred->uid.val;
	if (bpf_core_field_exists(leader->loginuid)) {
		record->flags |= HALFWIRE_PROCESS_HAS_LOGINUID;
		record->loginuid = leader->loginuid.val;
	}
	record->pgid = leader->signal->pids[PIDTYPE_PGID]->numbers[0].nr;
	record->sid = leader->signal->pids[PIDTYPE_SID]->numbers[0].nr;
	__builtin_memcpy(record->comm, leader->comm, sizeof(record->comm));
	if (tty) {
		__builtin_memcpy(record->tty, tty->name, HALFWIRE_TTY_BYTES);
		record->tty[HALFWIRE_TTY_BYTES - 1] = 0;
	}
	if (task->mm && task->mm->exe_file)
		fill_file(record, task->mm->exe_file);
}

/* The executable's path and the working directory; gives where the text ends. */
static __always_inline __u32 fill_paths(struct process_scratch *scratch, __u32 which,
					const struct task_struct *task)
{
	struct halfwire_process_record *record = &scratch->record;
	__u32 end = 0;
	__u32 walked;

	if (task->mm && task->mm->exe_file) {
		walked = walk_path(scratch, which, &task->mm->exe_file->f_path, task, 0);
		end = end_of(walked);
		if (walked & WALK_UNREADABLE)
			record->flags |= HALFWIRE_PROCESS_PATH_UNREADABLE;
		if (walked & WALK_TRUNCATED)
			record->flags |= HALFWIRE_PROCESS_PATH_TRUNCATED;
		if (walked & WALK_WRITABLE)
			record->flags |= HALFWIRE_PROCESS_DIR_WRITABLE;
	}
	record->exe_bytes = end;
	walked = walk_path(scratch, which, &task->fs->pwd, task, end);
	if (walked & WALK_UNREADABLE)
		record->flags |= HALFWIRE_PROCESS_CWD_UNREADABLE;
	if (walked & WALK_TRUNCATED)
		record->flags |= HALFWIRE_PROCESS_CWD_TRUNCATED;
	walked = end_of(walked);
	record->cwd_bytes = walked - end;
	return walked;
}

static __always_inline __u32 fill_probed_text(struct process_scratch *scratch, __u32 which,
					      const struct task_struct *task, __u32 at)
{
	__u32 end = at;
	__u32 walked = WALK_UNREADABLE;

	if (knobs.may_read_kernel) {
		scratch->record.stdin_kind = stream_kind(task, 0, &scratch->record.stdin_inode);
		scratch->record.stdout_kind = stream_kind(task, 1, &scratch->record.stdout_inode);
		scratch->walked = (__u64)task;
		walked = copy_cgroup(which, at);
	}
	if (walked & WALK_UNREADABLE)
		scratch->record.flags |= HALFWIRE_PROCESS_CGROUP_UNREADABLE;
	else
		end = end_of(walked);
	scratch->record.cgroup_bytes = end - at;
	return end;
}

/* "#!" and binfmt_misc put an interpreter in the place of the file that exec was called with: the
 * two names are one pointer until then. A caller can give any file name and any arguments, and so
 * make a program look like a script; this it cannot make. */
static __always_inline bool is_interpreted(const struct linux_binprm *binprm)
{
	return binprm->interp != binprm->filename;
}

/* The new image's own memory, just written by the kernel. Lockdown allows such reads, but libbpf
 * does not: where kernel reads are refused it turns these into the refused kind too. */
static __always_inline __u32 fill_arguments(struct process_scratch *scratch,
					    const struct task_struct *task,
					    const struct linux_binprm *binprm, __u32 at)
{
	struct halfwire_process_record *record = &scratch->record;
	unsigned long start = task->mm->arg_start;
	unsigned long bytes = task->mm->arg_end - start;
	/* 64 bits wide: what 5.10 knows of the bounds of a 32-bit number does not outlive its use. */
	__u64 filename_bytes;
	__u64 end = at;
	long copied;

	opaque(end);
	if (end > TEXT_LIMIT - FILENAME_BYTES - ARGUMENT_BYTES) {
		record->flags |= HALFWIRE_PROCESS_ARGV_UNREADABLE;
		return end;
	}
	copied = bpf_probe_read_user_str(&scratch->text[end], FILENAME_BYTES,
					 (const void *)binprm->exec);
	if (copied > 0) {
		filename_bytes = copied;
		opaque(filename_bytes);
		filename_bytes &= 2 * FILENAME_BYTES - 1;
		record->filename_bytes = filename_bytes;
		end += filename_bytes;
	}
	if (bytes > ARGUMENT_BYTES) {
		bytes = ARGUMENT_BYTES;
		record->flags |= HALFWIRE_PROCESS_ARGV_TRUNCATED;
	}
	opaque(end);
	opaque(bytes);
	if (end > TEXT_LIMIT - ARGUMENT_BYTES || bytes > ARGUMENT_BYTES ||
	    bpf_probe_read_user(&scratch->text[end], bytes, (const void *)start)) {
		record->flags |= HALFWIRE_PROCESS_ARGV_UNREADABLE;
		return end;
	}
	record->argv_bytes = bytes;
	return end + bytes;
}

#endif
