/* SPDX-License-Identifier: MIT */
#include "swarm/keeper.h"

bool ghm_keeper_may_go(const struct ghm_keeper_view *view, uint64_t now_ns)
{
    return !view->is_protected && now_ns - view->up_ns >= GHM_KEEPER_GRACE_NS;
}

bool ghm_keeper_is_less(const struct ghm_keeper_view *a, const struct ghm_keeper_view *b)
{
    bool a_is_idle = a->streams == 0, b_is_idle = b->streams == 0;
    if (a_is_idle != b_is_idle) return a_is_idle;
    if (a->is_dialer != b->is_dialer) return b->is_dialer;
    if (a->streams != b->streams) return a->streams < b->streams;
    return a->used_ns < b->used_ns;
}
