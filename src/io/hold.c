/* SPDX-License-Identifier: MIT */
#include "io/hold.h"

#include "answer/budget.h"
#include "answer/header.h"

#include <sodium.h>
#include <strings.h>

static const char *resource_of(const char *url)
{
    const char *host = strstr(url, "//");
    const char *target = host == NULL ? NULL : strchr(host + 2, '/');
    return ghm_budget_resource(ghm_bytes_text(target == NULL ? "/" : target));
}

void ghm_hold_key(uint8_t ret_key[32], const struct ghm_home *home,
                  const struct ghm_origin_request *request)
{
    crypto_generichash_state state;
    struct ghm_bytes credential = GHM_BYTES_NONE;
    struct ghm_bytes walk = request->headers;
    const char *resource = resource_of(request->url);
    for (struct ghm_header header; ghm_header_next(&walk, &header);) {
        bool is_it =
            header.name.len == strlen("authorization") &&
            strncasecmp((const char *)header.name.ptr, "authorization", header.name.len) == 0;
        if (is_it) credential = header.value;
    }
    crypto_generichash_init(&state, home->local_key, sizeof home->local_key, 32);
    crypto_generichash_update(&state, (const uint8_t *)"hold", sizeof "hold");
    crypto_generichash_update(&state, (const uint8_t *)resource, strlen(resource) + 1);
    if (credential.len > 0) crypto_generichash_update(&state, credential.ptr, credential.len);
    crypto_generichash_final(&state, ret_key, 32);
    sodium_memzero(&state, sizeof state);
}

int64_t ghm_hold_until(const struct ghm_home *home, const uint8_t key[32])
{
    uint8_t value[64];
    size_t len;
    if (ghm_store_fact(home->store, value, &len, key) != GHM_OK || len != 8) return 0;
    int64_t until_ms = (int64_t)ghm_load_be64(value);
    return until_ms > ghm_home_github_ms(home) ? until_ms : 0;
}

void ghm_hold_learn(const struct ghm_home *home, const uint8_t key[32],
                    const struct ghm_origin_response *response)
{
    static const struct ghm_identity nobody = {
        {0}}; /* the key says who: this budget is of one line */
    uint8_t value[8];
    struct ghm_budget budget;
    if (response->error != GHM_OK || (response->status != 403 && response->status != 429)) return;
    struct ghm_budget_answer heard = {.status = (unsigned)response->status,
                                      .headers = response->headers,
                                      .body = response->body,
                                      .resource = "core"};
    ghm_budget_init(&budget);
    int64_t now_ms = ghm_home_github_ms(home);
    int64_t until_ms = ghm_budget_learn(&budget, &nobody, &heard, now_ms)->hold_until_ms;
    if (until_ms <= now_ms) return;
    ghm_store_be64(value, (uint64_t)until_ms);
    /* Not remembered is one more refusal by GitHub, no worse. */
    (void)!ghm_store_fact_put(home->store, key, ghm_bytes(value, sizeof value));
}
