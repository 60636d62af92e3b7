/* SPDX-License-Identifier: MIT */
/* Notices that nobody uses a directory: no process of it was asked for anything for so long.
 *
 * Call protocol: init -> fini -> the loop runs until nothing is open, on the loop's thread. */
#ifndef GHM_IO_LULL_H
#define GHM_IO_LULL_H

#include "store/shared.h"

#include <stdbool.h>
#include <uv.h>

struct ghm_lull {
    uv_timer_t timer;
    const struct ghm_shared *shared;
    uint64_t requests; /* at the last look */
    unsigned quiet_ticks;
    void *context;
    void (*over)(void *context);
};

/** Call `over` once when it was idle for `idle_s` seconds, more or less a quarter. */
void ghm_lull_init(struct ghm_lull *lull, uv_loop_t *uv, const struct ghm_shared *shared,
                   int64_t idle_s);
void ghm_lull_fini(struct ghm_lull *lull);

#endif
