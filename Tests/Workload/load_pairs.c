// SPDX-License-Identifier: Apache-2.0
/* Thousands of connections between two processes, standing before the sensor starts. */
#define _GNU_SOURCE
#include "loads.h"

#include "phases.h"

#include <stdio.h>
#include <stdlib.h>
#include <sys/resource.h>
#include <unistd.h>

enum { OLD_BYTES = 3, NEW_BYTES = 101 };

struct total {
	uint64_t sent, received;
};

static void note(struct total *total, ssize_t sent, ssize_t received)
{
	expect(sent > 0 && received > 0, "pairs: moving bytes");
	total->sent += (uint64_t)sent;
	total->received += (uint64_t)received;
}

/* The sums of one end; the check finds its sockets by the server's port. */
static void print_total(const struct run *run, const char *role, int count,
			const struct total *total)
{
	printf("{\"role\":\"pairs-%s\",\"pid\":%d,\"start_ticks\":%llu,\"port\":%u,\"sockets\":%d,"
	       "\"sent\":%llu,\"received\":%llu}\n",
	       role, getpid(), (unsigned long long)start_ticks(), address_port(&run->server), count,
	       (unsigned long long)total->sent, (unsigned long long)total->received);
	fflush(stdout);
}

static void move(int fd, size_t size, struct total *total, bool sends_first)
{
	ssize_t sent = 0, received;

	if (sends_first)
		sent = send(fd, buffer, size, MSG_NOSIGNAL);
	received = recv(fd, buffer, size, MSG_WAITALL);
	if (!sends_first)
		sent = send(fd, buffer, size, MSG_NOSIGNAL);
	note(total, sent, received);
}

/* The client's call comes first, so that neither end waits for the other in a circle. */
static void hold(struct run *run, const char *role, const int *sockets, int count)
{
	struct total total = {0}, old = {0};
	bool is_client = role[0] == 'c';

	for (int i = 0; i < count; i++)
		move(sockets[i], OLD_BYTES, &old, is_client);
	phase_await(run->report, 1, LOAD_SECONDS);
	for (int i = 0; i < count; i++)
		move(sockets[i], NEW_BYTES, &total, is_client);
	print_total(run, role, count, &total);
	phase_await(run->report, 2, LOAD_SECONDS);
}

int load_pairs(struct run *run, char *arguments[])
{
	int count = atoi(arguments[1]);
	struct rlimit files = {(rlim_t)count + 100, (rlim_t)count + 100};
	int *sockets = calloc((size_t)count, sizeof(int));
	pid_t client, server;

	expect(sockets != NULL && count > 0, "pairs: how many");
	expect(setrlimit(RLIMIT_NOFILE, &files) == 0, "RLIMIT_NOFILE");
	run->listener = bound_socket(run->family, &run->server);
	expect(listen(run->listener, 128) == 0, "listen");
	server = fork_bounded();
	if (server == 0) {
		alarm(LOAD_SECONDS);
		for (int i = 0; i < count; i++) {
			sockets[i] = accept(run->listener, NULL, NULL);
			expect(sockets[i] >= 0, "pairs: accept");
		}
		close(run->listener);
		hold(run, "server", sockets, count);
		_exit(0);
	}
	close(run->listener);
	client = fork_bounded();
	if (client == 0) {
		alarm(LOAD_SECONDS);
		for (int i = 0; i < count; i++) {
			sockets[i] = tcp_socket(run->family);
			expect(connect(sockets[i], &run->server.any,
				       address_length(&run->server)) == 0,
			       "pairs: connect");
		}
		hold(run, "client", sockets, count);
		_exit(0);
	}
	phase_announce(run->report, 2, arguments[0], "ready");
	phase_begin(run->report, 1, arguments[0], "go", LOAD_SECONDS);
	phase_announce(run->report, 2, arguments[0], "done");
	phase_begin(run->report, 2, arguments[0], "end", LOAD_SECONDS);
	await_child(client);
	await_child(server);
	return 0;
}
