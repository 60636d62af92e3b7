/* SPDX-License-Identifier: MIT */
/* A short word with the process that hosts a directory: who are you, and please end. Waits for it,
 * without a loop.
 *
 * Call protocol: open -> leave? -> close. */
#ifndef GHM_IO_VISIT_H
#define GHM_IO_VISIT_H

#include "node/parley.h"

#define GHM_VISIT_WAIT_MS 2000 /* for its hello */

struct ghm_visit {
    int fd;
    struct ghm_parley_hello hello;
};

/** Ask who hosts. GHM_ENOTFOUND when nobody listens; GHM_EACCES when it is another user's process;
 * GHM_ETIMEOUT; GHM_EPROTO; GHM_ELIMIT; GHM_EIO. After GHM_OK only it is closed. */
int ghm_visit_open(struct ghm_visit *ret_visit, const char *dir) GHM_MUST_USE;

/** Ask it to end and wait until it has. GHM_ENOTSUP: it is no agent. GHM_ETIMEOUT; GHM_EIO. */
int ghm_visit_leave(struct ghm_visit *visit, int wait_ms) GHM_MUST_USE;

void ghm_visit_close(struct ghm_visit *visit);

#endif
