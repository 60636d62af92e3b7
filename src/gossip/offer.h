/* SPDX-License-Identifier: MIT */
/* Peer exchange: whom we send away for want of room, or because we leave, is told of others; and
 * what others tell us so is believed only as far as it is proven. A peer is offered with the signed
 * record that it gave us; an offer is taken from a peer of some standing only, when our mesh wants
 * more, with a record that the offered peer signed itself; and who then answers must show that id.
 *
 * Bounds: 16 peers and 8 KiB in a PRUNE of ours; 16 offers judged of one peer per heartbeat
 * (params.offered_max); 8 offered peers being reached at once.
 *
 * Spec: gossipsub-v1.1.md, PRUNE Backoff and Peer Exchange */
#ifndef GHM_GOSSIP_OFFER_H
#define GHM_GOSSIP_OFFER_H

#include "gossip/rpc.h"
#include "gossip/topic.h"

#define GHM_OFFER_BYTES_MAX 8192  /* in one PRUNE */
#define GHM_OFFER_RECORD_MAX 2048 /* records longer than this are not offered */
#define GHM_OFFER_DIALS_MAX 8     /* offered peers being reached */

/** Those being reached. */
struct ghm_offer_book {
    size_t count;
    struct ghm_peerid dials[GHM_OFFER_DIALS_MAX];
};

/** Fill router->body with offers to a peer that is pruned; empty when there is nobody to offer, it
 * has a bad name, or its control queue is filling. */
void ghm_offer_gather(struct ghm_router *router, const struct ghm_neighbour *neighbour,
                      struct ghm_bytes topic);

/** What a PRUNE of a topic of ours offers. */
void ghm_offer_hear(struct ghm_router *router, struct ghm_neighbour *neighbour,
                    const struct ghm_topic *topic, const struct ghm_rpc_item *item);

/** A peer was reached, or not; others than offered ones are ignored. */
void ghm_offer_ended(struct ghm_router *router, const struct ghm_peerid *peer);

#endif
