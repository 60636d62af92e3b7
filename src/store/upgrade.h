/* SPDX-License-Identifier: MIT */
/* What a store of an older form holds comes into this one: answers that cost calls, values that
 * were acknowledged, news not yet told, facts. */
#ifndef GHM_STORE_UPGRADE_H
#define GHM_STORE_UPGRADE_H

#include "store/keep.h"

/**
 * Take over what the first form left in the directory, and remove it.
 *
 * Does nothing while a program of that form has it open: the next to open tries again. Whatever
 * wins by the usual rule is kept, so that an interrupted upgrade is simply repeated; the old file
 * leaves when all is in this one. Nothing is lost by a failure but time.
 *
 * @param wish of this store, which is open
 */
void ghm_upgrade_run(const struct ghm_keep *keep, const struct ghm_mount_wish *wish);

#endif
