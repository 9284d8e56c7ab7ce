// SPDX-License-Identifier: Apache-2.0
/* The named cases: what the client and the server of each do. Sizes are primes. */
#ifndef HALFWIRE_WORKLOAD_CASES_H
#define HALFWIRE_WORKLOAD_CASES_H

#include "peer.h"

struct test_case {
	const char *name;
	void (*client)(struct run *run);
	void (*server)(struct run *run);	/* NULL: nobody accepts */
};

/* Ends with a case without a name. */
extern const struct test_case call_cases[];	/* the calls that move bytes */
extern const struct test_case end_cases[];	/* the ways a connection begins and ends */
extern const struct test_case process_cases[];	/* who uses the socket */

/* The exec'ed process of the case "short"; `argv` is the whole command line. */
int short_child(char *argv[]);

#endif
