/* SPDX-License-Identifier: MIT */
/* What must hold in every world, and what a run amounts to. */
#ifndef GHM_SIM_CHECKS_H
#define GHM_SIM_CHECKS_H

#include "sim.h"

struct checks_reach {
    uint64_t wanted; /* (message, node) pairs */
    uint64_t got;
    uint32_t message; /* one that is missing, and where */
    uint32_t node;
};

/** Of the messages first..end-1: who was up for `warm_ns` before each and ever since should have
 * it. `group` -1: everybody; otherwise only from and to that group as it is now. */
struct checks_reach checks_reach(const struct sim *sim, uint32_t first, uint32_t end,
                                 uint64_t warm_ns, int group);

/** As above, and a failure when less than `share` of them were got. */
void checks_reached(struct sim *sim, const char *what, uint32_t first, uint32_t end, double share);
void checks_reached_group(struct sim *sim, const char *what, uint32_t first, uint32_t end,
                          double share, int group);

/** Every mesh between D_low, or all there are, and D_high. */
void checks_mesh(struct sim *sim);

/** Nobody is connected to a peer that is down. */
void checks_alive(struct sim *sim);

/** Nobody is held for guilty, nothing was malformed or forged, memory is within its bound, and
 * copies are at most `copies_max` for each message and node. */
void checks_always(struct sim *sim, double copies_max);

struct checks_sum {
    struct ghm_gossip_counts counts;
    double copies; /* of each message, at each node, beyond the first */
    size_t mesh_min, mesh_max;
    double mesh_mean;
    size_t peak_bytes;      /* of the node that held most */
    double peak_mean_bytes; /* of nodes */
    uint64_t graylisted;
};
struct checks_sum checks_sum(const struct sim *sim);

#endif
