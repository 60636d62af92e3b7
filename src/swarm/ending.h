/* SPDX-License-Identifier: MIT */
/* The end of a connection, whoever wanted it: what it held is given back, who waits for it hears of
 * it, and its last events are told. */
#ifndef GHM_SWARM_ENDING_H
#define GHM_SWARM_ENDING_H

#include "swarm/state.h"

/** Begin it. Again is ignored. */
void ghm_ending_begin(struct ghm_swarm *swarm, struct ghm_connection *c);

/** The same, with the reason in the log. */
void ghm_ending_begin_badly(struct ghm_swarm *swarm, struct ghm_connection *c, const char *reason);

/** One of its last events; false: there is none now, and it may be forgotten. */
bool ghm_ending_next(struct ghm_swarm *swarm, struct ghm_connection *c,
                     struct ghm_swarm_event *ret_event);

/** All is told and all is sent: it may be forgotten. */
bool ghm_ending_is_complete(const struct ghm_connection *c);

void ghm_ending_forget(struct ghm_swarm *swarm, struct ghm_connection *c);

#endif
