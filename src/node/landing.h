/* SPDX-License-Identifier: MIT */
/* How a flight ends, and what each who waits for it gets. */
#ifndef GHM_NODE_LANDING_H
#define GHM_NODE_LANDING_H

#include "node/inside.h"

/** Make a waiter's outcome ready to be taken. */
void ghm_landing_give(struct ghm_node *node, struct ghm_flight_waiter *waiter, int error,
                      struct ghm_answer *take_answer);

/** Answer everyone with the same thing, `answer` or, when it is NULL, `error`, and end the flight.
 */
void ghm_landing_with(struct ghm_node *node, struct ghm_flight *flight, int error,
                      const struct ghm_answer *answer);

/** GitHub could not be asked, or would not answer: each waiter gets what is stored if its own bound
 * allows, else GitHub's refusal itself (`refusal`, may be NULL), else the error. */
void ghm_landing_without(struct ghm_node *node, struct ghm_flight *flight, int error,
                         const struct ghm_answer *refusal, struct ghm_node_time time);

/** Give a waiter what is stored, if its own bound allows; false, and nothing given, if not. */
bool ghm_landing_stale(struct ghm_node *node, struct ghm_flight_waiter *waiter,
                       const struct ghm_variant *variant, const struct ghm_identity *identity,
                       struct ghm_node_time time);

/** The same for one waiter that was taken out of the flight, which goes on. */
void ghm_landing_one_without(struct ghm_node *node, const struct ghm_flight *flight,
                             struct ghm_flight_waiter *waiter, int error,
                             const struct ghm_answer *refusal, struct ghm_node_time time);

/** Forget a flight that nobody waits for. */
void ghm_landing_end(struct ghm_node *node, struct ghm_flight *flight);

#endif
