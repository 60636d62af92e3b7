/* SPDX-License-Identifier: MIT */
/* A loop of libuv, or an error: libuv itself aborts where it cannot have the descriptors of its
 * first loop. */
#ifndef GHM_IO_UVLOOP_H
#define GHM_IO_UVLOOP_H

#include "base/error.h"

#include <uv.h>

/** GHM_OK; GHM_ELIMIT when too many files are open; GHM_EIO. */
int ghm_uvloop_init(uv_loop_t *loop) GHM_MUST_USE;

#endif
