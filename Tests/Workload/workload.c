// SPDX-License-Identifier: Apache-2.0
/* Real TCP traffic on the loopback, counted by the processes that make it.
 *
 * Usage: workload [--family 4|6|mapped|all] [--case NAME]... [--list]
 *
 * Each case runs between a server process and a client process of its own; its report lines (one
 * JSON object per process and socket) go to standard output when both are done. The counts are
 * return values of the calls, nothing else. The two ends of each connection must agree, or the
 * case fails. Exit 0: all cases passed; 1: some failed; 64: wrong arguments.
 */
#define _GNU_SOURCE
#include "cases.h"

#include <errno.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/wait.h>
#include <unistd.h>

enum { RUN_SECONDS = 170 };

static const struct test_case *const tables[] = { call_cases, end_cases, process_cases };
static const char *const families[] = { "4", "6", "mapped" };

static pid_t start(struct run *run, void (*part)(struct run *run))
{
	pid_t child;

	fflush(NULL);
	child = fork();
	expect(child >= 0, "fork");
	if (child != 0)
		return child;
	alarm(PROCESS_SECONDS);
	part(run);
	_exit(0);
}

static bool succeeded(pid_t child, const struct run *run, const char *role)
{
	int status;

	if (waitpid(child, &status, 0) == child && status == 0)
		return true;
	fprintf(stderr, "workload: %s/%s: the %s failed (status %#x)\n", run->name, run->family,
		role, status);
	return false;
}

static bool run_case(struct run *run, const struct test_case *test)
{
	unsigned from = atomic_load(&run->report->used), used;
	pid_t server = 0, client;
	bool passed = true;

	run->name = test->name;
	expect(pipe(run->to_server) == 0 && pipe(run->to_client) == 0, "pipe");
	if (test->server) {
		run->listener = bound_socket(run->family, &run->server);
		expect(listen(run->listener, 8) == 0, "listen");
		server = start(run, test->server);
	}
	client = start(run, test->client);
	passed &= succeeded(client, run, "client");
	if (server) {
		passed &= succeeded(server, run, "server");
		close(run->listener);
	}
	for (int i = 0; i < 2; i++) {
		close(run->to_server[i]);
		close(run->to_client[i]);
	}
	used = atomic_load(&run->report->used);
	if (passed && used == from) {
		fprintf(stderr, "workload: %s/%s: nothing was counted\n", run->name, run->family);
		passed = false;
	}
	passed = passed && report_agrees(run->report, from);
	for (unsigned i = from; i < used; i++)
		report_print(&run->report->lines[i], run->exe);
	fflush(stdout);
	return passed;
}

static bool chosen(const char *name, const char *const *names, int count)
{
	for (int i = 0; i < count; i++)
		if (!strcmp(names[i], name))
			return true;
	return count == 0;
}

static _Noreturn void usage(void)
{
	fprintf(stderr, "usage: workload [--family 4|6|mapped|all] [--case NAME]... [--list]\n");
	exit(64);
}

int main(int argc, char *argv[])
{
	static char exe[4096];
	const char *names[64], *family = "all";
	int name_count = 0, ran = 0, failed = 0;
	struct run run = { .exe = exe };

	if (argc > 1 && !strcmp(argv[1], "short-child"))
		return short_child(argv);
	for (int i = 1; i < argc; i++) {
		if (!strcmp(argv[i], "--list")) {
			for (unsigned t = 0; t < 3; t++)
				for (const struct test_case *c = tables[t]; c->name; c++)
					puts(c->name);
			return 0;
		}
		if (i + 1 >= argc)
			usage();
		if (!strcmp(argv[i], "--family"))
			family = argv[++i];
		else if (!strcmp(argv[i], "--case") && name_count < 64)
			names[name_count++] = argv[++i];
		else
			usage();
	}
	signal(SIGPIPE, SIG_IGN);
	alarm(RUN_SECONDS);
	expect(readlink("/proc/self/exe", exe, sizeof(exe) - 1) > 0, "readlink /proc/self/exe");
	run.report = report_create(&run.report_fd);
	for (unsigned f = 0; f < 3; f++) {
		run.family = families[f];
		if (strcmp(family, "all") && strcmp(family, run.family))
			continue;
		for (unsigned t = 0; t < 3; t++)
			for (const struct test_case *c = tables[t]; c->name; c++)
				if (chosen(c->name, names, name_count)) {
					ran++;
					failed += !run_case(&run, c);
				}
	}
	if (ran == 0)
		usage();
	fprintf(stderr, "workload: %d cases passed, %d failed\n", ran - failed, failed);
	return failed ? 1 : 0;
}
