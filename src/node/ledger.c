/* SPDX-License-Identifier: MIT */
#include "node/ledger.h"

#include "crypto/hash.h"

#define HOLD_LEN 12 /* until when, and how often in a row */

/* ---- what all processes know ---- */

static void key_of(uint8_t ret_key[GHM_HASH_LEN], const struct ghm_identity *identity,
                   const char *resource)
{
    uint8_t text[4 + sizeof identity->fp + GHM_BUDGET_RESOURCE_MAX] = {'h', 'o', 'l', 'd'};
    struct ghm_bytes name = ghm_bytes_upto(ghm_bytes_text(resource), GHM_BUDGET_RESOURCE_MAX);
    memcpy(text + 4, identity->fp, sizeof identity->fp);
    ghm_bytes_copy(text + 4 + sizeof identity->fp, name);
    ghm_hash_sha256(ret_key, ghm_bytes(text, sizeof text));
}

/* One that ended long ago says nothing about the next. */
static void recall(const struct ghm_local *local, struct ghm_budget *budget,
                   const struct ghm_identity *identity, const char *resource, int64_t now_ms)
{
    uint8_t key[GHM_HASH_LEN];
    uint8_t value[64];
    size_t len;
    key_of(key, identity, resource);
    if (ghm_store_fact(local->store, value, &len, key) != GHM_OK || len != HOLD_LEN) return;
    int64_t until_ms = (int64_t)ghm_load_be64(value);
    if (until_ms + GHM_BUDGET_HOLD_MS_MAX < now_ms) return;
    ghm_budget_hold(budget, identity, resource, until_ms, ghm_load_be32(value + 8), now_ms);
}

/* Not remembered is one more refusal by GitHub, no worse. */
static void remember(const struct ghm_local *local, const struct ghm_budget_line *line)
{
    uint8_t key[GHM_HASH_LEN];
    uint8_t value[HOLD_LEN];
    key_of(key, &line->identity, line->resource);
    ghm_store_be64(value, (uint64_t)line->hold_until_ms);
    ghm_store_be32(value + 8, line->strikes);
    (void)!ghm_store_fact_put(local->store, key, ghm_bytes(value, sizeof value));
}

/* ---- one line ---- */

static int64_t hold_of(const struct ghm_budget *budget, const struct ghm_identity *identity,
                       const char *resource)
{
    const struct ghm_budget_line *line = ghm_budget_find(budget, identity, resource);
    return line == NULL ? 0 : line->hold_until_ms;
}

static void remember_if_longer(const struct ghm_local *local, const struct ghm_budget *budget,
                               const struct ghm_identity *identity, const char *resource,
                               int64_t before_ms)
{
    const struct ghm_budget_line *line = ghm_budget_find(budget, identity, resource);
    if (line != NULL && line->hold_until_ms > before_ms) remember(local, line);
}

/* ---- the face ---- */

int64_t ghm_ledger_learn(const struct ghm_local *local, struct ghm_budget *budget,
                         const struct ghm_identity *identity,
                         const struct ghm_budget_answer *answer, int64_t now_ms)
{
    char resource[GHM_BUDGET_RESOURCE_MAX];
    ghm_budget_name(resource, answer);
    (void)ghm_ledger_held(local, budget, identity, resource, now_ms);
    int64_t own_ms = hold_of(budget, identity, resource);
    int64_t all_ms = hold_of(budget, identity, GHM_BUDGET_ALL);
    int64_t held_ms = ghm_budget_learn(budget, identity, answer, now_ms);
    remember_if_longer(local, budget, identity, resource, own_ms);
    remember_if_longer(local, budget, identity, GHM_BUDGET_ALL, all_ms);
    return held_ms;
}

int64_t ghm_ledger_held(const struct ghm_local *local, struct ghm_budget *budget,
                        const struct ghm_identity *identity, const char *resource, int64_t now_ms)
{
    recall(local, budget, identity, resource, now_ms);
    recall(local, budget, identity, GHM_BUDGET_ALL, now_ms);
    return ghm_budget_held(budget, identity, resource, now_ms);
}

int64_t ghm_ledger_admit(const struct ghm_local *local, struct ghm_budget *budget,
                         const struct ghm_identity *identity, const char *resource, int64_t now_ms)
{
    int64_t held_ms = ghm_ledger_held(local, budget, identity, resource, now_ms);
    uint32_t reserve = ghm_budget_reserve(budget, identity, resource);
    return held_ms > 0 ? held_ms : ghm_budget_admit(budget, identity, resource, reserve, now_ms);
}
