// SPDX-License-Identifier: Apache-2.0
#define _GNU_SOURCE
#include "peer.h"

#include <errno.h>
#include <poll.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/time.h>
#include <sys/uio.h>
#include <time.h>
#include <unistd.h>

unsigned char buffer[BUFFER_LEN];

void sleep_ms(unsigned milliseconds)
{
	struct timespec time = {milliseconds / 1000, (long)(milliseconds % 1000) * 1000000};

	while (nanosleep(&time, &time) != 0 && errno == EINTR)
		;
}

static void await_ready(int fd, short events, const char *what)
{
	struct pollfd wanted = {.fd = fd, .events = events};

	errno = ETIMEDOUT;
	expect(poll(&wanted, 1, TIMEOUT_MS) == 1, what);
}

void token_send(const int pipe[2])
{
	expect(write(pipe[1], "t", 1) == 1, "token_send");
}

void token_await(const int pipe[2])
{
	char token;

	await_ready(pipe[0], POLLIN, "token_await");
	expect(read(pipe[0], &token, 1) == 1, "token_await");
}

int socket_protocol;

int tcp_socket(const char *family)
{
	int domain = strcmp(family, "4") ? AF_INET6 : AF_INET;
	struct timeval limit = {TIMEOUT_MS / 1000, 0};
	int fd = socket(domain, SOCK_STREAM | SOCK_CLOEXEC, socket_protocol);

	expect(fd >= 0, "socket");
	expect(setsockopt(fd, SOL_SOCKET, SO_RCVTIMEO, &limit, sizeof(limit)) == 0, "SO_RCVTIMEO");
	expect(setsockopt(fd, SOL_SOCKET, SO_SNDTIMEO, &limit, sizeof(limit)) == 0, "SO_SNDTIMEO");
	return fd;
}

int socket_at(const char *family, const union address *wanted, union address *bound)
{
	int fd = tcp_socket(family);
	socklen_t length = sizeof(*bound);

	expect(bind(fd, &wanted->any, address_length(wanted)) == 0, "bind");
	expect(getsockname(fd, &bound->any, &length) == 0, "getsockname");
	return fd;
}

int bound_socket(const char *family, union address *bound)
{
	union address wanted = loopback(family, 0);

	return socket_at(family, &wanted, bound);
}

void note_local(struct line *line, int fd)
{
	union address address = {0};
	socklen_t length = sizeof(address);

	expect(getsockname(fd, &address.any, &length) == 0, "getsockname");
	format_endpoint(line->local, &address);
}

static struct line *run_line(struct run *run, const char *role)
{
	return report_line(run->report, run->name, role, run->family, run->place);
}

struct line *client_line(struct run *run, const union address *remote)
{
	struct line *line = run_line(run, "client");

	line->life = report_life(run->report);
	format_endpoint(line->remote, remote);
	line->began_ns = boottime_ns();
	return line;
}

struct peer dial_on(struct run *run, int fd)
{
	struct peer peer = {.fd = fd, .line = client_line(run, &run->server)};

	expect(connect(fd, &run->server.any, address_length(&run->server)) == 0, "connect");
	peer.line->opened_ns = boottime_ns();
	peer.line->established = true;
	note_local(peer.line, fd);
	return peer;
}

struct peer dial(struct run *run)
{
	return dial_on(run, tcp_socket(run->family));
}

struct peer answer(struct run *run)
{
	struct peer peer = {.line = run_line(run, "server")};
	struct timeval limit = {TIMEOUT_MS / 1000, 0};
	union address remote = {0};
	socklen_t length = sizeof(remote);

	peer.line->life = report_life(run->report);
	peer.line->began_ns = boottime_ns();
	await_ready(run->listener, POLLIN, "waiting to accept");
	/* The address comes from accept itself: getpeername fails once the peer has reset. */
	peer.fd = accept4(run->listener, &remote.any, &length, SOCK_CLOEXEC);
	expect(peer.fd >= 0, "accept");
	peer.line->opened_ns = boottime_ns();
	format_endpoint(peer.line->remote, &remote);
	peer.line->established = true;
	expect(setsockopt(peer.fd, SOL_SOCKET, SO_RCVTIMEO, &limit, sizeof(limit)) == 0,
	       "SO_RCVTIMEO");
	expect(setsockopt(peer.fd, SOL_SOCKET, SO_SNDTIMEO, &limit, sizeof(limit)) == 0,
	       "SO_SNDTIMEO");
	note_local(peer.line, peer.fd);
	return peer;
}

void hang_up(struct peer *peer)
{
	expect(close(peer->fd) == 0, "close");
	peer->fd = -1;
	peer->line->ended_ns = boottime_ns();
}

void note_sent(struct peer *peer, ssize_t moved)
{
	expect(moved > 0, "sending");
	peer->line->sent += (uint64_t)moved;
	peer->line->sends++;
}

void note_received(struct peer *peer, ssize_t moved)
{
	expect(moved > 0, "receiving");
	peer->line->received += (uint64_t)moved;
	peer->line->receives++;
}

void push(struct peer *peer, send_function send, size_t total, size_t piece)
{
	while (total > 0) {
		ssize_t moved = send(peer->fd, buffer, total < piece ? total : piece);

		note_sent(peer, moved);
		total -= (size_t)moved;
	}
}

void pull(struct peer *peer, receive_function receive, size_t total, size_t piece)
{
	while (total > 0) {
		ssize_t moved = receive(peer->fd, buffer, total < piece ? total : piece);

		note_received(peer, moved);
		total -= (size_t)moved;
	}
}

void pull_to_end(struct peer *peer, receive_function receive, size_t piece)
{
	ssize_t moved;

	while ((moved = receive(peer->fd, buffer, piece)) != 0)
		note_received(peer, moved);
}

void finish(struct peer *peer)
{
	expect(shutdown(peer->fd, SHUT_WR) == 0, "shutdown");
	pull_to_end(peer, by_recv, 4096);
	hang_up(peer);
}

void await_queued(int fd, int count)
{
	int queued = 0;

	for (int waited = 0; waited < TIMEOUT_MS; waited++) {
		expect(ioctl(fd, FIONREAD, &queued) == 0, "FIONREAD");
		if (queued >= count)
			return;
		sleep_ms(1);
	}
	errno = ETIMEDOUT;
	die("waiting for queued bytes");
}

ssize_t by_send(int fd, const void *data, size_t length)
{
	return send(fd, data, length, MSG_NOSIGNAL);
}

ssize_t by_write(int fd, const void *data, size_t length)
{
	return write(fd, data, length);
}

/* Cuts the data in three uneven parts, the middle one empty when there is little. */
static int cut(struct iovec parts[3], const void *data, size_t length)
{
	unsigned char *start = (unsigned char *)data;
	size_t first = length / 3, second = length / 7;

	parts[0] = (struct iovec){start, first};
	parts[1] = (struct iovec){start + first, second};
	parts[2] = (struct iovec){start + first + second, length - first - second};
	return 3;
}

ssize_t by_sendmsg(int fd, const void *data, size_t length)
{
	struct iovec parts[3];
	struct msghdr message = {.msg_iov = parts};

	message.msg_iovlen = (size_t)cut(parts, data, length);
	return sendmsg(fd, &message, MSG_NOSIGNAL);
}

ssize_t by_writev(int fd, const void *data, size_t length)
{
	struct iovec parts[3];

	return writev(fd, parts, cut(parts, data, length));
}

ssize_t by_recv(int fd, void *data, size_t length)
{
	return recv(fd, data, length, 0);
}

ssize_t by_read(int fd, void *data, size_t length)
{
	return read(fd, data, length);
}
