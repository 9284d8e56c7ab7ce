// SPDX-License-Identifier: Apache-2.0
/* The rarer forms of receiving: several messages, a low-water mark, mapped pages, urgent data. */
#define _GNU_SOURCE
#include "cases.h"

#include <errno.h>
#include <fcntl.h>
#include <linux/tcp.h>
#include <poll.h>
#include <stdio.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/sendfile.h>
#include <sys/uio.h>
#include <unistd.h>

enum { MMSG_TOTAL = 60013, MMSG_PIECE = 1201 };

static void recvmmsg_client(struct run *run)
{
	struct peer peer = dial(run);

	push(&peer, by_send, MMSG_TOTAL, MMSG_PIECE);
	pull_to_end(&peer, by_recv, 4096);
	hang_up(&peer);
}

static void recvmmsg_server(struct run *run)
{
	struct peer peer = answer(run);

	while (peer.line->received < MMSG_TOTAL) {
		struct mmsghdr messages[4];
		struct iovec parts[4];
		int received;

		memset(messages, 0, sizeof(messages));
		for (int i = 0; i < 4; i++) {
			parts[i] = (struct iovec){buffer + i * 4096, (size_t)(701 + 97 * i)};
			messages[i].msg_hdr.msg_iov = &parts[i];
			messages[i].msg_hdr.msg_iovlen = 1;
		}
		received = recvmmsg(peer.fd, messages, 4, MSG_WAITFORONE, NULL);
		expect(received > 0, "recvmmsg");
		for (int i = 0; i < received; i++)
			note_received(&peer, (ssize_t)messages[i].msg_len);
	}
	push(&peer, by_send, 2003, 2003);
	hang_up(&peer);
}

enum { LOW_WATER = 5003, LOW_ROUNDS = 6, LOW_PIECE = 1009 };

static void rcvlowat_client(struct run *run)
{
	struct peer peer = dial(run);

	for (int i = 0; i < LOW_ROUNDS * 5; i++) {
		push(&peer, by_send, LOW_PIECE, LOW_PIECE);
		sleep_ms(1);
	}
	finish(&peer);
}

/* A recv blocks until the mark is reached, so the kernel wakes it late; the rest at the end. */
static void rcvlowat_server(struct run *run)
{
	struct peer peer = answer(run);
	int mark = LOW_WATER;
	ssize_t moved;

	expect(setsockopt(peer.fd, SOL_SOCKET, SO_RCVLOWAT, &mark, sizeof(mark)) == 0,
	       "SO_RCVLOWAT");
	while ((moved = recv(peer.fd, buffer, LOW_WATER, 0)) != 0)
		note_received(&peer, moved);
	push(&peer, by_send, 1009, 1009);
	hang_up(&peer);
	expect(peer.line->received == LOW_ROUNDS * 5 * LOW_PIECE, "rcvlowat: bytes arrived");
}

enum { PAGE = 4096, MAPPED_PAGES = 64, MAPPED_TAIL = 1237 };

/* Whole pages, so that the receiver can map them; and a rest that it cannot. */
static void mapped_client(struct run *run)
{
	struct peer peer = dial(run);
	int file = memfd_create("workload-pages", MFD_CLOEXEC);
	off_t offset = 0, length = MAPPED_PAGES * PAGE + MAPPED_TAIL;

	expect(file >= 0 && ftruncate(file, length) == 0, "memfd");
	while (offset < length)
		note_sent(&peer, sendfile(peer.fd, file, &offset, (size_t)(length - offset)));
	close(file);
	finish(&peer);
}

/* Maps what can be mapped and copies what the kernel says to skip. */
static void mapped_server(struct run *run)
{
	struct peer peer = answer(run);
	void *window = mmap(NULL, MAPPED_PAGES * PAGE, PROT_READ, MAP_SHARED, peer.fd, 0);
	const uint64_t total = MAPPED_PAGES * PAGE + MAPPED_TAIL;

	expect(window != MAP_FAILED, "mmap of a socket");
	while (peer.line->received < total) {
		struct pollfd ready = {.fd = peer.fd, .events = POLLIN};
		struct tcp_zerocopy_receive request;
		socklen_t length = sizeof(request);

		expect(poll(&ready, 1, TIMEOUT_MS) == 1, "mapped: nothing came");
		memset(&request, 0, sizeof(request));
		request.address = (uint64_t)(uintptr_t)window;
		request.length = MAPPED_PAGES * PAGE;
		expect(getsockopt(peer.fd, IPPROTO_TCP, TCP_ZEROCOPY_RECEIVE, &request, &length) ==
			       0,
		       "TCP_ZEROCOPY_RECEIVE");
		if (request.length)
			note_received(&peer, (ssize_t)request.length);
		if (request.recv_skip_hint)
			note_received(&peer, recv(peer.fd, buffer, request.recv_skip_hint, 0));
	}
	munmap(window, MAPPED_PAGES * PAGE);
	push(&peer, by_send, 3001, 3001);
	hang_up(&peer);
}

enum { BEFORE_URGENT = 5003, AFTER_URGENT = 4001 };

/* One byte out of the line, in the middle. */
static void oob_client(struct run *run)
{
	struct peer peer = dial(run);

	push(&peer, by_send, BEFORE_URGENT, 1009);
	note_sent(&peer, send(peer.fd, "!", 1, MSG_OOB | MSG_NOSIGNAL));
	push(&peer, by_send, AFTER_URGENT, 997);
	finish(&peer);
}

/* The urgent byte is read apart; the kernel steps over it in the line. */
static void oob_server(struct run *run)
{
	struct peer peer = answer(run);
	struct pollfd urgent = {.fd = peer.fd, .events = POLLPRI};

	snprintf(peer.line->mark, sizeof(peer.line->mark), "oob");
	expect(poll(&urgent, 1, TIMEOUT_MS) == 1, "oob: no urgent byte");
	note_received(&peer, recv(peer.fd, buffer, 1, MSG_OOB));
	pull_to_end(&peer, by_recv, 1499);
	push(&peer, by_send, 1013, 1013);
	hang_up(&peer);
	expect(peer.line->received == BEFORE_URGENT + 1 + AFTER_URGENT, "oob: bytes arrived");
}

/* The same, but left in the line: an ordinary byte that somebody called urgent. */
static void oobinline_server(struct run *run)
{
	struct peer peer = answer(run);
	int on = 1;

	snprintf(peer.line->mark, sizeof(peer.line->mark), "oob");
	expect(setsockopt(peer.fd, SOL_SOCKET, SO_OOBINLINE, &on, sizeof(on)) == 0, "SO_OOBINLINE");
	token_send(run->to_client);
	pull_to_end(&peer, by_recv, 1499);
	push(&peer, by_send, 1013, 1013);
	hang_up(&peer);
}

static void oobinline_client(struct run *run)
{
	struct peer peer = dial(run);

	token_await(run->to_client);
	push(&peer, by_send, BEFORE_URGENT, 1009);
	note_sent(&peer, send(peer.fd, "!", 1, MSG_OOB | MSG_NOSIGNAL));
	push(&peer, by_send, AFTER_URGENT, 997);
	finish(&peer);
}

const struct test_case receive_cases[] = {
	{"recvmmsg", recvmmsg_client, recvmmsg_server, 0, NULL, 0},
	{"rcvlowat", rcvlowat_client, rcvlowat_server, 0, NULL, 0},
	{"mapped", mapped_client, mapped_server, 0, NULL, 0},
	{"oob", oob_client, oob_server, 0, NULL, 0},
	{"oobinline", oobinline_client, oobinline_server, 0, NULL, 0},
	{0},
};
