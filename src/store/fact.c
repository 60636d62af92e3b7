/* SPDX-License-Identifier: MIT */
#include "store/fact.h"

#include "store/record.h"

/* A record's content is the fact's number, 8 bytes, and its value. */
#define NUMBER_LEN 8

int ghm_fact_read(struct ghm_env *env, MDB_txn *txn, uint8_t *ret_value, size_t *ret_value_len,
                  const uint8_t key[32])
{
    uint8_t copy[32];
    MDB_val name = {sizeof copy, copy};
    MDB_val record;
    struct ghm_bytes content;
    memcpy(copy, key, sizeof copy);
    int error = ghm_env_error(mdb_get(txn, env->facts, &name, &record));
    if (error != GHM_OK) return error;
    error = ghm_record_open(&content, ghm_bytes(record.mv_data, record.mv_size), key);
    if (error != GHM_OK) return error;
    if (content.len < NUMBER_LEN || content.len > NUMBER_LEN + GHM_FACT_VALUE_MAX) {
        return GHM_ECORRUPT;
    }
    *ret_value_len = content.len - NUMBER_LEN;
    memcpy(ret_value, content.ptr + NUMBER_LEN, content.len - NUMBER_LEN);
    return GHM_OK;
}

static uint64_t number_of(MDB_val record)
{
    const uint8_t *bytes = record.mv_data;
    bool is_whole = record.mv_size >= GHM_RECORD_HEAD_LEN + NUMBER_LEN;
    return is_whole ? ghm_load_be64(bytes + GHM_RECORD_HEAD_LEN) : 0;
}

/* A walk over all of them, which the bound keeps short. */
static int find_oldest(struct ghm_write *write, uint8_t ret_key[32])
{
    uint64_t oldest = UINT64_MAX;
    MDB_cursor *cursor;
    MDB_val key;
    MDB_val record;
    int error = ghm_env_error(mdb_cursor_open(write->txn, write->env->facts, &cursor));
    if (error != GHM_OK) return error;
    int result = mdb_cursor_get(cursor, &key, &record, MDB_FIRST);
    for (; result == MDB_SUCCESS; result = mdb_cursor_get(cursor, &key, &record, MDB_NEXT)) {
        if (number_of(record) >= oldest || key.mv_size != 32) continue;
        oldest = number_of(record);
        memcpy(ret_key, key.mv_data, 32);
    }
    mdb_cursor_close(cursor);
    if (result != MDB_NOTFOUND) return ghm_env_error(result);
    return oldest == UINT64_MAX ? GHM_ENOTFOUND : GHM_OK;
}

static int forget_oldest(struct ghm_write *write)
{
    uint8_t oldest[32];
    MDB_val key = {sizeof oldest, oldest};
    MDB_stat stat;
    int error = ghm_env_error(mdb_stat(write->txn, write->env->facts, &stat));
    if (error != GHM_OK || stat.ms_entries <= GHM_FACT_MAX) return error;
    error = find_oldest(write, oldest);
    if (error != GHM_OK) return error;
    return ghm_env_error(mdb_del(write->txn, write->env->facts, &key, NULL));
}

int ghm_fact_write(struct ghm_write *write, const uint8_t key[32], struct ghm_bytes value)
{
    uint8_t copy[32];
    uint8_t record[GHM_RECORD_HEAD_LEN + NUMBER_LEN + GHM_FACT_VALUE_MAX];
    MDB_val name = {sizeof copy, copy};
    MDB_val data = {GHM_RECORD_HEAD_LEN + NUMBER_LEN + value.len, record};
    if (value.len > GHM_FACT_VALUE_MAX) return GHM_ELIMIT;
    memcpy(copy, key, sizeof copy);
    ghm_store_be64(record + GHM_RECORD_HEAD_LEN, write->state.fact_next++);
    ghm_bytes_copy(record + GHM_RECORD_HEAD_LEN + NUMBER_LEN, value);
    ghm_record_seal(record, NUMBER_LEN + value.len, 0, key);
    int error = ghm_env_error(mdb_put(write->txn, write->env->facts, &name, &data, 0));
    return error == GHM_OK ? forget_oldest(write) : error;
}
