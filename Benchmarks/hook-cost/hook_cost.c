// SPDX-License-Identifier: Apache-2.0
/* What the hooks cost a process that sends and receives.
 *
 *   hook_cost load PAIRS
 *       sends and receives PAIRS times 64 bytes over a loopback connection between two sockets
 *       of its own, and prints what a pair took
 *   hook_cost hooks SENSOR.o EMPTY.o PAIRS ROUNDS [instructions | twins]
 *       ns a send and a receive by the kernel's run-time statistics, and the same less an empty
 *       program at the same hook in the same run; the two change places from round to round.
 *       In a machine whose clock counts instructions, say so: the unit is that, without a target.
 *       twins: with the second copy of each hook, as on a kernel that preempts itself
 *   hook_cost share SENSOR.o PAIRS ROUNDS
 *       the load's time with the hooks attached over its time without, round by round
 *
 * The objects are the sensor's own, loaded as they are committed, with the knobs' defaults; nobody
 * drains the ring, which the few flushes of such a load do not fill. Only loopback is used. The
 * statistics are switched on by a descriptor, so the kernel switches them off when this ends.
 *
 * Exit: 0; 1 a system call failed; 64 wrong arguments; 77 the kernel allows no such program.
 */
#include <arpa/inet.h>
#include <bpf/bpf.h>
#include <bpf/btf.h>
#include <bpf/libbpf.h>
#include <errno.h>
#include <netinet/tcp.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <time.h>
#include <unistd.h>

#include "wire/halfwire_wire.h"

#define MESSAGE_BYTES 64
/* So short that a busy machine leaves most slices undisturbed. */
#define SLICE_PAIRS 500
#define MAX_PROGRAMS 32
#define MAX_ROUNDS 101

static void die(int status, const char *format, ...)
{
	va_list arguments;

	fputs("hook_cost: ", stderr);
	va_start(arguments, format);
	vfprintf(stderr, format, arguments);
	va_end(arguments);
	fputc('\n', stderr);
	exit(status);
}

static void require(int ok, const char *what)
{
	if (!ok)
		die(1, "%s: %s", what, strerror(errno));
}

static double seconds_of(clockid_t clock)
{
	struct timespec now;

	clock_gettime(clock, &now);
	return now.tv_sec + now.tv_nsec / 1e9;
}

static int compare_doubles(const void *left, const void *right)
{
	double a = *(const double *)left, b = *(const double *)right;

	return (a > b) - (a < b);
}

/* Sorts the values. */
static double median(double *values, int count)
{
	qsort(values, count, sizeof(*values), compare_doubles);
	return count % 2 ? values[count / 2] : (values[count / 2 - 1] + values[count / 2]) / 2;
}

/* ---- the load */

struct load_time {
	double median_ns; /* of the slices, a pair */
	double least_ns;
	double processor_ns; /* all of it, this process's own time */
};

static struct load_time run_load(int pairs)
{
	struct sockaddr_in address = { .sin_family = AF_INET,
				       .sin_addr.s_addr = htonl(INADDR_LOOPBACK) };
	socklen_t length = sizeof(address);
	int listener = socket(AF_INET, SOCK_STREAM, 0), client, server, slice, pair, one = 1;
	int slices = (pairs + SLICE_PAIRS - 1) / SLICE_PAIRS;
	double *times = calloc(slices, sizeof(*times)), processor;
	char message[MESSAGE_BYTES] = { 0 };
	struct load_time result;

	require(times != NULL && listener >= 0, "socket");
	require(!bind(listener, (struct sockaddr *)&address, length), "bind");
	require(!listen(listener, 1), "listen");
	require(!getsockname(listener, (struct sockaddr *)&address, &length), "getsockname");
	client = socket(AF_INET, SOCK_STREAM, 0);
	require(!connect(client, (struct sockaddr *)&address, length), "connect");
	server = accept(listener, NULL, NULL);
	require(server >= 0, "accept");
	setsockopt(client, IPPROTO_TCP, TCP_NODELAY, &one, sizeof(one));
	processor = seconds_of(CLOCK_PROCESS_CPUTIME_ID);
	for (slice = 0; slice < slices; slice++) {
		double began = seconds_of(CLOCK_MONOTONIC);

		for (pair = 0; pair < SLICE_PAIRS; pair++) {
			require(send(client, message, sizeof(message), 0) == sizeof(message), "send");
			require(recv(server, message, sizeof(message), MSG_WAITALL) ==
				sizeof(message), "recv");
		}
		times[slice] = (seconds_of(CLOCK_MONOTONIC) - began) * 1e9 / SLICE_PAIRS;
	}
	processor = seconds_of(CLOCK_PROCESS_CPUTIME_ID) - processor;
	result.processor_ns = processor * 1e9 / ((double)slices * SLICE_PAIRS);
	result.median_ns = median(times, slices);
	result.least_ns = times[0];
	free(times);
	close(client);
	close(server);
	close(listener);
	return result;
}

