/* SPDX-License-Identifier: MIT */
#include "store/uses.h"

#include "base/bytes.h"

_Static_assert(GHM_SHARED_USES == 65536, "two bytes of an id name a place");

static _Atomic uint32_t *place_of(struct ghm_shared *shared, const uint8_t id[32])
{
    return &shared->uses[ghm_load_be16(id + 30)];
}

/* Written only when it changes: a place that many read must not bounce between processors. */
void ghm_uses_note(struct ghm_shared *shared, const uint8_t id[32], int64_t now_s)
{
    if (shared == NULL || now_s <= 0 || now_s > UINT32_MAX) return;
    _Atomic uint32_t *place = place_of(shared, id);
    uint32_t last = atomic_load_explicit(place, memory_order_relaxed);
    if (last < now_s) atomic_store_explicit(place, (uint32_t)now_s, memory_order_relaxed);
}

uint32_t ghm_uses_last(struct ghm_shared *shared, const uint8_t id[32])
{
    if (shared == NULL) return 0;
    return atomic_load_explicit(place_of(shared, id), memory_order_relaxed);
}
