/* SPDX-License-Identifier: MIT */
#include "io/clock.h"

#include "base/deadline.h"

#include <time.h>

uint64_t ghm_clock_now_ns(void)
{
    struct timespec t;
    (void)clock_gettime(CLOCK_MONOTONIC, &t);
    return (uint64_t)t.tv_sec * GHM_NS_PER_S + (uint64_t)t.tv_nsec;
}

int64_t ghm_clock_wall_ms(void)
{
    struct timespec t;
    (void)clock_gettime(CLOCK_REALTIME, &t);
    return (int64_t)t.tv_sec * 1000 + t.tv_nsec / 1000000;
}
