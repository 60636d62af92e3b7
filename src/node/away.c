/* SPDX-License-Identifier: MIT */
#include "node/away.h"

void ghm_away_note(struct ghm_away *away, uint64_t now_ns)
{
    away->until_ns = now_ns + GHM_AWAY_S * GHM_NS_PER_S;
}

void ghm_away_end(struct ghm_away *away)
{
    away->until_ns = 0;
}

bool ghm_away_is(struct ghm_away *away, uint64_t now_ns)
{
    if (away->until_ns == 0) return false;
    if (now_ns < away->until_ns) return true;
    ghm_away_note(away, now_ns);
    return false;
}
