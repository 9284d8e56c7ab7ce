// SPDX-License-Identifier: Apache-2.0
/* Who uses the socket: several threads, several processes, more than there are slots for, a
 * process gone in a few milliseconds. */
#define _GNU_SOURCE
#include "cases.h"

#include <pthread.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

/* One thread's share of a socket; counted apart, added up after the join. */
struct share {
	struct peer peer;
	struct line line;
	size_t total, piece;
	bool sends;
};

static void *share_run(void *argument)
{
	struct share *share = argument;
	unsigned char own[8192];

	if (share->sends) {
		push(&share->peer, by_send, share->total, share->piece);
		return NULL;
	}
	for (ssize_t moved; (moved = recv(share->peer.fd, own, sizeof(own), 0)) != 0;)
		note_received(&share->peer, moved);
	return NULL;
}

enum { FIRST_THREAD = 250007, SECOND_THREAD = 190027, THREADS_REPLY = 150001 };

static void threads_client(struct run *run)
{
	struct peer peer = dial(run);
	struct share shares[3] = {
		{.total = FIRST_THREAD, .piece = 1499, .sends = true},
		{.total = SECOND_THREAD, .piece = 2003, .sends = true},
		{.sends = false},
	};
	pthread_t threads[3];

	for (int i = 0; i < 3; i++) {
		shares[i].peer = (struct peer){.fd = peer.fd, .line = &shares[i].line};
		expect(pthread_create(&threads[i], NULL, share_run, &shares[i]) == 0,
		       "pthread_create");
	}
	for (int i = 0; i < 3; i++) {
		expect(pthread_join(threads[i], NULL) == 0, "pthread_join");
		peer.line->sent += shares[i].line.sent;
		peer.line->sends += shares[i].line.sends;
		peer.line->received += shares[i].line.received;
		peer.line->receives += shares[i].line.receives;
	}
	hang_up(&peer);
}

/* Reads and replies by turns, so that neither end can block the other for good. */
static void threads_server(struct run *run)
{
	struct peer peer = answer(run);
	size_t left = FIRST_THREAD + SECOND_THREAD, reply = THREADS_REPLY;

	while (left > 0) {
		ssize_t moved = recv(peer.fd, buffer, left < 16381 ? left : 16381, 0);
		size_t part = reply < 4001 ? reply : 4001;

		note_received(&peer, moved);
		left -= (size_t)moved;
		push(&peer, by_send, part, part);
		reply -= part;
	}
	push(&peer, by_send, reply, 4001);
	hang_up(&peer);
}

enum { FORK_PARENT = 65537, FORK_CHILD = 49157, FORK_REPLY = 5003 };

/* Parent and child send at the same time on one socket. */
static void fork_client(struct run *run)
{
	struct peer peer = dial(run);
	pid_t child = fork_bounded();

	if (child == 0) {
		struct peer own = {.fd = peer.fd, .line = inherited_line(run, peer.line)};

		push(&own, by_send, FORK_CHILD, 997);
		hang_up(&own);
		_exit(0);
	}
	push(&peer, by_send, FORK_PARENT, 1009);
	await_child(child);
	finish(&peer);
}

/* As a preforking server: the child reads the first part, the parent the rest. */
static void fork_server(struct run *run)
{
	struct peer peer = answer(run);
	pid_t child = fork_bounded();

	if (child == 0) {
		struct peer own = {.fd = peer.fd, .line = inherited_line(run, peer.line)};

		pull(&own, by_recv, 70001, 3001);
		hang_up(&own);
		_exit(0);
	}
	await_child(child);
	pull_to_end(&peer, by_recv, 8191);
	push(&peer, by_send, FORK_REPLY, FORK_REPLY);
	hang_up(&peer);
}

enum { SHORT_TOTAL = 2011 };

/* Replaces itself by a process that is gone before anybody could look at /proc. */
static void short_client(struct run *run)
{
	char port[8], report[16];
	char *arguments[] = {(char *)run->exe,
			     "short-child",
			     "--family",
			     (char *)run->family,
			     "--place",
			     (char *)run->place,
			     "--port",
			     port,
			     "--report-fd",
			     report,
			     "--note",
			     "two words, and a third",
			     NULL};

	snprintf(port, sizeof(port), "%u", address_port(&run->server));
	snprintf(report, sizeof(report), "%d", run->report_fd);
	execv(run->exe, arguments);
	die("exec");
}

