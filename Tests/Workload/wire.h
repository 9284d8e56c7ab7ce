// SPDX-License-Identifier: Apache-2.0
/* A bad cable in user space, for kernels without sch_netem: it drops and reorders on purpose. */
#ifndef HALFWIRE_WORKLOAD_WIRE_H
#define HALFWIRE_WORKLOAD_WIRE_H

#include <sys/types.h>

/* Starts a process that carries frames between two devices of this namespace until it is killed.
 * Returns NULL, or why this kernel cannot. */
const char *wire_start(const char *left, const char *right, pid_t *wire);

#endif
