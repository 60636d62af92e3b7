/* SPDX-License-Identifier: MIT */
/* May an entry be served now? All times are GitHub's. */
#ifndef GHM_ANSWER_FRESHNESS_H
#define GHM_ANSWER_FRESHNESS_H

#include "answer/entry.h"

#define GHM_FRESHNESS_STALE_S 3600     /* the default of stale_s */
#define GHM_FRESHNESS_STRETCHED_S 3600 /* no TTL is stretched past it */
#define GHM_FRESHNESS_LAG_MS 10000     /* after a write GitHub may still show what was before it */
#define GHM_FRESHNESS_LAGGING_MS 2000  /* how long such an answer is fresh at most */

#define GHM_FRESHNESS_MAP(X)                                                                       \
    X(GHM_FRESHNESS_FRESH, "serve it")                                                             \
    X(GHM_FRESHNESS_STALE, "serve it only when GitHub cannot be asked")                            \
    X(GHM_FRESHNESS_EXPIRED, "never serve it; it may still be confirmed by a 304")

enum ghm_freshness_state {
#define GHM_FRESHNESS_ENUM(name, text) name,
    GHM_FRESHNESS_MAP(GHM_FRESHNESS_ENUM)
#undef GHM_FRESHNESS_ENUM
};

/** What a caller accepts. The caller's bound is never passed, not even when GitHub is away. */
struct ghm_freshness_bound {
    bool has_max_age;
    uint32_t max_age_s; /* younger than this, if has_max_age; 0 accepts nothing unasked. For an
                           answer of GitHub it takes the TTL's place; a value that was put lives no
                           longer than its own TTL */
    uint32_t stale_s;   /* how long past its TTL an entry may still be stale; 0: not at all */
    uint32_t stretch;   /* without has_max_age: times the TTL of an answer of GitHub, because the
                           budget runs down (budget.h); 0 is 1 */
};

struct ghm_freshness {
    enum ghm_freshness_state state;
    int64_t age_ms; /* 0 or more */
};

/** How long an entry is fresh from its birth for this caller. */
uint32_t ghm_freshness_ttl_s(const struct ghm_entry *entry,
                             const struct ghm_freshness_bound *bound);

/**
 * Judge an entry.
 *
 * An age is fresh while below ghm_freshness_ttl_s. An entry dated ahead of GitHub's
 * clock has the age 0: clocks differ by a little. (One dated far ahead never gets into the store:
 * the mesh refuses it.)
 *
 * @param github_now_ms GitHub's time now
 */
struct ghm_freshness ghm_freshness_of(const struct ghm_entry *entry,
                                      const struct ghm_freshness_bound *bound,
                                      int64_t github_now_ms);

/**
 * Take a write into account that may have changed what the entry shows.
 *
 * An entry dated before it, or in its second, is EXPIRED: it may be confirmed, never served. One
 * dated less than GHM_FRESHNESS_LAG_MS after it is fresh for GHM_FRESHNESS_LAGGING_MS only, for
 * GitHub reads from copies that lag behind.
 *
 * @param date_ms  the entry's
 * @param wrote_ms GitHub's time of the write; 0: there was none
 */
void ghm_freshness_after(struct ghm_freshness *freshness, int64_t date_ms, int64_t wrote_ms);

#endif
