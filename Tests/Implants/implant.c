/* SPDX-License-Identifier: Apache-2.0
 *
 * A harmless implant: calls a server by the clock and throws away what it says.
 *
 * Usage: implant -n VISITS [-p SECONDS] [-j RATIO] [-b BYTES] [-g RATIO] [-m RATIO] [-f KIND]
 *                ADDRESS:PORT...
 *
 *   -n   visits, then it ends
 *   -p   the pause between two visits; default 5
 *   -j   each pause is uniformly up to this share shorter or longer; default 0.2
 *   -b   bytes of a request's body; default 300
 *   -g   padding: each body is uniformly up to this share longer; default 0
 *   -m   the chance that a visit is left out; default 0
 *   -f   http (default): a POST, read the answer; binary: bytes of no protocol, read the answer;
 *        push: a POST that waits for no answer
 *
 * With several addresses each visit takes the next one. It connects to nothing else. Nothing is
 * read from the machine and nothing is written to it; bodies are random.
 */
#define _GNU_SOURCE
#include <arpa/inet.h>
#include <netinet/in.h>
#include <stdbool.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/random.h>
#include <sys/socket.h>
#include <sys/time.h>
#include <time.h>
#include <unistd.h>

enum { BODY_MAX = 1 << 20, VISITS_MAX = 10000 };

static unsigned char message[512 + BODY_MAX];

static double chance(void)
{
	uint32_t drawn = 0;

	if (getrandom(&drawn, sizeof(drawn), 0) != sizeof(drawn))
		exit(70);
	return (double)drawn / 4294967296.0;
}

static void fill_random(unsigned char *to, size_t size)
{
	while (size > 0) {
		ssize_t got = getrandom(to, size, 0);

		if (got <= 0)
			exit(70);
		to += got;
		size -= (size_t)got;
	}
}

static size_t compose(const char *kind, const char *host, size_t body)
{
	size_t head = 0;

	if (strcmp(kind, "binary") != 0)
		head = (size_t)snprintf((char *)message, 512,
					"POST /v2/sync HTTP/1.1\r\nHost: %s\r\n"
					"Content-Type: application/octet-stream\r\n"
					"Content-Length: %zu\r\nConnection: close\r\n\r\n",
					host, body);
	fill_random(message + head, body);
	/* No protocol begins with these. */
	if (head == 0)
		memcpy(message, "\xc5\x00\xff\x91", 4);
	return head + body;
}

static bool parse(const char *text, struct sockaddr_in *to)
{
	char copy[64], *colon;

	snprintf(copy, sizeof(copy), "%s", text);
	colon = strrchr(copy, ':');
	if (!colon)
		return false;
	*colon = 0;
	to->sin_family = AF_INET;
	to->sin_port = htons((uint16_t)atoi(colon + 1));
	return inet_pton(AF_INET, copy, &to->sin_addr) == 1;
}

static void visit(const struct sockaddr_in *to, size_t size, bool waits)
{
	static unsigned char answer[65536];
	struct timeval limit = {.tv_sec = 3};
	int fd = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
	size_t sent = 0;
	ssize_t got;

	if (fd < 0)
		return;
	setsockopt(fd, SOL_SOCKET, SO_RCVTIMEO, &limit, sizeof(limit));
	setsockopt(fd, SOL_SOCKET, SO_SNDTIMEO, &limit, sizeof(limit));
	if (connect(fd, (const struct sockaddr *)to, sizeof(*to)) == 0) {
		while (sent < size) {
			got = send(fd, message + sent, size - sent, MSG_NOSIGNAL);
			if (got <= 0)
				break;
			sent += (size_t)got;
		}
		while (waits && (got = recv(fd, answer, sizeof(answer), 0)) > 0)
			;
		if (!waits)
			shutdown(fd, SHUT_WR);
	}
	close(fd);
}

static void pause_for(double seconds)
{
	struct timespec left = {.tv_sec = (time_t)seconds,
				.tv_nsec = (long)((seconds - (double)(time_t)seconds) * 1e9)};

	while (nanosleep(&left, &left) != 0)
		;
}

int main(int argc, char **argv)
{
	double period = 5, jitter = 0.2, padding = 0, missing = 0;
	long visits = 0, body = 300;
	const char *kind = "http";
	int option, count;

	while ((option = getopt(argc, argv, "n:p:j:b:g:m:f:")) != -1) {
		switch (option) {
		case 'n':
			visits = atol(optarg);
			break;
		case 'p':
			period = atof(optarg);
			break;
		case 'j':
			jitter = atof(optarg);
			break;
		case 'b':
			body = atol(optarg);
			break;
		case 'g':
			padding = atof(optarg);
			break;
		case 'm':
			missing = atof(optarg);
			break;
		case 'f':
			kind = optarg;
			break;
		default:
			return 64;
		}
	}
	count = argc - optind;
	if (count < 1 || visits < 1 || visits > VISITS_MAX || period < 0.1 || jitter < 0 ||
	    jitter > 1 || padding < 0 || body < 4 || (double)body * (1 + padding) > BODY_MAX)
		return 64;

	for (long index = 0; index < visits; index++) {
		const char *place = argv[optind + index % count];
		struct sockaddr_in to = {0};
		size_t size = (size_t)((double)body * (1 + padding * chance()));

		if (!parse(place, &to))
			return 64;
		if (index > 0)
			pause_for(period * (1 + jitter * (2 * chance() - 1)));
		if (chance() < missing)
			continue;
		visit(&to, compose(kind, place, size), strcmp(kind, "push") != 0);
	}
	return 0;
}
