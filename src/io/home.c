/* SPDX-License-Identifier: MIT */
#include "io/home.h"

#include "answer/identity.h"
#include "base/assert.h"
#include "io/clock.h"
#include "io/random.h"

#include <sodium.h>
#include <stdio.h>

/* All tokens of a mesh that trusts them alike; no token holds a blank. */
#define TRUSTED "trust mesh"

static int fail(struct ghm_home *home, int error, const char *what)
{
    const char *why = ghm_error_text(error);
    const char *remedy = "set GHMESH_DIR to another";
    if (error == GHM_ELIMIT) {
        why = "too many files are open";
        remedy = "raise the limit (ulimit -n)";
    }
    (void)snprintf(home->problem, sizeof home->problem, "%s %.300s: %s; %s", what, home->dir, why,
                   remedy);
    return error;
}

static struct ghm_store_options store_options(struct ghm_home *home)
{
    ghm_files_boot_id(home->boot_id);
    return (struct ghm_store_options){
        .dir = home->dir,
        .bytes_max = (uint64_t)ghm_config_number(home->config, GHM_SETTING_MAX_BYTES),
        .entries_max = (uint32_t)ghm_config_number(home->config, GHM_SETTING_MAX_ENTRIES),
        .shared = home->shared,
        .boot_id = home->boot_id,
    };
}

static int open_parts(struct ghm_home *home)
{
    struct ghm_entropy entropy;
    uint8_t fresh[32];
    int error = ghm_files_make_dir(home->dir);
    if (error != GHM_OK) return fail(home, error, "cannot make the directory");
    ghm_random_entropy(&entropy);
    ghm_entropy_fill(&entropy, fresh, sizeof fresh);
    ghm_mem_wipe(&entropy, sizeof entropy);
    error = ghm_files_key(home->local_key, home->dir, "local.key", fresh);
    /* It only names what is remembered: a broken one is made anew. */
    if (error == GHM_ECORRUPT && ghm_files_drop(home->dir, "local.key") == GHM_OK)
        error = ghm_files_key(home->local_key, home->dir, "local.key", fresh);
    ghm_mem_wipe(fresh, sizeof fresh);
    if (error != GHM_OK) return fail(home, error, "cannot use the directory");
    error = ghm_files_map(&home->shared, home->dir);
    if (error != GHM_OK) return fail(home, error, "cannot use the directory");
    struct ghm_store_options options = store_options(home);
    error = ghm_store_open(&home->store, &options);
    return error == GHM_OK ? GHM_OK : fail(home, error, "cannot open the store in");
}

static int read_config(struct ghm_home *home)
{
    const char *problem = ghm_config_problem(home->config);
    if (*problem != '\0') {
        (void)snprintf(home->problem, sizeof home->problem, "%s", problem);
        return GHM_ECONFIG;
    }
    if (ghm_config_dir(home->config, home->dir, sizeof home->dir) != GHM_OK) {
        (void)snprintf(home->problem, sizeof home->problem,
                       *ghm_config_text(home->config, GHM_SETTING_DIR) != '\0'
                           ? "GHMESH_DIR is too long for a path"
                           : "no place for the cache: set GHMESH_DIR or HOME");
        return GHM_ECONFIG;
    }
    if (ghm_config_origin(&home->origin, home->config) != GHM_OK) {
        (void)snprintf(home->problem, sizeof home->problem,
                       "GHMESH_HOST must be a host or a base URL such as https://api.github.com");
        return GHM_ECONFIG;
    }
    home->secrets = ghm_config_text(home->config, GHM_SETTING_SECRET);
    if (*home->secrets == '\0') home->secrets = ghm_home_token(home);
    return GHM_OK;
}

int ghm_home_open(struct ghm_home *ret_home, const struct ghm_config *config)
{
    memset(ret_home, 0, sizeof *ret_home);
    GHM_ASSERT(sodium_init() >= 0);
    int error = ghm_config_copy(&ret_home->config, config);
    if (error == GHM_OK) error = read_config(ret_home);
    if (error == GHM_OK) error = open_parts(ret_home);
    if (error != GHM_OK) {
        char problem[sizeof ret_home->problem];
        memcpy(problem, ret_home->problem, sizeof problem);
        ghm_home_close(ret_home);
        memcpy(ret_home->problem, problem, sizeof problem);
        return error;
    }
    ret_home->local = (struct ghm_local){.store = ret_home->store, .shared = ret_home->shared};
    return GHM_OK;
}

void ghm_home_close(struct ghm_home *home)
{
    ghm_store_close(home->store);
    ghm_files_unmap(home->shared);
    ghm_config_free(home->config);
    ghm_mem_wipe(home, sizeof *home);
}

int ghm_home_compact(struct ghm_home *home, struct ghm_compact *ret_compact)
{
    struct ghm_store_options options = store_options(home);
    ghm_store_close(home->store);
    home->store = NULL;
    home->local.store = NULL;
    return ghm_store_compact(ret_compact, &options);
}

