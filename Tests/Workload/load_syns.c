// SPDX-License-Identifier: Apache-2.0
/* SYNs from addresses where nobody is, inside two network namespaces of our own. */
#define _GNU_SOURCE
#include "loads.h"

#include "namespaces.h"

#include <arpa/inet.h>
#include <errno.h>
#include <netinet/ip.h>
#include <netinet/tcp.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

struct syn {
	struct iphdr ip;
	struct tcphdr tcp;
};

/* TCP's sum covers the addresses, the protocol and the length too. */
static uint16_t checksum(const struct syn *syn)
{
	uint16_t words[(12 + sizeof(syn->tcp)) / 2] = {0};
	uint32_t sum = 0;

	memcpy(&words[0], &syn->ip.saddr, 4);
	memcpy(&words[2], &syn->ip.daddr, 4);
	words[4] = htons(IPPROTO_TCP);
	words[5] = htons(sizeof(syn->tcp));
	memcpy(&words[6], &syn->tcp, sizeof(syn->tcp));
	for (size_t i = 0; i < sizeof(words) / 2; i++)
		sum += words[i];
	while (sum >> 16)
		sum = (sum & 0xffff) + (sum >> 16);
	return (uint16_t)~sum;
}

/* Hosts 100 to 249 of the link's network, from ever changing ports. */
static void send_syns(const struct run *run, int count)
{
	int fd = socket(AF_INET, SOCK_RAW | SOCK_CLOEXEC, IPPROTO_RAW);

	expect(fd >= 0, "raw socket");
	for (int i = 0; i < count; i++) {
		struct syn syn = {
			.ip = {.version = 4,
			       .ihl = 5,
			       .ttl = 64,
			       .protocol = IPPROTO_TCP,
			       .tot_len = htons(sizeof(syn)),
			       .daddr = run->server.v4.sin_addr.s_addr,
			       .saddr = htonl(0x0a630000u + 100 + (uint32_t)(i % 150))},
			.tcp = {.source = htons((uint16_t)(1024 + i / 150)),
				.syn = 1,
				.doff = 5,
				.dest = run->server.v4.sin_port,
				.window = htons(65535),
				.seq = htonl((uint32_t)i * 7919)},
		};

		syn.tcp.check = checksum(&syn);
		while (sendto(fd, &syn, sizeof(syn), 0, &run->server.any, sizeof(run->server.v4)) <
		       0)
			expect(errno == ENOBUFS, "send a SYN");
	}
	close(fd);
}

/* The listener must still answer: the flood arrived, and was survived. */
static void converse(struct run *run)
{
	struct peer client = dial(run), server = answer(run);

	push(&client, by_send, 137, 137);
	pull(&server, by_recv, 137, 137);
	hang_up(&client);
	hang_up(&server);
}

int load_syns(struct run *run, char *arguments[])
{
	int count = atoi(arguments[0]);
	struct namespaces namespaces;
	const char *reason = namespaces_open(&namespaces, "netns");
	union address wanted;
	struct stat netns;

	if (reason) {
		printf("{\"role\":\"syns\",\"skipped\":\"%s\"}\n", reason);
		return 0;
	}
	run->place = "netns";
	wanted = address_at(run->place, run->family, SERVER_END, 0);
	namespaces_enter(namespaces.server);
	run->listener = socket_at(run->family, &wanted, &run->server);
	expect(listen(run->listener, 128) == 0, "listen");
	expect(fstat(namespaces.server, &netns) == 0, "stat of a network namespace");
	namespaces_enter(namespaces.client);
	send_syns(run, count);
	converse(run);
	printf("{\"role\":\"syns\",\"syns\":%d,\"port\":%u,\"netns\":%llu}\n", count,
	       address_port(&run->server), (unsigned long long)netns.st_ino);
	namespaces_enter(namespaces.home);
	namespaces_close(&namespaces);
	return 0;
}
