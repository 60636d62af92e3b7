/* SPDX-License-Identifier: MIT */
#include "store/reads.h"

#include "store/env.h"

void ghm_reads_init(struct ghm_reads *reads, MDB_env *mdb)
{
    reads->mdb = mdb;
    ghm_idle_init(&reads->idle);
}

void ghm_reads_fini(struct ghm_reads *reads)
{
    for (MDB_txn *txn; (txn = ghm_idle_take(&reads->idle)) != NULL;)
        mdb_txn_abort(txn);
}

int ghm_reads_take(struct ghm_reads *reads, MDB_txn **ret_txn)
{
    MDB_txn *txn = ghm_idle_take(&reads->idle);
    if (txn == NULL) return ghm_env_error(mdb_txn_begin(reads->mdb, NULL, MDB_RDONLY, ret_txn));
    int result = mdb_txn_renew(txn);
    if (result != MDB_SUCCESS) {
        mdb_txn_abort(txn);
        return ghm_env_error(result);
    }
    *ret_txn = txn;
    return GHM_OK;
}

void ghm_reads_give(struct ghm_reads *reads, MDB_txn *txn)
{
    mdb_txn_reset(txn);
    if (!ghm_idle_give(&reads->idle, txn)) mdb_txn_abort(txn);
}
