/* SPDX-License-Identifier: MIT */
/* The one cache of a process. What was opened before a fork belongs to the parent: the child leaves it
 * alone, does not even close it, and opens its own. */
#include "api/open.h"

#include <unistd.h>

static pthread_mutex_t mutex = PTHREAD_MUTEX_INITIALIZER;
static struct ghm *global;
static pid_t global_pid;
static pthread_once_t once = PTHREAD_ONCE_INIT;

static void lock_for_fork(void)
{
    (void)pthread_mutex_lock(&mutex);
}

static void unlock_after_fork(void)
{
    (void)pthread_mutex_unlock(&mutex);
}

/* Held over a fork, so that no child starts with a mutex that nobody will give back. */
static void guard_forks(void)
{
    (void)pthread_atfork(lock_for_fork, unlock_after_fork, unlock_after_fork);
}

static void forget_parents(void)
{
    if (global_pid != getpid()) global = NULL;
}

GHM_API ghm *ghm_global(void)
{
    (void)pthread_once(&once, guard_forks);
    (void)pthread_mutex_lock(&mutex);
    forget_parents();
    if (global == NULL && ghm_open(&global, NULL) == GHM_OK) global_pid = getpid();
    struct ghm *found = global;
    (void)pthread_mutex_unlock(&mutex);
    return found;
}

GHM_API int ghm_configure(const ghm_config *config)
{
    struct ghm *fresh;
    (void)pthread_once(&once, guard_forks);
    (void)pthread_mutex_lock(&mutex);
    forget_parents();
    /* The old one first: a process opens a directory once. */
    ghm_close(global);
    global = NULL;
    int error = ghm_open(&fresh, config);
    if (error == GHM_OK) {
        global = fresh;
        global_pid = getpid();
    }
    (void)pthread_mutex_unlock(&mutex);
    return error;
}
