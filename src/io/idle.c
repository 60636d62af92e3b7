/* SPDX-License-Identifier: MIT */
#include "io/idle.h"

#define TICKS 4 /* in the time that is idle enough */

static void on_tick(uv_timer_t *timer)
{
    struct ghm_idle *idle = timer->data;
    uint64_t requests =
        atomic_load_explicit(&idle->shared->counters.requests, memory_order_relaxed);
    idle->quiet_ticks = requests == idle->requests ? idle->quiet_ticks + 1 : 0;
    idle->requests = requests;
    if (idle->quiet_ticks < TICKS) return;
    (void)uv_timer_stop(timer);
    idle->over(idle->context);
}

void ghm_idle_init(struct ghm_idle *idle, uv_loop_t *uv, const struct ghm_shared *shared,
                   int64_t idle_s)
{
    uint64_t tick_ms = (uint64_t)idle_s * 1000 / TICKS;
    idle->shared = shared;
    idle->requests = atomic_load_explicit(&shared->counters.requests, memory_order_relaxed);
    idle->quiet_ticks = 0;
    (void)uv_timer_init(uv, &idle->timer);
    idle->timer.data = idle;
    (void)uv_timer_start(&idle->timer, on_tick, tick_ms, tick_ms);
}

void ghm_idle_fini(struct ghm_idle *idle)
{
    uv_close((uv_handle_t *)&idle->timer, NULL);
}
