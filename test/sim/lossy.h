/* SPDX-License-Identifier: MIT */
/* Gossip that is lost although the connection holds: as by a relay that drops what it should pass
 * on. Where gossip writes an RPC into its stream, this may throw the whole RPC away instead.
 *
 * RPCs with subscriptions, GRAFT or PRUNE are never lost: they are said once, because no stream of
 * libp2p loses them, and nothing in the protocol would ever say them again. */
#ifndef GHM_SIM_LOSSY_H
#define GHM_SIM_LOSSY_H

#include "lot.h"

/** Lose RPCs with this probability from now on; 0: none. One world at a time. */
void lossy_begin(double probability, uint64_t seed);

/** How many were lost since lossy_begin. */
uint64_t lossy_count(void);

#endif
