// SPDX-License-Identifier: Apache-2.0
/* Bytes moved by io_uring, submitted by the process itself or by the kernel's polling thread. */
#define _GNU_SOURCE
#include "cases.h"

#include "uring.h"

#include <dirent.h>
#include <linux/io_uring.h>
#include <unistd.h>

enum { REQUEST = 150011, REPLY = 60013, PIECE = 9973 };

static struct uring ring;

/* The fixed-size signature of a send has no room for the ring. */
static ssize_t ring_send(int fd, const void *data, size_t length)
{
	(void)fd;
	return uring_move(&ring, IORING_OP_SEND, (void *)data, length);
}

static ssize_t ring_receive(int fd, void *data, size_t length)
{
	(void)fd;
	return uring_move(&ring, IORING_OP_RECV, data, length);
}

/* The polling thread is a thread of the kernel until 5.12, and of the process that made the ring
 * from then on, where `current` has the process's pid. Long-lived kernels took that over, so that
 * a version number does not tell: a second thread of this process does. */
static bool is_polled_by_kernel(void)
{
	DIR *threads = opendir("/proc/self/task");
	int count = 0;

	expect(threads != NULL, "open /proc/self/task");
	for (struct dirent *entry; (entry = readdir(threads)) != NULL;)
		count += entry->d_name[0] != '.';
	closedir(threads);
	return count == 1;
}

static void open_ring(struct peer *peer, bool polled)
{
	expect(!uring_open(&ring, polled), "io_uring_setup");
	uring_register(&ring, peer->fd);
	peer->line->kernel = polled && is_polled_by_kernel();
}

static void ring_client(struct run *run, bool polled)
{
	struct peer peer = dial(run);

	open_ring(&peer, polled);
	push(&peer, ring_send, REQUEST, PIECE);
	pull(&peer, ring_receive, REPLY, 8191);
	/* The ring holds the socket too: the FIN must not wait until the kernel lets go of it. */
	expect(shutdown(peer.fd, SHUT_RDWR) == 0, "shutdown");
	uring_close(&ring);
	hang_up(&peer);
}

static void ring_server(struct run *run, bool polled)
{
	struct peer peer = answer(run);

	open_ring(&peer, polled);
	pull(&peer, ring_receive, REQUEST, 16381);
	push(&peer, ring_send, REPLY, PIECE);
	/* The client's FIN comes when it has read all. */
	expect(recv(peer.fd, buffer, 1, 0) == 0, "uring: a byte too many");
	uring_close(&ring);
	hang_up(&peer);
}

static void uring_client(struct run *run)
{
	ring_client(run, false);
}
static void uring_server(struct run *run)
{
	ring_server(run, false);
}
static void uringpoll_client(struct run *run)
{
	ring_client(run, true);
}
static void uringpoll_server(struct run *run)
{
	ring_server(run, true);
}

static const char *ring_missing(bool polled)
{
	struct uring probe;
	const char *reason = uring_open(&probe, polled);

	if (!reason)
		uring_close(&probe);
	return reason;
}

static const char *uring_missing(void)
{
	return ring_missing(false);
}
static const char *uringpoll_missing(void)
{
	return ring_missing(true);
}

const struct test_case uring_cases[] = {
	{"uring", uring_client, uring_server, 0, uring_missing, 0},
	{"uringpoll", uringpoll_client, uringpoll_server, 0, uringpoll_missing, 0},
	{0},
};
