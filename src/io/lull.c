/* SPDX-License-Identifier: MIT */
#include "io/lull.h"

#define TICKS 4 /* in the time that is idle enough */

static void on_tick(uv_timer_t *timer)
{
    struct ghm_lull *lull = timer->data;
    uint64_t requests =
        atomic_load_explicit(&lull->shared->counters.requests, memory_order_relaxed);
    lull->quiet_ticks = requests == lull->requests ? lull->quiet_ticks + 1 : 0;
    lull->requests = requests;
    if (lull->quiet_ticks < TICKS) return;
    (void)uv_timer_stop(timer);
    lull->over(lull->context);
}

void ghm_lull_init(struct ghm_lull *lull, uv_loop_t *uv, const struct ghm_shared *shared,
                   int64_t idle_s)
{
    uint64_t tick_ms = (uint64_t)idle_s * 1000 / TICKS;
    lull->shared = shared;
    lull->requests = atomic_load_explicit(&shared->counters.requests, memory_order_relaxed);
    lull->quiet_ticks = 0;
    (void)uv_timer_init(uv, &lull->timer);
    lull->timer.data = lull;
    (void)uv_timer_start(&lull->timer, on_tick, tick_ms, tick_ms);
}

void ghm_lull_fini(struct ghm_lull *lull)
{
    uv_close((uv_handle_t *)&lull->timer, NULL);
}
