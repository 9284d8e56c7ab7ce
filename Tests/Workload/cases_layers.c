// SPDX-License-Identifier: Apache-2.0
/* Connections with another layer between TCP and the application: kernel TLS, MPTCP, a sockmap.
 *
 * There the kernel's totals are of other bytes than the application's, or other functions move
 * them; the sensor has to say so.
 */
#define _GNU_SOURCE
#include "cases.h"

#include <errno.h>
#include <linux/bpf.h>
#include <linux/tls.h>
#include <netinet/tcp.h>
#include <stdio.h>
#include <string.h>
#include <sys/syscall.h>
#include <unistd.h>

enum { REQUEST = 100003, REPLY = 30011 };

static void mark(struct peer *peer, const char *as)
{
	snprintf(peer->line->mark, sizeof(peer->line->mark), "%s", as);
}

static void converse_client(struct peer *peer)
{
	push(peer, by_send, REQUEST, 9973);
	pull(peer, by_recv, REPLY, 16381);
	hang_up(peer);
}

static void converse_server(struct peer *peer)
{
	pull(peer, by_recv, REQUEST, 16381);
	push(peer, by_send, REPLY, 7001);
	hang_up(peer);
}

/* The same fixed key for both directions: nothing here is secret. */
static bool use_tls(int fd)
{
	struct tls12_crypto_info_aes_gcm_128 keys = {
		.info = {.version = TLS_1_2_VERSION, .cipher_type = TLS_CIPHER_AES_GCM_128},
		.iv = {1},
		.key = {2},
		.salt = {3},
		.rec_seq = {0},
	};

	return setsockopt(fd, IPPROTO_TCP, TCP_ULP, "tls", 4) == 0 &&
	       setsockopt(fd, SOL_TLS, TLS_TX, &keys, sizeof(keys)) == 0 &&
	       setsockopt(fd, SOL_TLS, TLS_RX, &keys, sizeof(keys)) == 0;
}

static void ktls_client(struct run *run)
{
	struct peer peer = dial(run);

	mark(&peer, "ktls");
	expect(use_tls(peer.fd), "kernel TLS");
	token_await(run->to_client);
	converse_client(&peer);
}

/* Both ends have their keys before the first record comes. */
static void ktls_server(struct run *run)
{
	struct peer peer = answer(run);

	mark(&peer, "ktls");
	expect(use_tls(peer.fd), "kernel TLS");
	token_send(run->to_client);
	converse_server(&peer);
}

static const char *ktls_missing(void)
{
	union address at;
	int listener = bound_socket("4", &at), fd = tcp_socket("4");
	bool has_tls;

	expect(listen(listener, 1) == 0, "listen");
	expect(connect(fd, &at.any, address_length(&at)) == 0, "connect");
	has_tls = use_tls(fd);
	close(fd);
	close(listener);
	return has_tls ? NULL : "no kernel TLS with AES-GCM in this kernel";
}

static void mptcp_client(struct run *run)
{
	struct peer peer = dial(run);

	mark(&peer, "mptcp");
	converse_client(&peer);
}

static void mptcp_server(struct run *run)
{
	struct peer peer = answer(run);

	mark(&peer, "mptcp");
	converse_server(&peer);
}

static const char *mptcp_missing(void)
{
	int fd = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, IPPROTO_MPTCP);

	if (fd < 0)
		return "no MPTCP in this kernel";
	close(fd);
	return NULL;
}

static int bpf(int command, union bpf_attr *attributes)
{
	return (int)syscall(SYS_bpf, command, attributes, sizeof(*attributes));
}

/* A program of two instructions: it returns what the first one puts into r0. */
static int attach(int map, enum bpf_attach_type where, struct bpf_insn first)
{
	struct bpf_insn program[] = {first, {.code = BPF_JMP | BPF_EXIT}};
	union bpf_attr load = {.prog_type = BPF_PROG_TYPE_SK_SKB,
			       .insn_cnt = 2,
			       .insns = (uintptr_t)program,
			       .license = (uintptr_t) "GPL"};
	union bpf_attr attached = {.target_fd = (uint32_t)map, .attach_type = where};
	int fd = bpf(BPF_PROG_LOAD, &load);

	if (fd < 0)
		return -1;
	attached.attach_bpf_fd = (uint32_t)fd;
	return bpf(BPF_PROG_ATTACH, &attached);
}

/* Whatever arrives for a socket of this map passes a program first, and waits in another queue. */
static int open_sockmap(void)
{
	union bpf_attr create = {
		.map_type = BPF_MAP_TYPE_SOCKMAP, .key_size = 4, .value_size = 4, .max_entries = 1};
	struct bpf_insn pass = {.code = BPF_ALU64 | BPF_MOV | BPF_K, .dst_reg = 0, .imm = SK_PASS};
	int map = bpf(BPF_MAP_CREATE, &create);

	if (map >= 0 && attach(map, BPF_SK_SKB_STREAM_VERDICT, pass) == 0)
		return map;
	return -1;
}

static void sockmap_client(struct run *run)
{
	struct peer peer = dial(run);

	token_await(run->to_client);
	converse_client(&peer);
}

/* A socket of a sockmap says EAGAIN when it was woken for bytes still on their way to its queue. */
static ssize_t by_patient_recv(int fd, void *data, size_t length)
{
	for (int tries = 0; tries < TIMEOUT_MS; tries++) {
		ssize_t moved = recv(fd, data, length, 0);

		if (moved >= 0 || errno != EAGAIN)
			return moved;
		sleep_ms(1);
	}
	return -1;
}

static void sockmap_server(struct run *run)
{
	struct peer peer = answer(run);
	int map = open_sockmap();
	uint32_t key = 0, fd = (uint32_t)peer.fd;
	union bpf_attr update = {.map_fd = (uint32_t)map, .key = (uintptr_t)&key};

	mark(&peer, "sockmap");
	update.value = (uintptr_t)&fd;
	expect(map >= 0 && bpf(BPF_MAP_UPDATE_ELEM, &update) == 0, "sockmap");
	token_send(run->to_client);
	pull(&peer, by_patient_recv, REQUEST, 16381);
	push(&peer, by_send, REPLY, 7001);
	hang_up(&peer);
}

static const char *sockmap_missing(void)
{
	int map = open_sockmap();

	if (map < 0)
		return "no sockmap with programs in this kernel";
	close(map);
	return NULL;
}

const struct test_case layer_cases[] = {
	{"ktls", ktls_client, ktls_server, 0, ktls_missing, 0},
	{"mptcp", mptcp_client, mptcp_server, 0, mptcp_missing, IPPROTO_MPTCP},
	{"sockmap", sockmap_client, sockmap_server, 0, sockmap_missing, 0},
	{0},
};
