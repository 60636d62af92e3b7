/* SPDX-License-Identifier: MIT */
/* Read transactions, kept for the next read: renewing one costs a third of beginning one. */
#ifndef GHM_STORE_READS_H
#define GHM_STORE_READS_H

#include "base/error.h"
#include "store/idle.h"

#include <lmdb.h>

struct ghm_reads {
    MDB_env *mdb;
    struct ghm_idle idle;
};

void ghm_reads_init(struct ghm_reads *reads, MDB_env *mdb);

/** End the idle ones. Those taken must have been given back. */
void ghm_reads_fini(struct ghm_reads *reads);

/** Take a read transaction that sees all that is committed now. Errors as ghm_env_error. */
int ghm_reads_take(struct ghm_reads *reads, MDB_txn **ret_txn) GHM_MUST_USE;

void ghm_reads_give(struct ghm_reads *reads, MDB_txn *txn);

#endif
