/* SPDX-License-Identifier: MIT */
/* How far the formula of etag.h is believed, for each host and route: what the last answers showed,
 * never an assumption. Believing wrongly costs an ordinary request and shows nobody anything. */
#ifndef GHM_ANSWER_CONFIDENCE_H
#define GHM_ANSWER_CONFIDENCE_H

#include "answer/entry.h"
#include "answer/etag.h"

#define GHM_CONFIDENCE_BYTES 3

#define GHM_CONFIDENCE_STATE_MAP(X)                                                                \
    X(GHM_CONFIDENCE_UNKNOWN, "nothing was seen: a computed tag is worth a try")                   \
    X(GHM_CONFIDENCE_LEARNED, "the last answer's tag was as computed")                             \
    X(GHM_CONFIDENCE_REFUTED, "the last answer's tag was another: only tags as received are sent")

enum ghm_confidence_state {
#define GHM_CONFIDENCE_ENUM(name, text) name,
    GHM_CONFIDENCE_STATE_MAP(GHM_CONFIDENCE_ENUM)
#undef GHM_CONFIDENCE_ENUM
};

struct ghm_confidence {
    enum ghm_confidence_state state;
    unsigned vary;  /* what was hashed: a set of ghm_etag_vary */
    bool is_single; /* a list of tags was not understood: one at a time */
};

/** What is believed before anything was seen. */
struct ghm_confidence ghm_confidence_start(void);

/** The name under which it is remembered: of the host and the route of a request's name, and of
 * whether a token is sent, for then GitHub hashes other headers. */
void ghm_confidence_key(uint8_t ret_key[32], struct ghm_bytes name, bool is_anonymous);

/**
 * Learn from an answer with status 200.
 *
 * @param answer_headers  with Vary and the tag; without a tag nothing is learned
 * @param request_headers as they were sent
 */
void ghm_confidence_learn(struct ghm_confidence *confidence, struct ghm_bytes answer_headers,
                          struct ghm_bytes request_headers, struct ghm_bytes body);

bool ghm_confidence_equal(const struct ghm_confidence *a, const struct ghm_confidence *b);

void ghm_confidence_write(uint8_t ret_bytes[GHM_CONFIDENCE_BYTES],
                          const struct ghm_confidence *confidence);

/** Read what ghm_confidence_write wrote. GHM_ECORRUPT for anything else. */
int ghm_confidence_read(struct ghm_confidence *ret_confidence, struct ghm_bytes bytes) GHM_MUST_USE;

#endif
