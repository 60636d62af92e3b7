/* SPDX-License-Identifier: MIT */
/* One request to GitHub under way, and everyone who waits for it. */
#ifndef GHM_NODE_FLIGHT_H
#define GHM_NODE_FLIGHT_H

#include "base/list.h"
#include "base/map.h"
#include "node/node.h"

#define GHM_FLIGHT_OFFERS_MAX 4 /* tags sent at once */
#define GHM_FLIGHT_ETAG_MAX 512 /* bytes of one */

#define GHM_FLIGHT_STATE_MAP(X)                                                                    \
    X(GHM_FLIGHT_READY, "to be sent")                                                              \
    X(GHM_FLIGHT_SENT, "GitHub was asked")                                                         \
    X(GHM_FLIGHT_PAUSED, "waits before the next try, or for another identity's")

enum ghm_flight_state {
#define GHM_FLIGHT_STATE_ENUM(name, text) name,
    GHM_FLIGHT_STATE_MAP(GHM_FLIGHT_STATE_ENUM)
#undef GHM_FLIGHT_STATE_ENUM
};

/** Someone who waits: first in a flight, then in the node's list of answers to give, so that an
 * answer never fails for want of memory to give it with. */
struct ghm_flight_waiter {
    struct ghm_list node;
    struct ghm_mem *mem;
    uint64_t id;
    struct ghm_freshness_bound bound;
    uint64_t deadline_ns; /* its own, whoever else waits */
    int error;
    struct ghm_answer *answer; /* owned */
};

/** A body whose tag is sent: a 304 that names it says that this body is right, and no other. */
struct ghm_flight_offer {
    uint8_t slot[GHM_VARIANT_ID_LEN]; /* the entry that has it, of whichever identity */
    uint8_t body_sha256[32];
    bool is_empty_list; /* nobody has it: it is "[]" */
    size_t etag_at;     /* its tag, in the flight's list */
    size_t etag_len;
};

struct ghm_flight {
    struct ghm_map_node by_slot; /* what is wanted by whom; not for a bypass */
    struct ghm_map_node by_id;
    struct ghm_map_node by_variant; /* of a lead */
    struct ghm_list ready; /* in the node's list of flights to send, or among a lead's followers */
    struct ghm_list followers; /* of other identities */
    struct ghm_mem *mem;
    uint64_t id;
    uint8_t id_key[8];
    uint8_t slot[GHM_VARIANT_ID_LEN];
    struct ghm_variant variant;
    struct ghm_identity identity;
    bool is_bypass;
    bool is_lead;
    bool is_passed_by;   /* a write came by: nobody joins any more, and nothing is kept of it */
    uint64_t generation; /* of what it reads, when the last try took off */
    enum ghm_flight_state state;
    unsigned tries;             /* sent so far */
    bool is_conditional;        /* the last try had validators */
    bool is_unconditional_only; /* a 304 could not be used: the next try has none */
    bool is_single_only;        /* a 304 did not say which of several: the next try has one */
    uint64_t deadline_ns;       /* of the whole flight: the last of its waiters' */
    uint64_t due_ns;            /* the first of its waiters' */
    uint64_t resume_ns;         /* of a pause */
    uint64_t timeout_ms;        /* of the try to be sent */
    struct ghm_buf url;         /* terminated */
    struct ghm_buf body;        /* of a POST that only reads; else empty */
    struct ghm_buf headers;     /* as the caller wants them; holds the token: wiped */
    struct ghm_buf sending;     /* those and the validators: wiped */
    struct ghm_buf etags;       /* what is sent as If-None-Match */
    size_t offers_count;
    struct ghm_flight_offer offers[GHM_FLIGHT_OFFERS_MAX];
    struct ghm_list waiters;
};

/** The name of its variant. */
struct ghm_bytes ghm_flight_name(const struct ghm_flight *flight);

/** What GitHub charges it to: "core", "search" ... */
const char *ghm_flight_resource(const struct ghm_flight *flight);

/** Make a flight for an ask. GHM_ELIMIT; GHM_ENOMEM. */
int ghm_flight_new(struct ghm_flight **ret_flight, struct ghm_mem *mem,
                   const struct ghm_node_config *config, const struct ghm_node_ask *ask,
                   const struct ghm_variant *variant) GHM_MUST_USE;

/** Wipe the token and give the memory back; the waiters must be gone. */
void ghm_flight_free(struct ghm_flight *flight);

/** GHM_ENOMEM. */
int ghm_flight_waiter_new(struct ghm_flight_waiter **ret_waiter, struct ghm_mem *mem,
                          const struct ghm_node_ask *ask, uint64_t now_ns) GHM_MUST_USE;

/** Wait for the flight, which lasts as long as the most patient of its waiters. */
void ghm_flight_join(struct ghm_flight *flight, struct ghm_flight_waiter *waiter);

/** Free it, out of whatever list it is in, and the answer it may still hold. */
void ghm_flight_waiter_free(struct ghm_flight_waiter *waiter);

/** Take the first waiter out of the flight; NULL when there is none. */
struct ghm_flight_waiter *ghm_flight_leave(struct ghm_flight *flight);

/** Take a waiter out whose own time is over; NULL when there is none (any more). */
struct ghm_flight_waiter *ghm_flight_leave_late(struct ghm_flight *flight, uint64_t now_ns);

/** The headers of the request that GitHub's tags depend on, "Name: value\n" each. They hold the
 * token. */
struct ghm_bytes ghm_flight_asked(const struct ghm_flight *flight);

/** Forget all offers: the next try has no condition. */
void ghm_flight_offer_none(struct ghm_flight *flight);

/** Send the tag of one more body; copied. One whose tag is among them is passed over. GHM_OK;
 * GHM_ELIMIT past GHM_FLIGHT_OFFERS_MAX, for a tag longer than GHM_FLIGHT_ETAG_MAX or empty, and
 * for a second that cannot be in a list; GHM_ENOMEM. */
int ghm_flight_offer(struct ghm_flight *flight, const struct ghm_flight_offer *offer,
                     struct ghm_bytes etag) GHM_MUST_USE;

struct ghm_bytes ghm_flight_offer_etag(const struct ghm_flight *flight,
                                       const struct ghm_flight_offer *offer);

/** Compose what is sent: the caller's headers, with the tags that are offered. GHM_ELIMIT;
 * GHM_ENOMEM. */
int ghm_flight_compose(struct ghm_flight *flight) GHM_MUST_USE;

#endif
