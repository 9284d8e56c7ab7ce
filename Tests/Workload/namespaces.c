// SPDX-License-Identifier: Apache-2.0
#define _GNU_SOURCE
#include "namespaces.h"

#include "netlink.h"
#include "peer.h"
#include "wire.h"

#include <errno.h>
#include <fcntl.h>
#include <linux/if_addr.h>
#include <linux/if_link.h>
#include <linux/pkt_sched.h>
#include <linux/rtnetlink.h>
#include <linux/veth.h>
#include <net/if.h>
#include <netinet/tcp.h>
#include <sched.h>
#include <signal.h>
#include <stdio.h>
#include <string.h>
#include <sys/wait.h>
#include <unistd.h>

enum { SETTLE_MS = 10000 };

static int current_namespace(void)
{
	int fd = open("/proc/self/ns/net", O_RDONLY | O_CLOEXEC);

	expect(fd >= 0, "open /proc/self/ns/net");
	return fd;
}

void namespaces_enter(int namespace)
{
	expect(setns(namespace, CLONE_NEWNET) == 0, "setns");
}

static void set_up(const char *device)
{
	struct ifinfomsg link = {.ifi_index = (int)if_nametoindex(device),
				 .ifi_flags = IFF_UP,
				 .ifi_change = IFF_UP};
	struct request request;

	request_begin(&request, RTM_NEWLINK, 0, &link, sizeof(link));
	errno = request_send(&request);
	expect(errno == 0, "set a link up");
}

/* What the cases need of a namespace; the settings are its own, not the host's. */
static void write_setting(const char *path, const char *value)
{
	int fd = open(path, O_WRONLY | O_CLOEXEC);

	if (fd < 0)
		return; /* the case that needs it says so */
	expect(write(fd, value, strlen(value)) == (ssize_t)strlen(value), path);
	close(fd);
}

static int new_namespace(void)
{
	expect(unshare(CLONE_NEWNET) == 0, "unshare of the network namespace");
	set_up("lo");
	/* Fast Open both ways, without cookies. */
	write_setting("/proc/sys/net/ipv4/tcp_fastopen", "519");
	return current_namespace();
}

/* A veth pair: `here` in this namespace, `there` in the other. */
static int add_pair(const char *here, const char *there, int namespace)
{
	struct ifinfomsg link = {0};
	struct request request;
	size_t info, data, peer;
	uint32_t fd = (uint32_t) namespace;

	request_begin(&request, RTM_NEWLINK, NLM_F_CREATE | NLM_F_EXCL, &link, sizeof(link));
	request_add(&request, IFLA_IFNAME, here, strlen(here) + 1);
	info = request_nest(&request, IFLA_LINKINFO);
	request_add(&request, IFLA_INFO_KIND, "veth", 5);
	data = request_nest(&request, IFLA_INFO_DATA);
	peer = request_nest(&request, VETH_INFO_PEER);
	request_raw(&request, &link, sizeof(link));
	request_add(&request, IFLA_IFNAME, there, strlen(there) + 1);
	request_add(&request, IFLA_NET_NS_FD, &fd, sizeof(fd));
	request_nest_end(&request, peer);
	request_nest_end(&request, data);
	request_nest_end(&request, info);
	return request_send(&request);
}

/* No duplicate address detection: the addresses are to be used at once. */
static void add_address(const char *device, const char *family, int end)
{
	union address address = address_at("netns", family, end, 0);
	bool is_v4 = address.any.sa_family == AF_INET;
	const void *bytes = is_v4 ? (void *)&address.v4.sin_addr : (void *)&address.v6.sin6_addr;
	size_t length = is_v4 ? 4 : 16;
	struct ifaddrmsg message = {.ifa_family = (uint8_t)address.any.sa_family,
				    .ifa_prefixlen = is_v4 ? 24 : 64,
				    .ifa_flags = IFA_F_NODAD,
				    .ifa_index = if_nametoindex(device)};
	struct request request;

	request_begin(&request, RTM_NEWADDR, NLM_F_CREATE | NLM_F_EXCL, &message, sizeof(message));
	request_add(&request, IFA_LOCAL, bytes, length);
	request_add(&request, IFA_ADDRESS, bytes, length);
	errno = request_send(&request);
	expect(errno == 0, "add an address");
}

static void prepare_end(int namespace, const char *device, int end)
{
	namespaces_enter(namespace);
	set_up(device);
	add_address(device, "4", end);
	add_address(device, "6", end);
	add_address(device, "link", end);
}

