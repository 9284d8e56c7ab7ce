// SPDX-License-Identifier: Apache-2.0
/* Open files in messages of Unix sockets (SCM_RIGHTS). */
#ifndef HALFWIRE_WORKLOAD_HANDOVER_H
#define HALFWIRE_WORKLOAD_HANDOVER_H

void handover_send(int channel, int file);
int handover_receive(int channel);

#endif
