/* SPDX-License-Identifier: MIT */
/* The one cache of a process. What was opened before a fork belongs to the parent: the child leaves
 * it alone, does not even close it, and opens its own. */
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

/* The old one is closed first: a process opens a directory once, and its port is to be free. When
 * the new one cannot be opened, one like the old takes its place again. */
static int replace(const struct ghm_config *config, const struct ghm_config *before)
{
    ghm_close(global);
    global = NULL;
    int error = ghm_open(&global, config);
    if (error != GHM_OK && before != NULL) (void)!ghm_open(&global, before);
    global_pid = getpid();
    return error;
}

GHM_API int ghm_configure(const ghm_config *config)
{
    struct ghm_config *before = NULL;
    (void)pthread_once(&once, guard_forks);
    (void)pthread_mutex_lock(&mutex);
    forget_parents();
    int error = global == NULL ? GHM_OK : ghm_config_copy(&before, global->home.config);
    if (error == GHM_OK) error = replace(config, before);
    (void)pthread_mutex_unlock(&mutex);
    ghm_config_free(before);
    return error;
}
