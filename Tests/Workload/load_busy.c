// SPDX-License-Identifier: Apache-2.0
/* A given number of sends in a given time, by two processes on each of two connections.
 *
 * They send in a hundred portions a second. On a machine that is too slow it takes longer; the
 * number stays. */
#define _GNU_SOURCE
#include "loads.h"

#include "phases.h"

#include <stdio.h>
#include <stdlib.h>
#include <sys/time.h>
#include <unistd.h>

enum { CONNECTIONS = 2, SENDERS = 2 * CONNECTIONS, PIECE = 97, AROUND = 1009, PORTION_MS = 10 };

/* What one sender has to do. */
struct task {
	size_t operations, portions;
};

static void send_portions(struct peer *peer, struct task task)
{
	uint64_t began = boottime_ns();

	for (size_t i = 1; i <= task.portions; i++) {
		uint64_t due = began + i * PORTION_MS * 1000000, now;
		size_t until = task.operations * i / task.portions;
		size_t from = task.operations * (i - 1) / task.portions;

		push(peer, by_send, (until - from) * PIECE, PIECE);
		now = boottime_ns();
		if (now < due)
			sleep_ms((unsigned)((due - now) / 1000000));
	}
}

static void send_all(struct run *run, struct peer *peer, struct task task)
{
	push(peer, by_send, AROUND, AROUND);
	phase_await(run->report, 1, LOAD_SECONDS);
	send_portions(peer, task);
	phase_await(run->report, 2, LOAD_SECONDS);
	/* One more, for a record that the sensor gets. */
	push(peer, by_send, AROUND, AROUND);
}

static void ask(struct run *run, struct task task)
{
	struct peer peer = dial(run);
	pid_t other = fork_bounded();

	if (other == 0) {
		struct peer own = {.fd = peer.fd, .line = inherited_line(run, peer.line)};

		alarm(LOAD_SECONDS);
		send_all(run, &own, task);
		hang_up(&own);
		_exit(0);
	}
	send_all(run, &peer, task);
	await_child(other);
	finish(&peer);
}

/* May wait long for its next bytes: a socket without a limit of time. */
static void serve(struct run *run)
{
	struct peer peer = answer(run);
	struct timeval none = {0};

	expect(setsockopt(peer.fd, SOL_SOCKET, SO_RCVTIMEO, &none, sizeof(none)) == 0,
	       "SO_RCVTIMEO");
	pull_to_end(&peer, by_recv, 1499);
	push(&peer, by_send, AROUND, AROUND);
	hang_up(&peer);
}

static pid_t start(struct run *run, const struct task *task)
{
	pid_t child = fork_bounded();

	if (child != 0)
		return child;
	alarm(LOAD_SECONDS);
	if (task)
		ask(run, *task);
	else
		serve(run);
	_exit(0);
}

int load_busy(struct run *run, char *arguments[])
{
	struct task task = {.operations = (size_t)atol(arguments[1]) / SENDERS,
			    .portions = (size_t)atol(arguments[2]) * 1000 / PORTION_MS};
	pid_t children[SENDERS];
	uint64_t began, took, operations = 0;

	expect(task.operations && task.portions, "busy: how many operations, in what time");
	run->listener = bound_socket(run->family, &run->server);
	expect(listen(run->listener, CONNECTIONS) == 0, "listen");
	for (int i = 0; i < SENDERS; i++)
		children[i] = start(run, i % 2 ? &task : NULL);
	phase_announce(run->report, SENDERS, arguments[0], "ready");
	phase_begin(run->report, 1, arguments[0], "go", LOAD_SECONDS);
	began = boottime_ns();
	phase_announce(run->report, SENDERS, arguments[0], "done");
	took = boottime_ns() - began;
	phase_begin(run->report, 2, arguments[0], "end", LOAD_SECONDS);
	for (int i = 0; i < SENDERS; i++)
		await_child(children[i]);
	for (unsigned i = 0; i < atomic_load(&run->report->used); i++) {
		const struct line *line = &run->report->lines[i];

		report_print(line, run->exe);
		operations += line->sends + line->receives;
	}
	fprintf(stderr, "busy: %llu operations in %llu ms\n", (unsigned long long)operations,
		(unsigned long long)(took / 1000000));
	return report_agrees(run->report, 0) ? 0 : 1;
}