static void short_server(struct run *run)
{
	struct peer peer = answer(run);

	pull_to_end(&peer, by_recv, 4096);
	hang_up(&peer);
	expect(peer.line->received == SHORT_TOTAL, "short: bytes arrived");
}

int short_child(char *argv[])
{
	struct run run = {.name = "short", .place = "loopback"};
	uint16_t port = 0;
	struct peer peer;

	for (int i = 2; argv[i] && argv[i + 1]; i += 2) {
		if (!strcmp(argv[i], "--family"))
			run.family = argv[i + 1];
		else if (!strcmp(argv[i], "--port"))
			port = (uint16_t)atoi(argv[i + 1]);
		else if (!strcmp(argv[i], "--place"))
			run.place = argv[i + 1];
		else if (!strcmp(argv[i], "--report-fd"))
			run.report = report_map(atoi(argv[i + 1]));
	}
	expect(run.family && run.report, "short-child: --family, --port and --report-fd");
	run.server = address_at(run.place, run.family, SERVER_END, port);
	alarm(PROCESS_SECONDS);
	peer = dial(&run);
	report_set_argv(peer.line, argv);
	push(&peer, by_send, SHORT_TOTAL, 1009);
	peer.line->ended_ns = boottime_ns();
	_exit(0); /* without close: the exit does it */
}

enum { ACTORS = 6, SLOTS = 4, ACTOR_PIECE = 701, ACTOR_TOTAL = 30011 };

/* One of the six: a first byte when it is its turn, the rest when all had theirs. */
static void act(struct run *run, const struct peer *peer, int number, const int turn[2],
		const int all[2])
{
	struct peer own = {.fd = peer->fd, .line = inherited_line(run, peer->line)};

	own.line->unattributed = number >= SLOTS;
	token_await(turn);
	push(&own, by_send, 1, 1);
	token_send(run->to_client);
	token_await(all);
	push(&own, by_send, ACTOR_TOTAL + (size_t)number, ACTOR_PIECE);
	hang_up(&own);
	_exit(0);
}

/* The sensor tells four apart; the fifth and the sixth are counted together, without a name. */
static void six_client(struct run *run)
{
	struct peer peer = dial(run);
	int turns[ACTORS][2], all[2];
	pid_t children[ACTORS];

	expect(pipe(all) == 0, "pipe");
	for (int i = 0; i < ACTORS; i++) {
		expect(pipe(turns[i]) == 0, "pipe");
		children[i] = fork_bounded();
		if (children[i] == 0)
			act(run, &peer, i, turns[i], all);
	}
	for (int i = 0; i < ACTORS; i++) {
		token_send(turns[i]);
		token_await(run->to_client);
	}
	for (int i = 0; i < ACTORS; i++)
		token_send(all);
	for (int i = 0; i < ACTORS; i++)
		await_child(children[i]);
	/* The reply is left to the kernel: a seventh actor would be one too many to tell. */
	expect(shutdown(peer.fd, SHUT_WR) == 0, "shutdown");
	token_await(run->to_client);
	hang_up(&peer);
}

static void six_server(struct run *run)
{
	struct peer peer = answer(run);

	pull_to_end(&peer, by_recv, 65521);
	hang_up(&peer);
	token_send(run->to_client);
}

enum { WORKERS = 3 };

/* Workers made before there is anything to accept, all on one listener. */
static void prefork_server(struct run *run)
{
	pid_t workers[WORKERS];

	for (int i = 0; i < WORKERS; i++) {
		workers[i] = fork_bounded();
		if (workers[i] == 0) {
			struct peer peer = answer(run);

			pull_to_end(&peer, by_recv, 4099);
			push(&peer, by_send, 2003, 2003);
			hang_up(&peer);
			_exit(0);
		}
	}
	for (int i = 0; i < WORKERS; i++)
		await_child(workers[i]);
}

static void prefork_client(struct run *run)
{
	struct peer peers[WORKERS];

	for (int i = 0; i < WORKERS; i++)
		peers[i] = dial(run);
	for (int i = 0; i < WORKERS; i++)
		push(&peers[i], by_send, (size_t)(10007 + 101 * i), 997);
	for (int i = 0; i < WORKERS; i++)
		finish(&peers[i]);
}

const struct test_case process_cases[] = {
	{"threads", threads_client, threads_server, ALSO_LOSSY, NULL, 0},
	{"fork", fork_client, fork_server, 0, NULL, 0},
	{"short", short_client, short_server, 0, NULL, 0},
	{"six", six_client, six_server, 0, NULL, 0},
	{"prefork", prefork_client, prefork_server, 0, NULL, 0},
	{0},
};
