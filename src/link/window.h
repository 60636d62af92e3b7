/* SPDX-License-Identifier: MIT */
/* How large the receive window of one stream should be. It begins at the 256 KiB that every yamux
 * stream has and is judged whenever half of it has come: within two round trips, the window and not
 * the sender sets the pace, and it may double. */
#ifndef GHM_LINK_WINDOW_H
#define GHM_LINK_WINDOW_H

#include <stdint.h>

#define GHM_WINDOW_MIN 262144  /* bytes of each initial window, both directions */
#define GHM_WINDOW_MAX 4194304 /* bytes that ours grows to */

struct ghm_window {
    uint32_t size;
    uint32_t came;     /* bytes since the last judgement */
    uint64_t since_ns; /* its time */
};

enum ghm_window_pace {
    GHM_WINDOW_OPEN, /* less than half has come: no judgement */
    GHM_WINDOW_SLOW, /* the window does not hold the sender back, or the round trip is unknown */
    GHM_WINDOW_FAST,
};

void ghm_window_init(struct ghm_window *window, uint64_t now_ns);

/** `len` bytes come now. `rtt_ns` 0: unknown. */
enum ghm_window_pace ghm_window_push(struct ghm_window *window, uint32_t len, uint64_t now_ns,
                                     uint64_t rtt_ns);

#endif
