/* SPDX-License-Identifier: MIT */
/* Floodsub and gossipsub 1.0 to 1.2 over a swarm: what one member publishes in a topic reaches all
 * who subscribed to it, and its owner judges every message before it is passed on.
 *
 * Call protocol: the swarm is given ghm_gossip_protocols among its own; every event of the swarm
 * goes to ghm_gossip_on (those of other protocols' streams are ignored); then, and after every
 * other verb here, ghm_gossip_next until it has none, which also moves what waits into the swarm;
 * then the swarm's writers. Call ghm_gossip_next too when bytes were sent. Every MESSAGE is
 * answered by ghm_gossip_validate, at once or later.
 *
 * Bounds: 64 MiB in all (GHM_GOSSIP_MEM_MAX), and those of each part, in its header: 256 peers, 32
 * topics, 128 subscriptions per peer, 256 messages that wait for their verdict, RPCs of 1 MiB in
 * and 64 KiB out.
 *
 * Peers are offered in a PRUNE, and taken from one, as offer.h says; the offers of a swarm without
 * config.record_seq are empty, for nobody is offered who did not sign its record.
 *
 * Spec: libp2p/specs pubsub/README.md; pubsub/gossipsub/gossipsub-v1.0.md, -v1.1.md, -v1.2.md */
#ifndef GHM_GOSSIP_GOSSIP_H
#define GHM_GOSSIP_GOSSIP_H

#include "gossip/message.h"
#include "gossip/params.h"
#include "gossip/score.h"
#include "swarm/swarm.h"

#define GHM_GOSSIP_MEM_MAX (64U << 20)
#define GHM_GOSSIP_DATA_MAX ((64U << 10) - 1024) /* bytes that we publish at once, by default */
#define GHM_GOSSIP_DATA_LIMIT (GHM_MESSAGE_LEN_MAX - 1024) /* the most that can be set */

/** "/meshsub/1.2.0", "/meshsub/1.1.0", "/meshsub/1.0.0", "/floodsub/1.0.0", NULL. */
extern const char *const ghm_gossip_protocols[];

struct ghm_gossip;

struct ghm_gossip_config {
    struct ghm_swarm *swarm;        /* borrowed */
    const struct ghm_key *identity; /* borrowed; signs, when the policy says so */
    struct ghm_log *log;            /* or NULL */
    enum ghm_message_policy policy;
    enum ghm_message_identity message_identity;
    /** The first message gets the number after it. Must not be below any number that this identity
     * has ever used: kubo drops what is not above the last one it saw (kubo#11304). Nanoseconds of
     * the wall clock, or ghm_gossip_seqno of the last run if that is more. */
    uint64_t seqno_start;
    size_t data_bytes_max;                       /* 0: DATA_MAX; at most DATA_LIMIT */
    const struct ghm_params *params;             /* copied; NULL: ghm_params_defaults */
    const struct ghm_score_params *score_params; /* copied; NULL: ghm_score_defaults */
};

/** GHM_EINVAL: STRICT_NO_SIGN with BY_ORIGIN (all messages would have one id: js-gossipsub#151), or
 * parameters that do not hold together; GHM_ENOMEM. */
int ghm_gossip_new(struct ghm_gossip **ret_gossip, struct ghm_mem *mem,
                   const struct ghm_gossip_config *config,
                   struct ghm_entropy *entropy) GHM_MUST_USE;
void ghm_gossip_free(struct ghm_gossip *gossip);

/** Hear what happened in the swarm. */
void ghm_gossip_on(struct ghm_gossip *gossip, const struct ghm_swarm_event *event, uint64_t now_ns);

enum ghm_gossip_event_type {
    GHM_GOSSIP_MESSAGE,    /* new and authentic: to be judged, then perhaps used */
    GHM_GOSSIP_GRAYLISTED, /* `peer` is heard no more until its score recovers: it may be dropped */
};

/** Views are good until the message is validated. */
struct ghm_gossip_event {
    enum ghm_gossip_event_type type;
    uint64_t ticket;         /* for ghm_gossip_validate */
    struct ghm_peerid peer;  /* who brought it */
    struct ghm_bytes author; /* its peer id; absent when not signed */
    struct ghm_bytes topic;
    struct ghm_bytes data;
};

/** Take one event; false when there is none. */
bool ghm_gossip_next(struct ghm_gossip *gossip, struct ghm_gossip_event *ret_event,
                     uint64_t now_ns);

enum ghm_gossip_verdict {
    GHM_GOSSIP_ACCEPT, /* pass it on */
    GHM_GOSSIP_IGNORE, /* do not; nobody is at fault (old, or already known) */
    GHM_GOSSIP_REJECT, /* do not; who brought it is at fault */
};

