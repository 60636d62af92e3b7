/* SPDX-License-Identifier: MIT */
#include "store/index.h"

#include "answer/identity.h"
#include "store/record.h"

enum {
    ROW_LEN = 8 + GHM_VARIANT_ID_LEN,
    /* Where an entry's byte form (answer/entry.c) has what is needed here. */
    AT_KIND = GHM_RECORD_HEAD_LEN + 1,
    AT_DATE = GHM_RECORD_HEAD_LEN + 8,
    AT_IDENTITY = GHM_RECORD_HEAD_LEN + 28,
    FIXED_LEN = AT_IDENTITY + 16,
};

struct row {
    uint8_t variant_id[GHM_VARIANT_ID_LEN];
    uint8_t bytes[ROW_LEN];
};

/* false: not of a kind that others could prove */
static bool row_of(struct row *ret_row, const uint8_t slot[GHM_VARIANT_ID_LEN],
                   struct ghm_bytes record)
{
    struct ghm_identity identity;
    if (record.len < FIXED_LEN || record.ptr[AT_KIND] != GHM_ENTRY_ORIGIN) return false;
    memcpy(identity.fp, record.ptr + AT_IDENTITY, sizeof identity.fp);
    ghm_identity_slot(ret_row->variant_id, slot, &identity);
    ghm_store_be64(ret_row->bytes, ~ghm_load_be64(record.ptr + AT_DATE));
    memcpy(ret_row->bytes + 8, slot, GHM_VARIANT_ID_LEN);
    return true;
}

static int bound_strays(struct ghm_write *write)
{
    MDB_stat entries;
    MDB_stat rows;
    int result = mdb_stat(write->txn, write->env->entries, &entries);
    if (result == MDB_SUCCESS) result = mdb_stat(write->txn, write->env->index, &rows);
    if (result != MDB_SUCCESS) return ghm_env_error(result);
    if (rows.ms_entries <= entries.ms_entries + GHM_INDEX_STRAYS_MAX) return GHM_OK;
    return ghm_env_error(mdb_drop(write->txn, write->env->index, 0));
}

int ghm_index_add(struct ghm_write *write, const uint8_t slot[GHM_VARIANT_ID_LEN],
                  struct ghm_bytes record)
{
    struct row row;
    if (!row_of(&row, slot, record)) return GHM_OK;
    MDB_val key = {sizeof row.variant_id, row.variant_id};
    MDB_val value = {sizeof row.bytes, row.bytes};
    int error = bound_strays(write);
    if (error != GHM_OK) return error;
    int result = mdb_put(write->txn, write->env->index, &key, &value, MDB_NODUPDATA);
    return result == MDB_KEYEXIST ? GHM_OK : ghm_env_error(result);
}

int ghm_index_remove(struct ghm_write *write, const uint8_t slot[GHM_VARIANT_ID_LEN],
                     struct ghm_bytes record)
{
    struct row row;
    if (!row_of(&row, slot, record)) return GHM_OK;
    MDB_val key = {sizeof row.variant_id, row.variant_id};
    MDB_val value = {sizeof row.bytes, row.bytes};
    int result = mdb_del(write->txn, write->env->index, &key, &value);
    return result == MDB_NOTFOUND ? GHM_OK : ghm_env_error(result);
}

int ghm_index_has(struct ghm_env *env, MDB_txn *txn, const uint8_t slot[GHM_VARIANT_ID_LEN],
                  struct ghm_bytes record)
{
    struct row row;
    MDB_cursor *cursor;
    if (!row_of(&row, slot, record)) return GHM_ENOTSUP;
    MDB_val key = {sizeof row.variant_id, row.variant_id};
    MDB_val value = {sizeof row.bytes, row.bytes};
    int result = mdb_cursor_open(txn, env->index, &cursor);
    if (result != MDB_SUCCESS) return ghm_env_error(result);
    result = mdb_cursor_get(cursor, &key, &value, MDB_GET_BOTH);
    mdb_cursor_close(cursor);
    return ghm_env_error(result);
}

int ghm_index_read(struct ghm_env *env, MDB_txn *txn,
                   uint8_t ret_slots[GHM_INDEX_SLOTS_MAX][GHM_VARIANT_ID_LEN], size_t *ret_count,
                   const uint8_t variant_id[GHM_VARIANT_ID_LEN])
{
    uint8_t copy[GHM_VARIANT_ID_LEN];
    MDB_val key = {sizeof copy, copy};
    MDB_val value;
    MDB_cursor *cursor;
    size_t count = 0;
    memcpy(copy, variant_id, sizeof copy);
    int result = mdb_cursor_open(txn, env->index, &cursor);
    if (result != MDB_SUCCESS) return ghm_env_error(result);
    result = mdb_cursor_get(cursor, &key, &value, MDB_SET_KEY);
    while (result == MDB_SUCCESS && count < GHM_INDEX_SLOTS_MAX && value.mv_size == ROW_LEN) {
        memcpy(ret_slots[count++], (const uint8_t *)value.mv_data + 8, GHM_VARIANT_ID_LEN);
        result = mdb_cursor_get(cursor, &key, &value, MDB_NEXT_DUP);
    }
    mdb_cursor_close(cursor);
    if (result != MDB_SUCCESS && result != MDB_NOTFOUND) return ghm_env_error(result);
    *ret_count = count;
    return GHM_OK;
}
