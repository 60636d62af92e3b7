/* SPDX-License-Identifier: MIT */
/* Which slots hold answers of a variant, whoever got them: what one identity learned is found by
 * another that can prove its right to it.
 *
 *   variant id -> date, inverted (8), slot (32); one row an answer of GitHub, newest first
 *
 * A slot is a variant id XORed with a fingerprint (answer/identity.h), so the rows are made from
 * the entries' records alone. Rows leave with their entries, but for those of damaged records and
 * of what a full file forces out (store/evict.h): a row may lead nowhere, and whoever follows it
 * looks at the entry. More than GHM_INDEX_STRAYS_MAX such rows empty the index: nothing is lost but
 * the 304s that it would have found. */
#ifndef GHM_STORE_INDEX_H
#define GHM_STORE_INDEX_H

#include "answer/variant.h"
#include "store/write.h"

#define GHM_INDEX_SLOTS_MAX 16    /* read of one variant at most */
#define GHM_INDEX_STRAYS_MAX 1024 /* rows more than entries */

/** Note the record of an entry that is written now; nothing for one that is no answer of GitHub.
 * Errors as ghm_env_error. */
int ghm_index_add(struct ghm_write *write, const uint8_t slot[GHM_VARIANT_ID_LEN],
                  struct ghm_bytes record) GHM_MUST_USE;

/** The record of an entry leaves, or is about to be replaced. Errors as ghm_env_error. */
int ghm_index_remove(struct ghm_write *write, const uint8_t slot[GHM_VARIANT_ID_LEN],
                     struct ghm_bytes record) GHM_MUST_USE;

/** Is the row of a record there? GHM_OK; GHM_ENOTFOUND; GHM_ENOTSUP for one that has none; errors
 * as ghm_env_error. */
int ghm_index_has(struct ghm_env *env, MDB_txn *txn, const uint8_t slot[GHM_VARIANT_ID_LEN],
                  struct ghm_bytes record) GHM_MUST_USE;

/** The slots of a variant, newest first, at most GHM_INDEX_SLOTS_MAX. GHM_OK, also for none; errors
 * as ghm_env_error. */
int ghm_index_read(struct ghm_env *env, MDB_txn *txn,
                   uint8_t ret_slots[GHM_INDEX_SLOTS_MAX][GHM_VARIANT_ID_LEN], size_t *ret_count,
                   const uint8_t variant_id[GHM_VARIANT_ID_LEN]) GHM_MUST_USE;

#endif
