/* SPDX-License-Identifier: MIT */
/* A kind of host: a swarm with gossip on it, in one topic. It accepts what its world really
 * published, remembers which messages it was given, and dials its bootstrap peers for ever. */
#ifndef GHM_SIM_PEER_H
#define GHM_SIM_PEER_H

#include "net.h"

#include "gossip/gossip.h"

#define PEER_TOPIC "/sim/topic/1"
/* A peer forgets what it has seen when it ends; once in a run is what gossip promises. */
#define PEER_GOT 1     /* ever */
#define PEER_GOT_NOW 2 /* in this run */
#define PEER_BOOTSTRAP_MAX 16
#define PEER_MEM_MAX (512U << 20)    /* of its budget */
#define PEER_MEM_EXPECTED (8U << 20) /* what one of our scenarios makes it hold, at most */

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
    uint64_t stays_ns; /* churn leaves it alone until then */
    uint32_t bootstrap[PEER_BOOTSTRAP_MAX];
    uint32_t bootstrap_count;
    uint8_t *got;                    /* of each message, PEER_GOT* */
    struct ghm_gossip_counts before; /* of former runs */
    uint64_t graylisted;             /* peers that it would hear no more */
    size_t peak_bytes;
};

extern const struct net_kind peer_kind;

/** Make a peer that is down. */
void peer_init(struct peer *peer, struct sim *sim, uint32_t host);
void peer_fini(struct peer *peer);

/** It runs from now on, with its key and the number that it persisted; or ends (net_down). */
void peer_start(struct peer *peer);
void peer_stop(struct peer *peer, bool is_told);

/** Dial the bootstrap peers now, once more than the swarm does by itself. */
void peer_redial(struct peer *peer);

/** Publish bytes in the topic. */
void peer_publish(struct peer *peer, struct ghm_bytes data);

/** Is another one connected and identified? */
bool peer_knows(const struct peer *peer, const struct peer *other);

/** Over all its runs: what was counted, and the most bytes ever held. */
struct ghm_gossip_counts peer_counts(const struct peer *peer);
size_t peer_peak(const struct peer *peer);

struct ghm_gossip_counts peer_add(struct ghm_gossip_counts a, const struct ghm_gossip_counts *b);

#endif
