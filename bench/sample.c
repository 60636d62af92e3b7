/* SPDX-License-Identifier: MIT */
#include "sample.h"

#include "stopwatch.h"

#include <stdio.h>
#include <string.h>

#define TTL_S 86400

static const char body_start[] =
    "{\"id\":%u,\"node_id\":\"MDEwOlJlcG9zaXRvcnk%u\",\"name\":\"hello-%u\",\"full_name\":\"octo-"
    "org/hello-%u\","
    "\"private\":false,\"owner\":{\"login\":\"octo-org\",\"id\":6811672,\"type\":\"Organization\","
    "\"site_admin\":false,\"html_url\":\"https://github.com/octo-org\"},"
    "\"html_url\":\"https://github.com/octo-org/hello-%u\",\"fork\":false,"
    "\"created_at\":\"2024-01-26T19:01:12Z\",\"updated_at\":\"2026-01-05T19:14:43Z\","
    "\"pushed_at\":\"2026-01-05T19:06:43Z\",\"homepage\":null,\"size\":10834,\"stargazers_count\":%"
    "u,"
    "\"watchers_count\":%u,\"language\":\"C\",\"has_issues\":true,\"has_projects\":true,"
    "\"has_downloads\":true,\"has_wiki\":false,\"has_pages\":false,\"forks_count\":9,\"archived\":"
    "false,"
    "\"disabled\":false,\"open_issues_count\":2,\"license\":{\"key\":\"mit\",\"name\":\"MIT "
    "License\","
    "\"spdx_id\":\"MIT\"},\"allow_forking\":true,\"topics\":[\"cache\",\"github\",\"p2p\"],"
    "\"visibility\":\"public\",\"default_branch\":\"main\",\"description\":\"";
static const char body_end[] = "\"}";

void sample_key(char ret_key[SAMPLE_KEY_SIZE], unsigned index)
{
    (void)snprintf(ret_key, SAMPLE_KEY_SIZE, "get_repo:name=hello-%u:owner=octo-org", index);
}

void sample_body(char ret_body[SAMPLE_BODY_LEN], unsigned index)
{
    char text[SAMPLE_BODY_LEN + 1];
    size_t end_len = sizeof body_end - 1;
    int len =
        snprintf(text, sizeof text, body_start, index, index, index, index, index, index, index);
    if (len < 0 || (size_t)len + end_len > SAMPLE_BODY_LEN) stopwatch_fail("making a sample", len);
    memset(ret_body, 'd', SAMPLE_BODY_LEN);
    memcpy(ret_body, text, (size_t)len);
    memcpy(ret_body + SAMPLE_BODY_LEN - end_len, body_end, end_len);
}

/* A full cycle by Hull and Dobell: the multiplier less one is divisible by what divides the count.
 */
unsigned sample_next(unsigned index)
{
    return (index * 4421U + 7919U) % SAMPLE_COUNT;
}

static void set(ghm_config *config, const char *name, const char *value)
{
    int error = ghm_config_set(config, name, value);
    if (error != GHM_OK) stopwatch_fail(name, error);
}

ghm *sample_open(enum sample_role role, const char *dir, const char *secret, const char *bootstrap)
{
    ghm *cache;
    ghm_config *config;
    int error = ghm_config_new(&config);
    if (error != GHM_OK) stopwatch_fail("ghm_config_new", error);
    set(config, "GHMESH_DIR", dir);
    set(config, "GHMESH_TOKEN", "ghp_bench000000000000000000000000000000");
    set(config, "GHMESH_LISTEN", "/ip4/127.0.0.1/tcp/0");
    set(config, "GHMESH_P2P", role == SAMPLE_MEMBER ? "true" : "false");
    set(config, "GHMESH_SECRET", secret);
    set(config, "GHMESH_BOOTSTRAP", bootstrap);
    error = ghm_open(&cache, config);
    if (error != GHM_OK) stopwatch_fail("ghm_open", error);
    ghm_config_free(config);
    return cache;
}

void sample_fill(ghm *cache)
{
    char key[SAMPLE_KEY_SIZE];
    char body[SAMPLE_BODY_LEN];
    for (unsigned i = 0; i < SAMPLE_COUNT; i++) {
        sample_key(key, i);
        sample_body(body, i);
        int error = ghm_put(cache, key, body, sizeof body, TTL_S, 0);
        if (error != GHM_OK) stopwatch_fail("ghm_put", error);
    }
}
