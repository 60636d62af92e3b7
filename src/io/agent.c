/* SPDX-License-Identifier: MIT */
#include "io/agent.h"

#include <fcntl.h>
#include <signal.h>
#include <spawn.h>
#include <stdio.h>
#include <unistd.h>

#define PROGRAM "/proc/self/exe"

extern char **environ;

/* A session of its own; no signal of the starter's is kept from it, and none ignored. */
static int set_attributes(posix_spawnattr_t *attributes)
{
    sigset_t none;
    sigset_t all;
    (void)sigemptyset(&none);
    (void)sigfillset(&all);
    (void)posix_spawnattr_setsigmask(attributes, &none);
    (void)posix_spawnattr_setsigdefault(attributes, &all);
    return posix_spawnattr_setflags(attributes, POSIX_SPAWN_SETSID | POSIX_SPAWN_SETSIGMASK |
                                                    POSIX_SPAWN_SETSIGDEF);
}

/* It keeps nothing of the starter: no terminal, no pipe that somebody reads to its end, no lock,
 * and no folder that is to be unmounted, unless the cache's own name depends on it. */
static int set_files(posix_spawn_file_actions_t *files, const struct ghm_home *home, int error_fd)
{
    int error = posix_spawn_file_actions_addopen(files, STDIN_FILENO, "/dev/null", O_RDWR, 0);
    if (error == 0) error = posix_spawn_file_actions_adddup2(files, STDIN_FILENO, STDOUT_FILENO);
    if (error == 0)
        error = posix_spawn_file_actions_adddup2(files, error_fd < 0 ? STDIN_FILENO : error_fd,
                                                 STDERR_FILENO);
    if (error == 0) error = posix_spawn_file_actions_addclosefrom_np(files, STDERR_FILENO + 1);
    if (error == 0 && *home->dir == '/') error = posix_spawn_file_actions_addchdir_np(files, "/");
    return error;
}

static int spawn(pid_t *ret_pid, const struct ghm_home *home, char *const arguments[], int error_fd)
{
    posix_spawnattr_t attributes;
    posix_spawn_file_actions_t files;
    if (posix_spawnattr_init(&attributes) != 0) return GHM_ENOMEM;
    if (posix_spawn_file_actions_init(&files) != 0) {
        (void)posix_spawnattr_destroy(&attributes);
        return GHM_ENOMEM;
    }
    int error = set_attributes(&attributes);
    if (error == 0) error = set_files(&files, home, error_fd);
    if (error == 0) error = posix_spawn(ret_pid, PROGRAM, &files, &attributes, arguments, environ);
    (void)posix_spawn_file_actions_destroy(&files);
    (void)posix_spawnattr_destroy(&attributes);
    return error == 0 ? GHM_OK : GHM_EIO;
}

int ghm_agent_start(pid_t *ret_pid, const struct ghm_home *home, int64_t idle_s, int error_fd)
{
    int lock_fd;
    pid_t pid;
    char idle[24];
    char name[] = "ghmesh", command[] = "agent", background[] = "--background", option[] = "--idle";
    char *arguments[] = {name, command, background, option, idle, NULL};
    (void)snprintf(idle, sizeof idle, "%lld", (long long)idle_s);
    /* Only a look: the agent itself decides when it takes the lock. */
    int error = ghm_files_lock(&lock_fd, home->dir, GHM_AGENT_LOCK);
    if (error != GHM_OK) return error;
    ghm_files_unlock(lock_fd);
    return spawn(ret_pid == NULL ? &pid : ret_pid, home, arguments, error_fd);
}
