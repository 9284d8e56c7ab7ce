// SPDX-License-Identifier: Apache-2.0
/* Steps that the test outside and all processes of a run take together.
 *
 * The outside speaks by files in a directory, so that a shell can; the processes by the memory of
 * the report.
 */
#ifndef HALFWIRE_WORKLOAD_PHASES_H
#define HALFWIRE_WORKLOAD_PHASES_H

#include "report.h"

/* Of a process: says that it is ready, and waits until the phase has come. */
void phase_await(struct report *report, unsigned phase, unsigned seconds);

/* Of the runner: makes the file when so many processes are ready, from then on counted anew. */
void phase_announce(struct report *report, unsigned processes, const char *directory,
		    const char *file);
/* Begins the phase when the file is there. */
void phase_begin(struct report *report, unsigned phase, const char *directory, const char *file,
		 unsigned seconds);

#endif
