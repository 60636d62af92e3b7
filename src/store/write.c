/* SPDX-License-Identifier: MIT */
#include "store/write.h"

#include "store/record.h"

#include <errno.h>

/* The row, a record like all others: entry bytes, pinned bytes, pinned entries, outbox next, fact
 * next, clean. */
enum {
    ROW_LEN = 41,
};

/* 32 bytes with the terminator; no table has this name. */
static const uint8_t row_key[GHM_RECORD_KEY_LEN] = "ghmesh store state, one row ...";

int ghm_write_state_of(struct ghm_write_state *ret_state, struct ghm_env *env, MDB_txn *txn)
{
    MDB_val key = ghm_env_value(row_key, sizeof row_key);
    MDB_val row;
    struct ghm_bytes content;
    int error = ghm_env_error(mdb_get(txn, env->state, &key, &row));
    if (error == GHM_ENOTFOUND) {
        *ret_state = (struct ghm_write_state){.entry_bytes = 0};
        return GHM_OK;
    }
    if (error != GHM_OK) return error;
    error = ghm_record_open(&content, ghm_bytes(row.mv_data, row.mv_size), row_key);
    if (error != GHM_OK || content.len != ROW_LEN) return GHM_ECORRUPT;
    ret_state->entry_bytes = ghm_load_be64(content.ptr);
    ret_state->pinned_bytes = ghm_load_be64(content.ptr + 8);
    ret_state->pinned_entries = ghm_load_be64(content.ptr + 16);
    ret_state->outbox_next = ghm_load_be64(content.ptr + 24);
    ret_state->fact_next = ghm_load_be64(content.ptr + 32);
    ret_state->is_clean = content.ptr[40] == 1;
    return GHM_OK;
}

static int put_state(struct ghm_write *write)
{
    uint8_t record[GHM_RECORD_HEAD_LEN + ROW_LEN];
    uint8_t *row = record + GHM_RECORD_HEAD_LEN;
    MDB_val key = ghm_env_value(row_key, sizeof row_key);
    MDB_val data = ghm_env_value(record, sizeof record);
    ghm_store_be64(row, write->state.entry_bytes);
    ghm_store_be64(row + 8, write->state.pinned_bytes);
    ghm_store_be64(row + 16, write->state.pinned_entries);
    ghm_store_be64(row + 24, write->state.outbox_next);
    ghm_store_be64(row + 32, write->state.fact_next);
    row[40] = write->state.is_clean ? 1 : 0;
    ghm_record_seal(record, ROW_LEN, 0, row_key);
    return ghm_env_error(mdb_put(write->txn, write->env->state, &key, &data, 0));
}

static int take_clean_mark_off(struct ghm_write *write, struct ghm_claim *claim)
{
    if (!write->state.is_clean) return GHM_OK;
    write->state.is_clean = false;
    claim->mark.is_clean = false;
    return ghm_claim_write(claim);
}

int ghm_write_begin(struct ghm_write *write, struct ghm_mount *mount)
{
    *write = (struct ghm_write){.env = &mount->env};
    int error = ghm_env_error(mdb_txn_begin(mount->env.mdb, NULL, 0, &write->txn));
    if (error != GHM_OK) return error;
    error = ghm_write_state_of(&write->state, write->env, write->txn);
    if (error == GHM_OK) error = take_clean_mark_off(write, &mount->claim);
    if (error != GHM_OK) ghm_write_abort(write);
    return error;
}

int ghm_write_commit(struct ghm_write *write)
{
    int error = put_state(write);
    if (error != GHM_OK) {
        ghm_write_abort(write);
        return error;
    }
    MDB_txn *txn = write->txn;
    write->txn = NULL;
    int result = mdb_txn_commit(txn);
    /* LMDB says EIO for a write cut short, which is what a full disk does to it. */
    return result == EIO ? GHM_EFULL : ghm_env_error(result);
}

int ghm_write_end(struct ghm_write *write, int error)
{
    if (error == GHM_OK) return ghm_write_commit(write);
    ghm_write_abort(write);
    return error;
}

void ghm_write_abort(struct ghm_write *write)
{
    if (write->txn != NULL) mdb_txn_abort(write->txn);
    write->txn = NULL;
}
