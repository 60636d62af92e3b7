/* SPDX-License-Identifier: MIT */
/* Whom we dial: bootstrap addresses for ever, one address once, a peer by any of its addresses. */
#ifndef GHM_SWARM_OUTREACH_H
#define GHM_SWARM_OUTREACH_H

#include "swarm/race.h"
#include "swarm/state.h"

#define GHM_OUTREACH_RACES_MAX 16 /* peers being reached at once */

/* As ghm_swarm_bootstrap, ghm_swarm_dial and ghm_swarm_reach. */
int ghm_outreach_bootstrap(struct ghm_swarm *swarm, const struct ghm_multiaddr *addr) GHM_MUST_USE;
int ghm_outreach_dial(struct ghm_swarm *swarm, uint32_t *ret_connection,
                      const struct ghm_multiaddr *addr) GHM_MUST_USE;
int ghm_outreach_reach(struct ghm_swarm *swarm, const struct ghm_peerid *peer,
                       const struct ghm_multiaddr *addrs, size_t count) GHM_MUST_USE;

/** A connection is up: who waited for its peer has it. */
void ghm_outreach_up(struct ghm_swarm *swarm, const struct ghm_connection *c);

/** A connection is over: who waited for it tries again, later or elsewhere. */
void ghm_outreach_ended(struct ghm_swarm *swarm, const struct ghm_connection *c);

/** A race that is lost and not told; true: `ret_event` tells it. */
bool ghm_outreach_next(struct ghm_swarm *swarm, struct ghm_swarm_event *ret_event);

uint64_t ghm_outreach_deadline(const struct ghm_swarm *swarm);
void ghm_outreach_tick(struct ghm_swarm *swarm);
void ghm_outreach_fini(struct ghm_swarm *swarm);

#endif
