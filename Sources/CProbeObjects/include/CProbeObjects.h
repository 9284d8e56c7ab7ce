// SPDX-License-Identifier: Apache-2.0
// The precompiled BPF objects, as scripts/build-bpf.sh made and committed them.
#ifndef CPROBE_OBJECTS_H
#define CPROBE_OBJECTS_H

// Functions and not arrays: Swift would import an array of this size as a tuple.
const void *halfwire_functions_object_start(void);
extern const unsigned long halfwire_functions_object_bytes;

const void *halfwire_functions_5_10_object_start(void);
extern const unsigned long halfwire_functions_5_10_object_bytes;

const void *halfwire_tracepoints_object_start(void);
extern const unsigned long halfwire_tracepoints_object_bytes;

const void *halfwire_first_bytes_object_start(void);
extern const unsigned long halfwire_first_bytes_object_bytes;

const void *halfwire_first_bytes_5_10_object_start(void);
extern const unsigned long halfwire_first_bytes_5_10_object_bytes;

#endif
