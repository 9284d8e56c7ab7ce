/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/* Paths out of the kernel: an executable's, a working directory's, a cgroup's.
 *
 * Walked component by component, innermost first, into the scratch record of this CPU; bounded,
 * and it says when it stopped early. The probed walks are functions of their own, which the
 * verifier follows once; inlined they took it past a million instructions.
 */
#ifndef HALFWIRE_PATHS_H
#define HALFWIRE_PATHS_H

#include "state.h"

#define PATH_COMPONENTS 64
/* Without reads of kernel memory each component is copied byte by byte, and the verifier follows
 * each byte: it takes seconds where the other walk takes none. */
#define DIRECT_COMPONENTS 24
#define CGROUP_COMPONENTS 16
#define NAME_BYTES 256 /* NAME_MAX and the NUL */
#define TEXT_BYTES 8192
#define TEXT_LIMIT (TEXT_BYTES - 2 * NAME_BYTES)
#define FILENAME_BYTES 256
#define ARGUMENT_BYTES 2048
/* Paths leave room for the file name and the arguments: a long directory must not hide them. */
#define PATH_LIMIT (TEXT_LIMIT - FILENAME_BYTES - ARGUMENT_BYTES - NAME_BYTES)

/* Hides from the compiler what it knows of a value: it would drop a bounds check as needless
 * that older verifiers (6.1, 6.12) need to see. */
#define opaque(value) asm volatile("" : "+r"(value))

struct process_scratch {
	/* The address a walk begins at: a verified function takes no kernel pointer. */
	__u64 walked;
	struct halfwire_process_record record;
	__u8 text[TEXT_BYTES];
};

/* Per CPU and per program: a program does not interrupt itself on one CPU. */
struct {
	__uint(type, BPF_MAP_TYPE_PERCPU_ARRAY);
	__uint(max_entries, 2);
	__type(key, __u32);
	__type(value, struct process_scratch);
} scratches SEC(".maps");

#define SCRATCH_EXEC 0
#define SCRATCH_FOUND 1

/* What a walk found: where the text ends, and how it went. */
#define WALK_END 0xffff
#define WALK_TRUNCATED 0x10000
#define WALK_UNREADABLE 0x20000
#define WALK_WRITABLE 0x40000

/* 1 if a user other than root can change names in this directory. Without branches, since each
 * one doubles what the verifier must follow through the loop. */
static __always_inline __u32 writable_by_others(__u32 mode, __u32 uid, __u32 gid)
{
	__u32 owner = (mode >> 7) & (uid ? 1 : 0);
	__u32 group = (mode >> 4) & (gid ? 1 : 0);

	return (owner | group | (mode >> 1)) & 1;
}

/* With reads of kernel memory: across mounts, names of any length. A function of its own, so
 * that the verifier follows the loop once and not for every path that leads here. */
__noinline __u32 walk_probed(__u32 which, __u32 at)
{
	const struct path *path;
	struct process_scratch *scratch = bpf_map_lookup_elem(&scratches, &which);
	struct dentry *dentry;
	struct mount *mount;
	__u32 end = at;
	__u32 writable = 0;
	int i;

	if (!knobs.may_read_kernel || !scratch || at > PATH_LIMIT + NAME_BYTES)
		return at | WALK_UNREADABLE;
	path = (const void *)scratch->walked;
	dentry = BPF_CORE_READ(path, dentry);
	mount = (void *)BPF_CORE_READ(path, mnt) - bpf_core_field_offset(struct mount, mnt);
	for (i = 0; i < PATH_COMPONENTS; i++) {
		struct dentry *root = BPF_CORE_READ(mount, mnt.mnt_root);
		struct dentry *parent = BPF_CORE_READ(dentry, d_parent);
		struct inode *inode;
		bool rootless;
		long copied;

		if (dentry == root) {
			struct mount *above = BPF_CORE_READ(mount, mnt_parent);

			if (above == mount)
				return end | (writable ? WALK_WRITABLE : 0);
			dentry = BPF_CORE_READ(mount, mnt_mountpoint);
			mount = above;
			continue;
		}
		/* No name leads here: a memfd, which has one of its own, or a detached tree. */
		rootless = dentry == parent;
		if (rootless && end != at)
			return end | WALK_TRUNCATED | (writable ? WALK_WRITABLE : 0);
		if (end > PATH_LIMIT)
			break;
		copied = bpf_probe_read_kernel_str(&scratch->text[end], NAME_BYTES,
						   BPF_CORE_READ(dentry, d_name.name));
		if (copied < 0 || copied > NAME_BYTES)
			return at | WALK_UNREADABLE;
		end += copied;
		if (rootless)
			return end;
		inode = BPF_CORE_READ(parent, d_inode);
		writable |= writable_by_others(BPF_CORE_READ(inode, i_mode),
					       BPF_CORE_READ(inode, i_uid.val),
					       BPF_CORE_READ(inode, i_gid.val));
		dentry = parent;
	}
	return end | WALK_TRUNCATED | (writable ? WALK_WRITABLE : 0);
}

