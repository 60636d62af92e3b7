/* SPDX-License-Identifier: MIT */
/* Forgetting entries, with all that goes with them. */
#ifndef GHM_STORE_SWEEP_H
#define GHM_STORE_SWEEP_H

#include "answer/entry.h"
#include "store/mount.h"

/** Forget one. GHM_OK; GHM_ENOTFOUND; errors as ghm_env_error. */
int ghm_sweep_one(struct ghm_mount *mount, const uint8_t id[GHM_VARIANT_ID_LEN]) GHM_MUST_USE;

/** Forget those whose names start so (empty: all). How many; errors as ghm_env_error, and then some
 * may be gone. */
int ghm_sweep_prefix(struct ghm_mount *mount, struct ghm_bytes prefix) GHM_MUST_USE;

#endif
