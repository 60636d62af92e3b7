/* SPDX-License-Identifier: MIT */
/* What GitHub lets each identity ask for: learned from its answers, shared between members as
 * lines. Times are GitHub's, in milliseconds. */
#ifndef GHM_ANSWER_BUDGET_H
#define GHM_ANSWER_BUDGET_H

#include "answer/entry.h"

#define GHM_BUDGET_LINES_MAX 64    /* past it the one that matters least makes room */
#define GHM_BUDGET_RESOURCE_MAX 32 /* with the terminator: "core", "search", "graphql", ... */
#define GHM_BUDGET_ALL "*"         /* the line of holds that are for every resource */
#define GHM_BUDGET_BODY_MAX 4096   /* of a refusal, where it says why */
#define GHM_BUDGET_HOLD_MS 60000   /* the first hold without a word from GitHub; doubles */
#define GHM_BUDGET_HOLD_MS_MAX 3600000
#define GHM_BUDGET_RESERVE_MAX 50
#define GHM_BUDGET_UNKNOWN UINT32_MAX

/** One identity's account with one resource. */
struct ghm_budget_line {
    struct ghm_identity identity;
    char resource[GHM_BUDGET_RESOURCE_MAX];
    uint32_t limit; /* per window; GHM_BUDGET_UNKNOWN before it is known, as the next two */
    uint32_t remaining;
    uint32_t used;
    int64_t reset_ms;      /* end of the window; 0 before it is known */
    int64_t hold_until_ms; /* nothing is asked before; 0: no hold */
    uint32_t strikes;      /* holds in a row that GitHub gave no time for */
    int64_t heard_ms;      /* last answer that it was learned from */
};

struct ghm_budget {
    size_t count;
    struct ghm_budget_line lines[GHM_BUDGET_LINES_MAX];
};

void ghm_budget_init(struct ghm_budget *budget);

/** What a GitHub answer tells of the account. */
struct ghm_budget_answer {
    unsigned status;
    struct ghm_bytes headers; /* as received or kept, see ghm_header_next */
    struct ghm_bytes body; /* tells a limit from a missing permission; absent: taken for a limit */
    bool is_limit; /* the body of a success says that a limit was reached, as GraphQL's does */
    const char *resource; /* of the request, for answers that do not name it */
};

/**
 * Learn from an answer of GitHub to `identity`.
 *
 * 403 and 429 hold: for retry-after if it is there, else until the reset if nothing remains, else
 * for a minute that doubles each time up to an hour. Where nothing remains, or GraphQL says so, the
 * hold is for that resource; any other is for all of them (a secondary limit is the identity's). A
 * 403 that only says that the token may not do this holds nothing. Answers to requests that were
 * under way when a hold began do not lengthen it, and none shortens it. Every success takes one
 * doubling back.
 *
 * @return GitHub's time until which such requests are held; 0: not
 *
 * Spec: docs.github.com, "Rate limits for the REST API" and "Best practices for using the REST API"
 */
int64_t ghm_budget_learn(struct ghm_budget *budget, const struct ghm_identity *identity,
                         const struct ghm_budget_answer *answer, int64_t now_ms);

/** The resource that an answer says, or that of its request. */
void ghm_budget_name(char ret_resource[GHM_BUDGET_RESOURCE_MAX],
                     const struct ghm_budget_answer *answer);

/** Must its body be seen to tell whether it is a limit? */
bool ghm_budget_needs_body(const struct ghm_budget_answer *answer);

/** A hold that was heard elsewhere, as its line was there: taken over if it lasts longer. */
void ghm_budget_hold(struct ghm_budget *budget, const struct ghm_identity *identity,
                     const char *resource, int64_t until_ms, uint32_t strikes, int64_t now_ms);

/** GitHub's time until which nothing may be asked of the resource, whatever remains; 0: no hold. */
int64_t ghm_budget_held(const struct ghm_budget *budget, const struct ghm_identity *identity,
                        const char *resource, int64_t now_ms);

/** Take over what a member learned, as far as it is news; its times are not believed past what
 * GitHub itself would set. */
void ghm_budget_merge(struct ghm_budget *budget, const struct ghm_budget_line *line,
                      int64_t now_ms);

/** The account, or NULL when nothing is known. */
const struct ghm_budget_line *ghm_budget_find(const struct ghm_budget *budget,
                                              const struct ghm_identity *identity,
                                              const char *resource);

/**
 * May one more charged request go out?
 *
 * @param reserve requests that are kept for others (writes): refused when no more than this remain
 * @return 0 for yes, else GitHub's time from which on it is worth asking again
 */
int64_t ghm_budget_admit(const struct ghm_budget *budget, const struct ghm_identity *identity,
                         const char *resource, uint32_t reserve, int64_t now_ms);

/** Requests that reads leave for writes: a fiftieth of the limit, GHM_BUDGET_RESERVE_MAX at most.
 */
uint32_t ghm_budget_reserve(const struct ghm_budget *budget, const struct ghm_identity *identity,
                            const char *resource);

/**
 * How many times longer than usual answers are fresh: 1, or 2 or 4 when what remains is less than a
 * half or a quarter of what the rest of the window would have if it were spent evenly. So the
 * budget is saved before it ends, not after.
 */
uint32_t ghm_budget_stretch(const struct ghm_budget *budget, const struct ghm_identity *identity,
                            const char *resource, int64_t now_ms);

/** The resource that a request is charged to: "core", "search", "code_search", "graphql"; and
 * "rate_limit", which costs nothing and tells what remains of the others. */
const char *ghm_budget_resource(struct ghm_bytes target);

#endif
