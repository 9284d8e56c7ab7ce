// SPDX-License-Identifier: Apache-2.0
/* One connection after the other, each with the same payload, ended by a reset. */
#define _GNU_SOURCE
#include "loads.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <unistd.h>

enum { REQUEST = 137, REPLY = 59 };

static void serve(const struct run *run, int count)
{
	for (int i = 0; i < count; i++) {
		int fd = accept(run->listener, NULL, NULL);

		expect(fd >= 0, "short: accept");
		expect(recv(fd, buffer, REQUEST, MSG_WAITALL) == REQUEST, "short: request");
		expect(send(fd, buffer, REPLY, MSG_NOSIGNAL) == REPLY, "short: reply");
		expect(recv(fd, buffer, 1, 0) < 0 && errno == ECONNRESET, "short: no reset");
		close(fd);
	}
}

/* The reset keeps no port waiting. */
static void ask(const struct run *run, int count)
{
	const struct linger now = {.l_onoff = 1, .l_linger = 0};

	for (int i = 0; i < count; i++) {
		int fd = tcp_socket(run->family);

		expect(setsockopt(fd, SOL_SOCKET, SO_LINGER, &now, sizeof(now)) == 0, "SO_LINGER");
		expect(connect(fd, &run->server.any, address_length(&run->server)) == 0,
		       "short: connect");
		expect(send(fd, buffer, REQUEST, MSG_NOSIGNAL) == REQUEST, "short: request");
		expect(recv(fd, buffer, REPLY, MSG_WAITALL) == REPLY, "short: reply");
		close(fd);
	}
}

int load_short(struct run *run, char *arguments[])
{
	int count = atoi(arguments[0]);
	pid_t server;

	run->listener = bound_socket(run->family, &run->server);
	expect(listen(run->listener, 128) == 0, "listen");
	server = fork_bounded();
	if (server == 0) {
		alarm(LOAD_SECONDS);
		serve(run, count);
		_exit(0);
	}
	ask(run, count);
	await_child(server);
	printf("{\"role\":\"short\",\"connections\":%d,\"port\":%u}\n", count,
	       address_port(&run->server));
	return 0;
}
