/* SPDX-License-Identifier: MIT */
/* Keeping an entry: does it win over what is there, what leaves for it, and what is tried when the
 * file cannot grow. */
#ifndef GHM_STORE_KEEP_H
#define GHM_STORE_KEEP_H

#include "answer/entry.h"
#include "store/mount.h"
#include "store/pack.h"
#include "store/shared.h"

struct ghm_keep {
    struct ghm_mount *mount;
    struct ghm_pack *pack;
    struct ghm_shared *shared; /* or NULL */
    uint64_t entries_max;
};

/** As ghm_store_put, but a broken page is GHM_ECORRUPT. */
int ghm_keep_put(const struct ghm_keep *keep, const uint8_t id[GHM_VARIANT_ID_LEN],
                 const struct ghm_entry *entry, unsigned flags, int64_t now_s) GHM_MUST_USE;

/** Keep what was kept elsewhere before: no use is noted, and for a file that cannot grow nothing
 * leaves. GHM_OK; GHM_EOLD; GHM_ELIMIT; errors as ghm_env_error. */
int ghm_keep_again(const struct ghm_keep *keep, const uint8_t id[GHM_VARIANT_ID_LEN],
                   const struct ghm_entry *entry) GHM_MUST_USE;

#endif
