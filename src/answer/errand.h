/* SPDX-License-Identifier: MIT */
/* What a request is for, by its method, target and body alone. */
#ifndef GHM_ANSWER_ERRAND_H
#define GHM_ANSWER_ERRAND_H

#include "answer/graphql.h"
#include "answer/variant.h"

#define GHM_ERRAND_MAP(X)                                                                          \
    X(GHM_ERRAND_READ, "a GET whose answer may be kept")                                           \
    X(GHM_ERRAND_QUERY, "a POST that only reads, whose answer may be kept: GraphQL")               \
    X(GHM_ERRAND_PASS, "changes nothing that a read shows, and is not kept: passed on")            \
    X(GHM_ERRAND_WRITE, "passed on once, in order; expires its family before and after")

enum ghm_errand {
#define GHM_ERRAND_ENUM(name, text) name,
    GHM_ERRAND_MAP(GHM_ERRAND_ENUM)
#undef GHM_ERRAND_ENUM
};

/**
 * Decide. What is not known to be harmless is a WRITE.
 *
 * @param mem     as ghm_graphql_of
 * @param request a POST to GraphQL whose body is absent is a WRITE
 */
enum ghm_errand ghm_errand_of(struct ghm_mem *mem, const struct ghm_request *request);

/**
 * The variant of a GET or of a QUERY. A query's has its one spelling in it (ghm_graphql_key), and
 * the features that are asked for with it.
 *
 * @param mem as ghm_graphql_of
 * @return GHM_OK; GHM_EINVAL for any other errand, and as ghm_request_check; GHM_ELIMIT; GHM_ENOMEM
 */
int ghm_errand_variant(struct ghm_variant *ret_variant, struct ghm_mem *mem,
                       const struct ghm_request *request) GHM_MUST_USE;

#endif
