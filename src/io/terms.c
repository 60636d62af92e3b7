/* SPDX-License-Identifier: MIT */
#include "io/terms.h"

#include <sodium.h>
#include <stdlib.h>

/* What libcurl and OpenSSL read of the environment. */
static const char *const ways[] = {
    "http_proxy", "https_proxy", "HTTPS_PROXY",    "all_proxy",     "ALL_PROXY",
    "no_proxy",   "NO_PROXY",    "CURL_CA_BUNDLE", "SSL_CERT_FILE", "SSL_CERT_DIR",
};

static void add(crypto_generichash_state *state, const char *text)
{
    crypto_generichash_update(state, (const uint8_t *)text, strlen(text) + 1);
}

static void add_way(crypto_generichash_state *state, const char *name)
{
    const char *value = getenv(name);
    add(state, value == NULL ? "-" : "+");
    add(state, value == NULL ? "" : value);
}

void ghm_terms_of(uint8_t ret_terms[GHM_PARLEY_TERMS_LEN], const struct ghm_home *home)
{
    crypto_generichash_state state;
    crypto_generichash_init(&state, home->local_key, sizeof home->local_key, GHM_PARLEY_TERMS_LEN);
    add(&state, "terms " GHM_VERSION_TEXT);
    add(&state, home->origin.is_tls ? "https" : "http");
    add(&state, home->origin.host);
    add(&state, home->origin.prefix);
    add(&state, home->secrets);
    add(&state, ghm_home_has_mesh(home) ? "mesh" : "alone");
    add(&state, ghm_config_text(home->config, GHM_SETTING_TRUST));
    add(&state, ghm_config_text(home->config, GHM_SETTING_TTL_S));
    add(&state, ghm_config_text(home->config, GHM_SETTING_LIMITS));
    for (size_t i = 0; i < sizeof ways / sizeof ways[0]; i++)
        add_way(&state, ways[i]);
    crypto_generichash_final(&state, ret_terms, GHM_PARLEY_TERMS_LEN);
    sodium_memzero(&state, sizeof state);
}
