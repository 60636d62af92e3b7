/* SPDX-License-Identifier: MIT */
/* Requests and answers of GitHub's GraphQL: which ones only read, what they ask in one spelling,
 * and which answers are whole. Whatever is not understood is taken for a write. */
#ifndef GHM_ANSWER_GRAPHQL_H
#define GHM_ANSWER_GRAPHQL_H

#include "base/buf.h"

#define GHM_GRAPHQL_BODY_MAX (64U << 10)               /* of a request; a longer one is a write */
#define GHM_GRAPHQL_ANSWER_MAX (UINT32_C(4) << 20)     /* a longer answer is not looked into */
#define GHM_GRAPHQL_DEPTH_MAX 64                       /* brackets inside of one another */
#define GHM_GRAPHQL_KEY_MAX (3 * GHM_GRAPHQL_BODY_MAX) /* bytes of a key */

#define GHM_GRAPHQL_KIND_MAP(X)                                                                    \
    X(GHM_GRAPHQL_QUERY, "only reads")                                                             \
    X(GHM_GRAPHQL_MOMENT, "only reads, and asks how much may still be asked: true for a moment")   \
    X(GHM_GRAPHQL_WRITE, "a mutation, a subscription, or not understood")

enum ghm_graphql_kind {
#define GHM_GRAPHQL_KIND_ENUM(name, text) name,
    GHM_GRAPHQL_KIND_MAP(GHM_GRAPHQL_KIND_ENUM)
#undef GHM_GRAPHQL_KIND_ENUM
};

/** Is it the path of GraphQL, on github.com or GitHub Enterprise? */
bool ghm_graphql_is_target(struct ghm_bytes target);

/**
 * Decide what a request's body asks for. One operation that writes makes the whole document a
 * write, whichever is named to run; members beside query, variables and operationName do too.
 *
 * @param mem for the document as it reads without JSON's escapes, or NULL
 * @return WRITE also when there is no memory
 */
enum ghm_graphql_kind ghm_graphql_of(struct ghm_mem *mem, struct ghm_bytes body);

/**
 * Append what a query asks in one spelling: its tokens, the name of the operation and the variables
 * without blanks. Different questions never have one spelling; one question may have two (members
 * of variables in another order, strings escaped otherwise).
 *
 * @param buf  of at least GHM_GRAPHQL_KEY_MAX
 * @param body for which ghm_graphql_of did not say WRITE
 * @return GHM_OK; GHM_EINVAL for another body; errors as ghm_buf_append
 */
int ghm_graphql_key(struct ghm_buf *buf, struct ghm_mem *mem, struct ghm_bytes body) GHM_MUST_USE;

#define GHM_GRAPHQL_OUTCOME_MAP(X)                                                                 \
    X(GHM_GRAPHQL_WHOLE, "data, and no errors")                                                    \
    X(GHM_GRAPHQL_ERRORS, "not to be kept")                                                        \
    X(GHM_GRAPHQL_LIMITED, "the limits of GraphQL were reached: not to be kept, nor asked again")

enum ghm_graphql_outcome {
#define GHM_GRAPHQL_OUTCOME_ENUM(name, text) name,
    GHM_GRAPHQL_OUTCOME_MAP(GHM_GRAPHQL_OUTCOME_ENUM)
#undef GHM_GRAPHQL_OUTCOME_ENUM
};

/** Judge the body of an answer of status 200. GraphQL tells of its errors there. */
enum ghm_graphql_outcome ghm_graphql_outcome(struct ghm_bytes body);

/** Does an answer of GraphQL tell of a limit in a 200? false for other targets. */
bool ghm_graphql_is_limit(struct ghm_bytes target, int status, struct ghm_bytes body);

#endif
