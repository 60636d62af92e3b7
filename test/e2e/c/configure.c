/* SPDX-License-Identifier: MIT */
/* Five threads replace the process's one cache, each with a directory of its own under argv[1];
 * then one tries what cannot work, and the cache that was there is still of use. */
#include "app.h"

#include <pthread.h>

#define THREADS 5

static pthread_barrier_t barrier;
static const char *base;

static ghm_config *config_of(const char *dir)
{
    ghm_config *config;
    MUST(ghm_config_new(&config) == GHM_OK);
    MUST(ghm_config_set(config, "GHMESH_DIR", dir) == GHM_OK);
    return config;
}

static void *configure(void *number)
{
    char dir[4096];
    (void)snprintf(dir, sizeof dir, "%s/%d", base, *(int *)number);
    ghm_config *config = config_of(dir);
    (void)pthread_barrier_wait(&barrier);
    MUST(ghm_configure(config) == GHM_OK);
    ghm_config_free(config);
    return NULL;
}

static void check_failure_keeps_old(void)
{
    ghm_answer *answer;
    ghm_config *config = config_of("/dev/null/nowhere");
    MUST(ghm_put(ghm_global(), "kept:a=1", "1", 1, 60, 0) == GHM_OK);
    MUST(ghm_configure(config) != GHM_OK);
    ghm_config_free(config);
    MUST(ghm_global() != NULL);
    MUST(ghm_get(ghm_global(), &answer, "kept:a=1") == GHM_OK);
    ghm_answer_free(answer);
}

int main(int argc, char **argv)
{
    char line[64];
    pthread_t ids[THREADS];
    int numbers[THREADS];
    MUST(argc == 2);
    base = argv[1];
    MUST(pthread_barrier_init(&barrier, NULL, THREADS) == 0);
    for (int i = 0; i < THREADS; i++) {
        numbers[i] = i;
        MUST(pthread_create(&ids[i], NULL, configure, &numbers[i]) == 0);
    }
    for (int i = 0; i < THREADS; i++)
        MUST(pthread_join(ids[i], NULL) == 0);
    MUST(ghm_global() != NULL);
    check_failure_keeps_old();
    app_say("configured");
    (void)app_hear(line, sizeof line);
    return 0;
}
