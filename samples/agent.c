/* SPDX-License-Identifier: Apache-2.0
 *
 * The two senders of the sample trace: one program, installed as kupdater and as syncd.
 *
 * Usage: agent [-w] -p SECONDS -j RATIO -u BYTES ADDRESS:PORT
 *
 *   -p, -j   from one connect to the next: SECONDS, uniformly up to RATIO shorter or longer
 *   -u       bytes sent on each connection; with -w uniformly up to 8 % less or more
 *   -w       write only: an HTTP POST that waits for no answer, only for the peer to close;
 *            else BYTES in the shape of a TLS ClientHello, then reads what comes until the close
 *
 * Harmless: what it sends is random, what it reads it counts and forgets. It never stops by itself.
 * Standard output carries its own truth, one JSON object a line: the first says who it is, every
 * further one is a visit. Times are nanoseconds since boot (CLOCK_BOOTTIME).
 */
#define _GNU_SOURCE
#include <arpa/inet.h>
#include <errno.h>
#include <netinet/in.h>
#include <signal.h>
#include <stdbool.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/random.h>
#include <sys/socket.h>
#include <time.h>
#include <unistd.h>

enum { HELLO_MIN = 200, UPLOAD_MAX = 1 << 20 };

static unsigned char payload[UPLOAD_MAX];

static int64_t now_ns(void)
{
	struct timespec now;

	clock_gettime(CLOCK_BOOTTIME, &now);
	return (int64_t)now.tv_sec * 1000000000 + now.tv_nsec;
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

/* Uniform between 1 - ratio and 1 + ratio. */
static double around_one(double ratio)
{
	uint32_t drawn;

	fill_random((unsigned char *)&drawn, sizeof(drawn));
	return 1 + ratio * (2 * ((double)drawn / 4294967296.0) - 1);
}

static unsigned char *put16(unsigned char *to, size_t value)
{
	to[0] = (unsigned char)(value >> 8);
	to[1] = (unsigned char)value;
	return to + 2;
}

/* A ClientHello of exactly `size` bytes, filled up by the padding extension; it names no server. */
static void client_hello(size_t size)
{
	static const unsigned char extensions[] = {
		0, 43, 0, 3, 2, 3, 4,		  /* supported_versions: 1.3 */
		0, 10, 0, 4, 0, 2, 0, 29,	  /* supported_groups: x25519 */
		0, 13, 0, 4, 0, 2, 8, 4,	  /* signature_algorithms */
		0, 51, 0, 38, 0, 36, 0, 29, 0, 32 /* key_share: 32 bytes follow */
	};
	static const unsigned char suites[] = { 0, 6, 0x13, 1, 0x13, 2, 0x13, 3, 1, 0 };
	unsigned char *to = payload, *end = payload + size;

	*to++ = 22;
	to = put16(to, 0x0301);
	to = put16(to, size - 5);
	*to++ = 1;
	*to++ = 0;
	to = put16(to, size - 9);
	to = put16(to, 0x0303);
	fill_random(to, 32);
	to += 32;
	*to++ = 32;
	fill_random(to, 32);
	to += 32;
	memcpy(to, suites, sizeof(suites));
	to += sizeof(suites);
	to = put16(to, (size_t)(end - to) - 2);
	memcpy(to, extensions, sizeof(extensions));
	to += sizeof(extensions);
	fill_random(to, 32);
	to += 32;
	to = put16(to, 21);
	to = put16(to, (size_t)(end - to) - 2);
	memset(to, 0, (size_t)(end - to));
}

/* An HTTP request of exactly `size` bytes, headers and body. */
static void upload(size_t size)
{
	static const char form[] = "POST /in HTTP/1.1\r\nHost: sync\r\n"
				   "Content-Type: application/octet-stream\r\n"
				   "Content-Length: %07zu\r\n\r\n";
	char head[160];
	size_t length = (size_t)snprintf(head, sizeof(head), form, (size_t)0);

	snprintf(head, sizeof(head), form, size - length);
	memcpy(payload, head, length);
	fill_random(payload + length, size - length);
}

/* One connection. Returns 0 or the errno of what failed; the counts hold in any case. */
static int visit(const struct sockaddr_in *to, size_t size, bool half_close,
		 struct sockaddr_in *local, size_t *sent, size_t *received)
{
	static unsigned char answer[65536];
	socklen_t length = sizeof(*local);
	int fd = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0), result = 0;
	ssize_t got;

	if (fd < 0)
		return errno;
	if (connect(fd, (const struct sockaddr *)to, sizeof(*to)) < 0) {
		result = errno;
		goto out;
	}
	getsockname(fd, (struct sockaddr *)local, &length);
	while (*sent < size) {
		got = send(fd, payload + *sent, size - *sent, MSG_NOSIGNAL);
		if (got < 0) {
			result = errno;
			goto out;
		}
		*sent += (size_t)got;
	}
	if (half_close)
		shutdown(fd, SHUT_WR);
	while ((got = recv(fd, answer, sizeof(answer), 0)) > 0)
		*received += (size_t)got;
	if (got < 0)
		result = errno;
out:
	close(fd);
	return result;
}