/** Judge a message; its views are gone then. GHM_OK; GHM_ENOTFOUND: no such ticket; GHM_ENOMEM: it
 * is judged, but some of the peers miss it. */
int ghm_gossip_validate(struct ghm_gossip *gossip, uint64_t ticket, enum ghm_gossip_verdict verdict,
                        uint64_t now_ns) GHM_MUST_USE;

/** Begin or end to receive a topic, of 1 to 256 bytes. Again is accepted. GHM_EINVAL; GHM_ELIMIT
 * past 32 topics. */
int ghm_gossip_subscribe(struct ghm_gossip *gossip, struct ghm_bytes topic,
                         uint64_t now_ns) GHM_MUST_USE;
void ghm_gossip_unsubscribe(struct ghm_gossip *gossip, struct ghm_bytes topic, uint64_t now_ns);

/** Publish, also in a topic that is not subscribed to. It is not told to ourselves. GHM_OK, also
 * when nobody listens, or BY_CONTENT when the same was seen already (nothing is sent then);
 * GHM_EINVAL; GHM_ELIMIT: too large, or too many topics; GHM_ENOMEM. */
int ghm_gossip_publish(struct ghm_gossip *gossip, struct ghm_bytes topic, struct ghm_bytes data,
                       uint64_t now_ns) GHM_MUST_USE;

uint64_t ghm_gossip_deadline(const struct ghm_gossip *gossip);
void ghm_gossip_tick(struct ghm_gossip *gossip, uint64_t now_ns);

/** The last number used; give a later one to the next run. */
uint64_t ghm_gossip_seqno(const struct ghm_gossip *gossip);

/** From now on a topic is judged by numbers of its own instead of score_params->topic; before it is
 * subscribed to or after, and again when it is left and entered anew. GHM_EINVAL: a name of wrong
 * length, or numbers that mean nothing (ghm_score_is_valid); GHM_ELIMIT past 32 topics; GHM_ENOMEM.
 */
int ghm_gossip_topic_params(struct ghm_gossip *gossip, struct ghm_bytes topic,
                            const struct ghm_score_topic_params *params) GHM_MUST_USE;

/** An agreement was made with a peer, at most 32 of whose addresses are `addrs` (direct.h). Again:
 * the addresses are these now. GHM_EINVAL: it is ourselves, or nobody; GHM_ELIMIT past 32;
 * GHM_ENOMEM. */
int ghm_gossip_direct(struct ghm_gossip *gossip, const struct ghm_peerid *peer,
                      const struct ghm_multiaddr *addrs, size_t count,
                      uint64_t now_ns) GHM_MUST_USE;

/** What the owner thinks of a connected peer (P5), until said otherwise. */
void ghm_gossip_rate(struct ghm_gossip *gossip, const struct ghm_peerid *peer, double score);

/** A connected peer's score; 0 for others. */
double ghm_gossip_score(const struct ghm_gossip *gossip, const struct ghm_peerid *peer);

/** Peers that subscribed to a topic of ours, and those of them in its mesh. */
size_t ghm_gossip_subscribers(struct ghm_gossip *gossip, struct ghm_bytes topic);
size_t ghm_gossip_mesh_size(struct ghm_gossip *gossip, struct ghm_bytes topic);
bool ghm_gossip_in_mesh(struct ghm_gossip *gossip, struct ghm_bytes topic,
                        const struct ghm_peerid *peer);

/** Would what we publish now in a topic of ours go to a peer at once? */
bool ghm_gossip_reaches(struct ghm_gossip *gossip, struct ghm_bytes topic,
                        const struct ghm_peerid *peer);

struct ghm_gossip_counts {
    uint64_t published;
    uint64_t received;     /* copies included */
    uint64_t copies;       /* of messages that were seen */
    uint64_t replays;      /* not above their author's floor */
    uint64_t forged;       /* wrong shape or signature */
    uint64_t unheard;      /* found no room to wait for a verdict, or no memory */
    uint64_t forwarded;    /* to how many peers, own ones included */
    uint64_t asked;        /* ids in our IWANT */
    uint64_t answered;     /* messages for IWANT */
    uint64_t spared;       /* not sent because of IDONTWANT */
    uint64_t malformed;    /* RPCs */
    uint64_t early_grafts; /* within the back-off */
    uint64_t broken_promises;
    uint64_t refused_subscriptions;
    uint64_t offered;        /* peers, with our PRUNE */
    uint64_t offers_taken;   /* that we reached for */
    uint64_t offers_refused; /* of peers of no standing, unproven, forged, or past a bound */
    uint64_t lost; /* gossip and messages that slow peers missed, of peers that are gone */
};
const struct ghm_gossip_counts *ghm_gossip_counts(const struct ghm_gossip *gossip);

#endif
