/* SPDX-License-Identifier: MIT */
/* Lots drawn from a seed (splitmix64). One stream for each thing that is drawn, so that a fault
 * more or less does not change what else is drawn. */
#ifndef GHM_SIM_LOT_H
#define GHM_SIM_LOT_H

#include <stdbool.h>
#include <stdint.h>

struct lot {
    uint64_t state;
};

static inline uint64_t lot_mix(uint64_t value)
{
    value = (value ^ (value >> 30)) * UINT64_C(0xbf58476d1ce4e5b9);
    value = (value ^ (value >> 27)) * UINT64_C(0x94d049bb133111eb);
    return value ^ (value >> 31);
}

static inline struct lot lot_of(uint64_t seed, uint64_t stream)
{
    return (struct lot){lot_mix(seed + UINT64_C(0x9e3779b97f4a7c15) * (stream + 1))};
}

static inline uint64_t lot_draw(struct lot *lot)
{
    lot->state += UINT64_C(0x9e3779b97f4a7c15);
    return lot_mix(lot->state);
}

/** In 0..bound-1; the bias of the remainder does not matter here. */
static inline uint64_t lot_below(struct lot *lot, uint64_t bound)
{
    return lot_draw(lot) % bound;
}

/** In from..to, both included. */
static inline uint64_t lot_between(struct lot *lot, uint64_t from, uint64_t to)
{
    return from + lot_below(lot, to - from + 1);
}

/** True with this probability. */
static inline bool lot_falls(struct lot *lot, double probability)
{
    return (double)(lot_draw(lot) >> 11) * 0x1p-53 < probability;
}

#endif
