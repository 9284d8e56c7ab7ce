// SPDX-License-Identifier: Apache-2.0
/* Runs cases: two processes each, in the network namespaces of a place. */
#ifndef HALFWIRE_WORKLOAD_RUNNER_H
#define HALFWIRE_WORKLOAD_RUNNER_H

#include "cases.h"
#include "namespaces.h"

/* Which cases, families and places to run; an empty list or "all" means all. */
struct choice {
	const char *family, *place;
	const char *names[64];
	int name_count;
};

/* What became of them. */
struct score {
	int passed, failed, skipped;
};

bool is_case(const char *name);
void list_cases(void);

/* Every chosen case after the other. */
void run_cases(struct run *run, const struct choice *choice, struct score *score);

/* Every chosen case that begins before the sensor, all at once: makes the file `ready` in the
 * directory when their connections stand, and goes on when there is a file `go`. */
void run_before(struct run *run, const struct choice *choice, const char *directory,
		struct score *score);

#endif
