/* SPDX-License-Identifier: MIT */
/* The last messages, by the heartbeat in which they came: the newest windows are gossiped about
 * (IHAVE), all are answered from (IWANT), and a message is given to one peer only so many times.
 *
 * Bounds: 4096 messages and 16 MiB of them; of more, the oldest goes.
 *
 * Spec: gossipsub-v1.0.md, Message Cache; gossipsub-v1.1.md, Spam Protection Measures */
#ifndef GHM_GOSSIP_MCACHE_H
#define GHM_GOSSIP_MCACHE_H

#include "base/list.h"
#include "base/map.h"
#include "gossip/parcel.h"

#define GHM_MCACHE_WINDOWS 5 /* heartbeats for which a message can be asked for */
#define GHM_MCACHE_GOSSIP 3  /* of them, those we gossip about */
#define GHM_MCACHE_COUNT_MAX 4096
#define GHM_MCACHE_BYTES_MAX (16U << 20)
#define GHM_MCACHE_PEERS_MAX 256 /* slots of peers */
#define GHM_MCACHE_GIVEN_MAX 3   /* times that one peer gets one message */

struct ghm_mcache {
    struct ghm_mem *mem;
    struct ghm_map map;
    struct ghm_list windows[GHM_MCACHE_WINDOWS]; /* newest first, in each the oldest first */
    size_t bytes;
};

void ghm_mcache_init(struct ghm_mcache *mcache, struct ghm_mem *mem, const uint8_t seed[16]);
void ghm_mcache_fini(struct ghm_mcache *mcache);

/** Keep a message, which it then holds too. One that is in it already is left alone. GHM_ENOMEM. */
int ghm_mcache_put(struct ghm_mcache *mcache, struct ghm_parcel *parcel) GHM_MUST_USE;

/**
 * Give a message to the peer of slot `peer`, and count that.
 *
 * @param ret_parcel borrowed
 * @return GHM_OK; GHM_ENOTFOUND; GHM_ERATE: it had it GIVEN_MAX times; GHM_ENOMEM
 */
int ghm_mcache_give(struct ghm_mcache *mcache, struct ghm_parcel **ret_parcel, struct ghm_bytes id,
                    size_t peer) GHM_MUST_USE;

/** The slot's peer is gone; the next one there starts anew. */
void ghm_mcache_forget_peer(struct ghm_mcache *mcache, size_t peer);

/** Walk what is to be gossiped about, newest window first; NULL at the end. */
struct ghm_mcache_walk {
    size_t window;
    const struct ghm_list *node;
};
void ghm_mcache_walk_init(struct ghm_mcache_walk *walk, const struct ghm_mcache *mcache);
const struct ghm_parcel *ghm_mcache_walk_next(struct ghm_mcache_walk *walk,
                                              const struct ghm_mcache *mcache);

/** A heartbeat: the oldest window goes. */
void ghm_mcache_shift(struct ghm_mcache *mcache);

bool ghm_mcache_is_empty(const struct ghm_mcache *mcache);

#endif
