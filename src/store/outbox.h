/* SPDX-License-Identifier: MIT */
/* The ids of entries that members have not been told of, in the order they were put. */
#ifndef GHM_STORE_OUTBOX_H
#define GHM_STORE_OUTBOX_H

#include "store/write.h"

#define GHM_OUTBOX_MAX 4096 /* past it the oldest is forgotten */

/** Note an id at the end. Errors as ghm_env_error. */
int ghm_outbox_add(struct ghm_write *write, const uint8_t id[32]) GHM_MUST_USE;

/** The oldest. GHM_OK; GHM_ENOTFOUND; errors as ghm_env_error. */
int ghm_outbox_first(struct ghm_env *env, MDB_txn *txn, uint64_t *ret_number,
                     uint8_t ret_id[32]) GHM_MUST_USE;

/** Forget one. GHM_OK; GHM_ENOTFOUND; errors as ghm_env_error. */
int ghm_outbox_remove(struct ghm_write *write, uint64_t number) GHM_MUST_USE;

#endif
