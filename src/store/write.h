/* SPDX-License-Identifier: MIT */
/* One change of the store: a write transaction with the row of state that goes with it. Nothing of
 * it is seen before ghm_write_commit, and then all of it. */
#ifndef GHM_STORE_WRITE_H
#define GHM_STORE_WRITE_H

#include "store/mount.h"

struct ghm_write_state {
    uint64_t entry_bytes;    /* of all records of entries */
    uint64_t pinned_bytes;   /* of those that are pinned: store/record.h */
    uint64_t pinned_entries; /* and their number */
    uint64_t outbox_next;    /* never used twice */
    uint64_t fact_next;      /* the age of facts */
    bool is_clean;           /* flushed, and nothing was written since */
};

struct ghm_write {
    struct ghm_env *env;
    MDB_txn *txn;
    struct ghm_write_state state;
};

/**
 * Wait for the other writers and begin.
 *
 * The first change after a flush takes the clean mark off the disk before anything else.
 *
 * @return GHM_OK, and then commit or abort it; errors as ghm_env_error
 */
int ghm_write_begin(struct ghm_write *write, struct ghm_mount *mount) GHM_MUST_USE;

/** Make the change, state included. Ends it in any case. Errors as ghm_env_error. */
int ghm_write_commit(struct ghm_write *write) GHM_MUST_USE;

/** Make the change when `error` is GHM_OK, else undo it. `error`, or errors as ghm_env_error. */
int ghm_write_end(struct ghm_write *write, int error) GHM_MUST_USE;

void ghm_write_abort(struct ghm_write *write);

/** The row of state as a transaction sees it; zero when there is none yet. Errors as ghm_env_error.
 */
int ghm_write_state_of(struct ghm_write_state *ret_state, struct ghm_env *env,
                       MDB_txn *txn) GHM_MUST_USE;

#endif
