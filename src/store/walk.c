/* SPDX-License-Identifier: MIT */
#include "store/walk.h"

#include "store/env.h"
#include "store/record.h"

/* The first entry behind the walk's place. */
static int seek(const struct ghm_walk *walk, MDB_cursor *cursor, MDB_val *key, MDB_val *record)
{
    if (!walk->is_begun) return mdb_cursor_get(cursor, key, record, MDB_FIRST);
    *key = ghm_env_value(walk->slot, sizeof walk->slot);
    int result = mdb_cursor_get(cursor, key, record, MDB_SET_RANGE);
    bool is_seen = result == MDB_SUCCESS && key->mv_size == sizeof walk->slot &&
                   memcmp(key->mv_data, walk->slot, sizeof walk->slot) == 0;
    return is_seen ? mdb_cursor_get(cursor, key, record, MDB_NEXT) : result;
}

static bool read_row(struct ghm_walk_row *ret_row, MDB_val key, MDB_val record)
{
    struct ghm_bytes content =
        ghm_bytes_from(ghm_bytes(record.mv_data, record.mv_size), GHM_RECORD_HEAD_LEN);
    memcpy(ret_row->slot, key.mv_data, sizeof ret_row->slot);
    return ghm_entry_peek(&ret_row->entry, content) == GHM_OK;
}

static int read_rows(struct ghm_walk *walk, MDB_cursor *cursor,
                     struct ghm_walk_row ret_rows[GHM_WALK_ROWS_MAX], size_t *ret_count)
{
    MDB_val key;
    MDB_val record;
    size_t count = 0;
    int result = seek(walk, cursor, &key, &record);
    while (result == MDB_SUCCESS && count < GHM_WALK_ROWS_MAX) {
        if (key.mv_size != sizeof walk->slot) return GHM_ECORRUPT;
        memcpy(walk->slot, key.mv_data, sizeof walk->slot);
        walk->is_begun = true;
        count += read_row(&ret_rows[count], key, record) ? 1 : 0;
        if (count < GHM_WALK_ROWS_MAX) result = mdb_cursor_get(cursor, &key, &record, MDB_NEXT);
    }
    if (result != MDB_SUCCESS && result != MDB_NOTFOUND) return ghm_env_error(result);
    *ret_count = count;
    return GHM_OK;
}

int ghm_walk_on(struct ghm_walk *walk, const struct ghm_env *env, MDB_txn *txn,
                struct ghm_walk_row ret_rows[GHM_WALK_ROWS_MAX], size_t *ret_count)
{
    MDB_cursor *cursor;
    int result = mdb_cursor_open(txn, env->entries, &cursor);
    if (result != MDB_SUCCESS) return ghm_env_error(result);
    int error = read_rows(walk, cursor, ret_rows, ret_count);
    mdb_cursor_close(cursor);
    return error;
}
