/* SPDX-License-Identifier: MIT */
/* How old an answer the client takes, in its own words: Cache-Control, Pragma, and the
 * X-Gh-Cache-Ttl of gh api --cache. */
#ifndef GHM_FRONT_WISH_H
#define GHM_FRONT_WISH_H

#include "answer/freshness.h"
#include "front/asked.h"

struct ghm_wish {
    struct ghm_freshness_bound bound;
    bool is_no_store;    /* neither read from the store nor kept */
    bool is_only_stored; /* only-if-cached: GitHub is not asked */
};

/** Words that are not understood are passed over; the strictest bound counts. Spec: RFC 9111
 * section 5.2.1 */
struct ghm_wish ghm_wish_of(const struct ghm_asked *asked);

#endif
