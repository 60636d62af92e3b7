/* SPDX-License-Identifier: MIT */
/* What is known of GitHub's paths and of programs' operations: how long an answer is fresh, how it
 * changes, and which of its fields show that it changed. The tables are in routetable.c. */
#ifndef GHM_ANSWER_ROUTE_H
#define GHM_ANSWER_ROUTE_H

#include "base/bytes.h"

#define GHM_ROUTE_FIXED_S 3600 /* how long what cannot change is fresh */

#define GHM_ROUTE_CHANGE_MAP(X)                                                                    \
    X(GHM_ROUTE_NEVER, "never cached: mints a secret, tells of the moment, or leads elsewhere")    \
    X(GHM_ROUTE_LIVE, "changes by itself from one second to the next")                             \
    X(GHM_ROUTE_SLOW, "changes when somebody changes it")                                          \
    X(GHM_ROUTE_FIXED, "named by its own hash")

enum ghm_route_change {
#define GHM_ROUTE_CHANGE_ENUM(name, text) name,
    GHM_ROUTE_CHANGE_MAP(GHM_ROUTE_CHANGE_ENUM)
#undef GHM_ROUTE_CHANGE_ENUM
};

/* Which fields vouch for a value: see validate.h. */
enum ghm_route_rule {
    GHM_ROUTE_NO_RULE,
    GHM_ROUTE_REPO,
    GHM_ROUTE_ISSUE,
    GHM_ROUTE_PULL,
    GHM_ROUTE_COMMENT,
    GHM_ROUTE_COMMIT,
    GHM_ROUTE_RELEASE,
    GHM_ROUTE_WORKFLOW,
    GHM_ROUTE_RUNNER,
    GHM_ROUTE_BRANCH,
    GHM_ROUTE_TAG,
    GHM_ROUTE_DEPLOYMENT,
    GHM_ROUTE_CHECK,
};

/* What turns an answer of the route into one that cannot change any more. */
enum ghm_route_pin {
    GHM_ROUTE_PIN_NONE,
    GHM_ROUTE_PIN_SEGMENT,   /* a hash as the last segment: FIXED from the start */
    GHM_ROUTE_PIN_RANGE,     /* two hashes there, "a...b": likewise */
    GHM_ROUTE_PIN_COMPLETED, /* its body says that it is over: see rule.h */
};

struct ghm_route {
    uint32_t ttl_s; /* 0 only if it is never cached, or the caller's default is 0 */
    enum ghm_route_change change;
    enum ghm_route_rule rule;
    enum ghm_route_pin pin;
};

/**
 * What is known of a path.
 *
 * @param target        path and query; GitHub Enterprise's "/api/v3" before it and the forms
 *                      "/repositories/{id}" and "/organizations/{id}" of links are understood
 * @param default_ttl_s for what no row covers
 *
 * Bound: time grows with the path's segments, no memory.
 */
struct ghm_route ghm_route_of_target(struct ghm_bytes target, uint32_t default_ttl_s);

/** The row that covers a path, as its template: "/repos/{owner}/{repo}"; NULL when none does. */
const char *ghm_route_template_of(struct ghm_bytes target);

/** What is known of an operation: the first part of a key, "list_repos". Names are compared whole.
 */
struct ghm_route ghm_route_of_op(struct ghm_bytes op, uint32_t default_ttl_s);

/** The rows, for tests and for people: the template and what it says; NULL past the last. */
const char *ghm_route_template(struct ghm_route *ret_route, size_t index);
const char *ghm_route_op_name(struct ghm_route *ret_route, size_t index);

#endif
