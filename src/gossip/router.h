/* SPDX-License-Identifier: MIT */
/* The router: all state of this room in one place, and the way of a message through it.
 *
 *     received -> shaped as the policy asks? -> new? -> no replay? -> signed? -> PENDING
 *     PENDING --accept--> in the cache, to the mesh    --ignore--> gone    --reject--> P4 for all
 *                                                                              who brought it
 *
 * Bounds: GHM_ROUTER_MEM_MAX for everything; of it 32 MiB of messages and 16 MiB of RPCs being
 * gathered; and those of each part, in its header. */
#ifndef GHM_GOSSIP_ROUTER_H
#define GHM_GOSSIP_ROUTER_H

#include "gossip/author.h"
#include "gossip/backoff.h"
#include "gossip/direct.h"
#include "gossip/gossip.h"
#include "gossip/mcache.h"
#include "gossip/neighbour.h"
#include "gossip/offer.h"
#include "gossip/pending.h"
#include "gossip/promise.h"
#include "gossip/seen.h"
#include "gossip/topic.h"
#include "gossip/weight.h"

#define GHM_ROUTER_MEM_MAX GHM_GOSSIP_MEM_MAX
#define GHM_ROUTER_PARCELS_MAX (32U << 20)
#define GHM_ROUTER_INTAKE_MAX (16U << 20)
#define GHM_ROUTER_RETRY_NS (20 * GHM_NS_PER_MS) /* for streams that took no more */

struct ghm_router {
    struct ghm_mem mem;
    struct ghm_mem parcels_mem;
    struct ghm_mem intake_mem;
    struct ghm_swarm *swarm;
    const struct ghm_key *key; /* NULL: nothing is signed */
    struct ghm_peerid self;
    enum ghm_message_policy policy;
    enum ghm_message_identity identity;
    size_t data_bytes_max;
    uint64_t seqno; /* the last one used */
    struct ghm_params params;
    struct ghm_score_params score_params;
    struct ghm_entropy entropy;
    struct ghm_log *log;
    uint8_t seed[16];
    uint64_t now_ns;
    uint64_t beat;    /* heartbeats so far */
    uint64_t beat_ns; /* the next; GHM_NEVER: nothing to do then */
    struct ghm_map neighbours;
    struct ghm_neighbour *slots[GHM_NEIGHBOUR_MAX];
    struct ghm_list sending;
    struct ghm_list blocked;
    struct ghm_list graylisted; /* neighbours that the owner is to be told of */
    bool has_held_up;           /* some neighbour */
    uint64_t retry_ns;
    struct ghm_topic topics[GHM_TOPIC_MAX];
    struct ghm_seen seen;
    struct ghm_author_book authors;
    struct ghm_mcache mcache;
    struct ghm_pending pending;
    struct ghm_score_book scores;
    struct ghm_backoff backoff;
    struct ghm_promise_book promises;
    struct ghm_offer_book offers;
    struct ghm_direct_book directs;
    struct ghm_weight_book weights;
    struct ghm_gossip_counts counts;
    struct ghm_buf out;     /* an RPC being packed; also a message being made */
    struct ghm_buf scratch; /* beside it; also what is signed */
    struct ghm_buf body;    /* a control field being made */
    struct ghm_buf fragment;
};

/** What the owner of this room holds. */
struct ghm_gossip {
    struct ghm_mem *owner;
    struct ghm_router router;
};

/** A whole RPC of a peer. `is_ignored`: only its subscriptions count. GHM_EPROTO: malformed. */
int ghm_router_hear(struct ghm_router *router, struct ghm_neighbour *neighbour,
                    struct ghm_bytes rpc, bool is_ignored) GHM_MUST_USE;

/** A message that a peer sent. */
void ghm_router_receive(struct ghm_router *router, struct ghm_neighbour *neighbour,
                        struct ghm_bytes raw);

/** As ghm_gossip_publish and ghm_gossip_validate. */
int ghm_router_publish(struct ghm_router *router, struct ghm_bytes topic,
                       struct ghm_bytes data) GHM_MUST_USE;
int ghm_router_judge(struct ghm_router *router, uint64_t ticket,
                     enum ghm_gossip_verdict verdict) GHM_MUST_USE;

/** As ghm_gossip_reaches. */
bool ghm_router_reaches(struct ghm_router *router, struct ghm_bytes topic,
                        const struct ghm_peerid *peer);

/** Forget what the seen cache has kept long enough. */
void ghm_router_expire(struct ghm_router *router);

#endif
