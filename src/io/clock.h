/* SPDX-License-Identifier: MIT */
#ifndef GHM_IO_CLOCK_H
#define GHM_IO_CLOCK_H

#include <stdint.h>

/** Monotonic nanoseconds: for deadlines, never shown, never stored. */
uint64_t ghm_clock_now_ns(void);

/** The machine's wall clock in milliseconds since 1970. */
int64_t ghm_clock_wall_ms(void);

#endif
