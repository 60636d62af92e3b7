/* SPDX-License-Identifier: MIT */
/* Whether GitHub was heard of lately: while it was not, who can be shown something does not wait
 * for it to be tried again. */
#ifndef GHM_NODE_AWAY_H
#define GHM_NODE_AWAY_H

#include "base/deadline.h"

#include <stdbool.h>

#define GHM_AWAY_S 10 /* between two who try */

struct ghm_away {
    uint64_t until_ns; /* 0: it was heard of */
};

/** All tries of a request ended without an answer. */
void ghm_away_note(struct ghm_away *away, uint64_t now_ns);

/** There was an answer, whatever it said. */
void ghm_away_end(struct ghm_away *away);

/** False also for the one who is to try again: then true for others, until that is known. */
bool ghm_away_is(struct ghm_away *away, uint64_t now_ns);

#endif
