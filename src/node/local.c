/* SPDX-License-Identifier: MIT */
#include "node/local.h"

#include "answer/identity.h"
#include "node/wrote.h"

void ghm_local_slot(uint8_t ret_slot[GHM_VARIANT_ID_LEN], const struct ghm_variant *variant,
                    const struct ghm_identity *identity)
{
    ghm_identity_slot(ret_slot, variant->id, identity);
}

/* The slot is a hash; the entry itself says whose answer of what it is. */
static bool is_of(const struct ghm_entry *entry, const struct ghm_variant *variant,
                  const struct ghm_identity *identity)
{
    return ghm_bytes_equal(entry->name, ghm_bytes(variant->name, variant->name_len)) &&
           ghm_identity_equal(&entry->identity, identity);
}

int ghm_local_find_own(const struct ghm_local *local, struct ghm_local_found *ret_found,
                       const struct ghm_variant *variant, const struct ghm_identity *identity,
                       const struct ghm_freshness_bound *bound, int64_t now_ms)
{
    uint8_t slot[GHM_VARIANT_ID_LEN];
    ghm_local_slot(slot, variant, identity);
    int error =
        ghm_store_get(local->store, &ret_found->read, &ret_found->entry, slot, now_ms / 1000);
    if (error != GHM_OK) return GHM_ENOTFOUND;
    if (!is_of(&ret_found->entry, variant, identity)) {
        ghm_store_done(local->store, &ret_found->read);
        return GHM_ENOTFOUND;
    }
    ret_found->freshness = ghm_freshness_of(&ret_found->entry, bound, now_ms);
    ret_found->is_foreign = false;
    ghm_freshness_after(&ret_found->freshness, ret_found->entry.date_ms,
                        ghm_wrote_epoch(local, ret_found->entry.name).wrote_ms);
    return GHM_OK;
}

/* What anonymous callers got, everybody may see; it is taken when it is of more use. */
static int find_public(const struct ghm_local *local, struct ghm_local_found *found, int error,
                       const struct ghm_variant *variant, const struct ghm_freshness_bound *bound,
                       int64_t now_ms)
{
    static const struct ghm_identity anonymous = {{0}};
    struct ghm_local_found public;
    if (error == GHM_OK && found->freshness.state == GHM_FRESHNESS_FRESH) return GHM_OK;
    if (ghm_local_find_own(local, &public, variant, &anonymous, bound, now_ms) != GHM_OK)
        return error;
    if (error == GHM_OK && public.freshness.state >= found->freshness.state) {
        ghm_local_done(local, &public);
        return GHM_OK;
    }
    if (error == GHM_OK) ghm_local_done(local, found);
    public.is_foreign = true;
    *found = public;
    return GHM_OK;
}

int ghm_local_find(const struct ghm_local *local, struct ghm_local_found *ret_found,
                   const struct ghm_variant *variant, const struct ghm_identity *identity,
                   const struct ghm_freshness_bound *bound, int64_t now_ms)
{
    int error = ghm_local_find_own(local, ret_found, variant, identity, bound, now_ms);
    if (ghm_identity_is_anonymous(identity)) return error;
    return find_public(local, ret_found, error, variant, bound, now_ms);
}

void ghm_local_done(const struct ghm_local *local, struct ghm_local_found *found)
{
    ghm_store_done(local->store, &found->read);
}

int ghm_local_reply(struct ghm_answer **ret_answer, const struct ghm_local_found *found,
                    enum ghm_source source, const struct ghm_freshness_bound *bound)
{
    struct ghm_reply reply = {
        .status = found->entry.status,
        .source = source,
        .age_ms = found->freshness.age_ms,
        .ttl_s = ghm_freshness_ttl_s(&found->entry, bound),
        .saves_call = found->entry.kind == GHM_ENTRY_ORIGIN,
        .foreign_sha256 = found->is_foreign ? found->entry.body_sha256 : NULL,
        .headers = found->entry.headers,
        .body = found->entry.body,
    };
    return ghm_reply_new(ret_answer, &reply);
}

void ghm_local_served(const struct ghm_local *local, const struct ghm_answer *answer)
{
    GHM_COUNT(local->shared, requests, 1);
    if (answer->source == GHM_SOURCE_PEER)
        GHM_COUNT(local->shared, peer_hits, 1);
    else
        GHM_COUNT(local->shared, local_hits, 1);
    if (answer->saves_call) GHM_COUNT(local->shared, api_calls_saved, 1);
}

int ghm_local_answer(const struct ghm_local *local, struct ghm_answer **ret_answer,
                     const struct ghm_variant *variant, const struct ghm_identity *identity,
                     const struct ghm_freshness_bound *bound, int64_t now_ms)
{
    struct ghm_local_found found;
    int error = ghm_local_find(local, &found, variant, identity, bound, now_ms);
    if (error != GHM_OK) return error;
    enum ghm_source source = found.entry.from_peer ? GHM_SOURCE_PEER : GHM_SOURCE_LOCAL;
    error = GHM_EOLD;
    if (found.freshness.state == GHM_FRESHNESS_FRESH)
        error = ghm_local_reply(ret_answer, &found, source, bound);
    if (error == GHM_OK) ghm_local_served(local, *ret_answer);
    ghm_local_done(local, &found);
    return error;
}

void ghm_local_missed(const struct ghm_local *local, int error)
{
    GHM_COUNT(local->shared, requests, 1);
    GHM_COUNT(local->shared, misses, 1);
    if (error == GHM_EOLD) GHM_COUNT(local->shared, expirations, 1);
}
