// SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
/* First payload bytes of TCP connections, DNS answers, and bytes sent without TCP.
 *
 * Hooks:   cgroup_skb ingress and egress on the root cgroup v2: each packet of each socket; they
 *          always let it pass
 * Needs:   a backend's object loaded before: ring, counters and socket states are its maps;
 *          CAP_NET_ADMIN beside the backend's capabilities; cgroup v2 mounted
 * Trust:   packets are a peer's words; nothing of them is used as a length without a bound
 * Full:    a head that the ring refuses ends there and counts in lost[HEAD]; an answer in
 *          lost[DNS]; the table of heads that met a listener forgets the oldest
 */
#include "store.h"
#include "packet.h"

static __always_inline struct socket_state *state_of_packet(struct bpf_sock *sk)
{
	return state_of((struct sock *)sk);
}

#include "first_bytes.h"
