/* SPDX-License-Identifier: MIT */
/* How long a session's way there and back takes, from its pings: one under way at a time. A smaller
 * answer counts at once and a larger one by an eighth, so that a queue does not pass for distance.
 *
 * Call protocol: init -> (ask, then answered)*. */
#ifndef GHM_LINK_RTT_H
#define GHM_LINK_RTT_H

#include "base/deadline.h"

#include <stdbool.h>

#define GHM_RTT_FRESH_NS (10 * GHM_NS_PER_S) /* an answer so young is not asked for again */

struct ghm_rtt {
    uint64_t estimate_ns; /* 0: unknown */
    uint64_t asked_ns;    /* GHM_NEVER: no ping is under way */
    uint64_t answered_ns; /* of the last answer */
    uint32_t number;      /* what the ping under way, or the next, carries */
};

void ghm_rtt_init(struct ghm_rtt *rtt);

/** Is a ping to be sent now? When true, one with `number` is under way. */
bool ghm_rtt_ask(struct ghm_rtt *rtt, uint64_t now_ns);

/** A ping is sent now whatever was known, and one under way is given up. */
void ghm_rtt_ask_anew(struct ghm_rtt *rtt, uint64_t now_ns);

/** An answer came; one to another ping is ignored. */
void ghm_rtt_answered(struct ghm_rtt *rtt, uint32_t number, uint64_t now_ns);

#endif
