// SPDX-License-Identifier: Apache-2.0
/* One case for each way to move bytes through a socket. */
#define _GNU_SOURCE
#include "cases.h"

#include <errno.h>
#include <fcntl.h>
#include <sys/mman.h>
#include <sys/sendfile.h>
#include <sys/uio.h>
#include <unistd.h>

/* The client sends a request, the server replies, both with the call under test. */
static void exchange_client(struct run *run, send_function send, size_t request, size_t piece)
{
	struct peer peer = dial(run);

	push(&peer, send, request, piece);
	pull_to_end(&peer, by_recv, 16381);
	hang_up(&peer);
}

static void exchange_server(struct run *run, send_function send, size_t request, size_t reply)
{
	struct peer peer = answer(run);

	pull(&peer, by_recv, request, 65521);
	push(&peer, send, reply, 4093);
	hang_up(&peer);
}

enum { SEND_TOTAL = 1300021, WRITE_TOTAL = 524287, MSG_TOTAL = 400009, VECTOR_TOTAL = 300007 };

static void send_client(struct run *run)
{
	exchange_client(run, by_send, SEND_TOTAL, 7919);
}
static void send_server(struct run *run)
{
	exchange_server(run, by_send, SEND_TOTAL, 10007);
}
static void write_client(struct run *run)
{
	exchange_client(run, by_write, WRITE_TOTAL, 104729);
}
static void write_server(struct run *run)
{
	exchange_server(run, by_write, WRITE_TOTAL, 20011);
}
static void sendmsg_client(struct run *run)
{
	exchange_client(run, by_sendmsg, MSG_TOTAL, 65537);
}
static void sendmsg_server(struct run *run)
{
	exchange_server(run, by_sendmsg, MSG_TOTAL, 30011);
}
static void writev_client(struct run *run)
{
	exchange_client(run, by_writev, VECTOR_TOTAL, 8191);
}
static void writev_server(struct run *run)
{
	exchange_server(run, by_writev, VECTOR_TOTAL, 7001);
}

enum { FILE_LEN = 1234577, FILE_SKIPPED = 101 };

static void sendfile_client(struct run *run)
{
	struct peer peer = dial(run);
	int file = memfd_create("workload-file", MFD_CLOEXEC);
	off_t offset = FILE_SKIPPED;

	expect(file >= 0 && ftruncate(file, FILE_LEN) == 0, "memfd");
	while (offset < FILE_LEN)
		note_sent(&peer, sendfile(peer.fd, file, &offset, 99991));
	close(file);
	finish(&peer);
}

static void sendfile_server(struct run *run)
{
	struct peer peer = answer(run);

	pull_to_end(&peer, by_recv, 65521);
	hang_up(&peer);
	expect(peer.line->received == FILE_LEN - FILE_SKIPPED, "sendfile: bytes arrived");
}

enum { PARTIAL_TOTAL = 199999 };

static void recv_client(struct run *run)
{
	struct peer peer = dial(run);

	push(&peer, by_send, PARTIAL_TOTAL, 49999);
	pull_to_end(&peer, by_read, 1021);
	hang_up(&peer);
}

static ssize_t by_readv(int fd, void *data, size_t length)
{
	struct iovec parts[2] = {{data, length / 2},
				 {(char *)data + length / 2, length - length / 2}};

	return readv(fd, parts, 2);
}

static ssize_t by_recvmsg(int fd, void *data, size_t length)
{
	struct iovec part = {data, length};
	struct msghdr message = {.msg_iov = &part, .msg_iovlen = 1};

	return recvmsg(fd, &message, 0);
}

/* MSG_TRUNC on TCP drops the bytes instead of copying them; they are consumed all the same. */
static ssize_t by_dropping(int fd, void *data, size_t length)
{
	(void)data;
	return recv(fd, NULL, length, MSG_TRUNC);
}

/* Every receive call in turn, with pieces that cut segments anywhere. */
static void recv_server(struct run *run)
{
	static const receive_function calls[] = {by_recv, by_read, by_readv, by_recvmsg,
						 by_dropping};
	struct peer peer = answer(run);
	size_t left = PARTIAL_TOTAL;

	for (unsigned turn = 0; left > 0; turn++) {
		size_t piece = 1 + (turn * 613) % 4099;

		if (piece > left)
			piece = left;
		pull(&peer, calls[turn % 5], piece, piece);
		left -= piece;
	}
	push(&peer, by_send, 5003, 5003);
	hang_up(&peer);
}

