// SPDX-License-Identifier: Apache-2.0
#define _GNU_SOURCE
#include "netlink.h"

#include "report.h"

#include <errno.h>
#include <linux/rtnetlink.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

void request_raw(struct request *request, const void *data, size_t length)
{
	size_t at = NLMSG_ALIGN(request->header.nlmsg_len);

	errno = ENOBUFS;
	expect(at + length <= sizeof(*request), "netlink request too long");
	memcpy((char *)request + at, data, length);
	request->header.nlmsg_len = (uint32_t)(at + length);
}

void request_begin(struct request *request, uint16_t type, uint16_t flags, const void *body,
		   size_t length)
{
	memset(request, 0, sizeof(*request));
	request->header.nlmsg_len = NLMSG_HDRLEN;
	request->header.nlmsg_type = type;
	request->header.nlmsg_flags = (uint16_t)(NLM_F_REQUEST | NLM_F_ACK | flags);
	request_raw(request, body, length);
}

void request_add(struct request *request, uint16_t type, const void *data, size_t length)
{
	struct rtattr attribute = {.rta_len = (uint16_t)RTA_LENGTH(length), .rta_type = type};

	request_raw(request, &attribute, sizeof(attribute));
	if (length)
		request_raw(request, data, length);
}

size_t request_nest(struct request *request, uint16_t type)
{
	size_t began = NLMSG_ALIGN(request->header.nlmsg_len);

	request_add(request, type, NULL, 0);
	return began;
}

void request_nest_end(struct request *request, size_t began)
{
	struct rtattr *attribute = (struct rtattr *)((char *)request + began);

	attribute->rta_len = (uint16_t)(request->header.nlmsg_len - began);
}

int request_send(struct request *request)
{
	struct {
		struct nlmsghdr header;
		struct nlmsgerr error;
		char echoed[1200];
	} answer;
	int fd = socket(AF_NETLINK, SOCK_RAW | SOCK_CLOEXEC, NETLINK_ROUTE);
	ssize_t length;

	expect(fd >= 0, "netlink socket");
	expect(send(fd, request, request->header.nlmsg_len, 0) ==
		       (ssize_t)request->header.nlmsg_len,
	       "netlink request");
	length = recv(fd, &answer, sizeof(answer), 0);
	close(fd);
	errno = EPROTO;
	expect(length >= (ssize_t)(sizeof(answer.header) + sizeof(answer.error)) &&
		       answer.header.nlmsg_type == NLMSG_ERROR,
	       "netlink answer");
	return -answer.error.error;
}
