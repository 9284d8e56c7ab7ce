// SPDX-License-Identifier: Apache-2.0
#define _GNU_SOURCE
#include "handover.h"

#include "report.h"

#include <string.h>
#include <sys/socket.h>

union control {
	struct cmsghdr header;
	char bytes[CMSG_SPACE(sizeof(int))];
};

static struct msghdr message_with(struct iovec *part, union control *control)
{
	static char token;

	*part = (struct iovec){&token, 1};
	memset(control, 0, sizeof(*control));
	return (struct msghdr){.msg_iov = part,
			       .msg_iovlen = 1,
			       .msg_control = control->bytes,
			       .msg_controllen = sizeof(control->bytes)};
}

void handover_send(int channel, int file)
{
	union control control;
	struct iovec part;
	struct msghdr message = message_with(&part, &control);

	control.header.cmsg_level = SOL_SOCKET;
	control.header.cmsg_type = SCM_RIGHTS;
	control.header.cmsg_len = CMSG_LEN(sizeof(int));
	memcpy(CMSG_DATA(&control.header), &file, sizeof(file));
	expect(sendmsg(channel, &message, MSG_NOSIGNAL) == 1, "send a file");
}

int handover_receive(int channel)
{
	union control control;
	struct iovec part;
	struct msghdr message = message_with(&part, &control);
	int file;

	expect(recvmsg(channel, &message, 0) == 1 && control.header.cmsg_type == SCM_RIGHTS,
	       "receive a file");
	memcpy(&file, CMSG_DATA(&control.header), sizeof(file));
	return file;
}
