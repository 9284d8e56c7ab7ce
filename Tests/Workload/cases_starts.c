// SPDX-License-Identifier: Apache-2.0
/* The ways a connection begins: with data in the SYN, with data before it is accepted, never. */
#define _GNU_SOURCE
#include "cases.h"

#include <errno.h>
#include <fcntl.h>
#include <netinet/tcp.h>
#include <poll.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

enum { FAST_FIRST = 911, FAST_REST = 20011, FAST_REPLY = 5003, FAST_TIMES = 8 };

static void read_rest_and_reply(struct run *run)
{
	struct peer peer = answer(run);

	pull(&peer, by_recv, FAST_FIRST + FAST_REST, 4099);
	push(&peer, by_send, FAST_REPLY, 997);
	hang_up(&peer);
}

/* accept may return before the handshake has ended. Then the connection is told with the socket's
 * first use, which on an emulated processor comes milliseconds later: only after it is it open. */
static void read_early_and_reply(struct run *run)
{
	struct peer peer = answer(run);

	pull(&peer, by_recv, FAST_FIRST, FAST_FIRST);
	peer.line->opened_ns = boottime_ns();
	pull(&peer, by_recv, FAST_REST, 4099);
	push(&peer, by_send, FAST_REPLY, 997);
	hang_up(&peer);
}

/* The listener must allow it before the SYN comes, which brings the first bytes with it. */
static void fastopen_server(struct run *run)
{
	int queue = 8;

	expect(setsockopt(run->listener, IPPROTO_TCP, TCP_FASTOPEN, &queue, sizeof(queue)) == 0,
	       "TCP_FASTOPEN");
	/* The first bytes may be read before, while and after the handshake ends: several times. */
	for (int i = 0; i < FAST_TIMES; i++) {
		token_send(run->to_client);
		read_early_and_reply(run);
	}
}

/* Connects by sending. */
static void fastopen_once(struct run *run)
{
	struct peer peer = {.fd = tcp_socket(run->family)};
	struct tcp_info info;
	socklen_t length = sizeof(info);
	ssize_t moved;

	token_await(run->to_client);
	peer.line = client_line(run, &run->server);
	moved = sendto(peer.fd, buffer, FAST_FIRST, MSG_FASTOPEN | MSG_NOSIGNAL, &run->server.any,
		       address_length(&run->server));
	note_sent(&peer, moved);
	peer.line->opened_ns = boottime_ns();
	peer.line->established = true;
	note_local(peer.line, peer.fd);
	expect(moved == FAST_FIRST, "fastopen: the first bytes");
	push(&peer, by_send, FAST_REST, 4001);
	pull_to_end(&peer, by_recv, 4096);
	expect(getsockopt(peer.fd, IPPROTO_TCP, TCP_INFO, &info, &length) == 0 &&
		       (info.tcpi_options & TCPI_OPT_SYN_DATA),
	       "fastopen: the SYN carried no data");
	hang_up(&peer);
}

static void fastopen_client(struct run *run)
{
	for (int i = 0; i < FAST_TIMES; i++)
		fastopen_once(run);
}

static void fastconnect_once(struct run *run)
{
	struct peer peer = {.fd = tcp_socket(run->family)};
	int on = 1;

	token_await(run->to_client);
	expect(setsockopt(peer.fd, IPPROTO_TCP, TCP_FASTOPEN_CONNECT, &on, sizeof(on)) == 0,
	       "TCP_FASTOPEN_CONNECT");
	/* connect returns at once and sends nothing; the first write does. Either may be called the
	 * beginning: the state is SYN_SENT after the first. */
	peer.line = client_line(run, &run->server);
	expect(connect(peer.fd, &run->server.any, address_length(&run->server)) == 0, "connect");
	push(&peer, by_write, FAST_FIRST, FAST_FIRST);
	peer.line->opened_ns = boottime_ns();
	peer.line->established = true;
	note_local(peer.line, peer.fd);
	push(&peer, by_write, FAST_REST, 4001);
	pull_to_end(&peer, by_read, 4096);
	hang_up(&peer);
}

static void fastconnect_client(struct run *run)
{
	for (int i = 0; i < FAST_TIMES; i++)
		fastconnect_once(run);
}

static void defer_server(struct run *run)
{
	int seconds = 2;

	expect(setsockopt(run->listener, IPPROTO_TCP, TCP_DEFER_ACCEPT, &seconds,
			  sizeof(seconds)) == 0,
	       "TCP_DEFER_ACCEPT");
	token_send(run->to_client);
	read_rest_and_reply(run);
}