/* ---- objects */

struct attached {
	struct bpf_object *object;
	struct bpf_link *links[MAX_PROGRAMS];
	int count;
};

static bool with_twins;

static bool is_twin(const struct bpf_program *program)
{
	const char *name = bpf_program__name(program);
	size_t length = strlen(name);

	return length > 5 && !strcmp(name + length - 5, "_twin");
}

/* The hooks take turns only where they know of each other. */
static void set_twins(struct bpf_object *object)
{
	struct bpf_map *knobs = bpf_object__find_map_by_name(object, ".rodata.knobs");
	struct halfwire_knobs value;
	const void *initial;
	size_t bytes;

	if (!knobs)
		return; /* the empty programs have none */
	initial = bpf_map__initial_value(knobs, &bytes);
	require(initial && bytes == sizeof(value), "the knobs");
	memcpy(&value, initial, sizeof(value));
	value.has_twins = with_twins;
	require(!bpf_map__set_initial_value(knobs, &value, sizeof(value)), "the knobs");
}

static bool is_iterator(const struct bpf_program *program)
{
	return bpf_program__expected_attach_type(program) == BPF_TRACE_ITER;
}

static struct bpf_object *load_object(const char *path)
{
	struct bpf_object *object = bpf_object__open_file(path, NULL);
	struct btf *kernel = btf__load_vmlinux_btf();
	struct bpf_program *program;
	int status;

	if (!object)
		die(1, "%s: %s", path, strerror(errno));
	bpf_object__for_each_program(program, object) {
		const char *name = strchr(bpf_program__section_name(program), '/');
		enum bpf_attach_type type = bpf_program__expected_attach_type(program);
		bool is_function = type == BPF_TRACE_FENTRY || type == BPF_TRACE_FEXIT;

		if (is_iterator(program) || (is_twin(program) && !with_twins))
			bpf_program__set_autoload(program, false);
		/* tcp_sendpage, say, is gone since 6.5. */
		if (is_function && name &&
		    btf__find_by_name_kind(kernel, name + 1, BTF_KIND_FUNC) < 0)
			bpf_program__set_autoload(program, false);
	}
	btf__free(kernel);
	set_twins(object);
	status = bpf_object__load(object);
	if (status)
		die(77, "the kernel refuses %s: %s", path, strerror(-status));
	return object;
}

static void attach(struct attached *attached)
{
	struct bpf_program *program;

	attached->count = 0;
	bpf_object__for_each_program(program, attached->object) {
		struct bpf_link *link;

		if (!bpf_program__autoload(program))
			continue;
		link = bpf_program__attach(program);
		if (!link)
			die(77, "cannot attach %s: %s", bpf_program__name(program), strerror(errno));
		if (attached->count == MAX_PROGRAMS)
			die(1, "more than %d programs", MAX_PROGRAMS);
		attached->links[attached->count++] = link;
	}
}

static void detach(struct attached *attached)
{
	while (attached->count)
		bpf_link__destroy(attached->links[--attached->count]);
}

struct run_time {
	double ns, runs;
};

static struct run_time run_time_of_copy(const struct bpf_object *object, const char *name)
{
	struct bpf_program *program = bpf_object__find_program_by_name(object, name);
	struct bpf_prog_info info = { 0 };
	__u32 length = sizeof(info);

	if (!program || !bpf_program__autoload(program))
		return (struct run_time){ 0 };
	require(!bpf_obj_get_info_by_fd(bpf_program__fd(program), &info, &length), name);
	return (struct run_time){ .ns = info.run_time_ns, .runs = info.run_cnt };
}

/* The time of both copies over the runs of the first: what one operation pays. */
static struct run_time run_time_of(const struct bpf_object *object, const char *name)
{
	struct run_time first = run_time_of_copy(object, name), second;
	char twin[64];

	if (!bpf_object__find_program_by_name(object, name))
		die(1, "no program %s", name);
	snprintf(twin, sizeof(twin), "%s_twin", name);
	second = run_time_of_copy(object, twin);
	return (struct run_time){ .ns = first.ns + second.ns, .runs = first.runs };
}

/* ---- ns a hook */

static const char *const hooks[] = { "message_sent", "payload_consumed" };
static const char *const operations[] = { "send", "receive" };

