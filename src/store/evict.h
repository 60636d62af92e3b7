/* SPDX-License-Identifier: MIT */
/* Which entry leaves when there is no room. Of a random sample, first one whose time is over, so
 * long that it is not even served stale; then the one used longest ago, as Redis does; and last
 * what is pinned, unless that has more than its share already. Ids are hashes, so the few entries
 * that follow a random point are a random sample; several points, for one region would soon have
 * only used entries left. */
#ifndef GHM_STORE_EVICT_H
#define GHM_STORE_EVICT_H

#include "store/shared.h"
#include "store/write.h"

#define GHM_EVICT_POINTS 4
#define GHM_EVICT_RUN 4 /* entries looked at from each point on */

struct ghm_evict {
    struct ghm_shared *shared; /* the last uses; NULL: the oldest by date leaves */
    uint64_t random;           /* state of the draw; any number to begin with */
    const uint8_t *keep_id;    /* 32 bytes of the one that stays, or NULL */
    int64_t now_ms;            /* wall clock; 0: no time is over */
    uint64_t pinned_bytes_max; /* past one of these, what is pinned leaves like all else */
    uint64_t pinned_entries_max;
};

/** Remove one entry. GHM_OK; GHM_ENOTFOUND when there is none but keep_id; errors as ghm_env_error.
 */
int ghm_evict_one(struct ghm_evict *evict, struct ghm_write *write) GHM_MUST_USE;

/**
 * Remove the entries whose ids follow `id`, used or not, until they held `bytes`.
 *
 * For a file that cannot grow: what leaves from the page where the new entry goes needs no new
 * page. Their rows in the index stay behind, for that is another page: see store/index.h.
 *
 * @param ret_evicted how many left
 * @return GHM_OK, also when there was nothing left; errors as ghm_env_error
 */
int ghm_evict_near(struct ghm_write *write, uint64_t *ret_evicted, const uint8_t id[32],
                   uint64_t bytes) GHM_MUST_USE;

#endif
