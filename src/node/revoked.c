/* SPDX-License-Identifier: MIT */
#include "node/revoked.h"

#include "store/fact.h"

/* A slot is a hash, and so are the other facts' names. */
void ghm_revoked_note(const struct ghm_local *local, const uint8_t slot[GHM_VARIANT_ID_LEN],
                      int64_t date_ms)
{
    uint8_t value[8];
    ghm_store_be64(value, (uint64_t)date_ms);
    (void)!ghm_store_fact_put(local->store, slot, ghm_bytes(value, sizeof value));
}

bool ghm_revoked_is(const struct ghm_local *local, const uint8_t slot[GHM_VARIANT_ID_LEN],
                    int64_t date_ms)
{
    uint8_t value[GHM_FACT_VALUE_MAX];
    size_t len;
    if (ghm_store_fact(local->store, value, &len, slot) != GHM_OK || len != 8) return false;
    return (int64_t)ghm_load_be64(value) >= date_ms;
}
