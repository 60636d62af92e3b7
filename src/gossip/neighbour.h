/* SPDX-License-Identifier: MIT */
/* A connected peer: its two streams, what waits to be sent to it, what it subscribed to, and how
 * much of its share of this heartbeat it has used. "These streams are treated as unidirectional
 * streams": we write on the one we open and read on the one it opens.
 *
 * Our stream is opened when we know that the peer speaks the protocol, and again when the peer
 * resets it: four times, waiting longer each time; after ten quiet minutes the count starts anew.
 * Each time all our subscriptions are told.
 *
 * Bounds: 256 peers; each holds at most GHM_NEIGHBOUR_MEM_MAX, and all RPCs being gathered 16 MiB.
 *
 * Spec: libp2p/specs pubsub/README.md, Stream management */
#ifndef GHM_GOSSIP_NEIGHBOUR_H
#define GHM_GOSSIP_NEIGHBOUR_H

#include "base/list.h"
#include "base/map.h"
#include "gossip/dontwant.h"
#include "gossip/intake.h"
#include "gossip/score.h"
#include "gossip/sendq.h"
#include "swarm/swarm.h"

#define GHM_NEIGHBOUR_MAX 256
#define GHM_NEIGHBOUR_MEM_MAX (512U << 10)
#define GHM_NEIGHBOUR_REOPENS_MAX 4
#define GHM_NEIGHBOUR_REOPEN_NS (100 * GHM_NS_PER_MS)
#define GHM_NEIGHBOUR_FORGIVE_NS (600 * GHM_NS_PER_S)
#define GHM_NEIGHBOUR_QUEUED_MAX (64U << 10) /* bytes in the stream, above which it waits */

#define GHM_NEIGHBOUR_SPEAKS_MAP(X)                                                                \
    X(GHM_NEIGHBOUR_MUTE, "no pubsub that we know of")                                             \
    X(GHM_NEIGHBOUR_FLOODSUB, "/floodsub/1.0.0")                                                   \
    X(GHM_NEIGHBOUR_MESHSUB_10, "/meshsub/1.0.0")                                                  \
    X(GHM_NEIGHBOUR_MESHSUB_11, "/meshsub/1.1.0")                                                  \
    X(GHM_NEIGHBOUR_MESHSUB_12, "/meshsub/1.2.0")

enum ghm_neighbour_speaks {
#define GHM_NEIGHBOUR_SPEAKS_ENUM(name, text) name,
    GHM_NEIGHBOUR_SPEAKS_MAP(GHM_NEIGHBOUR_SPEAKS_ENUM)
#undef GHM_NEIGHBOUR_SPEAKS_ENUM
};

struct ghm_router;

struct ghm_neighbour {
    struct ghm_map_node by_id;
    struct ghm_list sending; /* in router->sending or ->blocked while something waits */
    struct ghm_list telling; /* in router->graylisted until the owner was told */
    struct ghm_mem mem;
    struct ghm_peerid id;
    uint16_t slot;
    enum ghm_neighbour_speaks speaks;
    bool is_outbound; /* we opened the connection */
    bool is_direct;   /* an agreement was made: direct.h */
    bool is_held_up;  /* its stream has more than there was room for */
    bool is_stuck;    /* its control did not fit, or nobody reads: its stream is to be given up */
    bool is_graylisted;
    bool has_in;
    bool has_out;
    struct ghm_stream in;
    struct ghm_stream out;
    uint32_t reopens;
    uint64_t reopen_ns; /* GHM_NEVER: not now */
    uint64_t lost_ns;   /* when our stream was last lost */
    struct ghm_intake intake;
    struct ghm_sendq sendq;
    struct ghm_map subscriptions;
    struct ghm_score_peer *score;
    struct ghm_dontwant dontwant;
    /* in this heartbeat */
    uint32_t ihaves;
    uint32_t ids_asked;  /* by us */
    uint32_t ids_wanted; /* by the peer */
    uint32_t dontwants;
    uint32_t offers; /* by the peer, with its PRUNE */
    bool asks_too_often;
    bool has_counted_ihave; /* in the RPC being heard */
};

struct ghm_neighbour *ghm_neighbour_find(const struct ghm_router *router,
                                         const struct ghm_peerid *id);

/** Walk all: NULL gives the first, the last gives NULL. */
struct ghm_neighbour *ghm_neighbour_next(const struct ghm_router *router,
                                         const struct ghm_neighbour *neighbour);

double ghm_neighbour_score(const struct ghm_router *router, const struct ghm_neighbour *neighbour);

static inline bool ghm_neighbour_is_meshing(const struct ghm_neighbour *neighbour)
{
    return neighbour->speaks >= GHM_NEIGHBOUR_MESHSUB_10;
}

/* What the swarm says of it; each may be of a peer or stream that is not known. */
void ghm_neighbour_up(struct ghm_router *router, const struct ghm_peerid *id);
void ghm_neighbour_down(struct ghm_router *router, const struct ghm_peerid *id);
void ghm_neighbour_identified(struct ghm_router *router, struct ghm_neighbour *neighbour);
void ghm_neighbour_opened(struct ghm_router *router, struct ghm_neighbour *neighbour,
                          const struct ghm_swarm_event *event);
void ghm_neighbour_read(struct ghm_router *router, struct ghm_neighbour *neighbour,
                        struct ghm_stream stream);

/** Read on where too much waited for its verdict. False: nothing was held up, or too much waits. */
bool ghm_neighbour_resume(struct ghm_router *router);
void ghm_neighbour_finished(struct ghm_router *router, struct ghm_neighbour *neighbour,
                            struct ghm_stream stream);
void ghm_neighbour_closed(struct ghm_router *router, struct ghm_neighbour *neighbour,
                          const struct ghm_swarm_event *event);

/** Reopen its stream when it is time. */
void ghm_neighbour_tick(struct ghm_router *router, struct ghm_neighbour *neighbour);

/* Queue for it. A peer without a stream loses gossip and messages; control is told when the stream
 * opens. */
void ghm_neighbour_say(struct ghm_router *router, struct ghm_neighbour *neighbour,
                       enum ghm_sendq_class class, struct ghm_bytes fragment);
void ghm_neighbour_send(struct ghm_router *router, struct ghm_neighbour *neighbour,
                        struct ghm_parcel *parcel);
void ghm_neighbour_say_graft(struct ghm_router *router, struct ghm_neighbour *neighbour,
                             struct ghm_bytes topic);
void ghm_neighbour_say_prune(struct ghm_router *router, struct ghm_neighbour *neighbour,
                             struct ghm_bytes topic, uint64_t wait_s, struct ghm_bytes offers);
void ghm_neighbour_say_subscription(struct ghm_router *router, struct ghm_neighbour *neighbour,
                                    struct ghm_bytes topic, bool is_subscribed);

/** Move what waits into the streams, as far as they take it. */
void ghm_neighbour_flush_all(struct ghm_router *router);

#endif
