// SPDX-License-Identifier: Apache-2.0
/* Just enough rtnetlink to make links, addresses and queueing disciplines without `ip` and `tc`. */
#ifndef HALFWIRE_WORKLOAD_NETLINK_H
#define HALFWIRE_WORKLOAD_NETLINK_H

#include <linux/netlink.h>
#include <stddef.h>
#include <stdint.h>

struct request {
	struct nlmsghdr header;
	char rest[1020];
};

/* `body` is the fixed part that follows the header: an ifinfomsg, ifaddrmsg or tcmsg. */
void request_begin(struct request *request, uint16_t type, uint16_t flags, const void *body,
		   size_t length);
void request_add(struct request *request, uint16_t type, const void *data, size_t length);
/* Attributes added until the end go inside; returns where it began. */
size_t request_nest(struct request *request, uint16_t type);
void request_raw(struct request *request, const void *data, size_t length);
void request_nest_end(struct request *request, size_t began);

/* Asks the calling process's network namespace. Returns 0 or the kernel's errno. */
int request_send(struct request *request);

#endif
