/* SPDX-License-Identifier: MIT */
#include "node/still.h"

#include "answer/rule.h"
#include "store/epoch.h"

static uint64_t generation_of(const struct ghm_still *still, const struct ghm_local *local)
{
    return ghm_epoch_of(local->shared, &still->family).generation;
}

int ghm_still_begin(struct ghm_still *ret_still, const struct ghm_local *local,
                    const struct ghm_variant *variant, int64_t now_ms)
{
    struct ghm_bytes target = ghm_rule_target(ghm_bytes(variant->name, variant->name_len));
    ret_still->family.count = 0; /* an operation key's: no write is known to change it */
    if (target.ptr != NULL) ghm_family_read(&ret_still->family, target);
    ret_still->from_ms = now_ms;
    ret_still->generation = generation_of(ret_still, local);
    return ghm_store_version(local->store, &ret_still->version);
}

/* Bounds, TTLs and GitHub's lag behind writes are whole seconds of age: nothing else changes with
 * time. */
void ghm_still_end(struct ghm_still *still, const struct ghm_answer *answer)
{
    still->until_ms = still->from_ms + 1000 - answer->age_ms % 1000;
}

bool ghm_still_holds(const struct ghm_still *still, const struct ghm_local *local, int64_t now_ms)
{
    return now_ms >= still->from_ms && now_ms < still->until_ms &&
           ghm_store_is_at(local->store, still->version) &&
           generation_of(still, local) == still->generation;
}
