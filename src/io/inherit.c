/* SPDX-License-Identifier: MIT */
#include "io/inherit.h"

#include <pthread.h>
#include <stdatomic.h>
#include <stddef.h>
#include <unistd.h>

static _Atomic int refused[GHM_INHERIT_MAX]; /* descriptor + 1; 0: free */
static pthread_once_t once = PTHREAD_ONCE_INIT;

/* In the child, with no other thread and no lock to be had: only close. */
static void close_all(void)
{
    for (size_t i = 0; i < GHM_INHERIT_MAX; i++) {
        int fd = atomic_exchange(&refused[i], 0) - 1;
        if (fd >= 0) (void)close(fd);
    }
}

static void watch_forks(void)
{
    (void)pthread_atfork(NULL, NULL, close_all);
}

static _Atomic int *slot(int fd, size_t step)
{
    return &refused[((size_t)fd + step) % GHM_INHERIT_MAX];
}

void ghm_inherit_refuse(int fd)
{
    (void)pthread_once(&once, watch_forks);
    for (size_t i = 0; fd >= 0 && i < GHM_INHERIT_MAX; i++) {
        int none = 0;
        if (atomic_compare_exchange_strong(slot(fd, i), &none, fd + 1)) return;
    }
}

void ghm_inherit_forget(int fd)
{
    for (size_t i = 0; fd >= 0 && i < GHM_INHERIT_MAX; i++) {
        int mine = fd + 1;
        if (atomic_compare_exchange_strong(slot(fd, i), &mine, 0)) return;
    }
}
