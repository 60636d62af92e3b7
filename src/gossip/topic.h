/* SPDX-License-Identifier: MIT */
/* Topics: which peers subscribed to what, and for our own topics the mesh and the fanout.
 *
 * A peer's subscriptions are its own, paid from its own budget, whether or not the topic interests
 * us: one peer's thousand topics take no place from another's. A topic of ours has a slot and lists
 * the subscriptions to it.
 *
 * Bounds: 32 topics of ours (subscribed to, or published in a minute ago), 128 subscriptions per
 * peer, 256 bytes per name.
 *
 * Spec: gossipsub-v1.0.md, Peering State, Topic Membership */
#ifndef GHM_GOSSIP_TOPIC_H
#define GHM_GOSSIP_TOPIC_H

#include "base/list.h"
#include "gossip/message.h"
#include "gossip/neighbour.h"
#include "gossip/score.h"

#define GHM_TOPIC_MAX GHM_SCORE_TOPICS_MAX
#define GHM_TOPIC_SUBSCRIPTIONS_MAX 128

struct ghm_router;

/** One peer's subscription to one topic. */
struct ghm_subscription {
    struct ghm_map_node by_name; /* in neighbour->subscriptions */
    struct ghm_list of_topic;    /* in topic->subscribers, when it is ours */
    struct ghm_neighbour *neighbour;
    struct ghm_topic *topic; /* NULL when it is not ours */
    bool in_mesh;
    bool in_fanout;
    size_t name_len;
    uint8_t name[];
};

/** A topic of ours; its place in the router's array is its slot. */
struct ghm_topic {
    bool is_used;
    bool is_subscribed;
    uint64_t fanout_until_ns;    /* 0: there is no fanout */
    struct ghm_list subscribers; /* of struct ghm_subscription */
    size_t mesh_count;
    size_t name_len;
    uint8_t name[GHM_MESSAGE_TOPIC_MAX];
};

static inline struct ghm_bytes ghm_topic_name(const struct ghm_topic *topic)
{
    return ghm_bytes(topic->name, topic->name_len);
}

size_t ghm_topic_slot(const struct ghm_router *router, const struct ghm_topic *topic);

/** NULL when it is none of ours. */
struct ghm_topic *ghm_topic_find(struct ghm_router *router, struct ghm_bytes name);

/** Find or make it ours. GHM_EINVAL: no or too long a name; GHM_ELIMIT. */
int ghm_topic_enter(struct ghm_router *router, struct ghm_topic **ret_topic,
                    struct ghm_bytes name) GHM_MUST_USE;

/** Give its slot back when it is neither subscribed to nor has a fanout. */
void ghm_topic_release(struct ghm_router *router, struct ghm_topic *topic);

/** Walk its subscriptions: NULL gives the first, the last gives NULL. */
struct ghm_subscription *ghm_topic_next(const struct ghm_topic *topic,
                                        const struct ghm_subscription *subscription);

/* ---- what peers subscribe to ---- */

/** A peer's subscription to `name`, or NULL. */
struct ghm_subscription *ghm_topic_of_peer(const struct ghm_neighbour *neighbour,
                                           struct ghm_bytes name);

/** Again is accepted. GHM_ELIMIT: a bound, or a name of wrong length; GHM_ENOMEM. */
int ghm_topic_peer_joins(struct ghm_router *router, struct ghm_neighbour *neighbour,
                         struct ghm_bytes name) GHM_MUST_USE;
void ghm_topic_peer_leaves(struct ghm_router *router, struct ghm_neighbour *neighbour,
                           struct ghm_bytes name);

/** The peer is gone: so are all its subscriptions. */
void ghm_topic_peer_ends(struct ghm_router *router, struct ghm_neighbour *neighbour);

/* ---- the mesh ---- */

/** Take a peer into the mesh, or out of it. Nothing is sent; again is accepted. */
void ghm_topic_graft(struct ghm_router *router, struct ghm_subscription *subscription);
void ghm_topic_prune(struct ghm_router *router, struct ghm_subscription *subscription);

/** May we graft it now? Not in the mesh, not direct, speaks gossipsub, a score of 0 or more, no
 * back-off. */
bool ghm_topic_may_graft(const struct ghm_router *router,
                         const struct ghm_subscription *subscription);

/** Graft it and say so. */
void ghm_topic_invite(struct ghm_router *router, struct ghm_subscription *subscription);

/** Is a peer that is pruned told of others? */
enum ghm_topic_offers {
    GHM_TOPIC_OFFERS_NOBODY,
    GHM_TOPIC_OFFERS_OTHERS, /* it goes for want of room, or because we leave */
};

/** Take it out, say so with the back-off `wait_s`, and keep that back-off ourselves. */
void ghm_topic_dismiss(struct ghm_router *router, struct ghm_subscription *subscription,
                       uint64_t wait_s, enum ghm_topic_offers offers);

/** Say PRUNE, and perhaps who else there is. */
void ghm_topic_say_prune(struct ghm_router *router, struct ghm_neighbour *neighbour,
                         struct ghm_bytes name, uint64_t wait_s, enum ghm_topic_offers offers);

/** Subscriptions in random order. */
struct ghm_topic_choice {
    size_t count;
    struct ghm_subscription *items[GHM_NEIGHBOUR_MAX];
};
void ghm_topic_shuffle(struct ghm_router *router, struct ghm_topic_choice *choice);

/** All that we may graft now, in random order. */
void ghm_topic_candidates(struct ghm_router *router, struct ghm_topic_choice *ret_choice,
                          const struct ghm_topic *topic);

#endif
