/* SPDX-License-Identifier: MIT */
/* A kind of host: a swarm with gossip on it, in one topic. It accepts what its world really
 * published, counts how often it was given each message, and dials its bootstrap peers for ever. */
#ifndef GHM_SIM_PEER_H
#define GHM_SIM_PEER_H

#include "net.h"

#include "gossip/gossip.h"

#define PEER_TOPIC "/sim/topic/1"
#define PEER_BOOTSTRAP_MAX 16
#define PEER_MEM_MAX (32U << 20) /* what a peer of our scenarios may ever hold */

struct sim;

struct peer {
    struct sim *sim;
    uint32_t host;
    struct ghm_mem mem;
    struct ghm_key key;
    struct ghm_peerid id;
    struct ghm_entropy entropy;
    struct ghm_swarm *swarm; /* NULL: it is down */
    struct ghm_gossip *gossip;
    uint64_t seqno;    /* the last run's: it is persisted */
    uint64_t since_ns; /* up since */
    uint64_t down_ns;  /* when it last went */
    uint32_t bootstrap[PEER_BOOTSTRAP_MAX];
    uint32_t bootstrap_count;
    uint8_t *got;                    /* of each message, how often */
    struct ghm_gossip_counts before; /* of former runs */
    uint64_t graylisted;             /* peers that it would hear no more */
    size_t peak_bytes;
};

extern const struct net_kind peer_kind;

/** Make a peer that is down. */
void peer_init(struct peer *peer, struct sim *sim, uint32_t host, uint32_t messages_max);
void peer_fini(struct peer *peer);

/** It runs from now on, with its key and the number that it persisted; or ends (net_down). */
void peer_start(struct peer *peer);
void peer_stop(struct peer *peer, bool is_told);

/** Publish bytes in the topic. */
void peer_publish(struct peer *peer, struct ghm_bytes data);

/** Over all its runs. */
struct ghm_gossip_counts peer_counts(const struct peer *peer);

#endif
