/* SPDX-License-Identifier: MIT */
/* Our partner (PARTNER.md), in four parts: partner.c reads orders and prints answers, orders.c does
 * those about connections, talks.c speaks the protocols of the tests on both sides, topics.c is the
 * gossip. One order is under way at a time; a part that does one calls partner_answer or
 * partner_fail when it is done, at once or later. */
#ifndef INTEROP_PARTNER_H
#define INTEROP_PARTNER_H

#include "gossip/gossip.h"
#include "io/lone.h"

#include <jansson.h>

#define PARTNER_CONNECTIONS_MAX 1024
#define PARTNER_TALKS_MAX 1024
#define PARTNER_TOPICS_MAX 8
#define PARTNER_MESSAGES_MAX 65536 /* numbers of one topic */

struct partner;

/** What may be ordered. Functions that are NULL have nothing to do. */
struct order {
    const char *name;
    void (*begin)(struct partner *partner);
    /** Each turn, until it is answered. */
    void (*look)(struct partner *partner);
    void (*heard)(struct partner *partner, const struct ghm_swarm_event *event);
};

/** A stream of another's of a protocol of the tests. */
struct talk {
    bool is_used;
    struct ghm_stream stream;
    const char *protocol;
    uint64_t bytes; /* read, or written when the answer follows the end */
    bool is_finished;
    bool is_answered;
};

/** The stream that an order opened. */
struct errand {
    struct ghm_stream stream;
    const char *protocol; /* NULL: none */
    uint64_t bytes;       /* to be sent */
    uint64_t sent;
    uint64_t received;
    bool is_ended; /* all is sent, our half is closed */
    bool is_wrong; /* what came back is not what was sent */
    bool is_finished;
    bool is_closed;
    int error; /* when it is closed */
};

struct topic {
    char name[GHM_MESSAGE_TOPIC_MAX + 1];
    uint8_t *times; /* that each number was delivered, at most 255 */
    uint64_t distinct, copies, wrong;
    double *latencies_us; /* since they were last asked for */
    size_t latencies_count;
};

struct partner {
    struct ghm_lone lone;
    struct ghm_gossip *gossip;
    uv_pipe_t input;
    struct ghm_buf lines;
    const struct order *order; /* under way, or NULL */
    json_t *asked;
    uint64_t began_ns;
    struct ghm_peerid peers[PARTNER_CONNECTIONS_MAX]; /* connected */
    size_t peers_count;
    /* of the order that is under way */
    struct ghm_peerid peer;
    uint32_t connection;
    json_t *us;
    long left;
    struct errand errand;
    /* of the protocols */
    struct talk talks[PARTNER_TALKS_MAX];
    size_t talks_end; /* none behind it was ever used */
    uint64_t resets;  /* heard and not yet told */
    struct topic topics[PARTNER_TOPICS_MAX];
    size_t topics_count;
};

/* ---- partner.c ---- */

/** Answer the order: ok, with `take_more`'s members unless it is NULL. */
void partner_answer(struct partner *partner, json_t *take_more);
void partner_fail(struct partner *partner, const char *why);

const char *partner_text(const struct partner *partner, const char *member);
uint64_t partner_number(const struct partner *partner, const char *member);

/** Microseconds since the order began. */
double partner_us(const struct partner *partner);
bool partner_is_connected(const struct partner *partner, const struct ghm_peerid *peer);

/** The member `peer` of the order; the order fails when it is none. */
bool partner_peer(struct partner *partner);

/** Byte `i` of what is sent in tests. */
static inline uint8_t partner_byte(uint64_t i)
{
    return (uint8_t)(i ^ i >> 8 ^ i >> 16);
}

/* ---- the other parts ---- */

extern const struct order orders_table[], talks_table[], topics_table[];

/** The protocols that talks_* answer, NULL-terminated. */
extern const char *const talks_protocols[];

void talks_on(struct partner *partner, const struct ghm_swarm_event *event);
void talks_turn(struct partner *partner);
void topics_turn(struct partner *partner);
void topics_free(struct partner *partner);

#endif
