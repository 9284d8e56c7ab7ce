// SPDX-License-Identifier: Apache-2.0
#define _GNU_SOURCE
#include "runner.h"

#include "phases.h"

#include <fcntl.h>
#include <signal.h>
#include <stdio.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/wait.h>
#include <unistd.h>

enum { SENSOR_SECONDS = 500, MAX_BEFORE = 128 };

static const struct test_case *const tables[] = {
	call_cases, send_cases,	   receive_cases,  uring_cases,	  layer_cases, start_cases,
	end_cases,  process_cases, handover_cases, foreign_cases, NULL,
};
static const char *const families[] = {"4", "6", "mapped", "link", NULL};
/* The bad links first: a connection whose last segments are lost ends seconds later. */
static const char *const places[] = {"netem", "lossy", "loopback", "netns", NULL};

static bool is_in(const struct test_case *table, const char *name)
{
	for (const struct test_case *test = table; test->name; test++)
		if (!strcmp(test->name, name))
			return true;
	return false;
}

bool is_case(const char *name)
{
	for (unsigned t = 0; tables[t]; t++)
		if (is_in(tables[t], name))
			return true;
	return is_in(adopt_cases, name);
}

void list_cases(void)
{
	for (unsigned t = 0; tables[t]; t++)
		for (const struct test_case *test = tables[t]; test->name; test++)
			puts(test->name);
	for (const struct test_case *test = adopt_cases; test->name; test++)
		printf("%s (before)\n", test->name);
}

static bool is_chosen(const struct choice *choice, const char *name)
{
	for (int i = 0; i < choice->name_count; i++)
		if (!strcmp(choice->names[i], name))
			return true;
	return choice->name_count == 0;
}

static bool fits(const char *wanted, const char *value)
{
	return !strcmp(wanted, "all") || !strcmp(wanted, value);
}

/* A mapped socket's segments are IPv4's: over the bad links it would repeat that. */
static bool runs_at(const struct test_case *test, const char *family, const char *place)
{
	bool is_loopback = !strcmp(place, "loopback");
	bool is_bad = !is_loopback && strcmp(place, "netns");

	if ((test->flags & ONLY_ONCE) && strcmp(family, "4"))
		return false;
	/* Link-local addresses: some cases, for the scope in the endpoints. */
	if (!strcmp(family, "link"))
		return (test->flags & ALSO_LOSSY) && !strcmp(place, "netns");
	if ((test->flags & NOT_MAPPED) && !strcmp(family, "mapped"))
		return false;
	if (is_loopback)
		return !(test->flags & ONLY_NETNS);
	if (test->flags & (ONLY_LOOPBACK | ONLY_ONCE))
		return false;
	return !is_bad || ((test->flags & ALSO_LOSSY) && strcmp(family, "mapped"));
}

static pid_t start(struct run *run, void (*part)(struct run *run), unsigned seconds)
{
	pid_t child;

	fflush(NULL);
	child = fork();
	expect(child >= 0, "fork");
	if (child != 0)
		return child;
	alarm(seconds);
	prctl(PR_SET_PDEATHSIG, SIGKILL);
	part(run);
	_exit(0);
}

static bool succeeded(pid_t child, const struct run *run, const char *role)
{
	int status;

	if (waitpid(child, &status, 0) == child && status == 0)
		return true;
	fprintf(stderr, "workload: %s/%s/%s: the %s failed (status %#x)\n", run->name, run->family,
		run->place, role, status);
	return false;
}

/* The two processes of a case on their way. */
struct started {
	struct run run;
	pid_t server, client;
};

static void start_case(struct started *started, const struct test_case *test,
		       const struct namespaces *namespaces, unsigned seconds)
{
	struct run *run = &started->run;

	run->name = test->name;
	run->listener = -1;
	socket_protocol = test->protocol;
	expect(pipe2(run->to_server, O_CLOEXEC) == 0 && pipe2(run->to_client, O_CLOEXEC) == 0,
	       "pipe");
	started->server = 0;
	if (test->server) {
		union address wanted;

		namespaces_enter(namespaces->server);
		wanted = address_at(run->place, run->family, SERVER_END, 0);
		run->listener = socket_at(run->family, &wanted, &run->server);
		expect(listen(run->listener, 8) == 0, "listen");
		started->server = start(run, test->server, seconds);
	}
	namespaces_enter(namespaces->client);
	if (!strcmp(run->family, "link"))
		run->server.v6.sin6_scope_id = link_scope(); /* the same link, from this end */
	started->client = start(run, test->client, seconds);
	namespaces_enter(namespaces->home);
	socket_protocol = 0;
}

