/* SPDX-License-Identifier: MIT */
/* To the disk: what a power cut after it leaves as it is. */
#ifndef GHM_STORE_FLUSH_H
#define GHM_STORE_FLUSH_H

#include "store/mount.h"

/** Flush, and mark the store as clean if it stands still long enough. Errors as ghm_env_error. */
int ghm_flush_run(struct ghm_mount *mount) GHM_MUST_USE;

#endif
