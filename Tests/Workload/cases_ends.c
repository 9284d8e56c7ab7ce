// SPDX-License-Identifier: Apache-2.0
/* The ways a connection begins and ends: refused, reset, half closed, never read, used again. */
#define _GNU_SOURCE
#include "cases.h"

#include <errno.h>
#include <fcntl.h>
#include <netinet/tcp.h>
#include <poll.h>
#include <unistd.h>

/* Non-blocking sends of 4 MiB, most of which find the buffer full. Returns how many did. */
static int flood(struct peer *peer, int attempts)
{
	int full = 0;

	for (int i = 0; i < attempts; i++) {
		ssize_t moved = send(peer->fd, buffer, BUFFER_LEN, MSG_DONTWAIT | MSG_NOSIGNAL);

		if (moved < 0 && errno == EAGAIN)
			full++;
		else
			note_sent(peer, moved);
	}
	return full;
}

static void eagain_client(struct run *run)
{
	struct peer peer = dial(run);

	expect(flood(&peer, 20) > 0, "eagain: the buffer never filled");
	token_send(run->to_server);
	for (int i = 0; i < 3; i++) {
		struct pollfd room = {.fd = peer.fd, .events = POLLOUT};

		expect(poll(&room, 1, TIMEOUT_MS) == 1, "eagain: no room again");
		flood(&peer, 1);
	}
	finish(&peer);
}

static void eagain_server(struct run *run)
{
	struct peer peer = answer(run);

	token_await(run->to_server);
	pull_to_end(&peer, by_recv, 131071);
	push(&peer, by_send, 1013, 1013);
	hang_up(&peer);
}

/* Closes with a reset, whatever is still queued. */
static void reset_close(struct peer *peer)
{
	struct linger now = {.l_onoff = 1, .l_linger = 0};

	expect(setsockopt(peer->fd, SOL_SOCKET, SO_LINGER, &now, sizeof(now)) == 0, "SO_LINGER");
	hang_up(peer);
}

static void await_reset(const struct peer *peer)
{
	struct pollfd reset = {.fd = peer->fd};

	expect(poll(&reset, 1, TIMEOUT_MS) == 1 && (reset.revents & POLLERR), "no reset came");
}

/* What was queued and never sent was written by the application all the same. */
static void linger0_client(struct run *run)
{
	struct peer peer = dial(run);

	token_await(run->to_client);
	peer.line->uneven = true;
	expect(flood(&peer, 8) > 0, "linger0: the buffer never filled");
	reset_close(&peer);
	token_send(run->to_server);
}

/* Reads some of what had arrived, after the reset. */
static void linger0_server(struct run *run)
{
	struct peer peer = answer(run);

	token_send(run->to_client);
	token_await(run->to_server);
	await_reset(&peer);
	pull(&peer, by_recv, 4099, 4099);
	hang_up(&peer);
}

enum { ORPHAN_TOTAL = 5009 };

static void lateaccept_client(struct run *run)
{
	struct peer peer = dial(run);

	push(&peer, by_send, ORPHAN_TOTAL, ORPHAN_TOTAL);
	reset_close(&peer);
	token_send(run->to_server);
}

/* Accepts a connection that is already over, and reads what it left. */
static void lateaccept_server(struct run *run)
{
	struct peer peer;

	token_await(run->to_server);
	peer = answer(run);
	await_reset(&peer);
	pull(&peer, by_recv, ORPHAN_TOTAL, ORPHAN_TOTAL);
	hang_up(&peer);
}

enum { LATE_TOTAL = 50021 };

static void halfclose_client(struct run *run)
{
	struct peer peer = dial(run);
	struct tcp_info info = {.tcpi_state = TCP_ESTABLISHED};

	push(&peer, by_send, 3001, 3001);
	expect(shutdown(peer.fd, SHUT_WR) == 0, "shutdown");
	/* The peer's FIN answers ours, so the socket closes with everything still to be read. */
	for (int waited = 0; info.tcpi_state != TCP_CLOSE; waited++) {
		socklen_t length = sizeof(info);

		expect(waited < TIMEOUT_MS, "halfclose: the socket did not close");
		sleep_ms(1);
		expect(getsockopt(peer.fd, IPPROTO_TCP, TCP_INFO, &info, &length) == 0, "TCP_INFO");
	}
	pull_to_end(&peer, by_recv, 20011);
	hang_up(&peer);
	expect(peer.line->received == LATE_TOTAL, "halfclose: bytes read after the close");
}

static void halfclose_server(struct run *run)
{
	struct peer peer = answer(run);

	pull_to_end(&peer, by_recv, 4096);
	push(&peer, by_send, LATE_TOTAL, 12007);
	hang_up(&peer);
}

static void idle_client(struct run *run)
{
	struct peer peer = dial(run);

	sleep_ms(10);
	hang_up(&peer);
}

