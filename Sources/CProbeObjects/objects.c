// SPDX-License-Identifier: Apache-2.0
#include "CProbeObjects.h"

const unsigned char halfwire_functions_object[] = {
#embed "objects/functions.o"
};
const unsigned long halfwire_functions_object_bytes = sizeof halfwire_functions_object;

const unsigned char halfwire_tracepoints_object[] = {
#embed "objects/tracepoints.o"
};
const unsigned long halfwire_tracepoints_object_bytes = sizeof halfwire_tracepoints_object;