/* Loses one packet of 30, sends one of 8 ahead of the others, which wait 3 ms. */
static int add_netem(const char *device)
{
	struct tcmsg message = {.tcm_family = AF_UNSPEC,
				.tcm_ifindex = (int)if_nametoindex(device),
				.tcm_handle = 1u << 16,
				.tcm_parent = TC_H_ROOT};
	/* In ticks of the packet scheduler, 64 ns each; probabilities are parts of 2^32. */
	struct tc_netem_qopt options = {
		.latency = 3000000 / 64, .limit = 1000, .loss = UINT32_MAX / 30, .gap = 1};
	struct tc_netem_reorder reorder = {.probability = UINT32_MAX / 8};
	struct request request;
	size_t nest;

	request_begin(&request, RTM_NEWQDISC, NLM_F_CREATE | NLM_F_EXCL, &message, sizeof(message));
	request_add(&request, TCA_KIND, "netem", 6);
	nest = request_nest(&request, TCA_OPTIONS);
	request_raw(&request, &options, sizeof(options));
	request_add(&request, TCA_NETEM_REORDER, &reorder, sizeof(reorder));
	request_nest_end(&request, nest);
	return request_send(&request);
}

static const char *no_netem(struct namespaces *namespaces)
{
	int failure;

	namespaces_enter(namespaces->client);
	failure = add_netem("client");
	if (failure == 0) {
		namespaces_enter(namespaces->server);
		failure = add_netem("server");
	}
	return failure ? "no sch_netem in this kernel" : NULL;
}

const char *namespaces_open(struct namespaces *namespaces, const char *place)
{
	bool is_lossy = !strcmp(place, "lossy");
	const char *reason = NULL;
	int middle = -1;

	memset(namespaces, 0, sizeof(*namespaces));
	namespaces->home = namespaces->client = namespaces->server = current_namespace();
	if (!strcmp(place, "loopback"))
		return NULL;
	if (unshare(CLONE_NEWNET) != 0)
		return "may not make network namespaces";
	if (is_lossy) {
		set_up("lo");
		middle = current_namespace();
	}
	namespaces->server = new_namespace();
	namespaces->client = new_namespace();
	if (add_pair("client", is_lossy ? "left" : "server",
		     is_lossy ? middle : namespaces->server))
		reason = "no veth in this kernel";
	if (!reason && is_lossy) {
		namespaces_enter(namespaces->server);
		if (add_pair("server", "right", middle))
			reason = "no veth in this kernel";
	}
	if (!reason) {
		prepare_end(namespaces->client, "client", CLIENT_END);
		prepare_end(namespaces->server, "server", SERVER_END);
	}
	if (!reason && !strcmp(place, "netem"))
		reason = no_netem(namespaces);
	if (!reason && is_lossy) {
		namespaces_enter(middle);
		set_up("left");
		set_up("right");
		reason = wire_start("left", "right", &namespaces->wire);
	}
	namespaces_enter(namespaces->home);
	if (middle >= 0)
		close(middle);
	return reason;
}

/* Connections that have not ended: all in this list but listeners and those in TIME_WAIT. */
static int count_living(const char *path)
{
	FILE *list = fopen(path, "r");
	char line[512];
	unsigned state;
	int living = 0;

	/* "  sl  local_address rem_address   st ..." */
	while (list && fgets(line, sizeof(line), list))
		if (sscanf(line, " %*d: %*64s %*64s %x", &state) == 1)
			living += state != TCP_LISTEN && state != TCP_TIME_WAIT;
	if (list)
		fclose(list);
	return living;
}

/* Without its link a connection whose last segments were lost would not end in our time. */
static void await_ends(int namespace)
{
	namespaces_enter(namespace);
	for (int waited = 0; waited < SETTLE_MS; waited += 10) {
		if (count_living("/proc/thread-self/net/tcp") +
			    count_living("/proc/thread-self/net/tcp6") ==
		    0)
			break;
		sleep_ms(10);
	}
}

void namespaces_close(struct namespaces *namespaces)
{
	if (namespaces->client != namespaces->home) {
		await_ends(namespaces->client);
		await_ends(namespaces->server);
		namespaces_enter(namespaces->home);
	}
	if (namespaces->wire) {
		kill(namespaces->wire, SIGKILL);
		waitpid(namespaces->wire, NULL, 0);
	}
	if (namespaces->client != namespaces->home) {
		close(namespaces->client);
		close(namespaces->server);
	}
	close(namespaces->home);
}
