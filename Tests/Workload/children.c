// SPDX-License-Identifier: Apache-2.0
/* Several processes at one socket: children, and the lines they count on. */
#define _GNU_SOURCE
#include "peer.h"

#include <string.h>
#include <sys/wait.h>
#include <unistd.h>

struct line *inherited_line(struct run *run, const struct line *opener)
{
	struct line *line =
		report_line(run->report, run->name, opener->role, run->family, opener->place);

	line->life = opener->life;
	line->opener = opener->pid;
	line->began_ns = opener->began_ns;
	line->opened_ns = opener->opened_ns;
	line->established = opener->established;
	line->netns = opener->netns;
	memcpy(line->adopted, opener->adopted, sizeof(line->adopted));
	memcpy(line->local, opener->local, sizeof(line->local));
	memcpy(line->remote, opener->remote, sizeof(line->remote));
	return line;
}

pid_t fork_bounded(void)
{
	pid_t child = fork();

	expect(child >= 0, "fork");
	if (child == 0)
		alarm(PROCESS_SECONDS);
	return child;
}

void await_child(pid_t child)
{
	int status;

	expect(waitpid(child, &status, 0) > 0 && status == 0, "a forked child failed");
}
