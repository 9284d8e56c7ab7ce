// SPDX-License-Identifier: Apache-2.0
/* What the workload itself counted: one line per process and socket.
 *
 * The lines live in memory shared by all processes of a run (a memfd, so that an exec'ed child can
 * map it too). Each process writes only its own lines; the runner prints them when a case is over.
 */
#ifndef HALFWIRE_WORKLOAD_REPORT_H
#define HALFWIRE_WORKLOAD_REPORT_H

#include <stdatomic.h>
#include <stdbool.h>
#include <stdint.h>

enum { MAX_LINES = 4096, ENDPOINT_LEN = 80, ARGV_LEN = 512 };

struct line {
	char name[16];	/* the case */
	char role[12];	/* client or server */
	char family[8]; /* 4, 6, mapped or link */
	char place[12]; /* loopback, or between two network namespaces */
	uint32_t life;	/* one id per socket life; processes sharing a socket share it */
	int32_t pid;
	int32_t opener;	      /* pid that connected or accepted */
	uint64_t start_ticks; /* field 22 of /proc/self/stat */
	char local[ENDPOINT_LEN];
	char remote[ENDPOINT_LEN];
	uint64_t sent, received;  /* payload bytes, from the return values only */
	uint64_t sends, receives; /* calls that moved at least one byte */
	uint64_t began_ns;	  /* CLOCK_BOOTTIME before connect or accept was called */
	uint64_t opened_ns;	  /* and after it returned */
	uint64_t ended_ns;	  /* after close, or just before exit */
	int64_t unread;		  /* bytes left in the receive queue at close; -1 not known */
	uint64_t netns;		  /* inode of the socket's network namespace */
	bool established;
	bool uneven; /* bytes of this connection were never read, or read later */
	/* What the sensor is expected to say of it; see check_accounting.py. */
	bool absent;	       /* no TCP: no record may have these endpoints or this process */
	bool unattributed;     /* beyond the fourth actor: only the sums can agree */
	bool kernel;	       /* a kernel thread moved the bytes */
	int32_t image;	       /* 1, 2: before and after an exec of this process; else 0 */
	char adopted[8];       /* older than the sensor: held, shared or unseen */
	char mark[12];	       /* why the kernel's totals may not be compared: ktls ... */
	uint8_t speaks, hears; /* the patterns this socket's bytes follow, as in speak(); else 0 */
	char skipped[96];      /* why this kernel cannot run the case; nothing else counts */
	char argv[ARGV_LEN];   /* JSON array, only of an exec'ed process; else empty */
};

struct report {
	atomic_uint used;
	atomic_uint lives;
	atomic_uint ready; /* parts that wait for the next phase */
	atomic_uint phase; /* 0: the sensor may not run yet */
	struct line lines[MAX_LINES];
};

/* Maps a new report into all future children; `fd` is the memfd to hand to an exec'ed one. */
struct report *report_create(int *fd);
struct report *report_map(int fd);

/* A fresh line of the calling process; ends the process when the report is full. */
struct line *report_line(struct report *report, const char *name, const char *role,
			 const char *family, const char *place);
/* Says that this kernel cannot run the case. */
void report_skip(struct report *report, const char *name, const char *family, const char *place,
		 const char *reason);
uint32_t report_life(struct report *report);

void report_set_argv(struct line *line, char *const argv[]);
void report_print(const struct line *line, const char *exe);

/* Whether clients and servers of the lines [from, used) agree on every byte; says what does not. */
bool report_agrees(const struct report *report, unsigned from);

uint64_t boottime_ns(void);
uint64_t start_ticks(void);

/* Says what failed on standard error, with errno, and ends this process with status 1. */
_Noreturn void die(const char *what);
void expect(bool condition, const char *what);

#endif
