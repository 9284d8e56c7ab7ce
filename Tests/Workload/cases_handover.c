// SPDX-License-Identifier: Apache-2.0
/* A socket that changes hands: passed on, inherited, kept over an exec, taken by a recycled pid. */
#define _GNU_SOURCE
#include "cases.h"

#include "handover.h"

#include <errno.h>
#include <fcntl.h>
#include <linux/sched.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/syscall.h>
#include <unistd.h>

/* Reads all, by whoever sends it, and replies. */
static void sink_server(struct run *run)
{
	struct peer peer = answer(run);

	pull_to_end(&peer, by_recv, 65521);
	push(&peer, by_send, 5003, 5003);
	hang_up(&peer);
}

enum { OWN_PART = 20011, PASSED_PART = 30013 };

/* A process that is no descendant of the opening gets the socket in a message. */
static void passfd_client(struct run *run)
{
	struct peer peer;
	int channel[2];
	pid_t other;

	expect(socketpair(AF_UNIX, SOCK_STREAM, 0, channel) == 0, "socketpair");
	other = fork_bounded();
	if (other == 0) {
		struct line line;
		struct peer own = {.fd = handover_receive(channel[1])};

		expect(read(channel[1], &line, sizeof(line)) == sizeof(line), "passfd: the line");
		own.line = inherited_line(run, &line);
		push(&own, by_send, PASSED_PART, 1013);
		hang_up(&own);
		_exit(0);
	}
	peer = dial(run);
	push(&peer, by_send, OWN_PART / 2, 997);
	handover_send(channel[0], peer.fd);
	expect(write(channel[0], peer.line, sizeof(*peer.line)) == sizeof(*peer.line),
	       "passfd: the line");
	push(&peer, by_send, OWN_PART - OWN_PART / 2, 997);
	await_child(other);
	finish(&peer);
}

/* Two numbers, one socket; the first is closed while the second still sends. */
static void dup_client(struct run *run)
{
	struct peer peer = dial(run);
	int second = dup(peer.fd);

	expect(second >= 0, "dup");
	push(&peer, by_send, 10007, 997);
	expect(close(peer.fd) == 0, "close");
	peer.fd = second;
	push(&peer, by_write, 20011, 1009);
	finish(&peer);
}

enum { BEFORE_EXEC = 15013, AFTER_EXEC = 25013 };

/* One burst, two images: the exec happens in the middle of it. */
static void execopen_client(struct run *run)
{
	struct peer peer = dial(run);
	char fd[12], report[12], index[12];
	char *arguments[] = {(char *)run->exe, "exec-child", fd, report, index, NULL};

	peer.line->image = 1;
	snprintf(fd, sizeof(fd), "%d", peer.fd);
	snprintf(report, sizeof(report), "%d", run->report_fd);
	snprintf(index, sizeof(index), "%d", (int)(peer.line - run->report->lines));
	expect(fcntl(peer.fd, F_SETFD, 0) == 0, "F_SETFD");
	push(&peer, by_send, BEFORE_EXEC, 997);
	execv(run->exe, arguments);
	die("exec");
}

int exec_child(char *argv[])
{
	struct run run = {.report = argv[2] && argv[3] ? report_map(atoi(argv[3])) : NULL};
	struct peer peer;
	struct line *before;

	expect(run.report && argv[4], "exec-child: a socket, a report and a line");
	before = &run.report->lines[atoi(argv[4])];
	alarm(PROCESS_SECONDS);
	run.name = before->name;
	run.family = before->family;
	run.place = before->place;
	peer = (struct peer){.fd = atoi(argv[2]), .line = inherited_line(&run, before)};
	peer.line->image = 2;
	report_set_argv(peer.line, argv);
	push(&peer, by_send, AFTER_EXEC, 1009);
	finish(&peer);
	return 0;
}

/* Who connected is dead and reaped before the one that inherited the socket goes on. */
static void gone_client(struct run *run)
{
	pid_t opener;

	/* The orphan comes to this process, which waits for it. */
	expect(prctl(PR_SET_CHILD_SUBREAPER, 1) == 0, "PR_SET_CHILD_SUBREAPER");
	opener = fork_bounded();
	if (opener == 0) {
		struct peer peer = dial(run);

		push(&peer, by_send, 10007, 997);
		if (fork_bounded() == 0) {
			struct peer own = {.fd = peer.fd, .line = inherited_line(run, peer.line)};

			token_await(run->to_client);
			push(&own, by_send, 20011, 1009);
			finish(&own);
		}
		_exit(0);
	}
	await_child(opener);
	token_send(run->to_client);
	await_child(-1);
}

/* A child with the pid of one that is gone. */
static pid_t fork_as(pid_t pid)
{
	struct clone_args arguments = {
		.exit_signal = SIGCHLD, .set_tid = (uintptr_t)&pid, .set_tid_size = 1};
	long child = syscall(SYS_clone3, &arguments, sizeof(arguments));

	expect(child >= 0, "clone3 with a chosen pid");
	if (child == 0)
		alarm(PROCESS_SECONDS);
	return (pid_t)child;
}

static void send_part(struct run *run, const struct peer *peer, size_t total)
{
	struct peer own = {.fd = peer->fd, .line = inherited_line(run, peer->line)};

	push(&own, by_send, total, 997);
	hang_up(&own);
	_exit(0);
}

/* Two processes of one pid use one socket, each once. */
static void pidreuse_client(struct run *run)
{
	struct peer peer = dial(run);
	pid_t first = fork_bounded();

	if (first == 0)
		send_part(run, &peer, 30011);
	await_child(first);
	/* Start times are told apart by ticks of 10 ms. */
	sleep_ms(25);
	if (fork_as(first) == 0)
		send_part(run, &peer, 20011);
	await_child(first);
	finish(&peer);
}

static const char *pidreuse_missing(void)
{
	pid_t free_pid = fork_bounded();
	struct clone_args arguments = {
		.exit_signal = SIGCHLD, .set_tid_size = 1, .set_tid = (uintptr_t)&free_pid};
	long child;

	if (free_pid == 0)
		_exit(0);
	await_child(free_pid);
	child = syscall(SYS_clone3, &arguments, sizeof(arguments));
	if (child == 0)
		_exit(0);
	if (child < 0)
		return "may not choose a pid here";
	await_child((pid_t)child);
	return NULL;
}

/* Named like a thread of the kernel; the executable and the pid say who it is. */
static void rename_client(struct run *run)
{
	struct peer peer;

	expect(prctl(PR_SET_NAME, "kworker/u8:3-ev") == 0, "PR_SET_NAME");
	peer = dial(run);
	push(&peer, by_send, 10007, 997);
	expect(prctl(PR_SET_NAME, "") == 0, "PR_SET_NAME");
	push(&peer, by_send, 20011, 1009);
	finish(&peer);
}

const struct test_case handover_cases[] = {
	{"passfd", passfd_client, sink_server, 0, NULL, 0},
	{"dup", dup_client, sink_server, 0, NULL, 0},
	{"execopen", execopen_client, sink_server, 0, NULL, 0},
	{"gone", gone_client, sink_server, 0, NULL, 0},
	{"pidreuse", pidreuse_client, sink_server, 0, pidreuse_missing, 0},
	{"rename", rename_client, sink_server, 0, NULL, 0},
	{0},
};
