/* SPDX-License-Identifier: MIT */
/* A process that forks: both use the one cache of their process. The child says its pid, then both
 * answer "stats" lines: the parent until its input ends, the child through the pipe in argv[1]. */
#include "app.h"

#include <sys/wait.h>
#include <unistd.h>

static void check(const char *key)
{
    ghm_answer *answer;
    ghm *cache = ghm_global();
    MUST(cache != NULL);
    MUST(ghm_put(cache, key, "{}", 2, 60, 0) == GHM_OK);
    MUST(ghm_get(cache, &answer, key) == GHM_OK);
    ghm_answer_free(answer);
}

/* Lives until the pipe at `path` is closed by the test, and says there what it knows. */
static int be_child(const char *path)
{
    char line[64];
    check("fork:of=child");
    ghm_answer *answer;
    MUST(ghm_get(ghm_global(), &answer, "fork:of=parent") == GHM_OK);
    ghm_answer_free(answer);
    (void)printf("child %d\n", (int)getpid());
    (void)fflush(stdout);
    FILE *stream = fopen(path, "r");
    MUST(stream != NULL);
    MUST(fgets(line, sizeof line, stream) == NULL);
    (void)fclose(stream);
    return 0;
}

int main(int argc, char **argv)
{
    char line[64];
    int status;
    MUST(argc == 2);
    check("fork:of=parent");
    app_say("parent");
    (void)app_hear(line, sizeof line); /* "fork": now it hosts */
    pid_t pid = fork();
    MUST(pid >= 0);
    if (pid == 0) _exit(be_child(argv[1]));
    check("fork:of=parent,again=1");
    while (app_hear(line, sizeof line))
        ;
    MUST(waitpid(pid, &status, 0) == pid);
    MUST(WIFEXITED(status) && WEXITSTATUS(status) == 0);
    return 0;
}
