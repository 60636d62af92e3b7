/* SPDX-License-Identifier: MIT */
/* Small remembered facts that are no answers. */
#ifndef GHM_STORE_FACT_H
#define GHM_STORE_FACT_H

#include "store/write.h"

#define GHM_FACT_VALUE_MAX 64
#define GHM_FACT_MAX 1024 /* past it the oldest is forgotten */

/** Read a fact into ret_value[GHM_FACT_VALUE_MAX]. GHM_OK; GHM_ENOTFOUND; GHM_ECORRUPT; errors as
 * ghm_env_error. */
int ghm_fact_read(struct ghm_env *env, MDB_txn *txn, uint8_t *ret_value, size_t *ret_value_len,
                  const uint8_t key[32]) GHM_MUST_USE;

/** Remember a fact of at most GHM_FACT_VALUE_MAX bytes; a known key gets the new value and is the
 * youngest. Errors as ghm_env_error. */
int ghm_fact_write(struct ghm_write *write, const uint8_t key[32],
                   struct ghm_bytes value) GHM_MUST_USE;

#endif
