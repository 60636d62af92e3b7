/* SPDX-License-Identifier: MIT */
/* Making a store right again: what is damaged leaves, and what is made from the rest is made anew.
 */
#ifndef GHM_STORE_REPAIR_H
#define GHM_STORE_REPAIR_H

#include "store/pack.h"
#include "store/write.h"

/** Drop every damaged record, count the others and index them, in one change. Errors as
 * ghm_env_error, and then nothing was changed. */
int ghm_repair_run(struct ghm_mount *mount, struct ghm_pack *pack,
                   uint64_t *ret_dropped) GHM_MUST_USE;

#endif
