// SPDX-License-Identifier: Apache-2.0
/* Connections that are older than the sensor: what it can count begins when it does. */
#define _GNU_SOURCE
#include "cases.h"

#include "handover.h"
#include "phases.h"
#include "uring.h"

#include <linux/io_uring.h>
#include <stdio.h>
#include <unistd.h>

enum { AWAIT_SECONDS = 500 };

void await_sensor(struct run *run, struct peer *peer, const char *adopted)
{
	struct line *line = peer->line;

	if (line) {
		line->sent = line->received = line->sends = line->receives = 0;
		snprintf(line->adopted, sizeof(line->adopted), "%s", adopted);
	}
	phase_await(run->report, 1, AWAIT_SECONDS);
}

enum { OLD_REQUEST = 30011, OLD_REPLY = 2003, REQUEST = 50021, REPLY = 7001 };

static void old_client(struct peer *peer)
{
	push(peer, by_send, OLD_REQUEST, 997);
	pull(peer, by_recv, OLD_REPLY, 4096);
}

static void old_server(struct peer *peer)
{
	pull(peer, by_recv, OLD_REQUEST, 4096);
	push(peer, by_send, OLD_REPLY, 997);
}

/* The ordinary one: one process at each end. */
static void adopt_client(struct run *run)
{
	struct peer peer = dial(run);

	old_client(&peer);
	await_sensor(run, &peer, "held");
	push(&peer, by_send, REQUEST, 1009);
	finish(&peer);
}

static void adopt_server(struct run *run)
{
	struct peer peer = answer(run);

	old_server(&peer);
	await_sensor(run, &peer, "held");
	pull_to_end(&peer, by_recv, 16381);
	push(&peer, by_send, REPLY, 997);
	hang_up(&peer);
}

/* Two processes hold it: nobody can say which of them opened it. */
static void shared_client(struct run *run)
{
	struct peer peer = dial(run);
	pid_t child;

	old_client(&peer);
	snprintf(peer.line->adopted, sizeof(peer.line->adopted), "shared");
	child = fork_bounded();
	if (child == 0) {
		struct peer own = {.fd = peer.fd, .line = inherited_line(run, peer.line)};

		alarm(AWAIT_SECONDS);
		while (atomic_load(&run->report->phase) == 0)
			sleep_ms(10);
		push(&own, by_send, REQUEST, 1013);
		hang_up(&own);
		_exit(0);
	}
	await_sensor(run, &peer, "shared");
	push(&peer, by_send, REQUEST, 1009);
	await_child(child);
	finish(&peer);
}

/* While the sensor starts, the only reference to it is a message that nobody has read. */
static void flying_client(struct run *run)
{
	struct peer peer = dial(run);
	int channel[2];

	old_client(&peer);
	expect(socketpair(AF_UNIX, SOCK_STREAM, 0, channel) == 0, "socketpair");
	handover_send(channel[0], peer.fd);
	expect(close(peer.fd) == 0, "close");
	await_sensor(run, &peer, "unseen");
	peer.fd = handover_receive(channel[1]);
	push(&peer, by_send, REQUEST, 1009);
	finish(&peer);
}

/* The only reference is a registered file of an io_uring. */
static void ring_client(struct run *run)
{
	struct peer peer = dial(run);
	struct uring ring;

	old_client(&peer);
	expect(!uring_open(&ring, false), "io_uring_setup");
	uring_register(&ring, peer.fd);
	expect(close(peer.fd) == 0, "close");
	await_sensor(run, &peer, "unseen");
	for (int i = 0; i < 9; i++)
		note_sent(&peer, uring_move(&ring, IORING_OP_SEND, buffer, 997));
	note_received(&peer, uring_move(&ring, IORING_OP_RECV, buffer, 4096));
	uring_close(&ring);
	peer.line->ended_ns = boottime_ns();
}

/* Ends when it has had the answer to what it sent: the FIN waits for the ring's end. */
static void ring_server(struct run *run)
{
	struct peer peer = answer(run);

	old_server(&peer);
	await_sensor(run, &peer, "held");
	pull(&peer, by_recv, 9 * 997, 4096);
	push(&peer, by_send, 997, 997);
	pull_to_end(&peer, by_recv, 4096);
	hang_up(&peer);
}

static const char *ring_missing(void)
{
	struct uring probe;
	const char *reason = uring_open(&probe, false);

	if (!reason)
		uring_close(&probe);
	return reason;
}

/* Bytes that came before the sensor and are read after it began. */
static void queued_client(struct run *run)
{
	struct peer peer = dial(run);

	push(&peer, by_send, OLD_REQUEST, 997);
	await_sensor(run, &peer, "held");
	push(&peer, by_send, REQUEST, 1009);
	finish(&peer);
}

static void queued_server(struct run *run)
{
	struct peer peer = answer(run);

	await_queued(peer.fd, OLD_REQUEST);
	await_sensor(run, &peer, "held");
	peer.line->uneven = true;
	pull_to_end(&peer, by_recv, 16381);
	push(&peer, by_send, REPLY, 997);
	hang_up(&peer);
	expect(peer.line->received == OLD_REQUEST + REQUEST, "queued: bytes read");
}

/* Established, and accepted only after the sensor began: until then no process has it. */
static void waiting_client(struct run *run)
{
	struct peer peer = dial(run);

	await_sensor(run, &peer, "held");
	push(&peer, by_send, REQUEST, 1009);
	finish(&peer);
}

static void waiting_server(struct run *run)
{
	struct peer peer = {.fd = -1};

	await_sensor(run, &peer, "");
	peer = answer(run);
	snprintf(peer.line->adopted, sizeof(peer.line->adopted), "unseen");
	/* The first operation, where the sensor meets it, is a send: it counts in full. */
	push(&peer, by_send, REPLY, 997);
	pull_to_end(&peer, by_recv, 16381);
	hang_up(&peer);
}

/* Nothing moves any more; it only ends. */
static void idle_client(struct run *run)
{
	struct peer peer = dial(run);

	old_client(&peer);
	await_sensor(run, &peer, "held");
	finish(&peer);
}

static void idle_server(struct run *run)
{
	struct peer peer = answer(run);

	old_server(&peer);
	await_sensor(run, &peer, "held");
	pull_to_end(&peer, by_recv, 4096);
	hang_up(&peer);
}

/* The client's FIN is sent and consumed; its sequence number must not pass for a byte. */
static void half_client(struct run *run)
{
	struct peer peer = dial(run);

	push(&peer, by_send, OLD_REQUEST, 997);
	expect(shutdown(peer.fd, SHUT_WR) == 0, "shutdown");
	await_sensor(run, &peer, "held");
	pull_to_end(&peer, by_recv, 4096);
	hang_up(&peer);
}

static void half_server(struct run *run)
{
	struct peer peer = answer(run);

	pull_to_end(&peer, by_recv, 4096);
	await_sensor(run, &peer, "held");
	push(&peer, by_send, REPLY, 997);
	hang_up(&peer);
}

const struct test_case adopt_cases[] = {
	{"adopt", adopt_client, adopt_server, 0, NULL, 0},
	{"adoptshared", shared_client, adopt_server, 0, NULL, 0},
	{"adoptflying", flying_client, adopt_server, 0, NULL, 0},
	{"adoptring", ring_client, ring_server, 0, ring_missing, 0},
	{"adoptqueued", queued_client, queued_server, 0, NULL, 0},
	{"adoptwaiting", waiting_client, waiting_server, 0, NULL, 0},
	{"adoptidle", idle_client, idle_server, 0, NULL, 0},
	{"adopthalf", half_client, half_server, 0, NULL, 0},
	{0},
};
