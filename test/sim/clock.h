/* SPDX-License-Identifier: MIT */
/* A host's own clock: it begins elsewhere and runs a little fast or slow. */
#ifndef GHM_SIM_CLOCK_H
#define GHM_SIM_CLOCK_H

#include "base/deadline.h"

struct clock {
    uint64_t begin_ns; /* what it shows when the world begins */
    int64_t drift_ppm; /* microseconds that it gains in each second; under 1000 */
};

/** What it shows at a time of the world. */
static inline uint64_t clock_shows(const struct clock *clock, uint64_t world_ns)
{
    int64_t gain = (int64_t)(world_ns / 1000) * clock->drift_ppm / 1000;
    return clock->begin_ns + (uint64_t)((int64_t)world_ns + gain);
}

/** When, at or after the time `world_ns`, it shows `own_ns`, or a little later. */
static inline uint64_t clock_when(const struct clock *clock, uint64_t own_ns, uint64_t world_ns)
{
    uint64_t shown = clock_shows(clock, world_ns);
    if (own_ns == GHM_NEVER) return GHM_NEVER;
    if (own_ns <= shown) return world_ns;
    double wait = (double)(own_ns - shown) / (1.0 + (double)clock->drift_ppm * 1e-6);
    return world_ns + (uint64_t)wait + 1;
}

#endif
