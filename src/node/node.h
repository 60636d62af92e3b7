/* SPDX-License-Identifier: MIT */
/* The way of a request as one state machine: store, flight, budget, conditional request, answer.
 *
 * Call protocol: ask -> next: SEND -> (the owner asks GitHub) response -> next: ANSWER. One flight
 * serves everyone who wants the same variant as the same identity. Nothing here waits: what cannot
 * be had now is an event later, and whatever fails ends in GitHub's own answer, a stale one that is
 * marked, or an error that says why.
 *
 * `now_ns` is monotonic, `wall_ms` the machine's clock; GitHub's time is learned from its Date. */
#ifndef GHM_NODE_NODE_H
#define GHM_NODE_NODE_H

#include "answer/budget.h"
#include "answer/errand.h"
#include "base/deadline.h"
#include "base/log.h"
#include "crypto/entropy.h"
#include "node/local.h"

#define GHM_NODE_FLIGHTS_MAX 256  /* under way at once */
#define GHM_NODE_WAITERS_MAX 4096 /* waiting at once, over all flights */
#define GHM_NODE_SENT_MAX 80      /* asked of GitHub at once: it allows 100 */
#define GHM_NODE_SENT_MIN 20      /* so many however much is passed on */
#define GHM_NODE_TRIES_MAX 3      /* of one flight */
#define GHM_NODE_RETRY_FIRST_MS 250

struct ghm_node;

struct ghm_node_config {
    struct ghm_local local;
    const char *url_base;   /* "https://api.github.com"; borrowed */
    const char *user_agent; /* the same for all, for GitHub's ETags depend on some of them */
    uint32_t ttl_s;         /* where no route rule says */
    bool has_mesh;          /* new answers are noted in the outbox */
    bool is_paced;          /* GitHub's points a minute are kept to, see answer/pace.h */
    struct ghm_log *log;    /* or NULL */
};

struct ghm_node_time {
    uint64_t now_ns;
    int64_t wall_ms;
};

struct ghm_node_ask {
    uint64_t id; /* the waiter's; unique among those that wait */
    struct ghm_request request;
    struct ghm_bytes authorization; /* the literal header value; absent for anonymous */
    struct ghm_bytes headers;       /* others to send, "Name: value\n" each */
    bool is_bypass;                 /* they change the answer: neither read nor kept */
    struct ghm_identity identity;
    struct ghm_freshness_bound bound;
    uint64_t timeout_ns; /* over all tries */
};

struct ghm_node_response {
    uint64_t flight;
    int error;          /* GHM_OK: an HTTP answer came */
    const char *reason; /* of an error */
    int status;
    struct ghm_bytes headers; /* "name: value\n", names in lower case */
    struct ghm_bytes body;
};

enum ghm_node_event_type {
    GHM_NODE_SEND,   /* ask GitHub: GET `url` with `headers`; POST when there is a body */
    GHM_NODE_ANSWER, /* for the waiter `id`: `error`, or `answer`, which is the taker's to free */
    GHM_NODE_NEWS,   /* the outbox has something for the members */
};

struct ghm_node_event {
    enum ghm_node_event_type type;
    uint64_t id;              /* of the flight or of the waiter */
    const char *url;          /* these three borrowed until the next call */
    struct ghm_bytes headers; /* holds the token */
    struct ghm_bytes body;    /* absent: GET */
    uint64_t timeout_ms;
    int error;
    struct ghm_answer *answer;
};

int ghm_node_new(struct ghm_node **ret_node, struct ghm_mem *mem,
                 const struct ghm_node_config *config, struct ghm_entropy *entropy) GHM_MUST_USE;

/** End. Waiters that are left are forgotten: take their ANSWERs first, after ghm_node_stop. */
void ghm_node_free(struct ghm_node *node);

/** Ask for an answer; copied. GHM_OK: an ANSWER will follow. GHM_EINVAL, also for what is neither a
 * GET nor a query of GraphQL (answer/errand.h): that is passed on, not asked; GHM_ELIMIT;
 * GHM_ENOMEM. */
int ghm_node_ask(struct ghm_node *node, const struct ghm_node_ask *ask,
                 struct ghm_node_time time) GHM_MUST_USE;

/** A waiter goes away: no ANSWER will follow. Its flight goes on for the store's sake. */
void ghm_node_forget(struct ghm_node *node, uint64_t id);

/** GitHub answered, or could not be asked. An unknown flight is ignored. */
void ghm_node_response(struct ghm_node *node, const struct ghm_node_response *response,
                       struct ghm_node_time time);

/** How long the identity must wait before it may ask of this target, or, if `is_passed`, before
 * anything of its may be passed on there past the node. GitHub said so, to whichever process of the
 * directory. 0: not at all. */
int64_t ghm_node_wait_ms(struct ghm_node *node, const struct ghm_identity *identity,
                         struct ghm_bytes target, bool is_passed, struct ghm_node_time time);

/** Something is passed on past the node: its points are spent, and it is one of those that GitHub
 * is asked at once, until ghm_node_passed_end. */
void ghm_node_passed(struct ghm_node *node, const struct ghm_identity *identity,
                     const struct ghm_request *request, enum ghm_errand errand,
                     struct ghm_node_time time);

void ghm_node_passed_end(struct ghm_node *node);

/** What GitHub said to something that was passed on past the node: it counts as what it says to the
 * node's own requests. */
void ghm_node_heard(struct ghm_node *node, const struct ghm_identity *identity,
                    const struct ghm_budget_answer *heard, struct ghm_node_time time);

/** An entry that a member announced: judge it and keep it if it wins. GHM_OK when kept; GHM_EOLD
 * when ours is newer, or GitHub has refused it to that identity since; GHM_EINVAL when it is of a
 * kind that is never shared. */
int ghm_node_learn(struct ghm_node *node, const struct ghm_entry *entry,
                   struct ghm_node_time time) GHM_MUST_USE;

bool ghm_node_next(struct ghm_node *node, struct ghm_node_event *ret_event);
uint64_t ghm_node_deadline(const struct ghm_node *node);
void ghm_node_tick(struct ghm_node *node, struct ghm_node_time time);

/** Answer every waiter with GHM_ECLOSED. */
void ghm_node_stop(struct ghm_node *node);

/** GitHub's time. */
int64_t ghm_node_github_ms(const struct ghm_node *node, struct ghm_node_time time);

#endif
