/* SPDX-License-Identifier: MIT */
#include "store/outbox.h"

static int forget_oldest(struct ghm_write *write)
{
    uint64_t number;
    uint8_t id[32];
    MDB_stat stat;
    int error = ghm_env_error(mdb_stat(write->txn, write->env->outbox, &stat));
    while (error == GHM_OK && stat.ms_entries > GHM_OUTBOX_MAX) {
        error = ghm_outbox_first(write->env, write->txn, &number, id);
        if (error == GHM_OK) error = ghm_outbox_remove(write, number);
        stat.ms_entries--;
    }
    return error;
}

int ghm_outbox_add(struct ghm_write *write, const uint8_t id[32])
{
    uint8_t number[8];
    uint8_t copy[32];
    MDB_val key = {sizeof number, number};
    MDB_val value = {sizeof copy, copy};
    memcpy(copy, id, sizeof copy);
    ghm_store_be64(number, write->state.outbox_next++);
    int error = ghm_env_error(mdb_put(write->txn, write->env->outbox, &key, &value, 0));
    return error == GHM_OK ? forget_oldest(write) : error;
}

int ghm_outbox_first(struct ghm_env *env, MDB_txn *txn, uint64_t *ret_number, uint8_t ret_id[32])
{
    MDB_cursor *cursor;
    MDB_val key;
    MDB_val value;
    int error = ghm_env_error(mdb_cursor_open(txn, env->outbox, &cursor));
    if (error != GHM_OK) return error;
    error = ghm_env_error(mdb_cursor_get(cursor, &key, &value, MDB_FIRST));
    mdb_cursor_close(cursor);
    if (error != GHM_OK) return error;
    if (key.mv_size != 8 || value.mv_size != 32) return GHM_ECORRUPT;
    *ret_number = ghm_load_be64(key.mv_data);
    memcpy(ret_id, value.mv_data, 32);
    return GHM_OK;
}

int ghm_outbox_remove(struct ghm_write *write, uint64_t number)
{
    uint8_t bytes[8];
    MDB_val key = {sizeof bytes, bytes};
    ghm_store_be64(bytes, number);
    return ghm_env_error(mdb_del(write->txn, write->env->outbox, &key, NULL));
}
