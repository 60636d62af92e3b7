/* SPDX-License-Identifier: MIT */
/* Asks as many: each line is "TOKEN MAX_AGE_S PATH" (- for no token, -1 for the route's own TTL);
 * says "STATUS SOURCE BODY", or "error TEXT". Ends with its input. */
#include "app.h"

static void ask(ghm *cache, char *line)
{
    size_t len;
    ghm_answer *answer;
    struct ghm_fetch_options options;
    char *age = strchr(line, ' ');
    MUST(age != NULL);
    *age++ = '\0';
    char *path = strchr(age, ' ');
    MUST(path != NULL);
    *path++ = '\0';
    ghm_fetch_options_init(&options);
    options.token = strcmp(line, "-") == 0 ? "" : line;
    options.max_age_s = strtoll(age, NULL, 10);
    int error = ghm_fetch(cache, &answer, path, &options);
    if (error != GHM_OK) {
        (void)printf("error %s\n", ghm_error_text(error));
        (void)fflush(stdout);
        return;
    }
    (void)printf("%d %d %s\n", ghm_answer_status(answer), (int)ghm_answer_source(answer),
                 ghm_answer_body(answer, &len)); /* a terminator follows the body */
    (void)fflush(stdout);
    ghm_answer_free(answer);
}

int main(void)
{
    ghm *cache;
    char line[4096];
    MUST(ghm_open(&cache, NULL) == GHM_OK);
    app_say("open");
    while (app_hear(line, sizeof line))
        ask(cache, line);
    ghm_close(cache);
    return 0;
}
