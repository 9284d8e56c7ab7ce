// SPDX-License-Identifier: Apache-2.0
/* One end of a TCP connection that counts what it moves, and the run it belongs to.
 *
 * Every call that could block is bounded: sockets by SO_RCVTIMEO and SO_SNDTIMEO, accept and tokens
 * by poll, every process by alarm(2).
 */
#ifndef HALFWIRE_WORKLOAD_PEER_H
#define HALFWIRE_WORKLOAD_PEER_H

#include "report.h"

#include <netinet/in.h>
#include <stddef.h>
#include <sys/socket.h>
#include <sys/types.h>

enum { TIMEOUT_MS = 60000, PROCESS_SECONDS = 180, BUFFER_LEN = 4 << 20 };

union address {
	struct sockaddr any;
	struct sockaddr_in v4;
	struct sockaddr_in6 v6;
};

/* What the two processes of one case share. */
struct run {
	const char *name;
	const char *family;
	const char *place;
	struct report *report;
	int report_fd;
	const char *exe;
	int listener;
	union address server;		/* where the listener listens */
	int to_server[2], to_client[2]; /* pipes carrying one-byte tokens */
};

struct peer {
	int fd;
	struct line *line;
};

typedef ssize_t (*send_function)(int fd, const void *data, size_t length);
typedef ssize_t (*receive_function)(int fd, void *data, size_t length);

extern unsigned char buffer[BUFFER_LEN];

/* The protocol of all TCP sockets made from here on: 0, or IPPROTO_MPTCP. */
extern int socket_protocol;

/* Addresses on the link between the two namespaces: the numbers of its ends. */
enum { CLIENT_END = 1, SERVER_END = 2 };

/* Where this end is reached: the loopback, or its end of the link between the namespaces. */
union address address_at(const char *place, const char *family, int end, uint16_t port);
/* The index of this namespace's end of the link, which link-local addresses need. */
uint32_t link_scope(void);
/* Loopback of the family with this port (host order). */
union address loopback(const char *family, uint16_t port);
socklen_t address_length(const union address *address);
uint16_t address_port(const union address *address);
/* As the trace writes it. */
void format_endpoint(char text[ENDPOINT_LEN], const union address *address);
/* A socket bound there; `bound` gets the port that was free. Does not listen. */
int socket_at(const char *family, const union address *wanted, union address *bound);
/* The same at a free port of the loopback. */
int bound_socket(const char *family, union address *bound);

int tcp_socket(const char *family);
/* Begins a new line with the remote end known, before connect is called. */
struct line *client_line(struct run *run, const union address *remote);
/* A line of the calling process for a socket opened by another. */
struct line *inherited_line(struct run *run, const struct line *opener);
/* Fills the line's local end from the kernel. */
void note_local(struct line *line, int fd);
struct peer dial(struct run *run);
/* Connects a socket that may have had lives before. */
struct peer dial_on(struct run *run, int fd);
struct peer answer(struct run *run);
void hang_up(struct peer *peer);
/* Ends this side's stream, reads the peer's to its end, and hangs up. */
void finish(struct peer *peer);

/* Sends `total` bytes in pieces of at most `piece`; short sends are continued. */
void push(struct peer *peer, send_function send, size_t total, size_t piece);
void pull(struct peer *peer, receive_function receive, size_t total, size_t piece);
/* Reads to the end of the stream. */
void pull_to_end(struct peer *peer, receive_function receive, size_t piece);
void note_sent(struct peer *peer, ssize_t moved);
void note_received(struct peer *peer, ssize_t moved);
/* Waits until `count` bytes are in the receive queue. */
void await_queued(int fd, int count);

ssize_t by_send(int fd, const void *data, size_t length);
ssize_t by_write(int fd, const void *data, size_t length);
ssize_t by_sendmsg(int fd, const void *data, size_t length);
ssize_t by_writev(int fd, const void *data, size_t length);
ssize_t by_recv(int fd, void *data, size_t length);
ssize_t by_read(int fd, void *data, size_t length);

/* Child processes: bounded in time, and failed with when they fail. */
pid_t fork_bounded(void);
void await_child(pid_t child);

void token_send(const int pipe[2]);
void token_await(const int pipe[2]);
void sleep_ms(unsigned milliseconds);

#endif
