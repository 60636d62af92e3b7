/* SPDX-License-Identifier: MIT */
/* Things that are dear to make, kept for the next who needs one. Any thread may take and give
 * without a lock. */
#ifndef GHM_STORE_IDLE_H
#define GHM_STORE_IDLE_H

#include <stdatomic.h>
#include <stdbool.h>

#define GHM_IDLE_MAX 32 /* kept; more may be in use */

/* As wide as a line of the processor's cache, or threads would slow each other down. */
struct ghm_idle_place {
    _Atomic(void *) thing;
    char unused[64 - sizeof(void *)];
};

struct ghm_idle {
    struct ghm_idle_place places[GHM_IDLE_MAX];
};

void ghm_idle_init(struct ghm_idle *idle);

/** One of them, now the caller's; NULL when there is none. */
void *ghm_idle_take(struct ghm_idle *idle);

/** Keep a thing. False: there is no place, and it stays the caller's. */
bool ghm_idle_give(struct ghm_idle *idle, void *thing);

#endif
