// SPDX-License-Identifier: Apache-2.0
// The precompiled BPF objects, as scripts/build-bpf.sh made and committed them.
#ifndef CPROBE_OBJECTS_H
#define CPROBE_OBJECTS_H

extern const unsigned char halfwire_functions_object[];
extern const unsigned long halfwire_functions_object_bytes;

extern const unsigned char halfwire_tracepoints_object[];
extern const unsigned long halfwire_tracepoints_object_bytes;

#endif
