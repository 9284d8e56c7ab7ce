// SPDX-License-Identifier: Apache-2.0
/* The addresses of the two ends, on the loopback and on a link between network namespaces. */
#define _GNU_SOURCE
#include "peer.h"

#include <arpa/inet.h>
#include <net/if.h>
#include <stdio.h>
#include <string.h>

union address loopback(const char *family, uint16_t port)
{
	union address address = {0};

	if (!strcmp(family, "4")) {
		address.v4.sin_family = AF_INET;
		address.v4.sin_port = htons(port);
		address.v4.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
		return address;
	}
	address.v6.sin6_family = AF_INET6;
	address.v6.sin6_port = htons(port);
	if (strcmp(family, "mapped"))
		address.v6.sin6_addr = in6addr_loopback;
	else
		inet_pton(AF_INET6, "::ffff:127.0.0.1", &address.v6.sin6_addr);
	return address;
}

uint32_t link_scope(void)
{
	uint32_t index = if_nametoindex("client");

	return index ? index : if_nametoindex("server");
}

union address address_at(const char *place, const char *family, int end, uint16_t port)
{
	union address address = loopback(family, port);
	uint32_t host = 0x0a630000u + (uint32_t)end; /* 10.99.0.0/24 */

	if (!strcmp(place, "loopback"))
		return address;
	if (!strcmp(family, "4")) {
		address.v4.sin_addr.s_addr = htonl(host);
	} else if (!strcmp(family, "6")) {
		inet_pton(AF_INET6, "fd00:99::", &address.v6.sin6_addr);
		address.v6.sin6_addr.s6_addr[15] = (uint8_t)end;
	} else if (!strcmp(family, "link")) {
		inet_pton(AF_INET6, "fe80::99:0", &address.v6.sin6_addr);
		address.v6.sin6_addr.s6_addr[15] = (uint8_t)end;
		address.v6.sin6_scope_id = link_scope();
	} else {
		host = htonl(host);
		memcpy(&address.v6.sin6_addr.s6_addr[12], &host, sizeof(host));
	}
	return address;
}

socklen_t address_length(const union address *address)
{
	return address->any.sa_family == AF_INET ? sizeof(address->v4) : sizeof(address->v6);
}

uint16_t address_port(const union address *address)
{
	/* sin_port and sin6_port stand at the same place. */
	return ntohs(address->v4.sin_port);
}

/* The trace's form: brackets around IPv6, a mapped address as the IPv4 address it is. */
void format_endpoint(char text[ENDPOINT_LEN], const union address *address)
{
	char host[INET6_ADDRSTRLEN + 12]; /* and a scope */
	const char *form = "%s:%u";

	if (address->any.sa_family == AF_INET) {
		inet_ntop(AF_INET, &address->v4.sin_addr, host, sizeof(host));
	} else if (IN6_IS_ADDR_V4MAPPED(&address->v6.sin6_addr)) {
		inet_ntop(AF_INET, &address->v6.sin6_addr.s6_addr[12], host, sizeof(host));
	} else {
		inet_ntop(AF_INET6, &address->v6.sin6_addr, host, sizeof(host));
		form = "[%s]:%u";
	}
	if (address->any.sa_family == AF_INET6 && address->v6.sin6_scope_id) {
		size_t used = strlen(host);

		snprintf(host + used, sizeof(host) - used, "%%%u", address->v6.sin6_scope_id);
	}
	snprintf(text, ENDPOINT_LEN, form, host, address_port(address));
}
