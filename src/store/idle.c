/* SPDX-License-Identifier: MIT */
#include "store/idle.h"

#include <pthread.h>
#include <stddef.h>
#include <stdint.h>

void ghm_idle_init(struct ghm_idle *idle)
{
    for (size_t i = 0; i < GHM_IDLE_MAX; i++)
        atomic_init(&idle->places[i].thing, NULL);
}

/* Each thread begins its search elsewhere, so that threads rarely meet in one place. */
static size_t first_place(void)
{
    uint64_t thread = (uint64_t)pthread_self();
    return (size_t)((thread * UINT64_C(0x9e3779b97f4a7c15)) >> 59) % GHM_IDLE_MAX;
}

void *ghm_idle_take(struct ghm_idle *idle)
{
    size_t first = first_place();
    for (size_t i = 0; i < GHM_IDLE_MAX; i++) {
        _Atomic(void *) *place = &idle->places[(first + i) % GHM_IDLE_MAX].thing;
        if (atomic_load_explicit(place, memory_order_relaxed) == NULL) continue;
        void *thing = atomic_exchange_explicit(place, NULL, memory_order_acquire);
        if (thing != NULL) return thing;
    }
    return NULL;
}

bool ghm_idle_give(struct ghm_idle *idle, void *thing)
{
    size_t first = first_place();
    for (size_t i = 0; i < GHM_IDLE_MAX; i++) {
        _Atomic(void *) *place = &idle->places[(first + i) % GHM_IDLE_MAX].thing;
        void *empty = NULL;
        if (atomic_compare_exchange_strong_explicit(place, &empty, thing, memory_order_release,
                                                    memory_order_relaxed))
            return true;
    }
    return false;
}
