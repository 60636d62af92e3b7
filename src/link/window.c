/* SPDX-License-Identifier: MIT */
#include "link/window.h"

void ghm_window_init(struct ghm_window *window, uint64_t now_ns)
{
    *window = (struct ghm_window){.size = GHM_WINDOW_MIN, .since_ns = now_ns};
}

enum ghm_window_pace ghm_window_push(struct ghm_window *window, uint32_t len, uint64_t now_ns,
                                     uint64_t rtt_ns)
{
    window->came += len;
    if (window->came < window->size / 2) return GHM_WINDOW_OPEN;
    uint64_t took_ns = now_ns - window->since_ns;
    window->came = 0;
    window->since_ns = now_ns;
    return rtt_ns != 0 && took_ns <= 2 * rtt_ns ? GHM_WINDOW_FAST : GHM_WINDOW_SLOW;
}
