// SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
/* first_bytes.bpf.c for the store that 5.10 and 5.11 need: states in a hash by the socket's
 * address (store.h).
 *
 * Hooks, needs, trust, full: as there.
 */
#define HALFWIRE_HASH_STORE
#include "store.h"
#include "packet.h"

/* A pointer becomes a number by way of memory. */
struct {
	__uint(type, BPF_MAP_TYPE_PERCPU_ARRAY);
	__uint(max_entries, 1);
	__type(key, __u32);
	__type(value, __u64);
} socket_address SEC(".maps");

/* An interrupt may use the same memory in between: then this packet is let go, and a head that
 * misses a piece ends there. */
static __always_inline struct socket_state *state_of_packet(struct bpf_sock *sk)
{
	__u32 zero = 0;
	volatile __u64 *memory = bpf_map_lookup_elem(&socket_address, &zero);
	__u64 address;

	if (!memory)
		return NULL;
	*memory = (unsigned long)sk;
	address = *memory;
	if (address != (unsigned long)sk)
		return NULL;
	return bpf_map_lookup_elem(&sockets, &address);
}

#include "first_bytes.h"
