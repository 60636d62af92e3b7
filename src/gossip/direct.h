/* SPDX-License-Identifier: MIT */
/* Direct peers: those with whom an agreement was made outside. Each is reconnected whenever it is
 * gone, always heard, sent every message of a topic that it subscribed to, and never in a mesh. The
 * other side must have agreed too, or else it takes us for one that never grafts.
 *
 * Bounds: 32 peers, each with 32 addresses; one try in 10 s each.
 *
 * Spec: gossipsub-v1.1.md, Explicit Peering Agreements */
#ifndef GHM_GOSSIP_DIRECT_H
#define GHM_GOSSIP_DIRECT_H

#include "base/list.h"
#include "gossip/neighbour.h"

#define GHM_DIRECT_MAX 32
#define GHM_DIRECT_ADDRS_MAX 32
#define GHM_DIRECT_AGAIN_NS (10 * GHM_NS_PER_S)
#define GHM_DIRECT_LOST_NS GHM_NS_PER_S /* after it was lost */

struct ghm_direct_book {
    struct ghm_list all;
    size_t count;
};

void ghm_direct_init(struct ghm_direct_book *book);
void ghm_direct_fini(struct ghm_router *router);

/** As ghm_gossip_direct. */
int ghm_direct_add(struct ghm_router *router, const struct ghm_peerid *peer,
                   const struct ghm_multiaddr *addrs, size_t count) GHM_MUST_USE;

/* A peer is connected, or gone; others than direct ones are ignored. */
void ghm_direct_up(struct ghm_router *router, struct ghm_neighbour *neighbour);
void ghm_direct_down(struct ghm_router *router, const struct ghm_peerid *peer);

uint64_t ghm_direct_deadline(const struct ghm_router *router);
void ghm_direct_tick(struct ghm_router *router);

#endif
