/* SPDX-License-Identifier: MIT */
/* Notices that nobody uses a directory: no process of it was asked for anything for so long.
 *
 * Call protocol: init -> fini -> the loop runs until nothing is open, on the loop's thread. */
#ifndef GHM_IO_IDLE_H
#define GHM_IO_IDLE_H

#include "store/shared.h"

#include <stdbool.h>
#include <uv.h>

struct ghm_idle {
    uv_timer_t timer;
    const struct ghm_shared *shared;
    uint64_t requests; /* at the last look */
    unsigned quiet_ticks;
    void *context;
    void (*over)(void *context);
};

/** Call `over` once when it was idle for `idle_s` seconds, more or less a quarter. */
void ghm_idle_init(struct ghm_idle *idle, uv_loop_t *uv, const struct ghm_shared *shared,
                   int64_t idle_s);
void ghm_idle_fini(struct ghm_idle *idle);

#endif
