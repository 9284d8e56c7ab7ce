// SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
/* The packet hooks of first_bytes.bpf.c beside functions_5_10: states lie in a hash by the socket's
 * address.
 */
#define HALFWIRE_HASH_STORE
#include "store.h"
#include "packet.h"

/* These programs may hold the address but not calculate with it. Added to a zero on the stack it is
 * a number, with CAP_PERFMON; through a map, a softirq could put another's in between. */
static __always_inline struct socket_state *state_of_packet(struct bpf_sock *sk)
{
	__u64 address = 0;

	asm volatile("lock *(u64 *)(%0 + 0) += %1" : : "r"(&address), "r"(sk) : "memory");
	return bpf_map_lookup_elem(&sockets, &address);
}

#include "first_bytes.h"
