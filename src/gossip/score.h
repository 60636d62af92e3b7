/* SPDX-License-Identifier: MIT */
/* What we think of each peer, from what it did: seven parameters, weighted and summed. Counters
 * decay, a bad name outlives the connection, a good one does not.
 *
 *     P1 time in the mesh       P3  too few deliveries in the mesh    P5 what the owner says
 *     P2 first deliveries       P3b the same, kept at a prune         P6 peers at one address
 *                               P4  invalid messages                  P7 misbehaviour
 *
 * Bounds: one record per connected peer and 512 of gone ones (of more, the one to be forgotten
 * first is), each with one tally per topic slot.
 *
 * Spec: gossipsub-v1.1.md, Peer Scoring */
#ifndef GHM_GOSSIP_SCORE_H
#define GHM_GOSSIP_SCORE_H

#include "base/deadline.h"
#include "base/list.h"
#include "base/map.h"
#include "crypto/peerid.h"

#define GHM_SCORE_TOPICS_MAX 32 /* slots */
#define GHM_SCORE_GONE_MAX 512
#define GHM_SCORE_PEERS_MAX 256 /* connected */
#define GHM_SCORE_IP_MAX 46     /* characters, with the terminator */

/** Of one topic; a weight of 0 turns its parameter off. Decays are factors per heartbeat. */
struct ghm_score_topic_params {
    double weight;                 /* of all of the topic's parameters */
    double mesh_time_weight;       /* P1 */
    double mesh_time_max;          /* points */
    uint64_t mesh_time_quantum_ns; /* in the mesh, for one point */
    double first_weight;           /* P2 */
    double first_decay, first_max;
    double mesh_weight; /* P3, negative: the square of the deficit */
    double mesh_decay, mesh_max, mesh_threshold;
    uint64_t mesh_activation_ns; /* in the mesh, before P3 counts */
    uint64_t mesh_window_ns;     /* after the verdict, in which a copy still counts */
    double failure_weight;       /* P3b, negative */
    double failure_decay;
    double invalid_weight; /* P4, negative: the square of the count */
    double invalid_decay;
};

struct ghm_score_params {
    struct ghm_score_topic_params topic; /* of all topics that have none of their own */
    double topics_max;                   /* cap of what topics give; 0: none */
    double app_weight;                   /* P5 */
    double place_weight;                 /* P6, negative: the square of the surplus */
    uint32_t place_threshold;            /* peers at one address that are no reason for suspicion */
    double behaviour_weight;             /* P7, negative: the square of the excess */
    double behaviour_threshold;
    double behaviour_decay;
    double zero;        /* a counter below this is 0 */
    uint64_t retain_ns; /* for which a bad name outlives the connection */
    /* thresholds, each at most the one before */
    double gossip_threshold;   /* below: no gossip from or to it */
    double publish_threshold;  /* below: our own messages do not go to it */
    double graylist_threshold; /* below: nothing it says is read */
    double graft_threshold;    /* a mesh whose median is below looks for better peers; at least 0 */
    double offer_threshold;    /* below: the peers that it offers with a PRUNE are passed over; at
                                * least 0 */
};

/** Our own defaults: five invalid messages, or eight misbehaviours, and a peer is graylisted; it is
 * heard again after a few minutes. Offers are taken of peers that have earned it or whom the owner
 * rates so. Deliveries in the mesh (P3) are off: announcements are too rare
 * to demand a rate. 32 peers may share one address: offices behind NAT do. */
extern const struct ghm_score_params ghm_score_defaults;

struct ghm_score_tally {
    bool in_mesh;
    bool is_active; /* P3 counts */
    uint64_t grafted_ns;
    uint64_t mesh_time_ns;
    double first, mesh, failure, invalid;
};

struct ghm_score_peer {
    struct ghm_map_node by_id;
    struct ghm_list gone; /* in book->gone when it is not connected */
    struct ghm_peerid id;
    bool is_connected;
    uint64_t forget_ns; /* when it is not */
    double behaviour;
    double app;
    char ip[GHM_SCORE_IP_MAX]; /* "": unknown */
    uint32_t place_peers;      /* connected ones at the same address, itself included */
    struct ghm_score_tally tallies[GHM_SCORE_TOPICS_MAX];
};

struct ghm_score_book {
    struct ghm_mem *mem;
    const struct ghm_score_params *params;
    const struct ghm_score_topic_params *topics[GHM_SCORE_TOPICS_MAX]; /* by slot */
    struct ghm_map map;
    struct ghm_list gone; /* first to be forgotten first */
    size_t gone_count;
};

/** `params` is borrowed. */
void ghm_score_init(struct ghm_score_book *book, struct ghm_mem *mem,
                    const struct ghm_score_params *params, const uint8_t seed[16]);
void ghm_score_fini(struct ghm_score_book *book);

/** A peer is connected: find what we remember of it, or begin. GHM_ENOMEM; GHM_ELIMIT. */
int ghm_score_enter(struct ghm_score_book *book, struct ghm_score_peer **ret_peer,
                    const struct ghm_peerid *id) GHM_MUST_USE;

/** It is gone: it leaves every mesh; a good name is forgotten, a bad one kept for a while. */
void ghm_score_leave(struct ghm_score_book *book, struct ghm_score_peer *peer, uint64_t now_ns);

/** Where it is connected from, an address in text; cut when too long. Loopback is never held
 * against anyone. */
void ghm_score_place(struct ghm_score_book *book, struct ghm_score_peer *peer, const char *ip);

/* What it did. `topic` is a slot. */
void ghm_score_graft(struct ghm_score_peer *peer, size_t topic, uint64_t now_ns);
void ghm_score_prune(const struct ghm_score_book *book, struct ghm_score_peer *peer, size_t topic);
void ghm_score_first(const struct ghm_score_book *book, struct ghm_score_peer *peer, size_t topic);
/** It brought a copy; `since_ns` is the time since the verdict, 0 while there is none. */
void ghm_score_copy(const struct ghm_score_book *book, struct ghm_score_peer *peer, size_t topic,
                    uint64_t since_ns);
void ghm_score_invalid(struct ghm_score_peer *peer, size_t topic);
void ghm_score_penalty(struct ghm_score_peer *peer, double count);

/** A topic's slot is given to another topic, which is judged by `params->topic`. */
void ghm_score_clear_topic(struct ghm_score_book *book, size_t topic);

/** A topic is judged by numbers of its own from now on, borrowed; what was counted before too. */
void ghm_score_set_topic(struct ghm_score_book *book, size_t topic,
                         const struct ghm_score_topic_params *params);

/** Are they numbers that mean something? Rewards and their caps are at least 0, penalties at most
 * 0, decays from 0 to 1. */
bool ghm_score_is_valid(const struct ghm_score_topic_params *params);

/** A heartbeat: counters decay, times pass, gone peers are forgotten. */
void ghm_score_decay(struct ghm_score_book *book, uint64_t now_ns);

double ghm_score_of(const struct ghm_score_book *book, const struct ghm_score_peer *peer);

#endif
