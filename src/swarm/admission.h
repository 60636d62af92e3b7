/* SPDX-License-Identifier: MIT */
/* Who comes in: sockets by the limits, peers by their id, and who must go again when there are too
 * many. */
#ifndef GHM_SWARM_ADMISSION_H
#define GHM_SWARM_ADMISSION_H

#include "swarm/state.h"

/** As ghm_swarm_accept. */
int ghm_admission_accept(struct ghm_swarm *swarm, uint32_t *ret_connection,
                         const struct ghm_multiaddr *remote) GHM_MUST_USE;

/** The socket is open: start the handshake. GHM_ENOMEM. */
int ghm_admission_start(struct ghm_swarm *swarm, struct ghm_connection *c) GHM_MUST_USE;

/** The peer is authenticated: it becomes a member of the peers, or the connection ends. True: it is
 * up by this connection, and `ret_event` says so. */
bool ghm_admission_secured(struct ghm_swarm *swarm, struct ghm_connection *c,
                           struct ghm_swarm_event *ret_event);

/** The peer has told who it is: keep it. True: `ret_event` says so. */
bool ghm_admission_learned(struct ghm_swarm *swarm, struct ghm_connection *c,
                           struct ghm_swarm_event *ret_event);

/** What we tell of ourselves. */
struct ghm_identify_self ghm_admission_self(const struct ghm_swarm *swarm);

/** Our addresses have changed: peers are told in a second. */
void ghm_admission_changed(struct ghm_swarm *swarm);

uint64_t ghm_admission_deadline(const struct ghm_swarm *swarm);
void ghm_admission_tick(struct ghm_swarm *swarm);

#endif