static bool end_case(struct started *started)
{
	struct run *run = &started->run;
	bool passed = succeeded(started->client, run, "client");

	if (started->server)
		passed &= succeeded(started->server, run, "server");
	if (run->listener >= 0)
		close(run->listener);
	for (int i = 0; i < 2; i++) {
		close(run->to_server[i]);
		close(run->to_client[i]);
	}
	return passed;
}

/* Prints the lines from `from` on; whether there were any, and both ends agree. */
static bool print_lines(const struct run *run, unsigned from)
{
	unsigned used = atomic_load(&run->report->used);
	bool passed = used > from;

	if (!passed)
		fprintf(stderr, "workload: %s/%s: nothing was counted\n", run->name, run->family);
	passed = passed && report_agrees(run->report, from);
	for (unsigned i = from; i < used; i++)
		report_print(&run->report->lines[i], run->exe);
	fflush(stdout);
	return passed;
}

static void run_case(struct run *run, const struct test_case *test,
		     const struct namespaces *namespaces, const char *reason, struct score *score)
{
	struct started started = {.run = *run};
	unsigned from = atomic_load(&run->report->used);
	bool passed;

	if (!reason && test->missing)
		reason = test->missing();
	if (reason) {
		report_skip(run->report, test->name, run->family, run->place, reason);
		report_print(&run->report->lines[from], run->exe);
		score->skipped++;
		return;
	}
	start_case(&started, test, namespaces, PROCESS_SECONDS);
	passed = end_case(&started);
	passed = print_lines(&started.run, from) && passed;
	score->passed += passed;
	score->failed += !passed;
}

void run_cases(struct run *run, const struct choice *choice, struct score *score)
{
	for (unsigned p = 0; places[p]; p++) {
		struct namespaces namespaces;
		const char *reason;

		if (!fits(choice->place, places[p]))
			continue;
		run->place = places[p];
		reason = namespaces_open(&namespaces, places[p]);
		for (unsigned f = 0; families[f]; f++) {
			run->family = families[f];
			for (unsigned t = 0; fits(choice->family, families[f]) && tables[t]; t++)
				for (const struct test_case *test = tables[t]; test->name; test++)
					if (is_chosen(choice, test->name) &&
					    runs_at(test, run->family, run->place))
						run_case(run, test, &namespaces, reason, score);
		}
		namespaces_close(&namespaces);
	}
}

/* Starts the chosen cases of one family and place; returns how many. */
static unsigned start_before(struct run *run, const struct choice *choice,
			     const struct namespaces *namespaces, const char *reason,
			     struct started *started, struct score *score)
{
	unsigned count = 0;

	for (const struct test_case *test = adopt_cases; test->name; test++) {
		const char *why = reason ? reason : test->missing ? test->missing() : NULL;

		if (!is_chosen(choice, test->name) || !runs_at(test, run->family, run->place))
			continue;
		if (why) {
			report_skip(run->report, test->name, run->family, run->place, why);
			score->skipped++;
			continue;
		}
		started[count].run = *run;
		start_case(&started[count++], test, namespaces, SENSOR_SECONDS);
	}
	return count;
}

void run_before(struct run *run, const struct choice *choice, const char *directory,
		struct score *score)
{
	static const char *const sides[] = {"loopback", "netns"};
	static struct started started[MAX_BEFORE];
	struct namespaces namespaces[2];
	unsigned count = 0;
	bool agree;

	/* At most 2 places, 3 families and as many cases as the list has. */
	for (unsigned p = 0; p < 2; p++) {
		const char *reason = namespaces_open(&namespaces[p], sides[p]);

		run->place = sides[p];
		for (unsigned f = 0; fits(choice->place, sides[p]) && families[f]; f++) {
			run->family = families[f];
			if (fits(choice->family, families[f]))
				count += start_before(run, choice, &namespaces[p], reason,
						      &started[count], score);
		}
	}
	phase_announce(run->report, 2 * count, directory, "ready");
	phase_begin(run->report, 1, directory, "go", SENSOR_SECONDS);
	for (unsigned i = 0; i < count; i++)
		if (end_case(&started[i]))
			score->passed++;
		else
			score->failed++;
	agree = count == 0 || print_lines(run, 0);
	score->failed += !agree;
	for (unsigned p = 0; p < 2; p++)
		namespaces_close(&namespaces[p]);
}