int ghm_home_condemn(const struct ghm_config *config)
{
    struct ghm_home home = {.store = NULL};
    int error = ghm_config_copy(&home.config, config);
    if (error == GHM_OK) error = read_config(&home);
    if (error == GHM_OK) {
        struct ghm_store_options options = store_options(&home);
        error = ghm_store_condemn(&options);
    }
    ghm_home_close(&home);
    return error;
}

const char *ghm_home_token(const struct ghm_home *home)
{
    return ghm_config_text(home->config, GHM_SETTING_TOKEN);
}

bool ghm_home_has_mesh(const struct ghm_home *home)
{
    return ghm_config_bool(home->config, GHM_SETTING_P2P) && *home->secrets != '\0';
}

/* ---- identities ---- */

static bool is_trusting(const struct ghm_home *home)
{
    return strcmp(ghm_config_text(home->config, GHM_SETTING_TRUST), "mesh") == 0;
}

/* Who has no token stays nobody. */
static const char *trusted_as(const struct ghm_home *home, const char *token)
{
    return is_trusting(home) && *token != '\0' ? TRUSTED : token;
}

struct ghm_bytes ghm_home_known_as(const struct ghm_home *home, struct ghm_bytes token)
{
    return is_trusting(home) && token.len > 0 ? ghm_bytes_text(TRUSTED) : token;
}

/* What is remembered of a slow secret: which fingerprint a token has under it. Both are named only
 * by a hash under the directory's own key. */
static void fact_key(uint8_t ret_key[32], const struct ghm_home *home, const char *token)
{
    crypto_generichash_state state;
    crypto_generichash_init(&state, home->local_key, sizeof home->local_key, 32);
    crypto_generichash_update(&state, (const uint8_t *)home->secrets, strlen(home->secrets) + 1);
    crypto_generichash_update(&state, (const uint8_t *)token, strlen(token));
    crypto_generichash_final(&state, ret_key, 32);
    sodium_memzero(&state, sizeof state);
}

static int derive(const struct ghm_home *home, struct ghm_identity *ret_identity, const char *token)
{
    struct ghm_keyring keyring = {0};
    int error = ghm_keyring_init(&keyring, home->secrets);
    if (error != GHM_OK) return error == GHM_ENOMEM ? GHM_ENOMEM : GHM_ECONFIG;
    ghm_identity_of(ret_identity, keyring.keys[0].index, ghm_bytes_text(token));
    ghm_keyring_fini(&keyring);
    return GHM_OK;
}

static int recall(struct ghm_home *home, struct ghm_identity *ret_identity, const char *token)
{
    uint8_t key[32];
    uint8_t value[64];
    size_t len;
    fact_key(key, home, token);
    if (ghm_store_fact(home->store, value, &len, key) != GHM_OK) return GHM_EAGAIN;
    if (len != sizeof ret_identity->fp) return GHM_EAGAIN;
    memcpy(ret_identity->fp, value, sizeof ret_identity->fp);
    return GHM_OK;
}

int ghm_home_identity_quick(struct ghm_home *home, struct ghm_identity *ret_identity,
                            const char *token)
{
    token = trusted_as(home, token);
    if (*home->secrets == '\0' || *token == '\0') {
        ghm_identity_of(ret_identity, home->local_key, ghm_bytes_text(token));
        return GHM_OK;
    }
    if (ghm_keyring_is_fast(home->secrets)) return derive(home, ret_identity, token);
    return recall(home, ret_identity, token);
}

int ghm_home_identity(struct ghm_home *home, struct ghm_identity *ret_identity, const char *token)
{
    uint8_t key[32];
    int error = ghm_home_identity_quick(home, ret_identity, token);
    if (error != GHM_EAGAIN) return error;
    token = trusted_as(home, token);
    error = derive(home, ret_identity, token);
    if (error != GHM_OK) return error;
    fact_key(key, home, token);
    /* Not remembered is only slower next time. */
    (void)!ghm_store_fact_put(home->store, key,
                              ghm_bytes(ret_identity->fp, sizeof ret_identity->fp));
    return GHM_OK;
}

int ghm_home_index_key(const struct ghm_home *home, uint8_t ret_key[GHM_IDENTITY_KEY_LEN])
{
    struct ghm_keyring keyring = {0};
    if (*home->secrets == '\0') {
        memcpy(ret_key, home->local_key, GHM_IDENTITY_KEY_LEN);
        return GHM_OK;
    }
    int error = ghm_keyring_init(&keyring, home->secrets);
    if (error != GHM_OK) return error == GHM_ENOMEM ? GHM_ENOMEM : GHM_ECONFIG;
    memcpy(ret_key, keyring.keys[0].index, GHM_IDENTITY_KEY_LEN);
    ghm_keyring_fini(&keyring);
    return GHM_OK;
}

int64_t ghm_home_github_ms(const struct ghm_home *home)
{
    return ghm_clock_wall_ms() +
           atomic_load_explicit(&home->shared->github_skew_ms, memory_order_relaxed);
}