int main(int argc, char **argv)
{
	double period = 0, jitter = 0;
	long bytes = 0;
	bool write_only = false;
	struct sockaddr_in to = { .sin_family = AF_INET };
	char *colon, exe[256] = "";
	int option;

	while ((option = getopt(argc, argv, "wp:j:u:")) != -1) {
		switch (option) {
		case 'w':
			write_only = true;
			break;
		case 'p':
			period = atof(optarg);
			break;
		case 'j':
			jitter = atof(optarg);
			break;
		case 'u':
			bytes = atol(optarg);
			break;
		default:
			return 64;
		}
	}
	if (optind + 1 != argc || period <= 0 || bytes < HELLO_MIN || bytes > UPLOAD_MAX / 2)
		return 64;
	colon = strchr(argv[optind], ':');
	if (!colon)
		return 64;
	*colon = 0;
	to.sin_port = htons((uint16_t)atoi(colon + 1));
	if (inet_pton(AF_INET, argv[optind], &to.sin_addr) != 1)
		return 64;
	*colon = ':';

	setvbuf(stdout, NULL, _IOLBF, 0);
	if (readlink("/proc/self/exe", exe, sizeof(exe) - 1) < 0)
		return 70;
	printf("{\"pid\":%d,\"ppid\":%d,\"uid\":%d,\"exe\":\"%s\",\"remote\":\"%s\","
	       "\"period_seconds\":%g,\"jitter_ratio\":%g,\"write_only\":%s}\n",
	       getpid(), getppid(), (int)getuid(), exe, argv[optind], period, jitter,
	       write_only ? "true" : "false");

	for (;;) {
		size_t size = (size_t)bytes, sent = 0, received = 0;
		struct sockaddr_in local = { 0 };
		char address[INET_ADDRSTRLEN];
		struct timespec until;
		int64_t began, next;
		int failed;

		if (write_only) {
			size = (size_t)((double)bytes * around_one(0.08));
			upload(size);
		} else {
			client_hello(size);
		}
		began = now_ns();
		failed = visit(&to, size, write_only, &local, &sent, &received);
		inet_ntop(AF_INET, &local.sin_addr, address, sizeof(address));
		printf("{\"t\":%lld,\"ended\":%lld,\"local\":\"%s:%d\",\"sent\":%zu,"
		       "\"received\":%zu,\"errno\":%d}\n",
		       (long long)began, (long long)now_ns(), address, ntohs(local.sin_port), sent,
		       received, failed);

		next = began + (int64_t)(period * around_one(jitter) * 1e9);
		until.tv_sec = next / 1000000000;
		until.tv_nsec = next % 1000000000;
		while (clock_nanosleep(CLOCK_BOOTTIME, TIMER_ABSTIME, &until, NULL) == EINTR)
			;
	}
}
