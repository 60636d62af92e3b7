/* SPDX-License-Identifier: MIT */
#include "api/open.h"

#include "answer/identity.h"
#include "api/fetch.h"
#include "crypto/hash.h"

#include <signal.h>
#include <stdio.h>
#include <unistd.h>

/* ---- the loop's thread ---- */

static void *run_loop(void *context)
{
    struct ghm *cache = context;
    ghm_loop_run(cache->loop);
    ghm_loop_free(cache->loop);
    return NULL;
}

/* Signals are the application's business: none is delivered to our thread. */
static int start_thread(struct ghm *cache)
{
    sigset_t all;
    sigset_t before;
    (void)sigfillset(&all);
    (void)pthread_sigmask(SIG_SETMASK, &all, &before);
    int error = pthread_create(&cache->thread, NULL, run_loop, cache);
    (void)pthread_sigmask(SIG_SETMASK, &before, NULL);
    return error == 0 ? GHM_OK : GHM_ENOMEM;
}

int ghm_open_loop(struct ghm *cache)
{
    if (cache->is_closing) return GHM_ECLOSED;
    if (cache->loop != NULL) return GHM_OK;
    struct ghm_loop_config config = {.home = &cache->home,
                                     .context = cache,
                                     .woken = ghm_fetch_woken,
                                     .answered = ghm_fetch_answered};
    struct ghm_loop *loop;
    int error = ghm_loop_new(&loop, &config);
    if (error != GHM_OK) return error;
    cache->loop = loop;
    error = start_thread(cache);
    if (error != GHM_OK) {
        ghm_loop_free(loop);
        cache->loop = NULL;
    }
    return error;
}

/* ---- identities ---- */

static bool recall(struct ghm *cache, struct ghm_identity *ret_identity, const uint8_t hash[32])
{
    size_t count = cache->identities_count < GHM_OPEN_IDENTITIES ? cache->identities_count
                                                                 : GHM_OPEN_IDENTITIES;
    for (size_t i = 0; i < count; i++) {
        if (memcmp(cache->identities[i].token_hash, hash, 32) != 0) continue;
        *ret_identity = cache->identities[i].identity;
        return true;
    }
    return false;
}

int ghm_open_identity(struct ghm *cache, struct ghm_identity *ret_identity, const char *token)
{
    uint8_t hash[32];
    if (token == NULL) {
        *ret_identity = cache->identity;
        return GHM_OK;
    }
    ghm_hash_sha256(hash, ghm_bytes_text(token));
    (void)pthread_mutex_lock(&cache->mutex);
    bool is_known = recall(cache, ret_identity, hash);
    (void)pthread_mutex_unlock(&cache->mutex);
    if (is_known) return GHM_OK;
    int error = ghm_home_identity(&cache->home, ret_identity, token);
    if (error != GHM_OK) return error;
    (void)pthread_mutex_lock(&cache->mutex);
    struct ghm_open_identity *slot =
        &cache->identities[cache->identities_count++ % GHM_OPEN_IDENTITIES];
    memcpy(slot->token_hash, hash, sizeof hash);
    slot->identity = *ret_identity;
    (void)pthread_mutex_unlock(&cache->mutex);
    return GHM_OK;
}

/* ---- opening and closing ---- */

static int open_home(struct ghm *cache, const struct ghm_config *config, enum ghm_open_role role)
{
    struct ghm_config *own = NULL;
    int error = GHM_OK;
    if (config == NULL) {
        error = ghm_config_new(&own);
        if (own == NULL) return error;
        config = own;
    }
    error = ghm_home_open(&cache->home, config);
    ghm_config_free(own);
    if (error != GHM_OK) return error;
    cache->home.is_visitor = role == GHM_OPEN_VISITOR;
    error = ghm_home_identity(&cache->home, &cache->identity, ghm_home_token(&cache->home));
    if (error == GHM_OK) return GHM_OK;
    ghm_home_close(&cache->home);
    if (error == GHM_ECONFIG)
        (void)snprintf(cache->home.problem, sizeof cache->home.problem,
                       "GHMESH_SECRET is not usable: make one with ghmesh secret new");
    return error;
}

int ghm_open_as(struct ghm **ret_cache, const struct ghm_config *config, enum ghm_open_role role,
                char *problem, size_t size)
{
    struct ghm *cache = ghm_mem_alloc(NULL, sizeof *cache);
    if (cache == NULL) return GHM_ENOMEM;
    cache->pid = getpid();
    cache->holds = 1;
    ghm_list_init(&cache->inbox);
    ghm_list_init(&cache->under_way);
    int error = open_home(cache, config, role);
    if (error != GHM_OK) {
        if (problem != NULL) (void)snprintf(problem, size, "%s", cache->home.problem);
        ghm_mem_free(NULL, cache, sizeof *cache);
        return error;
    }
    (void)pthread_mutex_init(&cache->mutex, NULL);
    if (role == GHM_OPEN_MEMBER && ghm_home_has_mesh(&cache->home)) {
        /* A node that does not start leaves a cache that works alone. */
        (void)pthread_mutex_lock(&cache->mutex);
        (void)!ghm_open_loop(cache);
        (void)pthread_mutex_unlock(&cache->mutex);
    }
    *ret_cache = cache;
    return GHM_OK;
}

GHM_API int ghm_open(ghm **ret_cache, const ghm_config *config)
{
    return ghm_open_as(ret_cache, config, GHM_OPEN_MEMBER, NULL, 0);
}

GHM_API void ghm_close(ghm *cache)
{
    if (cache == NULL) return;
    (void)pthread_mutex_lock(&cache->mutex);
    cache->is_closing = true;
    struct ghm_loop *loop = cache->loop;
    (void)pthread_mutex_unlock(&cache->mutex);
    if (loop != NULL) {
        ghm_loop_stop(loop);
        (void)pthread_join(cache->thread, NULL);
    }
    ghm_fetch_close_all(cache);
    ghm_home_close(&cache->home);
    (void)pthread_mutex_lock(&cache->mutex);
    ghm_mem_wipe(&cache->identity, sizeof cache->identity);
    ghm_mem_wipe(cache->identities, sizeof cache->identities);
    ghm_open_drop(cache);
}

void ghm_open_drop(struct ghm *cache)
{
    bool is_last = --cache->holds == 0;
    (void)pthread_mutex_unlock(&cache->mutex);
    if (!is_last) return;
    (void)pthread_mutex_destroy(&cache->mutex);
    ghm_mem_free(NULL, cache, sizeof *cache);
}

GHM_API const char *ghm_version(void)
{
    return GHM_VERSION_TEXT;
}
