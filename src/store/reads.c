/* SPDX-License-Identifier: MIT */
#include "store/reads.h"

#include "store/env.h"

#include <pthread.h>

void ghm_reads_init(struct ghm_reads *reads, MDB_env *mdb)
{
    reads->mdb = mdb;
    for (size_t i = 0; i < GHM_READS_IDLE_MAX; i++)
        atomic_init(&reads->idle[i].txn, NULL);
}

void ghm_reads_fini(struct ghm_reads *reads)
{
    for (size_t i = 0; i < GHM_READS_IDLE_MAX; i++) {
        MDB_txn *txn = atomic_exchange(&reads->idle[i].txn, NULL);
        if (txn != NULL) mdb_txn_abort(txn);
    }
}

/* Each thread begins its search elsewhere, so that threads rarely meet in one place. */
static size_t first_place(void)
{
    uint64_t thread = (uint64_t)pthread_self();
    return (size_t)((thread * UINT64_C(0x9e3779b97f4a7c15)) >> 59) % GHM_READS_IDLE_MAX;
}

static MDB_txn *take_idle(struct ghm_reads *reads)
{
    size_t first = first_place();
    for (size_t i = 0; i < GHM_READS_IDLE_MAX; i++) {
        _Atomic(MDB_txn *) *place = &reads->idle[(first + i) % GHM_READS_IDLE_MAX].txn;
        if (atomic_load_explicit(place, memory_order_relaxed) == NULL) continue;
        MDB_txn *txn = atomic_exchange_explicit(place, NULL, memory_order_acquire);
        if (txn != NULL) return txn;
    }
    return NULL;
}

int ghm_reads_take(struct ghm_reads *reads, MDB_txn **ret_txn)
{
    MDB_txn *txn = take_idle(reads);
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
    size_t first = first_place();
    mdb_txn_reset(txn);
    for (size_t i = 0; i < GHM_READS_IDLE_MAX; i++) {
        _Atomic(MDB_txn *) *place = &reads->idle[(first + i) % GHM_READS_IDLE_MAX].txn;
        MDB_txn *empty = NULL;
        if (atomic_compare_exchange_strong_explicit(place, &empty, txn, memory_order_release,
                                                    memory_order_relaxed)) {
            return;
        }
    }
    mdb_txn_abort(txn);
}
