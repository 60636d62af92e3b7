/* SPDX-License-Identifier: MIT */
/* What peers ask of us and tell us beside messages: IHAVE, IWANT, GRAFT, PRUNE, IDONTWANT.
 *
 * Spec: gossipsub-v1.0.md, Control Messages; gossipsub-v1.1.md, Spam Protection Measures;
 *       gossipsub-v1.2.md, IDONTWANT Message */
#ifndef GHM_GOSSIP_CONTROL_H
#define GHM_GOSSIP_CONTROL_H

#include "gossip/neighbour.h"
#include "gossip/rpc.h"

/** One control item of a checked RPC. */
void ghm_control_hear(struct ghm_router *router, struct ghm_neighbour *neighbour,
                      const struct ghm_rpc_item *item);

#endif
