// SPDX-License-Identifier: Apache-2.0
#include "CProbeObjects.h"

static const unsigned char functions_object[] = {
#embed "objects/functions.o"
};
const unsigned long halfwire_functions_object_bytes = sizeof functions_object;

const void *halfwire_functions_object_start(void) {
  return functions_object;
}

static const unsigned char functions_5_10_object[] = {
#embed "objects/functions_5_10.o"
};
const unsigned long halfwire_functions_5_10_object_bytes = sizeof functions_5_10_object;

const void *halfwire_functions_5_10_object_start(void) {
  return functions_5_10_object;
}

static const unsigned char tracepoints_object[] = {
#embed "objects/tracepoints.o"
};
const unsigned long halfwire_tracepoints_object_bytes = sizeof tracepoints_object;

const void *halfwire_tracepoints_object_start(void) {
  return tracepoints_object;
}

static const unsigned char first_bytes_object[] = {
#embed "objects/first_bytes.o"
};
const unsigned long halfwire_first_bytes_object_bytes = sizeof first_bytes_object;

const void *halfwire_first_bytes_object_start(void) {
  return first_bytes_object;
}

static const unsigned char first_bytes_5_10_object[] = {
#embed "objects/first_bytes_5_10.o"
};
const unsigned long halfwire_first_bytes_5_10_object_bytes = sizeof first_bytes_5_10_object;

const void *halfwire_first_bytes_5_10_object_start(void) {
  return first_bytes_5_10_object;
}
