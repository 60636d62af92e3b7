/* SPDX-License-Identifier: MIT */
/* The answer as a caller gets it: immutable, in one block, owned by the caller, on any thread. */
#ifndef GHM_NODE_REPLY_H
#define GHM_NODE_REPLY_H

#include "base/bytes.h"
#include "base/error.h"

struct ghm_answer {
    size_t size; /* of the block */
    int status;
    enum ghm_source source;
    int64_t age_ms;
    int64_t ttl_s;
    bool saves_call;         /* GitHub would have been asked for it */
    bool is_foreign;         /* got for another identity than the one that asks */
    uint8_t body_sha256[32]; /* of an answer that is foreign */
    size_t headers_len;
    size_t body_len;
    char cache_status[80];
    char bytes[]; /* headers, NUL, body, NUL */
};

/** What a reply is made of; copied. */
struct ghm_reply {
    int status;
    enum ghm_source source;
    int64_t age_ms;
    int64_t ttl_s;
    bool saves_call;               /* without the store, GitHub would have been asked */
    const uint8_t *foreign_sha256; /* the body's, when it was got for another identity; or NULL */
    struct ghm_bytes headers;      /* "name: value\n" each */
    struct ghm_bytes body;
};

/** GHM_ENOMEM. Free it with ghm_reply_free. */
int ghm_reply_new(struct ghm_answer **ret_answer, const struct ghm_reply *reply) GHM_MUST_USE;

/** A second answer equal to the first, for another owner. GHM_ENOMEM. */
int ghm_reply_copy(struct ghm_answer **ret_answer, const struct ghm_answer *answer) GHM_MUST_USE;

/** Free an answer. NULL is accepted. */
void ghm_reply_free(struct ghm_answer *answer);

#endif