enum { SPLICE_TOTAL = 262147 };

static void splice_client(struct run *run)
{
	struct peer peer = dial(run);
	int ends[2];

	expect(pipe(ends) == 0, "pipe");
	for (size_t left = SPLICE_TOTAL; left > 0;) {
		ssize_t filled = write(ends[1], buffer, left < 32749 ? left : 32749);

		expect(filled > 0, "fill the pipe");
		left -= (size_t)filled;
		while (filled > 0) {
			ssize_t moved = splice(ends[0], NULL, peer.fd, NULL, (size_t)filled, 0);

			note_sent(&peer, moved);
			filled -= moved;
		}
	}
	finish(&peer);
}

static void splice_server(struct run *run)
{
	struct peer peer = answer(run);
	int ends[2];
	ssize_t moved;

	expect(pipe(ends) == 0, "pipe");
	while ((moved = splice(peer.fd, NULL, ends[1], NULL, 65536, 0)) != 0) {
		note_received(&peer, moved);
		while (moved > 0) {
			ssize_t drained = read(ends[0], buffer, (size_t)moved);

			expect(drained > 0, "drain the pipe");
			moved -= drained;
		}
	}
	push(&peer, by_send, 3001, 3001);
	hang_up(&peer);
	expect(peer.line->received == SPLICE_TOTAL, "splice: bytes arrived");
}

enum { PEEK_TOTAL = 12007 };

static void peek_client(struct run *run)
{
	struct peer peer = dial(run);

	push(&peer, by_send, PEEK_TOTAL, PEEK_TOTAL);
	pull_to_end(&peer, by_recv, 4096);
	hang_up(&peer);
}

static void peek_server(struct run *run)
{
	static const size_t looks[] = {1, 5003, PEEK_TOTAL};
	struct peer peer = answer(run);

	await_queued(peer.fd, PEEK_TOTAL);
	for (unsigned i = 0; i < 3; i++) {
		ssize_t seen = recv(peer.fd, buffer, looks[i], MSG_PEEK);

		expect(seen == (ssize_t)looks[i], "MSG_PEEK");
	}
	pull(&peer, by_recv, 7001, 7001);
	expect(recv(peer.fd, buffer, 100, MSG_PEEK) == 100, "MSG_PEEK in the middle");
	pull(&peer, by_recv, PEEK_TOTAL - 7001, PEEK_TOTAL);
	push(&peer, by_send, 1009, 1009);
	hang_up(&peer);
}

enum { TRICKLES = 7, TRICKLE = 7187 };

static void waitall_client(struct run *run)
{
	struct peer peer = dial(run);

	for (int i = 0; i < TRICKLES; i++) {
		push(&peer, by_send, TRICKLE, TRICKLE);
		sleep_ms(5);
	}
	pull_to_end(&peer, by_recv, 4096);
	hang_up(&peer);
}

/* One recv that the kernel wakes for every trickle. */
static void waitall_server(struct run *run)
{
	struct peer peer = answer(run);
	ssize_t moved = recv(peer.fd, buffer, TRICKLES * TRICKLE, MSG_WAITALL);

	expect(moved == TRICKLES * TRICKLE, "MSG_WAITALL");
	note_received(&peer, moved);
	push(&peer, by_send, 2003, 2003);
	hang_up(&peer);
}

const struct test_case call_cases[] = {
	{"send", send_client, send_server, 0, NULL, 0},
	{"write", write_client, write_server, 0, NULL, 0},
	{"sendmsg", sendmsg_client, sendmsg_server, 0, NULL, 0},
	{"writev", writev_client, writev_server, ALSO_LOSSY, NULL, 0},
	{"sendfile", sendfile_client, sendfile_server, 0, NULL, 0},
	{"recv", recv_client, recv_server, ALSO_LOSSY, NULL, 0},
	{"splice", splice_client, splice_server, 0, NULL, 0},
	{"peek", peek_client, peek_server, ALSO_LOSSY, NULL, 0},
	{"waitall", waitall_client, waitall_server, ALSO_LOSSY, NULL, 0},
	{0},
};
