// SPDX-License-Identifier: Apache-2.0
#define _GNU_SOURCE
#include "report.h"

#include <errno.h>
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <time.h>
#include <unistd.h>

void die(const char *what)
{
	int code = errno;

	fprintf(stderr, "workload[%d]: %s (errno %d: %s)\n", getpid(), what, code, strerror(code));
	_exit(1);
}

void expect(bool condition, const char *what)
{
	if (!condition)
		die(what);
}

uint64_t boottime_ns(void)
{
	struct timespec now;

	expect(clock_gettime(CLOCK_BOOTTIME, &now) == 0, "clock_gettime");
	return (uint64_t)now.tv_sec * 1000000000u + (uint64_t)now.tv_nsec;
}

uint64_t start_ticks(void)
{
	char text[1024];
	FILE *stat = fopen("/proc/self/stat", "r");
	size_t length;
	char *field;
	char *rest;

	expect(stat != NULL, "open /proc/self/stat");
	length = fread(text, 1, sizeof(text) - 1, stat);
	fclose(stat);
	text[length] = '\0';
	/* The command name (field 2) may hold spaces and brackets; the last bracket ends it. */
	field = strrchr(text, ')');
	expect(field != NULL, "parse /proc/self/stat");
	field = strtok_r(field + 1, " ", &rest); /* field 3 */
	for (int number = 3; number < 22 && field; number++)
		field = strtok_r(NULL, " ", &rest);
	expect(field != NULL, "parse /proc/self/stat");
	return strtoull(field, NULL, 10);
}

struct report *report_map(int fd)
{
	void *memory = mmap(NULL, sizeof(struct report), PROT_READ | PROT_WRITE, MAP_SHARED, fd, 0);

	expect(memory != MAP_FAILED, "mmap of the report");
	return memory;
}

struct report *report_create(int *fd)
{
	*fd = memfd_create("workload-report", 0);
	expect(*fd >= 0, "memfd_create");
	expect(ftruncate(*fd, sizeof(struct report)) == 0, "ftruncate of the report");
	return report_map(*fd);
}

uint32_t report_life(struct report *report)
{
	return atomic_fetch_add(&report->lives, 1) + 1;
}

struct line *report_line(struct report *report, const char *name, const char *role,
			 const char *family, const char *place)
{
	struct stat netns;
	unsigned index = atomic_fetch_add(&report->used, 1);
	struct line *line;

	errno = ENOSPC;
	expect(index < MAX_LINES, "report is full");
	line = &report->lines[index];
	snprintf(line->name, sizeof(line->name), "%s", name);
	snprintf(line->role, sizeof(line->role), "%s", role);
	snprintf(line->family, sizeof(line->family), "%s", family);
	snprintf(line->place, sizeof(line->place), "%s", place);
	expect(stat("/proc/self/ns/net", &netns) == 0, "stat /proc/self/ns/net");
	line->netns = netns.st_ino;
	line->pid = line->opener = getpid();
	line->start_ticks = start_ticks();
	line->unread = -1;
	return line;
}

void report_skip(struct report *report, const char *name, const char *family, const char *place,
		 const char *reason)
{
	struct line *line = report_line(report, name, "", family, place);

	snprintf(line->skipped, sizeof(line->skipped), "%s", reason);
}

/* The arguments are this program's own: no character in them needs escaping but the quote. */
void report_set_argv(struct line *line, char *const argv[])
{
	size_t used = 0;

	for (int i = 0; argv[i]; i++) {
		int added;

		errno = EINVAL;
		expect(!strpbrk(argv[i], "\"\\\n\t"), "argument would need escaping");
		added = snprintf(line->argv + used, sizeof(line->argv) - used, "%s\"%s\"",
				 i ? "," : "[", argv[i]);
		used += (size_t)added;
		expect(used + 2 < sizeof(line->argv), "arguments too long for the report");
	}
	snprintf(line->argv + used, sizeof(line->argv) - used, "]");
}

void report_print(const struct line *line, const char *exe)
{
	if (line->skipped[0]) {
		printf("{\"case\":\"%s\",\"family\":\"%s\",\"place\":\"%s\",\"skipped\":\"%s\"}\n",
		       line->name, line->family, line->place, line->skipped);
		return;
	}
	printf("{\"case\":\"%s\",\"role\":\"%s\",\"family\":\"%s\",\"place\":\"%s\",\"life\":"
	       "%" PRIu32 ",\"netns\":%" PRIu64 ",\"pid\":%d,\"opener\":%d,\"start_ticks\":%" PRIu64
	       ",\"local\":\"%s\",\"remote\":\"%s\",\"sent\":%" PRIu64 ",\"received\":%" PRIu64
	       ",\"sends\":%" PRIu64 ",\"receives\":%" PRIu64 ",\"ops\":%" PRIu64
	       ",\"began\":%" PRIu64 ",\"opened\":%" PRIu64 ",\"ended\":%" PRIu64
	       ",\"established\":%s,\"exe\":\"%s\"",
	       line->name, line->role, line->family, line->place, line->life, line->netns,
	       line->pid, line->opener, line->start_ticks, line->local, line->remote, line->sent,
	       line->received, line->sends, line->receives, line->sends + line->receives,
	       line->began_ns, line->opened_ns, line->ended_ns,
	       line->established ? "true" : "false", exe);
	if (line->unread >= 0)
		printf(",\"unread\":%" PRId64, line->unread);
	if (line->absent)
		printf(",\"absent\":true");
	if (line->unattributed)
		printf(",\"unattributed\":true");
	if (line->kernel)
		printf(",\"kernel\":true");
	if (line->image)
		printf(",\"image\":%d", line->image);
	if (line->adopted[0])
		printf(",\"adopted\":\"%s\"", line->adopted);
	if (line->mark[0])
		printf(",\"mark\":\"%s\"", line->mark);
	if (line->speaks)
		printf(",\"speaks\":%u,\"hears\":%u", line->speaks, line->hears);
	if (line->argv[0])
		printf(",\"argv\":%s", line->argv);
	printf("}\n");
}

bool report_agrees(const struct report *report, unsigned from)
{
	unsigned used = atomic_load(&report->used);
	bool agrees = true;

	for (unsigned i = from; i < used; i++) {
		const struct line *own = &report->lines[i];
		uint64_t sent = 0, received = 0, peer_sent = 0, peer_received = 0;
		unsigned peers = 0;
		bool uneven = false;

		if (!own->established || strcmp(own->role, "client"))
			continue;
		for (unsigned j = from; j < used; j++) {
			const struct line *other = &report->lines[j];

			if (other->life == own->life) {
				uneven |= other->uneven;
				sent += other->sent;
				received += other->received;
			} else if (!strcmp(other->local, own->remote) &&
				   !strcmp(other->remote, own->local)) {
				peers++;
				uneven |= other->uneven;
				peer_sent += other->sent;
				peer_received += other->received;
			}
		}
		if (uneven && own->adopted[0])
			continue; /* sent before, read after */
		if (!peers)
			continue; /* never accepted: nobody counted the other end */
		/* Less may have arrived, never more. */
		if (uneven ? peer_received > sent : peer_received != sent)
			agrees = false;
		if (uneven ? received > peer_sent : peer_sent != received)
			agrees = false;
		if (!agrees) {
			fprintf(stderr,
				"workload: %s/%s: client sent %" PRIu64 ", server received %" PRIu64
				"; server sent %" PRIu64 ", client received %" PRIu64 "\n",
				own->name, own->family, sent, peer_received, peer_sent, received);
			return false;
		}
	}
	return agrees;
}
