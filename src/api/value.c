/* SPDX-License-Identifier: MIT */
#include "answer/json.h"
#include "answer/rule.h"
#include "api/open.h"
#include "crypto/digest.h"
#include "io/clock.h"
#include "io/wake.h"

/* ---- get ---- */

GHM_API int ghm_get(ghm *cache, ghm_answer **ret_answer, const char *key)
{
    GHM_UNSET struct ghm_variant variant;
    struct ghm_home *home = &cache->home;
    struct ghm_freshness_bound bound = {.has_max_age = false};
    int error = ghm_variant_of_key(&variant, ghm_bytes_text(key));
    if (error != GHM_OK) return GHM_EINVAL;
    error = ghm_local_answer(&home->local, ret_answer, &variant, &cache->identity, &bound,
                             ghm_home_github_ms(home));
    if (error == GHM_OK || error == GHM_ENOMEM) return error;
    ghm_local_missed(&home->local, error);
    return GHM_ENOTFOUND;
}

/* ---- put ---- */

static uint32_t ttl_of(const struct ghm *cache, const struct ghm_variant *variant, int64_t ttl_s)
{
    int64_t usual_s = ghm_config_number(cache->home.config, GHM_SETTING_TTL_S);
    if (ttl_s > 0) return ttl_s > UINT32_MAX ? UINT32_MAX : (uint32_t)ttl_s;
    return ghm_rule_of_name(ghm_bytes(variant->name, variant->name_len), (uint32_t)usual_s).ttl_s;
}

static int store_value(struct ghm *cache, const struct ghm_variant *variant,
                       const struct ghm_entry *entry)
{
    uint8_t slot[GHM_VARIANT_ID_LEN];
    struct ghm_home *home = &cache->home;
    bool has_mesh = ghm_home_has_mesh(home);
    unsigned flags = GHM_STORE_FORCE | (has_mesh ? GHM_STORE_ANNOUNCE : 0U);
    ghm_local_slot(slot, variant, &entry->identity);
    int error = ghm_store_put(home->store, slot, entry, flags, ghm_clock_wall_ms() / 1000);
    if (error != GHM_OK) return error;
    GHM_COUNT(home->shared, puts, 1);
    if (has_mesh) ghm_wake_send(home->dir);
    return GHM_OK;
}

GHM_API int ghm_put(ghm *cache, const char *key, const char *json, size_t json_len, int64_t ttl_s,
                    unsigned flags)
{
    static const struct ghm_identity anonymous = {{0}};
    GHM_UNSET struct ghm_variant variant;
    if (ghm_variant_of_key(&variant, ghm_bytes_text(key)) != GHM_OK || ttl_s < 0) return GHM_EINVAL;
    if ((flags & ~(unsigned)GHM_PUT_PUBLIC) != 0) return GHM_EINVAL;
    if (json_len > GHM_ENTRY_BODY_MAX) return GHM_ELIMIT;
    struct ghm_entry entry = {
        .kind = GHM_ENTRY_PUT,
        .status = 200,
        .date_ms = ghm_home_github_ms(&cache->home),
        .ttl_s = ttl_of(cache, &variant, ttl_s),
        .identity = (flags & GHM_PUT_PUBLIC) != 0 ? anonymous : cache->identity,
        .name = ghm_bytes(variant.name, variant.name_len),
        .headers = ghm_bytes("", 0),
        .body = ghm_bytes(json, json_len),
    };
    if (!ghm_json_is_text(entry.body)) return GHM_EINVAL;
    ghm_digest_sha256(entry.body_sha256, entry.body);
    return store_value(cache, &variant, &entry);
}

/* ---- invalidate ---- */

/* A path means every method's and host's answers of it; here only GET of the one host is kept. */
static int prefix_of(struct ghm_buf *buf, const struct ghm *cache, const char *prefix)
{
    const struct ghm_config_origin *origin = &cache->home.origin;
    if (*prefix != '/') return ghm_buf_append_text(buf, prefix);
    int error = ghm_buf_append_text(buf, "GET ");
    if (error == GHM_OK) error = ghm_buf_append_text(buf, origin->host);
    if (error == GHM_OK) error = ghm_buf_append_text(buf, origin->prefix);
    return error == GHM_OK ? ghm_buf_append_text(buf, prefix) : error;
}

GHM_API int ghm_invalidate(ghm *cache, const char *prefix)
{
    struct ghm_buf buf;
    ghm_buf_init(&buf, NULL, GHM_VARIANT_NAME_MAX);
    int result = prefix_of(&buf, cache, prefix);
    if (result == GHM_OK)
        result = ghm_store_drop_prefix(cache->home.store, ghm_buf_bytes(&buf));
    else
        result = GHM_EINVAL;
    ghm_buf_fini(&buf);
    return result;
}
