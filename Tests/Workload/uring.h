// SPDX-License-Identifier: Apache-2.0
/* io_uring by raw system calls: one request at a time, on one registered socket. */
#ifndef HALFWIRE_WORKLOAD_URING_H
#define HALFWIRE_WORKLOAD_URING_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <sys/types.h>

struct uring {
	int fd;
	bool polled; /* a thread of the kernel's submits, and moves the bytes */
	_Atomic uint32_t *submit_tail, *submit_flags, *complete_head, *complete_tail;
	uint32_t submit_mask, complete_mask;
	uint32_t *submit_array;
	struct io_uring_sqe *submissions;
	struct io_uring_cqe *completions;
};

/* Returns NULL, or why this kernel or user cannot. */
const char *uring_open(struct uring *uring, bool polled);
void uring_close(struct uring *uring);
/* Registered as file 0: on 5.10 the kernel's thread takes no others. */
void uring_register(struct uring *uring, int socket);
/* `operation` is IORING_OP_SEND or IORING_OP_RECV. Returns what the call would. */
ssize_t uring_move(struct uring *uring, uint8_t operation, void *data, size_t length);

#endif
