/* SPDX-License-Identifier: MIT */
/* Our own bugs must stop the process: run one in a child and see how it ends. */
#ifndef GHM_TEST_BASE_DEATH_H
#define GHM_TEST_BASE_DEATH_H

#include <signal.h>
#include <stdbool.h>
#include <sys/wait.h>
#include <unistd.h>

/** Does `act` end the process that runs it, as GHM_ASSERT does? */
static inline bool dies(void (*act)(void))
{
    int status = 0;
    pid_t child = fork();
    if (child == 0) {
        (void)signal(SIGABRT, SIG_DFL);
        (void)close(STDERR_FILENO);
        act();
        _exit(0);
    }
    return child > 0 && waitpid(child, &status, 0) == child && WIFSIGNALED(status) &&
           WTERMSIG(status) == SIGABRT;
}

#endif
