/* SPDX-License-Identifier: MIT */
#include "store/flush.h"

#include "store/write.h"

#define TRIES 8 /* to find a moment without a writer */

/* With the writers' lock in hand: all that is committed is on the disk, and then the mark says so.
 */
static int flush_if_still(struct ghm_mount *mount)
{
    struct ghm_write_state state;
    MDB_txn *txn;
    int error = ghm_env_error(mdb_txn_begin(mount->env.mdb, NULL, 0, &txn));
    if (error != GHM_OK) return error;
    error = ghm_write_state_of(&state, &mount->env, txn);
    if (error == GHM_OK && !state.is_clean) error = GHM_EAGAIN;
    if (error == GHM_OK) error = ghm_env_error(mdb_env_sync(mount->env.mdb, 1));
    if (error == GHM_OK) {
        mount->claim.mark.is_clean = true;
        error = ghm_claim_write(&mount->claim);
    }
    mdb_txn_abort(txn);
    return error;
}

int ghm_flush_run(struct ghm_mount *mount)
{
    struct ghm_write write;
    for (int i = 0; i < TRIES; i++) {
        int error = ghm_write_begin(&write, mount);
        if (error != GHM_OK) return error;
        write.state.is_clean = true;
        error = ghm_write_commit(&write);
        if (error == GHM_OK) error = flush_if_still(mount);
        if (error != GHM_EAGAIN) return error;
    }
    /* Others write all the time: flushed it is, and a mark would not last. */
    return ghm_env_error(mdb_env_sync(mount->env.mdb, 1));
}
