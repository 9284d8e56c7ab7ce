// SPDX-License-Identifier: Apache-2.0
/* Waits for a line, calls 127.0.0.1, waits for another line: scripts/identity-test.sh does to its
 * file what it wants before the call, and asks the system's tools about it after.
 *
 * Usage: caller PORT. The call may be refused; that it was made is what counts.
 */
#include <arpa/inet.h>
#include <netinet/in.h>
#include <stdint.h>
#include <stdlib.h>
#include <sys/socket.h>
#include <unistd.h>

static int await_line(void)
{
	char byte = 0;

	while (byte != '\n')
		if (read(0, &byte, 1) <= 0)
			return 0;
	return 1;
}

int main(int argc, char **argv)
{
	struct sockaddr_in peer = { .sin_family = AF_INET };
	int call;

	if (argc != 2)
		return 64;
	if (!await_line())
		return 1;
	peer.sin_port = htons((uint16_t)atoi(argv[1]));
	peer.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
	call = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
	if (call < 0)
		return 1;
	(void)connect(call, (struct sockaddr *)&peer, sizeof(peer));
	(void)await_line();
	return 0;
}
