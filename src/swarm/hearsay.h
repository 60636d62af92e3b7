/* SPDX-License-Identifier: MIT */
/* What a connected peer tells of its addresses by identify: which are worth keeping, and whether
 * its signed record is its own. */
#ifndef GHM_SWARM_HEARSAY_H
#define GHM_SWARM_HEARSAY_H

#include "swarm/state.h"

/** Keep in the book what the peer of `c` has told; what it left out stays as it was. A record that
 * is malformed, forged, of another peer or not newer than the last is passed over and counted.
 * GHM_ENOMEM. */
int ghm_hearsay_keep(struct ghm_swarm *swarm, const struct ghm_connection *c,
                     const struct ghm_identify *told) GHM_MUST_USE;

#endif
