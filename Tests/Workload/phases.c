// SPDX-License-Identifier: Apache-2.0
#define _GNU_SOURCE
#include "phases.h"

#include "peer.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <unistd.h>

enum { POLL_MS = 5, READY_SECONDS = 60 };

void phase_await(struct report *report, unsigned phase, unsigned seconds)
{
	atomic_fetch_add(&report->ready, 1);
	for (unsigned waited = 0; atomic_load(&report->phase) < phase; waited++) {
		errno = ETIMEDOUT;
		expect(waited < seconds * 1000 / POLL_MS, "the next phase did not begin");
		sleep_ms(POLL_MS);
	}
}

static void path_of(char path[4096], const char *directory, const char *file)
{
	errno = ENAMETOOLONG;
	expect(snprintf(path, 4096, "%s/%s", directory, file) < 4096, "path of a phase");
}

void phase_announce(struct report *report, unsigned processes, const char *directory,
		    const char *file)
{
	char path[4096];
	int made;

	path_of(path, directory, file);
	for (unsigned waited = 0; atomic_load(&report->ready) < processes; waited++) {
		errno = ETIMEDOUT;
		expect(waited < READY_SECONDS * 1000, "not all processes are ready");
		sleep_ms(1);
	}
	atomic_fetch_sub(&report->ready, processes);
	made = open(path, O_WRONLY | O_CREAT | O_CLOEXEC, 0600);
	expect(made >= 0, path);
	close(made);
}

void phase_begin(struct report *report, unsigned phase, const char *directory, const char *file,
		 unsigned seconds)
{
	char path[4096];

	path_of(path, directory, file);
	for (unsigned waited = 0; access(path, F_OK) != 0; waited++) {
		errno = ETIMEDOUT;
		expect(waited < seconds * 1000 / POLL_MS, path);
		sleep_ms(POLL_MS);
	}
	atomic_store(&report->phase, phase);
}
