/* SPDX-License-Identifier: MIT */
/* How long an answer is fresh, by its route and by what it says itself. */
#ifndef GHM_ANSWER_LIFETIME_H
#define GHM_ANSWER_LIFETIME_H

#include "answer/rule.h"

#define GHM_LIFETIME_BODY_MAX (UINT32_C(256) << 10) /* longer bodies are not looked into */

/**
 * Seconds for which an answer of status 200 is fresh.
 *
 * What is over (a completed job, a completed attempt of a run) lasts GHM_ROUTE_FIXED_S. Events are
 * asked for no oftener than their X-Poll-Interval says, up to the same bound.
 *
 * @param name          the variant's
 * @param headers       kept or as received
 * @param body          parsed only where the route may end, up to GHM_LIFETIME_BODY_MAX
 * @param default_ttl_s for what no row covers
 *
 * Spec: docs.github.com, "REST API endpoints for events"
 */
uint32_t ghm_lifetime_s(struct ghm_bytes name, struct ghm_bytes headers, struct ghm_bytes body,
                        uint32_t default_ttl_s);

/** Can an answer never change: is it named by a hash, or of what is over? Arguments as above. */
bool ghm_lifetime_is_fixed(struct ghm_bytes name, struct ghm_bytes body);

#endif
