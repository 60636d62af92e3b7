/* SPDX-License-Identifier: MIT */
/* Twenty threads ask for the process's one cache at the same instant. */
#include "app.h"

#include <pthread.h>

#define THREADS 20

static pthread_barrier_t barrier;

static void *ask(void *slot)
{
    (void)pthread_barrier_wait(&barrier);
    *(ghm **)slot = ghm_global();
    return NULL;
}

static void read_and_write(ghm *cache, int thread)
{
    char key[64];
    char json[32];
    ghm_answer *answer;
    size_t len;
    (void)snprintf(key, sizeof key, "thread:number=%d", thread);
    int json_len = snprintf(json, sizeof json, "{\"n\":%d}", thread);
    MUST(ghm_put(cache, key, json, (size_t)json_len, 60, 0) == GHM_OK);
    MUST(ghm_get(cache, &answer, key) == GHM_OK);
    const char *body = ghm_answer_body(answer, &len);
    MUST(len == (size_t)json_len && memcmp(body, json, len) == 0);
    ghm_answer_free(answer);
}

int main(void)
{
    char line[64];
    pthread_t ids[THREADS];
    ghm *caches[THREADS] = {NULL};
    MUST(pthread_barrier_init(&barrier, NULL, THREADS) == 0);
    for (int i = 0; i < THREADS; i++)
        MUST(pthread_create(&ids[i], NULL, ask, &caches[i]) == 0);
    for (int i = 0; i < THREADS; i++)
        MUST(pthread_join(ids[i], NULL) == 0);
    MUST(caches[0] != NULL);
    for (int i = 1; i < THREADS; i++)
        MUST(caches[i] == caches[0]);
    for (int i = 0; i < THREADS; i++)
        read_and_write(caches[i], i);
    app_say("one");
    (void)app_hear(line, sizeof line);
    return 0;
}
