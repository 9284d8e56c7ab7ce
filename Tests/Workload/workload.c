// SPDX-License-Identifier: Apache-2.0
/* Real TCP traffic of this machine with itself, counted by the processes that make it.
 *
 * Usage: workload [--family 4|6|mapped|link|all] [--place loopback|netns|netem|lossy|all]
 *                 [--case NAME]... [--before DIRECTORY] [--list]
 *
 * Each case runs between a server process and a client process of its own; its report lines (one
 * JSON object per process and socket) go to standard output when both are done. The counts are
 * return values of the calls, nothing else. The two ends of each connection must agree, or the
 * case fails. What this kernel cannot do is a line with `skipped` and the reason.
 *
 * --before runs the cases whose connections are older than the sensor, and only these: they make
 * the file `ready` in DIRECTORY and go on when there is a file `go`.
 *
 * "workload load ..." makes traffic in numbers instead; see loads.h.
 *
 * Exit 0: all cases passed or were skipped; 1: some failed; 64: wrong arguments.
 */
#define _GNU_SOURCE
#include "loads.h"
#include "runner.h"

#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

enum { RUN_SECONDS = 600 };

static _Noreturn void usage(void)
{
	fprintf(stderr, "usage: workload [--family 4|6|mapped|link|all] "
			"[--place loopback|netns|netem|lossy|all]\n"
			"                [--case NAME]... [--before DIRECTORY] [--list]\n");
	exit(64);
}

int main(int argc, char *argv[])
{
	static char exe[4096];
	struct choice choice = {.family = "all", .place = "all"};
	const char *before = NULL;
	struct score score = {0};
	struct run run = {.exe = exe};

	signal(SIGPIPE, SIG_IGN);
	if (argc > 2 && !strcmp(argv[1], "load"))
		return run_load(argv[0], argv + 2);
	if (argc > 1 && !strcmp(argv[1], "short-child"))
		return short_child(argv);
	if (argc > 1 && !strcmp(argv[1], "exec-child"))
		return exec_child(argv);
	for (int i = 1; i < argc; i++) {
		if (!strcmp(argv[i], "--list")) {
			list_cases();
			return 0;
		}
		if (i + 1 >= argc)
			usage();
		if (!strcmp(argv[i], "--family"))
			choice.family = argv[++i];
		else if (!strcmp(argv[i], "--place"))
			choice.place = argv[++i];
		else if (!strcmp(argv[i], "--before"))
			before = argv[++i];
		else if (!strcmp(argv[i], "--case") && choice.name_count < 64 &&
			 is_case(argv[i + 1]))
			choice.names[choice.name_count++] = argv[++i];
		else
			usage();
	}
	alarm(RUN_SECONDS);
	expect(readlink("/proc/self/exe", exe, sizeof(exe) - 1) > 0, "readlink /proc/self/exe");
	run.report = report_create(&run.report_fd);
	if (before)
		run_before(&run, &choice, before, &score);
	else
		run_cases(&run, &choice, &score);
	if (!before && !choice.name_count && score.passed + score.failed + score.skipped == 0)
		usage(); /* an unknown family or place */
	fprintf(stderr, "workload: %d cases passed, %d failed, %d skipped\n", score.passed,
		score.failed, score.skipped);
	return score.failed ? 1 : 0;
}