static void measure_hooks(const char *sensor_path, const char *empty_path, int pairs, int rounds,
			  bool counts_instructions)
{
	const char *unit = counts_instructions ? "instructions" : "ns";
	struct attached sensor = { .object = load_object(sensor_path) };
	struct attached empty = { .object = load_object(empty_path) };
	double gross[2][MAX_ROUNDS], none[2][MAX_ROUNDS], net[2][MAX_ROUNDS];
	int statistics = bpf_enable_stats(BPF_STATS_RUN_TIME), round, hook;

	require(statistics >= 0, "bpf_enable_stats");
	for (round = 0; round < rounds; round++) {
		struct run_time before[2][2], after[2][2];

		attach(round % 2 ? &sensor : &empty);
		attach(round % 2 ? &empty : &sensor);
		run_load(SLICE_PAIRS); /* what only the first operations pay */
		for (hook = 0; hook < 2; hook++) {
			before[hook][0] = run_time_of(sensor.object, hooks[hook]);
			before[hook][1] = run_time_of(empty.object, hooks[hook]);
		}
		run_load(pairs);
		for (hook = 0; hook < 2; hook++) {
			after[hook][0] = run_time_of(sensor.object, hooks[hook]);
			after[hook][1] = run_time_of(empty.object, hooks[hook]);
			gross[hook][round] = (after[hook][0].ns - before[hook][0].ns) /
					     (after[hook][0].runs - before[hook][0].runs);
			none[hook][round] = (after[hook][1].ns - before[hook][1].ns) /
					    (after[hook][1].runs - before[hook][1].runs);
			net[hook][round] = gross[hook][round] - none[hook][round];
			printf("  round %d %-8s gross %6.1f, empty %6.1f, net %6.1f %s, "
			       "%.2f runs a pair\n",
			       round + 1, operations[hook], gross[hook][round], none[hook][round],
			       net[hook][round], unit,
			       (after[hook][0].runs - before[hook][0].runs) / pairs);
		}
		detach(&sensor);
		detach(&empty);
	}
	for (hook = 0; hook < 2; hook++) {
		double cost = median(net[hook], rounds);

		printf("%-8s median net %.1f %s (least %.1f), gross %.1f, empty %.1f; ",
		       operations[hook], cost, unit, net[hook][0], median(gross[hook], rounds),
		       median(none[hook], rounds));
		if (counts_instructions)
			printf("no target\n");
		else
			printf("target <= 100 ns: %s\n", cost <= 100 ? "met" : "NOT met");
	}
	close(statistics);
	bpf_object__close(sensor.object);
	bpf_object__close(empty.object);
}

/* ---- share of the load's time */

static void measure_share(const char *sensor_path, int pairs, int rounds)
{
	struct attached sensor = { .object = load_object(sensor_path) };
	double ratios[MAX_ROUNDS], processor[MAX_ROUNDS], added[MAX_ROUNDS], bare[MAX_ROUNDS];
	int round;

	for (round = 0; round < rounds; round++) {
		struct load_time with, without = { 0 };

		/* Either comes first in turn: a machine that warms up favours neither. */
		if (round % 2 == 0)
			without = run_load(pairs);
		attach(&sensor);
		with = run_load(pairs);
		detach(&sensor);
		if (round % 2)
			without = run_load(pairs);
		ratios[round] = with.median_ns / without.median_ns;
		processor[round] = with.processor_ns / without.processor_ns;
		added[round] = with.median_ns - without.median_ns;
		bare[round] = without.median_ns;
	}
	printf("share    a pair takes %.0f ns without the hooks, %.0f ns more with them (medians)\n",
	       median(bare, rounds), median(added, rounds));
	printf("share    time with over without: median %.3f by the wall, %.3f by processor time\n",
	       median(ratios, rounds), median(processor, rounds));
	bpf_object__close(sensor.object);
}

static int quiet(enum libbpf_print_level level, const char *format, va_list arguments)
{
	return 0;
}

static int number(const char *text, int most)
{
	char *end;
	long value = strtol(text, &end, 10);

	if (*end || value < 1 || value > most)
		die(64, "%s is not a number from 1 to %d", text, most);
	return value;
}

int main(int count, char **words)
{
	if (!getenv("HOOK_COST_VERBOSE"))
		libbpf_set_print(quiet);
	if (count == 3 && !strcmp(words[1], "load")) {
		struct load_time time = run_load(number(words[2], 100000000));

		printf("%.1f %.1f %.1f\n", time.median_ns, time.least_ns, time.processor_ns);
	} else if ((count == 6 || (count == 7 && (!strcmp(words[6], "instructions") ||
						  !strcmp(words[6], "twins")))) &&
		   !strcmp(words[1], "hooks")) {
		with_twins = count == 7 && !strcmp(words[6], "twins");
		measure_hooks(words[2], words[3], number(words[4], 100000000),
			      number(words[5], MAX_ROUNDS), count == 7 && !with_twins);
	} else if (count == 5 && !strcmp(words[1], "share")) {
		measure_share(words[2], number(words[3], 100000000), number(words[4], MAX_ROUNDS));
	} else {
		die(64, "usage: hook_cost load PAIRS | hooks SENSOR.o EMPTY.o PAIRS ROUNDS "
			"[instructions | twins] | "
			"share SENSOR.o PAIRS ROUNDS");
	}
	return 0;
}
