// SPDX-License-Identifier: Apache-2.0
#define _GNU_SOURCE
#include "loads.h"

#include <stdio.h>
#include <string.h>
#include <unistd.h>

static const struct {
	const char *name;
	int (*run)(struct run *run, char *arguments[]);
	int arguments;
} loads[] = {
	{"pairs", load_pairs, 2},
	{"short", load_short, 1},
	{"syns", load_syns, 1},
	{"busy", load_busy, 3},
};

int run_load(const char *exe, char *argv[])
{
	struct run run = {.exe = exe, .family = "4", .place = "loopback"};
	int count = 0;

	while (argv[0] && argv[count + 1])
		count++;
	for (unsigned i = 0; argv[0] && i < sizeof(loads) / sizeof(loads[0]); i++) {
		if (strcmp(argv[0], loads[i].name) || count != loads[i].arguments)
			continue;
		alarm(LOAD_SECONDS);
		run.name = loads[i].name;
		run.report = report_create(&run.report_fd);
		return loads[i].run(&run, argv + 1);
	}
	fprintf(stderr,
		"usage: workload load pairs DIRECTORY PAIRS | short CONNECTIONS | syns SYNS |"
		" busy DIRECTORY OPERATIONS SECONDS\n");
	return 64;
}