static void idle_server(struct run *run)
{
	struct peer peer = answer(run);

	expect(recv(peer.fd, buffer, 100, 0) == 0, "idle: a byte came");
	hang_up(&peer);
}

enum { UNREAD_SENT = 30011, UNREAD_READ = 1009 };

static void unread_client(struct run *run)
{
	struct peer peer = dial(run);

	peer.line->uneven = true;
	push(&peer, by_send, UNREAD_SENT, 10007);
	expect(recv(peer.fd, buffer, 100, 0) < 0 && errno == ECONNRESET, "unread: no reset");
	hang_up(&peer);
}

static void unread_server(struct run *run)
{
	struct peer peer = answer(run);

	await_queued(peer.fd, UNREAD_SENT);
	pull(&peer, by_recv, UNREAD_READ, UNREAD_READ);
	peer.line->unread = UNREAD_SENT - UNREAD_READ;
	hang_up(&peer);
}

/* Connects to a bound port where nobody listens; being bound, nobody else can take it. */
static struct line *try_refused(struct run *run, int fd)
{
	union address closed;
	int holder = bound_socket(run->family, &closed);
	struct line *line = client_line(run, &closed);

	note_local(line, fd);
	expect(connect(fd, &closed.any, address_length(&closed)) < 0 && errno == ECONNREFUSED,
	       "connect was not refused");
	line->opened_ns = line->ended_ns = boottime_ns();
	close(holder);
	return line;
}

/* From a bound port, so that the local end is known. */
static void refused_client(struct run *run)
{
	union address own;
	int fd = bound_socket(run->family, &own);
	struct line *line = try_refused(run, fd);

	close(fd);
	line->ended_ns = boottime_ns();
}

/* One socket, three lives: refused; connected, then dissolved; connected again. */
static void reconnect_client(struct run *run)
{
	int fd = tcp_socket(run->family);
	struct sockaddr nowhere = {.sa_family = AF_UNSPEC};
	struct peer peer;

	try_refused(run, fd);
	peer = dial_on(run, fd);
	push(&peer, by_send, 40009, 9973);
	pull(&peer, by_recv, 2003, 2003);
	expect(connect(fd, &nowhere, sizeof(nowhere)) == 0, "connect to AF_UNSPEC");
	peer.line->ended_ns = boottime_ns();
	peer = dial_on(run, fd);
	push(&peer, by_send, 7001, 7001);
	pull_to_end(&peer, by_recv, 4096);
	hang_up(&peer);
}

static void reconnect_server(struct run *run)
{
	struct peer peer = answer(run);

	pull(&peer, by_recv, 40009, 65521);
	push(&peer, by_send, 2003, 2003);
	expect(recv(peer.fd, buffer, 100, 0) < 0 && errno == ECONNRESET, "reconnect: no reset");
	hang_up(&peer);
	peer = answer(run);
	pull(&peer, by_recv, 7001, 7001);
	push(&peer, by_send, 3001, 3001);
	hang_up(&peer);
}

/* A full accept queue drops the SYN, so the second connect gets no answer at all. */
static void unanswered_client(struct run *run)
{
	union address full;
	int listener = bound_socket(run->family, &full);
	int fd = tcp_socket(run->family);
	struct run queue = *run;
	struct peer first;
	struct pollfd answered = {.fd = fd, .events = POLLOUT};
	struct line *line;

	expect(listen(listener, 0) == 0, "listen");
	queue.server = full;
	first = dial(&queue);
	expect(fcntl(fd, F_SETFL, O_NONBLOCK) == 0, "O_NONBLOCK");
	line = client_line(&queue, &full);
	expect(connect(fd, &full.any, address_length(&full)) < 0 && errno == EINPROGRESS,
	       "unanswered: connect");
	line->opened_ns = boottime_ns();
	note_local(line, fd);
	expect(poll(&answered, 1, 60) == 0, "unanswered: an answer came");
	close(fd);
	line->ended_ns = boottime_ns();
	hang_up(&first);
	close(listener);
}

const struct test_case end_cases[] = {
	{"eagain", eagain_client, eagain_server, 0, NULL, 0},
	{"linger0", linger0_client, linger0_server, 0, NULL, 0},
	{"lateaccept", lateaccept_client, lateaccept_server, 0, NULL, 0},
	{"halfclose", halfclose_client, halfclose_server, ALSO_LOSSY, NULL, 0},
	{"idle", idle_client, idle_server, 0, NULL, 0},
	{"unread", unread_client, unread_server, 0, NULL, 0},
	{"refused", refused_client, NULL, 0, NULL, 0},
	{"reconnect", reconnect_client, reconnect_server, 0, NULL, 0},
	{"unanswered", unanswered_client, NULL, 0, NULL, 0},
	{0},
};
