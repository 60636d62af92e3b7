/* SPDX-License-Identifier: MIT */
/* What GitHub just said is not there: told again for a few seconds to the identity that asked, so
 * that nobody polls for it ("can trigger a secondary rate limit"). Kept in this process alone,
 * never in the store, never shared, never served stale, never asked about with a condition. */
#ifndef GHM_NODE_ABSENT_H
#define GHM_NODE_ABSENT_H

#include "answer/freshness.h"
#include "answer/variant.h"
#include "node/reply.h"

#define GHM_ABSENT_MAX 128 /* past it the oldest is forgotten */
#define GHM_ABSENT_TTL_S 5
#define GHM_ABSENT_BYTES_MAX (16U << 10) /* of headers and body; longer ones are not kept */

struct ghm_absent_one {
    uint8_t slot[GHM_VARIANT_ID_LEN];
    uint64_t generation; /* of what it reads: a write makes it void */
    uint64_t since_ns;
    struct ghm_answer *answer; /* owned; NULL: free */
};

/** Zeroed is empty. */
struct ghm_absent {
    size_t next;
    struct ghm_absent_one ones[GHM_ABSENT_MAX];
};

void ghm_absent_fini(struct ghm_absent *absent);

/** Is it a status that says so: 404, 410, 422? */
bool ghm_absent_is(int status);

/** Note an answer; copied. Without memory it is not noted. */
void ghm_absent_note(struct ghm_absent *absent, const uint8_t slot[GHM_VARIANT_ID_LEN],
                     uint64_t generation, const struct ghm_reply *reply, uint64_t now_ns);

/** It answered otherwise: forget what was noted. */
void ghm_absent_forget(struct ghm_absent *absent, const uint8_t slot[GHM_VARIANT_ID_LEN]);

/** What was noted, if it is young enough for this caller and nothing was written since. GHM_OK;
 * GHM_ENOTFOUND; GHM_ENOMEM. */
int ghm_absent_answer(const struct ghm_absent *absent, struct ghm_answer **ret_answer,
                      const uint8_t slot[GHM_VARIANT_ID_LEN], uint64_t generation,
                      const struct ghm_freshness_bound *bound, uint64_t now_ns) GHM_MUST_USE;

#endif