/* The dentry's own name store, by plain loads; where it moved to in 6.14. */
static __always_inline bool copy_inline_name(__u8 *to, const struct dentry *dentry)
{
	__u32 length = dentry->d_name.len;
	const unsigned char *from;
	int i;

	if (length >= 32)
		return false;
	if (bpf_core_field_exists(dentry->d_iname))
		from = dentry->d_iname;
	else
		from = ((const struct dentry___since_6_14 *)dentry)->d_shortname.string;
	for (i = 0; i < 32; i++)
		to[i] = from[i];
	to[length & 31] = 0;
	return true;
}

/* Without: only within the process's root mount, only short names. */
static __always_inline __u32 walk_direct(struct process_scratch *scratch, const struct path *path,
					 const struct path *root, __u32 at)
{
	struct dentry *dentry = path->dentry;
	struct dentry *mount_root = path->mnt->mnt_root;
	__u32 end = at;
	__u32 writable = 0;
	int i;

	if (path->mnt != root->mnt)
		return at | WALK_UNREADABLE;
	for (i = 0; i < DIRECT_COMPONENTS; i++) {
		struct dentry *parent;
		struct inode *inode;

		if (dentry == mount_root)
			return end | (writable ? WALK_WRITABLE : 0);
		if (end > PATH_LIMIT)
			break;
		if (!copy_inline_name(&scratch->text[end], dentry))
			return at | WALK_UNREADABLE;
		end += (dentry->d_name.len & 31) + 1;
		parent = dentry->d_parent;
		inode = parent->d_inode;
		if (!inode)
			return at | WALK_UNREADABLE;
		writable |= writable_by_others(inode->i_mode, inode->i_uid.val, inode->i_gid.val);
		dentry = parent;
	}
	return end | WALK_TRUNCATED | (writable ? WALK_WRITABLE : 0);
}

static __always_inline __u32 walk_path(struct process_scratch *scratch, __u32 which,
				       const struct path *path, const struct task_struct *task,
				       __u32 at)
{
	if (knobs.may_read_kernel) {
		scratch->walked = (__u64)path;
		return walk_probed(which, at);
	}
	return walk_direct(scratch, path, &task->fs->root, at);
}

/* The cgroup v2 path of a task, innermost first. */
__noinline __u32 copy_cgroup(__u32 which, __u32 at)
{
	const struct task_struct *task;
	struct process_scratch *scratch = bpf_map_lookup_elem(&scratches, &which);
	struct kernfs_node *node;
	__u32 end = at;
	int i;

	if (!knobs.may_read_kernel || !scratch || at > TEXT_LIMIT)
		return at | WALK_UNREADABLE;
	task = (const void *)scratch->walked;
	node = BPF_CORE_READ(task, cgroups, dfl_cgrp, kn);
	for (i = 0; i < CGROUP_COMPONENTS; i++) {
		struct kernfs_node *parent;
		long copied;

		if (bpf_core_field_exists(node->parent))
			parent = BPF_CORE_READ(node, parent);
		else
			parent = BPF_CORE_READ((struct kernfs_node___since_6_15 *)node, __parent);
		if (!parent)
			return end;
		if (end > TEXT_LIMIT)
			break;
		copied = bpf_probe_read_kernel_str(&scratch->text[end], NAME_BYTES,
						   BPF_CORE_READ(node, name));
		if (copied < 0 || copied > NAME_BYTES)
			break;
		end += copied;
		node = parent;
	}
	return at | WALK_UNREADABLE;
}

/* A walk's end as the verifier can use it. */
static __always_inline __u32 end_of(__u32 walked)
{
	__u32 end = walked & WALK_END;

	opaque(end);
	return end > TEXT_LIMIT + NAME_BYTES ? TEXT_LIMIT + NAME_BYTES : end;
}

#endif
