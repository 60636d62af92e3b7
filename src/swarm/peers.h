/* SPDX-License-Identifier: MIT */
/* The peer book: who is connected, by which connections, and what they speak. A peer is in it from
 * its first authenticated connection to the end of its last. */
#ifndef GHM_SWARM_PEERS_H
#define GHM_SWARM_PEERS_H

#include "base/list.h"
#include "base/map.h"
#include "crypto/peerid.h"
#include "swarm/identify.h"

#define GHM_PEERS_CONNECTIONS_MAX 2 /* kept per peer: a simultaneous dial makes two */

struct ghm_peer {
    struct ghm_map_node by_id;
    struct ghm_peerid id;
    struct ghm_list connections; /* of struct ghm_connection, oldest first */
    size_t connections_count;
    bool is_identified;
    bool is_protected;        /* its connections are not trimmed */
    struct ghm_buf protocols; /* each with its terminator */
    struct ghm_buf observed;  /* where it sees us: one binary address */
    char agent_version[GHM_IDENTIFY_AGENT_MAX];
};

struct ghm_peers {
    struct ghm_mem *mem;
    struct ghm_map map;
};

void ghm_peers_init(struct ghm_peers *peers, struct ghm_mem *mem, size_t count_max,
                    const uint8_t seed[16]);
void ghm_peers_fini(struct ghm_peers *peers);

struct ghm_peer *ghm_peers_find(const struct ghm_peers *peers, const struct ghm_peerid *id);

/** Find or enter. GHM_ENOMEM; GHM_ELIMIT. */
int ghm_peers_enter(struct ghm_peers *peers, struct ghm_peer **ret_peer,
                    const struct ghm_peerid *id) GHM_MUST_USE;

/** Take a peer without connections out. */
void ghm_peers_leave(struct ghm_peers *peers, struct ghm_peer *peer);

/** Keep what a peer told of itself; what it left out stays as it was. GHM_ENOMEM: nothing changes.
 */
int ghm_peers_identify(struct ghm_peer *peer, const struct ghm_identify *told) GHM_MUST_USE;

bool ghm_peers_speaks(const struct ghm_peer *peer, const char *protocol);

#endif
