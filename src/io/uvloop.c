/* SPDX-License-Identifier: MIT */
#include "io/uvloop.h"

#include <fcntl.h>
#include <stdbool.h>
#include <unistd.h>

#define NEEDED 8 /* its poll set, its wake-up, two pipes for signals, and one to spare each */

static bool are_there(void)
{
    int fds[NEEDED];
    int opened = 0;
    while (opened < NEEDED && (fds[opened] = open("/dev/null", O_RDONLY | O_CLOEXEC)) >= 0)
        opened++;
    for (int i = 0; i < opened; i++)
        (void)close(fds[i]);
    return opened == NEEDED;
}

int ghm_uvloop_init(uv_loop_t *loop)
{
    if (!are_there()) return GHM_ELIMIT;
    return uv_loop_init(loop) == 0 ? GHM_OK : GHM_EIO;
}
