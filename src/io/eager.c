/* SPDX-License-Identifier: MIT */
#include "io/eager.h"

#include "base/list.h"
#include "io/clock.h"

#include <sched.h>

static void on_idle(uv_idle_t *idle)
{
    struct ghm_eager *eager = GHM_LIST_OF(idle, struct ghm_eager, idle);
    if (ghm_clock_now_ns() >= eager->until_ns)
        (void)uv_idle_stop(idle);
    else
        (void)sched_yield(); /* the sender may be waiting for this very core */
}

void ghm_eager_init(struct ghm_eager *eager, uv_loop_t *loop)
{
    (void)uv_idle_init(loop, &eager->idle);
}

void ghm_eager_note(struct ghm_eager *eager, size_t len, uint64_t now_ns)
{
    if (len < GHM_EAGER_LEN_MIN) return;
    eager->until_ns = now_ns + GHM_EAGER_NS;
    (void)uv_idle_start(&eager->idle, on_idle);
}

void ghm_eager_close(struct ghm_eager *eager, uv_close_cb closed)
{
    uv_close((uv_handle_t *)&eager->idle, closed);
}
