/* SPDX-License-Identifier: MIT */
/* What GitHub no longer shows to an identity: remembered for as long as a member may still tell of
 * the time before. One of the store's small facts; past their bound the oldest is forgotten. */
#ifndef GHM_NODE_REVOKED_H
#define GHM_NODE_REVOKED_H

#include "node/local.h"

/** GitHub refused what lies in this slot. A store that cannot note it: then the entry's own TTL is
 * the bound.
 * @param date_ms GitHub's */
void ghm_revoked_note(const struct ghm_local *local, const uint8_t slot[GHM_VARIANT_ID_LEN],
                      int64_t date_ms);

/** Is an answer of this date one from before the refusal? */
bool ghm_revoked_is(const struct ghm_local *local, const uint8_t slot[GHM_VARIANT_ID_LEN],
                    int64_t date_ms);

#endif
