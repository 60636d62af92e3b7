/* SPDX-License-Identifier: MIT */
/* Giving room back to the file system: LMDB's file never gets smaller by itself, for pages that
 * were given up are used again. */
#ifndef GHM_STORE_COMPACT_H
#define GHM_STORE_COMPACT_H

#include "store/mount.h"

struct ghm_compact {
    uint64_t before_bytes; /* of the file */
    uint64_t after_bytes;
};

/**
 * Put a copy without empty pages in the place of the store's file.
 *
 * The copy is on the disk before it takes the name; until then the old file is the store, whatever
 * ends this process, and what is left of the copy is removed by the next who opens.
 *
 * @return GHM_OK; GHM_EBUSY when others have the store open; errors as ghm_mount_open
 */
int ghm_compact_run(struct ghm_compact *ret_compact,
                    const struct ghm_mount_wish *wish) GHM_MUST_USE;

#endif
