/* SPDX-License-Identifier: MIT */
/* Absolute monotonic deadlines in nanoseconds. Time is an argument everywhere outside src/io. */
#ifndef GHM_BASE_DEADLINE_H
#define GHM_BASE_DEADLINE_H

#include <stdint.h>

#define GHM_NEVER UINT64_MAX
#define GHM_NS_PER_MS UINT64_C(1000000)
#define GHM_NS_PER_S UINT64_C(1000000000)

static inline uint64_t ghm_deadline_first(uint64_t a, uint64_t b)
{
    return a < b ? a : b;
}

#endif
