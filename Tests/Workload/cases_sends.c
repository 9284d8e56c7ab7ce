// SPDX-License-Identifier: Apache-2.0
/* The rarer forms of sending: several messages at once, held back, without a copy. */
#define _GNU_SOURCE
#include "cases.h"

#include <errno.h>
#include <linux/errqueue.h>
#include <netinet/tcp.h>
#include <poll.h>
#include <string.h>
#include <sys/uio.h>
#include <unistd.h>

/* Reads what the client sends until it ends, then replies. */
static void sink_server(struct run *run)
{
	struct peer peer = answer(run);

	pull_to_end(&peer, by_recv, 65521);
	push(&peer, by_send, 4001, 4001);
	hang_up(&peer);
}

enum { MESSAGES = 5, MESSAGE = 3001, ROUNDS = 9 };

/* Each message that moved bytes counts as one send. */
static void sendmmsg_client(struct run *run)
{
	struct peer peer = dial(run);

	for (int round = 0; round < ROUNDS; round++) {
		struct mmsghdr messages[MESSAGES];
		struct iovec parts[MESSAGES];
		int sent;

		memset(messages, 0, sizeof(messages));
		for (int i = 0; i < MESSAGES; i++) {
			parts[i] = (struct iovec){buffer, (size_t)(MESSAGE + 101 * i)};
			messages[i].msg_hdr.msg_iov = &parts[i];
			messages[i].msg_hdr.msg_iovlen = 1;
		}
		sent = sendmmsg(peer.fd, messages, MESSAGES, MSG_NOSIGNAL);
		expect(sent > 0, "sendmmsg");
		for (int i = 0; i < sent; i++)
			note_sent(&peer, (ssize_t)messages[i].msg_len);
	}
	finish(&peer);
}

static ssize_t by_more(int fd, const void *data, size_t length)
{
	return send(fd, data, length, MSG_MORE | MSG_NOSIGNAL);
}

/* The last piece too is sent with MSG_MORE: the FIN pushes it out. */
static void more_client(struct run *run)
{
	struct peer peer = dial(run);

	push(&peer, by_more, 100003, 997);
	finish(&peer);
}

static void cork_client(struct run *run)
{
	struct peer peer = dial(run);
	int on = 1, off = 0;

	for (int round = 0; round < 3; round++) {
		expect(setsockopt(peer.fd, IPPROTO_TCP, TCP_CORK, &on, sizeof(on)) == 0,
		       "TCP_CORK");
		push(&peer, by_write, 30011, 211);
		expect(setsockopt(peer.fd, IPPROTO_TCP, TCP_CORK, &off, sizeof(off)) == 0,
		       "TCP_CORK");
	}
	/* Closed while corked. */
	expect(setsockopt(peer.fd, IPPROTO_TCP, TCP_CORK, &on, sizeof(on)) == 0, "TCP_CORK");
	push(&peer, by_write, 307, 307);
	finish(&peer);
}

static ssize_t by_zerocopy(int fd, const void *data, size_t length)
{
	return send(fd, data, length, MSG_ZEROCOPY | MSG_NOSIGNAL);
}

/* The notices of pages that are free again move no payload and are read all the same. */
static void drain_notices(int fd)
{
	struct pollfd notices = {.fd = fd};

	while (poll(&notices, 1, 20) == 1 && (notices.revents & POLLERR)) {
		char control[128];
		struct msghdr message = {.msg_control = control, .msg_controllen = sizeof(control)};

		if (recvmsg(fd, &message, MSG_ERRQUEUE | MSG_DONTWAIT) < 0)
			break;
	}
}

static void zerocopy_client(struct run *run)
{
	struct peer peer = dial(run);
	int on = 1;

	expect(setsockopt(peer.fd, SOL_SOCKET, SO_ZEROCOPY, &on, sizeof(on)) == 0, "SO_ZEROCOPY");
	push(&peer, by_zerocopy, 400009, 49999);
	drain_notices(peer.fd);
	finish(&peer);
	expect(peer.line->received == 4001, "zerocopy: the reply came");
}

static const char *zerocopy_missing(void)
{
	int fd = tcp_socket("4"), on = 1;
	bool is_known = setsockopt(fd, SOL_SOCKET, SO_ZEROCOPY, &on, sizeof(on)) == 0;

	close(fd);
	return is_known ? NULL : "no SO_ZEROCOPY in this kernel";
}

const struct test_case send_cases[] = {
	{"sendmmsg", sendmmsg_client, sink_server, 0, NULL, 0},
	{"more", more_client, sink_server, 0, NULL, 0},
	{"cork", cork_client, sink_server, 0, NULL, 0},
	{"zerocopy", zerocopy_client, sink_server, 0, zerocopy_missing, 0},
	{0},
};
