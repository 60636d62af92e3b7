/* SPDX-License-Identifier: MIT */
/* Fetches side by side: fetches THREADS PATH...: each thread fetches all paths, blocking, while the
 * main thread runs as many through descriptors, gives every third up, and polls the rest. */
#include "app.h"

#include <poll.h>
#include <pthread.h>

#define ASYNC_MAX 64

static ghm *cache;
static char **paths;
static int paths_count;

static void check(ghm_answer *answer, const char *path)
{
    size_t len;
    const char *body = ghm_answer_body(answer, &len);
    MUST(ghm_answer_status(answer) == 200);
    /* The origin of this test says in each body which path it is of. */
    MUST(len >= strlen(path) && memmem(body, len, path, strlen(path)) != NULL);
    ghm_answer_free(answer);
}

static void *fetch_all(void *unused)
{
    ghm_answer *answer;
    (void)unused;
    for (int i = 0; i < paths_count; i++) {
        MUST(ghm_fetch(cache, &answer, paths[i], NULL) == GHM_OK);
        check(answer, paths[i]);
    }
    return NULL;
}

static void wait_for(ghm_fetching *fetching, const char *path)
{
    ghm_answer *answer;
    struct pollfd fd = {.fd = ghm_fetching_fd(fetching), .events = POLLIN};
    MUST(fd.fd >= 0);
    MUST(poll(&fd, 1, 30000) == 1);
    MUST(ghm_fetching_finish(fetching, &answer) == GHM_OK);
    check(answer, path);
    MUST(ghm_fetching_finish(fetching, &answer) == GHM_EINVAL); /* taken */
    ghm_fetching_free(fetching);
}

static void fetch_async(void)
{
    ghm_fetching *under_way[ASYNC_MAX];
    struct ghm_fetch_options options;
    ghm_fetch_options_init(&options);
    options.max_age_s = 0; /* all of them go to the origin */
    for (int i = 0; i < ASYNC_MAX; i++)
        MUST(ghm_fetch_start(cache, &under_way[i], paths[i % paths_count], &options) == GHM_OK);
    for (int i = 0; i < ASYNC_MAX; i += 3)
        ghm_fetching_free(under_way[i]);
    for (int i = 0; i < ASYNC_MAX; i++)
        if (i % 3 != 0) wait_for(under_way[i], paths[i % paths_count]);
}

int main(int argc, char **argv)
{
    pthread_t ids[64];
    MUST(argc >= 3);
    int threads = atoi(argv[1]);
    MUST(threads >= 1 && threads <= 64);
    paths = argv + 2;
    paths_count = argc - 2;
    MUST(ghm_open(&cache, NULL) == GHM_OK);
    for (int i = 0; i < threads; i++)
        MUST(pthread_create(&ids[i], NULL, fetch_all, NULL) == 0);
    fetch_async();
    for (int i = 0; i < threads; i++)
        MUST(pthread_join(ids[i], NULL) == 0);
    ghm_close(cache);
    app_say("fetched");
    return 0;
}
