/* SPDX-License-Identifier: Apache-2.0
 *
 * A harmless library for LD_PRELOAD: inside whatever program loads it, a thread posts random bytes
 * to IMPLANT_ADDRESS (address:port) about every IMPLANT_PERIOD seconds, IMPLANT_VISITS times.
 * Without these variables it does nothing.
 */
#define _GNU_SOURCE
#include <arpa/inet.h>
#include <netinet/in.h>
#include <pthread.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/random.h>
#include <sys/socket.h>
#include <sys/time.h>
#include <unistd.h>

static struct sockaddr_in server = {.sin_family = AF_INET};
static char place[64];
static double period = 5;
static long visits;

static void visit(void)
{
	char message[512], answer[4096];
	unsigned char body[200];
	struct timeval limit = {.tv_sec = 3};
	int fd = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0), head;

	if (fd < 0)
		return;
	setsockopt(fd, SOL_SOCKET, SO_RCVTIMEO, &limit, sizeof(limit));
	if (getrandom(body, sizeof(body), 0) == sizeof(body) &&
	    connect(fd, (struct sockaddr *)&server, sizeof(server)) == 0) {
		head = snprintf(message, sizeof(message),
				"POST /t HTTP/1.1\r\nHost: %s\r\nContent-Length: %zu\r\n"
				"Connection: close\r\n\r\n",
				place, sizeof(body));
		memcpy(message + head, body, sizeof(body));
		send(fd, message, (size_t)head + sizeof(body), MSG_NOSIGNAL);
		while (recv(fd, answer, sizeof(answer), 0) > 0)
			;
	}
	close(fd);
}

static void *run(void *unused)
{
	(void)unused;
	for (long index = 0; index < visits; index++) {
		unsigned int drawn = 0;
		double ratio;

		if (getrandom(&drawn, sizeof(drawn), 0) != sizeof(drawn))
			break;
		ratio = 0.8 + 0.4 * (double)drawn / 4294967296.0;
		usleep((useconds_t)(period * ratio * 1e6));
		visit();
	}
	return NULL;
}

/* The program starts up first. Where it forks into the background, the thread ends with the first
 * process: run it in the foreground. */
static void *wait_and_run(void *unused)
{
	sleep(3);
	return run(unused);
}

static void begin(void)
{
	pthread_t thread;

	if (pthread_create(&thread, NULL, wait_and_run, NULL) == 0)
		pthread_detach(thread);
}

__attribute__((constructor)) static void load(void)
{
	const char *address = getenv("IMPLANT_ADDRESS"), *every = getenv("IMPLANT_PERIOD");
	const char *times = getenv("IMPLANT_VISITS");
	char copy[64], *colon;

	if (!address || !times)
		return;
	snprintf(place, sizeof(place), "%s", address);
	snprintf(copy, sizeof(copy), "%s", address);
	colon = strrchr(copy, ':');
	if (!colon)
		return;
	*colon = 0;
	server.sin_port = htons((unsigned short)atoi(colon + 1));
	if (inet_pton(AF_INET, copy, &server.sin_addr) != 1)
		return;
	visits = atol(times);
	if (every)
		period = atof(every);
	/* A child that the program makes later has no such thread, and needs none. */
	begin();
}
