// SPDX-License-Identifier: Apache-2.0
#define _GNU_SOURCE
#include "uring.h"

#include "report.h"

#include <errno.h>
#include <linux/io_uring.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/socket.h>
#include <sys/syscall.h>
#include <unistd.h>

enum { ENTRIES = 4, IDLE_MS = 100 };

static void *map(int fd, size_t length, off_t what)
{
	void *memory = mmap(NULL, length, PROT_READ | PROT_WRITE, MAP_SHARED, fd, what);

	expect(memory != MAP_FAILED, "mmap of an io_uring");
	return memory;
}

/* The mappings live as long as the process: a case's process is short. */
const char *uring_open(struct uring *uring, bool polled)
{
	struct io_uring_params params = {.flags = polled ? IORING_SETUP_SQPOLL : 0,
					 .sq_thread_idle = IDLE_MS};
	char *submit, *complete;
	long fd = syscall(SYS_io_uring_setup, ENTRIES, &params);

	if (fd < 0)
		return errno == ENOSYS ? "no io_uring in this kernel"
				       : "io_uring is forbidden here";
	memset(uring, 0, sizeof(*uring));
	uring->fd = (int)fd;
	uring->polled = polled;
	submit = map(uring->fd, params.sq_off.array + params.sq_entries * sizeof(uint32_t),
		     IORING_OFF_SQ_RING);
	complete =
		map(uring->fd, params.cq_off.cqes + params.cq_entries * sizeof(struct io_uring_cqe),
		    IORING_OFF_CQ_RING);
	uring->submissions =
		map(uring->fd, params.sq_entries * sizeof(struct io_uring_sqe), IORING_OFF_SQES);
	uring->submit_tail = (void *)(submit + params.sq_off.tail);
	uring->submit_flags = (void *)(submit + params.sq_off.flags);
	uring->submit_array = (void *)(submit + params.sq_off.array);
	uring->submit_mask = *(uint32_t *)(void *)(submit + params.sq_off.ring_mask);
	uring->complete_head = (void *)(complete + params.cq_off.head);
	uring->complete_tail = (void *)(complete + params.cq_off.tail);
	uring->completions = (void *)(complete + params.cq_off.cqes);
	uring->complete_mask = *(uint32_t *)(void *)(complete + params.cq_off.ring_mask);
	return NULL;
}

void uring_close(struct uring *uring)
{
	expect(close(uring->fd) == 0, "close of an io_uring");
}

void uring_register(struct uring *uring, int socket)
{
	expect(syscall(SYS_io_uring_register, uring->fd, IORING_REGISTER_FILES, &socket, 1) == 0,
	       "IORING_REGISTER_FILES");
}

static void enter(struct uring *uring, unsigned submit, unsigned wait, unsigned flags)
{
	while (syscall(SYS_io_uring_enter, uring->fd, submit, wait, flags, NULL, 0) < 0)
		expect(errno == EINTR, "io_uring_enter");
}

ssize_t uring_move(struct uring *uring, uint8_t operation, void *data, size_t length)
{
	uint32_t tail = atomic_load(uring->submit_tail), index = tail & uring->submit_mask;
	uint32_t head = atomic_load(uring->complete_head);
	struct io_uring_sqe *submission = &uring->submissions[index];
	int32_t result;

	memset(submission, 0, sizeof(*submission));
	submission->opcode = operation;
	submission->flags = IOSQE_FIXED_FILE;
	submission->fd = 0;
	submission->addr = (uint64_t)(uintptr_t)data;
	submission->len = (uint32_t)length;
	submission->msg_flags = MSG_NOSIGNAL;
	uring->submit_array[index] = index;
	atomic_store(uring->submit_tail, tail + 1);
	if (!uring->polled)
		enter(uring, 1, 1, IORING_ENTER_GETEVENTS);
	else if (atomic_load(uring->submit_flags) & IORING_SQ_NEED_WAKEUP)
		enter(uring, 1, 0, IORING_ENTER_SQ_WAKEUP);
	while (atomic_load(uring->complete_tail) == head)
		enter(uring, 0, 1, IORING_ENTER_GETEVENTS);
	result = uring->completions[head & uring->complete_mask].res;
	atomic_store(uring->complete_head, head + 1);
	errno = result < 0 ? -result : 0;
	return result < 0 ? -1 : result;
}
