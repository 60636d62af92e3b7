/* SPDX-License-Identifier: MIT */
#include "answer/freshness.h"

static int64_t age_ms(int64_t date_ms, int64_t now_ms)
{
    if (now_ms <= date_ms) return 0;
    uint64_t age = (uint64_t)now_ms - (uint64_t)date_ms;
    return age > INT64_MAX ? INT64_MAX : (int64_t)age;
}

uint32_t ghm_freshness_ttl_s(const struct ghm_entry *entry, const struct ghm_freshness_bound *bound)
{
    if (!bound->has_max_age) {
        bool is_stretched = bound->stretch > 1 && entry->kind == GHM_ENTRY_ORIGIN;
        bool is_bounded =
            entry->ttl_s <= GHM_FRESHNESS_STRETCHED_S / (is_stretched ? bound->stretch : 1);
        return is_stretched && is_bounded ? entry->ttl_s * bound->stretch : entry->ttl_s;
    }
    bool is_shorter = bound->max_age_s < entry->ttl_s;
    return is_shorter || entry->kind == GHM_ENTRY_ORIGIN ? bound->max_age_s : entry->ttl_s;
}

struct ghm_freshness ghm_freshness_of(const struct ghm_entry *entry,
                                      const struct ghm_freshness_bound *bound,
                                      int64_t github_now_ms)
{
    struct ghm_freshness freshness = {
        .state = GHM_FRESHNESS_EXPIRED,
        .age_ms = age_ms(entry->date_ms, github_now_ms),
    };
    int64_t fresh_ms = (int64_t)ghm_freshness_ttl_s(entry, bound) * 1000;
    int64_t stale_ms = fresh_ms + (int64_t)bound->stale_s * 1000;
    int64_t bound_ms = (int64_t)bound->max_age_s * 1000;
    if (bound->has_max_age && freshness.age_ms >= bound_ms) return freshness;
    if (freshness.age_ms < stale_ms) freshness.state = GHM_FRESHNESS_STALE;
    if (freshness.age_ms < fresh_ms) freshness.state = GHM_FRESHNESS_FRESH;
    return freshness;
}

void ghm_freshness_after(struct ghm_freshness *freshness, int64_t date_ms, int64_t wrote_ms)
{
    if (wrote_ms == 0 || date_ms > wrote_ms + GHM_FRESHNESS_LAG_MS) return;
    if (date_ms <= wrote_ms) {
        freshness->state = GHM_FRESHNESS_EXPIRED;
        return;
    }
    bool is_fresh = freshness->state == GHM_FRESHNESS_FRESH;
    if (is_fresh && freshness->age_ms >= GHM_FRESHNESS_LAGGING_MS)
        freshness->state = GHM_FRESHNESS_STALE;
}
