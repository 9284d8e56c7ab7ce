// SPDX-License-Identifier: Apache-2.0
/* Sockets that are no TCP connections: no record may come of them.
 *
 * A TCP socket holds each port, bound and not listening, so that a record with this port can only
 * be wrong.
 */
#define _GNU_SOURCE
#include "cases.h"

#include <arpa/inet.h>
#include <netinet/tcp.h>
#include <string.h>
#include <unistd.h>

/* A line that says: nothing of this process between these two. */
static struct peer foreign(struct run *run, int fd, const union address *local,
			   const union address *remote)
{
	struct peer peer = {.fd = fd};

	peer.line = client_line(run, remote);
	peer.line->absent = true;
	format_endpoint(peer.line->local, local);
	peer.line->opened_ns = boottime_ns();
	return peer;
}

static void count_and_close(struct peer *peer, size_t size, int times)
{
	for (int i = 0; i < times; i++)
		note_sent(peer, send(peer->fd, buffer, size, MSG_NOSIGNAL));
	hang_up(peer);
}

static int connected_socket(const union address *to, int type, int protocol)
{
	int fd = socket(to->any.sa_family, type | SOCK_CLOEXEC, protocol);

	expect(fd >= 0 && connect(fd, &to->any, address_length(to)) == 0, "a foreign socket");
	return fd;
}

static void udp_client(struct run *run)
{
	union address port, unknown;
	int holder = bound_socket(run->family, &port);
	int receiver = socket(port.any.sa_family, SOCK_DGRAM | SOCK_CLOEXEC, 0), sender;
	struct peer peer;

	expect(receiver >= 0 && bind(receiver, &port.any, address_length(&port)) == 0, "UDP bind");
	sender = connected_socket(&port, SOCK_DGRAM, 0);
	unknown = loopback(run->family, 0);
	peer = foreign(run, sender, &unknown, &port);
	for (int i = 0; i < 5; i++) {
		note_sent(&peer, send(sender, buffer, 1201, 0));
		note_received(&peer, recv(receiver, buffer, 4096, 0));
	}
	hang_up(&peer);
	close(receiver);
	close(holder);
}

/* A raw socket of protocol TCP has sk_protocol 6 like a connection's. A reset without a
 * connection is a segment that nothing answers. */
static void raw_client(struct run *run)
{
	union address source, port;
	int source_holder = bound_socket(run->family, &source);
	int holder = bound_socket(run->family, &port);
	struct tcphdr segment = {.rst = 1, .doff = 5};
	union address target = port;
	struct peer peer;

	segment.source = source.v4.sin_port;
	segment.dest = port.v4.sin_port;
	memcpy(buffer, &segment, sizeof(segment));
	if (!strcmp(run->family, "6"))
		target.v6.sin6_port = 0; /* there it would be the protocol's number */
	peer = foreign(run, connected_socket(&target, SOCK_RAW, IPPROTO_TCP), &source, &port);
	count_and_close(&peer, 1201, 5);
	close(source_holder);
	close(holder);
}

static void unix_client(struct run *run)
{
	union address nowhere = loopback(run->family, 0);

	for (int i = 0; i < 2; i++) {
		int ends[2];
		struct peer peer;

		expect(socketpair(AF_UNIX, i ? SOCK_DGRAM : SOCK_STREAM, 0, ends) == 0,
		       "socketpair");
		peer = foreign(run, ends[0], &nowhere, &nowhere);
		for (int turn = 0; turn < 5; turn++) {
			note_sent(&peer, send(ends[0], buffer, 1201, MSG_NOSIGNAL));
			note_received(&peer, recv(ends[1], buffer, 4096, 0));
		}
		close(ends[1]);
		hang_up(&peer);
	}
}

const struct test_case foreign_cases[] = {
	{"udp", udp_client, NULL, ONLY_LOOPBACK, NULL, 0},
	{"raw", raw_client, NULL, ONLY_LOOPBACK | NOT_MAPPED, NULL, 0},
	{"unix", unix_client, NULL, ONLY_LOOPBACK | ONLY_ONCE, NULL, 0},
	{0},
};
