/* SPDX-License-Identifier: MIT */
/* Which connections to keep when there are too many: over the high water, the least useful go until
 * the low water is reached. Protected ones never go, and those of the grace period not yet.
 *
 * Least useful first: without streams of the owner; accepted before dialed; of fewer streams;
 * longest unused. */
#ifndef GHM_SWARM_KEEPER_H
#define GHM_SWARM_KEEPER_H

#include "base/deadline.h"

#include <stdbool.h>

#define GHM_KEEPER_HIGH 192
#define GHM_KEEPER_LOW 160
#define GHM_KEEPER_GRACE_NS (20 * GHM_NS_PER_S)
#define GHM_KEEPER_AGAIN_NS (5 * GHM_NS_PER_S) /* after a trim that could not reach low water */

struct ghm_keeper_view {
    bool is_protected;
    bool is_dialer;
    uint32_t streams; /* of the owner, both directions */
    uint64_t up_ns;   /* since when */
    uint64_t used_ns; /* when something last happened on a stream of the owner */
};

/** May it go at all, now? */
bool ghm_keeper_may_go(const struct ghm_keeper_view *view, uint64_t now_ns);

/** Of two that may go: does `a` go before `b`? */
bool ghm_keeper_is_less(const struct ghm_keeper_view *a, const struct ghm_keeper_view *b);

#endif