/* The handshake's last step comes with the first bytes. */
static void defer_client(struct run *run)
{
	struct peer peer;

	token_await(run->to_client);
	peer = dial(run);
	sleep_ms(5);
	push(&peer, by_send, FAST_FIRST + FAST_REST, 911);
	pull_to_end(&peer, by_recv, 4096);
	hang_up(&peer);
}

enum { FORGOTTEN = 20011 };

/* Nobody ever accepts; the listener closes with the bytes in its queue. */
static void backlog_client(struct run *run)
{
	struct peer peer = dial(run);
	struct pollfd reset = {.fd = peer.fd};

	peer.line->uneven = true;
	push(&peer, by_send, FORGOTTEN, 4001);
	token_send(run->to_server);
	expect(poll(&reset, 1, TIMEOUT_MS) == 1 && (reset.revents & POLLERR), "no reset came");
	hang_up(&peer);
}

static void backlog_server(struct run *run)
{
	token_await(run->to_server);
	/* The runner holds the listener too: shut down, it forgets its queue as if closed. */
	expect(shutdown(run->listener, SHUT_RDWR) == 0, "shutdown of the listener");
}

/* A full accept queue drops every SYN; the kernel gives up after its first retry, in a second. */
static void timeout_client(struct run *run)
{
	union address own, full;
	int listener = bound_socket(run->family, &full);
	int fd = bound_socket(run->family, &own);
	int tries = 1, limit_ms = 200;
	struct run queue = *run;
	struct peer first;
	struct line *line;

	expect(listen(listener, 0) == 0, "listen");
	queue.server = full;
	first = dial(&queue);
	expect(setsockopt(fd, IPPROTO_TCP, TCP_SYNCNT, &tries, sizeof(tries)) == 0 &&
		       setsockopt(fd, IPPROTO_TCP, TCP_USER_TIMEOUT, &limit_ms, sizeof(limit_ms)) ==
			       0,
	       "TCP_USER_TIMEOUT");
	line = client_line(&queue, &full);
	note_local(line, fd);
	expect(connect(fd, &full.any, address_length(&full)) < 0 && errno == ETIMEDOUT,
	       "timeout: an answer came");
	line->opened_ns = boottime_ns();
	close(fd);
	line->ended_ns = boottime_ns();
	hang_up(&first);
	close(listener);
}

enum { CLIENT_VOICE = 67, SERVER_VOICE = 83, SAID = 3011, ANSWERED = 613 };

/* Every byte tells its place, so that a head can be compared with what was said first.
 * check_accounting.py knows the formula. */
static void speak(struct peer *peer, unsigned char voice, size_t from, size_t to)
{
	unsigned char said[SAID];
	ssize_t moved;

	for (size_t i = from; i < to; i++)
		said[i] = (unsigned char)(voice + 31 * i + 7 * (i >> 8));
	while (from < to) {
		moved = send(peer->fd, said + from, to - from, MSG_NOSIGNAL);
		note_sent(peer, moved);
		from += (size_t)moved;
	}
}

static void heads_client(struct run *run)
{
	struct peer peer = dial(run);

	peer.line->speaks = CLIENT_VOICE;
	peer.line->hears = SERVER_VOICE;
	speak(&peer, CLIENT_VOICE, 0, 7);
	speak(&peer, CLIENT_VOICE, 7, 211);
	speak(&peer, CLIENT_VOICE, 211, SAID);
	pull_to_end(&peer, by_recv, 4096);
	hang_up(&peer);
}

static void heads_server(struct run *run)
{
	struct peer peer = answer(run);

	peer.line->speaks = SERVER_VOICE;
	peer.line->hears = CLIENT_VOICE;
	pull(&peer, by_recv, SAID, 1009);
	speak(&peer, SERVER_VOICE, 0, 101);
	speak(&peer, SERVER_VOICE, 101, ANSWERED);
	hang_up(&peer);
}

const struct test_case start_cases[] = {
	{"heads", heads_client, heads_server, ALSO_LOSSY, NULL, 0},
	{"fastopen", fastopen_client, fastopen_server, ONLY_NETNS, NULL, 0},
	{"fastconnect", fastconnect_client, fastopen_server, ONLY_NETNS, NULL, 0},
	{"defer", defer_client, defer_server, 0, NULL, 0},
	{"backlog", backlog_client, backlog_server, 0, NULL, 0},
	{"timeout", timeout_client, NULL, ONLY_LOOPBACK, NULL, 0},
	{0},
};
