// SPDX-License-Identifier: Apache-2.0
/* Traffic in numbers, for a running machine: not for comparing byte by byte, but for bounds.
 *
 * Usage: workload load pairs DIRECTORY PAIRS     open connections, made before the sensor
 *        workload load short CONNECTIONS         one short connection after the other
 *        workload load syns SYNS                 a flood of connections that never come to be
 *        workload load busy DIRECTORY OPERATIONS SECONDS   sends on a few connections
 *
 * The files in DIRECTORY are those of phases.h: `ready`, then `go`; `done`, then `end`.
 */
#ifndef HALFWIRE_WORKLOAD_LOADS_H
#define HALFWIRE_WORKLOAD_LOADS_H

#include "peer.h"

enum { LOAD_SECONDS = 300 };

/* `arguments` are those after the name. */
int load_pairs(struct run *run, char *arguments[]);
int load_short(struct run *run, char *arguments[]);
int load_syns(struct run *run, char *arguments[]);
int load_busy(struct run *run, char *arguments[]);

int run_load(const char *exe, char *argv[]);

#endif
