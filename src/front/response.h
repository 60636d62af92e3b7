/* SPDX-License-Identifier: MIT */
/* The response to a client, as values: status and headers, and whether a body goes with them. */
#ifndef GHM_FRONT_RESPONSE_H
#define GHM_FRONT_RESPONSE_H

#include "front/intent.h"
#include "node/reply.h"

#define GHM_RESPONSE_HEADERS_MAX 80                /* more of GitHub's are left out */
#define GHM_RESPONSE_HEADERS_BYTES_MAX (16U << 10) /* likewise */
#define GHM_RESPONSE_WAYS_MAX (8U << 10)           /* longer ones stay as GitHub wrote them */

struct ghm_response {
    int status;
    bool has_body; /* false: a 304. A HEAD's is left out by whoever sends it */
    size_t headers_count;
    size_t headers_bytes;
    struct ghm_header headers[GHM_RESPONSE_HEADERS_MAX]; /* without Date and framing; views */
    char age[24];
    char tag[48];
    size_t ways_len;
    char ways[GHM_RESPONSE_WAYS_MAX]; /* Link and Location, where they are not GitHub's own */
    char retry_after[24];
};

/**
 * What a client gets for an answer.
 *
 * A client that names the answer's tag in If-None-Match gets a 304. An answer from the store has
 * no rate limit, date or request id of the request that once brought it; one that was got for
 * another identity has a tag of ours in place of that identity's. Link and Location lead to where
 * the client came from (reverse.h).
 *
 * @param answer borrowed: the headers are views of it
 */
void ghm_response_of_answer(struct ghm_response *ret_response, const struct ghm_intent *intent,
                            const struct ghm_answer *answer);

/** What a client gets for a head that is streamed through: GitHub's own, without what was of one
 * connection. `block` as ghm_header_next takes it; borrowed. */
void ghm_response_of_head(struct ghm_response *ret_response, const struct ghm_intent *intent,
                          int status, struct ghm_bytes block);

/** What a client gets in GitHub's place. */
void ghm_response_of_refusal(struct ghm_response *ret_response, enum ghm_refusal refusal);

/** Say when it is worth asking again. */
void ghm_response_retry_after(struct ghm_response *response, int64_t wait_ms);

#endif
