/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/* Where the states lie, and what a socket is called.
 *
 * From 5.11 on: in sk_storage, which goes with the socket; its name is the kernel's cookie.
 * On 5.10 (HALFWIRE_HASH_STORE) tracing programs have neither: a hash by the socket's address,
 * deleted when the socket goes, and a number made at birth. There, BPF knows no atomic exchange;
 * every hook that charges runs under the socket's lock instead.
 *
 * Full: storage_failed counts it and the socket is then unseen, not wrong.
 */
#ifndef HALFWIRE_STORE_H
#define HALFWIRE_STORE_H

#include "state.h"

#ifdef HALFWIRE_HASH_STORE

/* Not preallocated: a socket's worth of memory a socket, and none for sockets there could be. */
struct {
	__uint(type, BPF_MAP_TYPE_HASH);
	__uint(map_flags, BPF_F_NO_PREALLOC);
	__uint(max_entries, 1 << 18);
	__type(key, __u64);
	__type(value, struct socket_state);
} sockets SEC(".maps");

/* Always zero: what a new state begins as, too large for the stack. */
struct {
	__uint(type, BPF_MAP_TYPE_ARRAY);
	__uint(max_entries, 1);
	__type(key, __u32);
	__type(value, struct socket_state);
} blank_state SEC(".maps");

static __always_inline struct socket_state *state_of(struct sock *sk)
{
	__u64 address = (unsigned long)sk;

	return bpf_map_lookup_elem(&sockets, &address);
}

static __always_inline struct socket_state *create_state(struct sock *sk)
{
	__u64 address = (unsigned long)sk;
	__u32 zero = 0;
	struct socket_state *blank = bpf_map_lookup_elem(&blank_state, &zero);

	if (!blank)
		return NULL;
	bpf_map_update_elem(&sockets, &address, blank, BPF_NOEXIST);
	return bpf_map_lookup_elem(&sockets, &address);
}

static __always_inline void delete_state(struct sock *sk)
{
	__u64 address = (unsigned long)sk;

	bpf_map_delete_elem(&sockets, &address);
}

/* A processor reads its clock once at a time, so time and processor together come but once in
 * 2^52 ns, which is 52 days. */
static __always_inline __u64 name_of(struct sock *sk)
{
	return bpf_ktime_get_boot_ns() << 12 | (bpf_get_smp_processor_id() & 0xfff);
}

#define exchange(pointer, value)                                                                   \
	({                                                                                         \
		__typeof__(*(pointer)) _before = *(pointer);                                       \
		*(pointer) = (value);                                                              \
		_before;                                                                           \
	})

#define exchange_if(pointer, expected, value)                                                      \
	({                                                                                         \
		__typeof__(*(pointer)) _before = *(pointer);                                       \
		if (_before == (expected))                                                         \
			*(pointer) = (value);                                                      \
		_before;                                                                           \
	})

#else

struct {
	__uint(type, BPF_MAP_TYPE_SK_STORAGE);
	__uint(map_flags, BPF_F_NO_PREALLOC);
	__type(key, int);
	__type(value, struct socket_state);
} sockets SEC(".maps");

static __always_inline struct socket_state *state_of(struct sock *sk)
{
	return bpf_sk_storage_get(&sockets, sk, NULL, 0);
}

static __always_inline struct socket_state *create_state(struct sock *sk)
{
	return bpf_sk_storage_get(&sockets, sk, NULL, BPF_SK_STORAGE_GET_F_CREATE);
}

/* It goes with the socket. */
static __always_inline void delete_state(struct sock *sk)
{
}

static __always_inline __u64 name_of(struct sock *sk)
{
	return bpf_get_socket_cookie(sk);
}

#define exchange(pointer, value) __sync_lock_test_and_set(pointer, value)
#define exchange_if(pointer, expected, value) __sync_val_compare_and_swap(pointer, expected, value)

#endif
#endif
