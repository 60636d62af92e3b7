/* SPDX-License-Identifier: MIT */
/* A walk over all entries in the order of their slots, some at a time: between two times nothing is
 * held, and others may write. */
#ifndef GHM_STORE_WALK_H
#define GHM_STORE_WALK_H

#include "answer/entry.h"

#define GHM_WALK_ROWS_MAX 256

struct MDB_txn;
struct ghm_env;

struct ghm_walk_row {
    uint8_t slot[GHM_VARIANT_ID_LEN];
    struct ghm_entry entry; /* as ghm_entry_peek; no checksum was looked at */
};

/** Zeroed to start. */
struct ghm_walk {
    uint8_t slot[GHM_VARIANT_ID_LEN]; /* the last one seen */
    bool is_begun;
};

/** The rows after those of the last call; none at the end. Errors as ghm_env_error. */
int ghm_walk_on(struct ghm_walk *walk, const struct ghm_env *env, struct MDB_txn *txn,
                struct ghm_walk_row ret_rows[GHM_WALK_ROWS_MAX], size_t *ret_count) GHM_MUST_USE;

#endif
