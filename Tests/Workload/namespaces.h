// SPDX-License-Identifier: Apache-2.0
/* Two network namespaces of our own with a link between them. They vanish with the program. */
#ifndef HALFWIRE_WORKLOAD_NAMESPACES_H
#define HALFWIRE_WORKLOAD_NAMESPACES_H

#include <sys/types.h>

struct namespaces {
	int home;	    /* where the program began */
	int client, server; /* either may be `home`: then both ends are on the loopback */
	pid_t wire;	    /* the process that carries the frames of a lossy link; else 0 */
};

/* Makes the ends of `place` ("loopback", "netns", "netem", "lossy"). Returns NULL, or why this
 * kernel or user cannot have them. */
const char *namespaces_open(struct namespaces *namespaces, const char *place);
void namespaces_close(struct namespaces *namespaces);
void namespaces_enter(int namespace);

#endif
