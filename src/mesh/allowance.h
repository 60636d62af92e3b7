/* SPDX-License-Identifier: MIT */
/* How much of something one may do: so much in an interval, and what was not used for a while at
 * once. One number: when all that was done would have been done at the steady pace. */
#ifndef GHM_MESH_ALLOWANCE_H
#define GHM_MESH_ALLOWANCE_H

#include <stdbool.h>
#include <stdint.h>

struct ghm_allowance_rule {
    uint64_t each_ns;  /* the steady pace: one in so long */
    uint64_t ahead_ns; /* how far ahead of the steady pace one may be */
};

/** Zeroed to start: all is allowed. */
struct ghm_allowance {
    uint64_t paid_ns;
};

/** How many may be done now. */
uint64_t ghm_allowance_left(const struct ghm_allowance *allowance,
                            const struct ghm_allowance_rule *rule, uint64_t now_ns);

/** So many are done, allowed or not. */
void ghm_allowance_use(struct ghm_allowance *allowance, const struct ghm_allowance_rule *rule,
                       uint64_t count, uint64_t now_ns);

#endif
