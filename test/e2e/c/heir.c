/* SPDX-License-Identifier: MIT */
/* A process that asks for argv[1] and hosts; told to, it forks, and its child asks for argv[2] with
 * a cache of its own and says what came. */
#include "app.h"

#include <sys/wait.h>
#include <unistd.h>

static int fetch(ghm *cache, const char *path)
{
    ghm_answer *answer;
    if (ghm_fetch(cache, &answer, path, NULL) != GHM_OK) return 0;
    int status = ghm_answer_status(answer);
    ghm_answer_free(answer);
    return status;
}

int main(int argc, char **argv)
{
    ghm *cache;
    char line[64];
    MUST(argc == 3);
    MUST(ghm_open(&cache, NULL) == GHM_OK);
    (void)printf("parent %d\n", fetch(cache, argv[1]));
    (void)fflush(stdout);
    (void)app_hear(line, sizeof line); /* "fork" */
    pid_t pid = fork();
    MUST(pid >= 0);
    if (pid == 0) {
        MUST(ghm_open(&cache, NULL) == GHM_OK);
        (void)printf("child %d\n", fetch(cache, argv[2]));
        (void)fflush(stdout);
        ghm_close(cache);
        _exit(0);
    }
    MUST(waitpid(pid, NULL, 0) == pid);
    ghm_close(cache);
    return 0;
}
