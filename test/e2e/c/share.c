/* SPDX-License-Identifier: MIT */
/* One of many processes in one directory. Reads commands: "put KEY JSON", "get KEY" (says the body
 * or "none"), "stats" (host, port, members), "invalidate PREFIX"; ends with its input, closing
 * orderly. */
#include "app.h"

static void put(ghm *cache, char *arguments)
{
    char *json = strchr(arguments, ' ');
    MUST(json != NULL);
    *json++ = '\0';
    int error = ghm_put(cache, arguments, json, strlen(json), 600, GHM_PUT_PUBLIC);
    app_say(error == GHM_OK ? "ok" : ghm_error_text(error));
}

static void get(ghm *cache, const char *key)
{
    ghm_answer *answer;
    size_t len;
    if (ghm_get(cache, &answer, key) != GHM_OK) {
        app_say("none");
        return;
    }
    app_say(ghm_answer_body(answer, &len)); /* a terminator follows the body */
    ghm_answer_free(answer);
}

static void stats(ghm *cache)
{
    struct ghm_stats now;
    MUST(ghm_stats_read(cache, &now) == GHM_OK);
    (void)printf("{\"host\": %u, \"port\": %u, \"members\": %llu}\n", now.host_pid, now.listen_port,
                 (unsigned long long)now.connected_peers);
    (void)fflush(stdout);
}

static void invalidate(ghm *cache, const char *prefix)
{
    (void)printf("%d\n", ghm_invalidate(cache, prefix));
    (void)fflush(stdout);
}

int main(void)
{
    ghm *cache;
    static char line[65536];
    int error = ghm_open(&cache, NULL);
    if (error != GHM_OK) {
        app_say(ghm_error_text(error));
        return 1;
    }
    app_say("open");
    while (app_hear(line, sizeof line)) {
        char *arguments = line + strcspn(line, " ");
        if (*arguments != '\0') *arguments++ = '\0';
        if (strcmp(line, "put") == 0)
            put(cache, arguments);
        else if (strcmp(line, "get") == 0)
            get(cache, arguments);
        else if (strcmp(line, "stats") == 0)
            stats(cache);
        else if (strcmp(line, "invalidate") == 0)
            invalidate(cache, arguments);
        else
            app_say("what?");
    }
    ghm_close(cache);
    return 0;
}
