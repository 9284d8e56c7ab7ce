// SPDX-License-Identifier: Apache-2.0
/* Frames cross with the header that says what a network card has still to do (checksum,
 * segmentation), so that the kernel does it on the other side as if there were a cable.
 *
 * The pattern is counted and not random: of every 23 frames with payload one is dropped and
 * another held back until the next has passed. A frame that carries no payload is never touched,
 * so that connections begin and end in bounded time.
 */
#define _GNU_SOURCE
#include "wire.h"

#include "report.h"

#include <arpa/inet.h>
#include <errno.h>
#include <linux/if_ether.h>
#include <linux/if_packet.h>
#include <linux/virtio_net.h>
#include <net/if.h>
#include <poll.h>
#include <signal.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/socket.h>
#include <unistd.h>

enum {
	FRAME_LEN = 70000,
	PERIOD = 23,
	DROPPED = 7,
	HELD = 15,
	WIRE_SECONDS = 300,
	SMALLEST_PAYLOAD = 200
};

struct frame {
	size_t length;
	char bytes[FRAME_LEN];
};

struct direction {
	int from, to;
	unsigned count;
	struct frame held;
};

static struct direction directions[2];
static struct frame frame;

static int open_device(const char *device)
{
	struct sockaddr_ll address = {.sll_family = AF_PACKET,
				      .sll_protocol = htons(ETH_P_ALL),
				      .sll_ifindex = (int)if_nametoindex(device)};
	int fd = socket(AF_PACKET, SOCK_RAW | SOCK_CLOEXEC, htons(ETH_P_ALL));
	int on = 1, room = 4 << 20;

	if (fd < 0)
		return -1;
	expect(setsockopt(fd, SOL_PACKET, PACKET_VNET_HDR, &on, sizeof(on)) == 0,
	       "PACKET_VNET_HDR");
	expect(setsockopt(fd, SOL_SOCKET, SO_RCVBUFFORCE, &room, sizeof(room)) == 0, "SO_RCVBUF");
	expect(bind(fd, (struct sockaddr *)&address, sizeof(address)) == 0, "bind to a device");
	return fd;
}

/* A frame that the other side refuses is lost, which is what this wire is for. */
static void pass(const struct direction *direction, const struct frame *passed)
{
	if (passed->length)
		(void)!send(direction->to, passed->bytes, passed->length, 0);
}

static void carry(struct direction *direction)
{
	struct sockaddr_ll from;
	socklen_t from_length = sizeof(from);
	ssize_t length = recvfrom(direction->from, frame.bytes, sizeof(frame.bytes), MSG_DONTWAIT,
				  (struct sockaddr *)&from, &from_length);

	/* Our own frames come back as outgoing ones. */
	if (length <= 0 || from.sll_pkttype == PACKET_OUTGOING)
		return;
	frame.length = (size_t)length;
	if (frame.length >= SMALLEST_PAYLOAD) {
		unsigned turn = direction->count++ % PERIOD;

		if (turn == DROPPED)
			return;
		if (turn == HELD && !direction->held.length) {
			memcpy(direction->held.bytes, frame.bytes, frame.length);
			direction->held.length = frame.length;
			return;
		}
	}
	pass(direction, &frame);
	pass(direction, &direction->held);
	direction->held.length = 0;
}

static _Noreturn void run_wire(void)
{
	struct pollfd ready[2] = {{.fd = directions[0].from, .events = POLLIN},
				  {.fd = directions[1].from, .events = POLLIN}};

	prctl(PR_SET_PDEATHSIG, SIGKILL);
	alarm(WIRE_SECONDS);
	for (;;) {
		/* Nothing for 5 ms: what is held back goes on, late. */
		int found = poll(ready, 2, 5);

		for (int i = 0; i < 2; i++) {
			if (found > 0 && (ready[i].revents & POLLIN)) {
				carry(&directions[i]);
			} else if (found == 0) {
				pass(&directions[i], &directions[i].held);
				directions[i].held.length = 0;
			}
		}
	}
}

const char *wire_start(const char *left, const char *right, pid_t *wire)
{
	int ends[2] = {open_device(left), open_device(right)};

	if (ends[0] < 0 || ends[1] < 0)
		return "no packet sockets in this kernel";
	directions[0] = (struct direction){.from = ends[0], .to = ends[1]};
	directions[1] = (struct direction){.from = ends[1], .to = ends[0]};
	*wire = fork();
	expect(*wire >= 0, "fork");
	if (*wire == 0)
		run_wire();
	close(ends[0]);
	close(ends[1]);
	return NULL;
}
