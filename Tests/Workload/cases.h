// SPDX-License-Identifier: Apache-2.0
/* The named cases: what the client and the server of each do. Sizes are primes. */
#ifndef HALFWIRE_WORKLOAD_CASES_H
#define HALFWIRE_WORKLOAD_CASES_H

#include "peer.h"

enum {
	ONLY_NETNS = 1,	   /* needs settings that are not changed on the host */
	ONLY_LOOPBACK = 2, /* says nothing about the network */
	ALSO_LOSSY = 4,	   /* runs over the bad links too */
	ONLY_ONCE = 8,	   /* the same whatever the family: IPv4 alone */
	NOT_MAPPED = 16,   /* there is no such thing over mapped addresses */
};

struct test_case {
	const char *name;
	void (*client)(struct run *run);
	void (*server)(struct run *run); /* NULL: nobody accepts */
	unsigned flags;
	const char *(*missing)(void); /* NULL, or why this kernel cannot run it */
	int protocol;		      /* of the sockets; 0 is TCP */
};

/* Ends with a case without a name. */
extern const struct test_case call_cases[]; /* the calls that move bytes */
extern const struct test_case send_cases[]; /* and their rarer forms */
extern const struct test_case receive_cases[];
extern const struct test_case uring_cases[];	/* without a call at all */
extern const struct test_case layer_cases[];	/* with something between TCP and the socket */
extern const struct test_case start_cases[];	/* the ways a connection begins */
extern const struct test_case end_cases[];	/* and ends */
extern const struct test_case process_cases[];	/* who uses the socket */
extern const struct test_case handover_cases[]; /* and who has it next */
extern const struct test_case foreign_cases[];	/* what is no TCP connection */

/* Made before the sensor starts: `client` and `server` stop at await_sensor. */
extern const struct test_case adopt_cases[];

/* Says that the connections stand, and waits until the sensor runs. What was counted before is
 * forgotten: the sensor cannot know it. */
void await_sensor(struct run *run, struct peer *peer, const char *adopted);

/* The exec'ed processes; `argv` is the whole command line. */
int short_child(char *argv[]);
int exec_child(char *argv[]);

#endif
