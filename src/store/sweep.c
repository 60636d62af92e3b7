/* SPDX-License-Identifier: MIT */
#include "store/sweep.h"

#include "store/index.h"
#include "store/record.h"
#include "store/tally.h"
#include "store/write.h"

#define SWEEP_LOOKS 8192 /* entries looked at in one change */
#define SWEEP_BATCH 4096 /* entries forgotten in one change, a power of 4 */

static int drop_one(struct ghm_write *write, const uint8_t id[GHM_VARIANT_ID_LEN])
{
    MDB_val key = ghm_env_value(id, GHM_VARIANT_ID_LEN);
    MDB_val record;
    int error = ghm_env_error(mdb_get(write->txn, write->env->entries, &key, &record));
    if (error != GHM_OK) return error;
    struct ghm_bytes bytes = ghm_bytes(record.mv_data, record.mv_size);
    ghm_tally_remove(write, bytes);
    error = ghm_index_remove(write, id, bytes);
    if (error != GHM_OK) return error;
    return ghm_env_error(mdb_del(write->txn, write->env->entries, &key, NULL));
}

int ghm_sweep_one(struct ghm_mount *mount, const uint8_t id[GHM_VARIANT_ID_LEN])
{
    struct ghm_write write;
    int error = ghm_write_begin(&write, mount);
    return error == GHM_OK ? ghm_write_end(&write, drop_one(&write, id)) : error;
}

/* A walk over the entries that stops for breath: others want to write too, and one change can hold
 * only so many pages; on a full disk, very few. */
struct sweep {
    struct ghm_bytes prefix;
    uint8_t next[GHM_VARIANT_ID_LEN]; /* where the following change goes on */
    int batch_max;                    /* entries forgotten in one change */
    int dropped;
    bool is_at_end;
};

/* Only the name is looked at: a damaged record is no loss, and one that stays is never served. */
static bool is_swept(const struct sweep *sweep, MDB_val record)
{
    struct ghm_entry entry;
    size_t body_len;
    struct ghm_bytes content =
        ghm_bytes_from(ghm_bytes(record.mv_data, record.mv_size), GHM_RECORD_HEAD_LEN);
    if (ghm_entry_decode_front(&entry, &body_len, content) != GHM_OK) return false;
    return ghm_bytes_starts(entry.name, sweep->prefix);
}

static int sweep_entry(struct ghm_write *write, MDB_cursor *cursor, MDB_val key, MDB_val record)
{
    uint8_t id[GHM_VARIANT_ID_LEN];
    if (key.mv_size != sizeof id) return GHM_ECORRUPT;
    memcpy(id, key.mv_data, sizeof id);
    struct ghm_bytes bytes = ghm_bytes(record.mv_data, record.mv_size);
    ghm_tally_remove(write, bytes);
    int error = ghm_index_remove(write, id, bytes);
    return error == GHM_OK ? ghm_env_error(mdb_cursor_del(cursor, 0)) : error;
}

static int sweep_some(struct sweep *sweep, struct ghm_write *write, MDB_cursor *cursor)
{
    MDB_val key = {sizeof sweep->next, sweep->next};
    MDB_val record;
    int dropped = 0;
    int result = mdb_cursor_get(cursor, &key, &record, MDB_SET_RANGE);
    for (int i = 0; result == MDB_SUCCESS && i < SWEEP_LOOKS && dropped < sweep->batch_max; i++) {
        if (is_swept(sweep, record)) {
            int error = sweep_entry(write, cursor, key, record);
            if (error != GHM_OK) return error;
            dropped++;
        }
        if (result == MDB_SUCCESS) result = mdb_cursor_get(cursor, &key, &record, MDB_NEXT);
    }
    sweep->dropped += dropped;
    sweep->is_at_end = result == MDB_NOTFOUND;
    if (sweep->is_at_end) return GHM_OK;
    if (result == MDB_SUCCESS && key.mv_size != sizeof sweep->next) return GHM_ECORRUPT;
    if (result == MDB_SUCCESS) memcpy(sweep->next, key.mv_data, key.mv_size);
    return ghm_env_error(result);
}

/* One change; `sweep` moves on only when it is made. */
static int sweep_once(struct ghm_mount *mount, struct sweep *sweep)
{
    struct sweep after = *sweep;
    struct ghm_write write;
    MDB_cursor *cursor;
    int error = ghm_write_begin(&write, mount);
    if (error != GHM_OK) return error;
    error = ghm_env_error(mdb_cursor_open(write.txn, write.env->entries, &cursor));
    if (error == GHM_OK) {
        error = sweep_some(&after, &write, cursor);
        mdb_cursor_close(cursor);
    }
    if (error != GHM_OK || after.dropped == sweep->dropped)
        ghm_write_abort(&write);
    else
        error = ghm_write_commit(&write);
    if (error == GHM_OK) *sweep = after;
    return error;
}

static int drop_all(struct ghm_mount *mount)
{
    struct ghm_write write;
    MDB_stat stat;
    int error = ghm_write_begin(&write, mount);
    if (error != GHM_OK) return error;
    error = ghm_env_error(mdb_stat(write.txn, write.env->entries, &stat));
    if (error == GHM_OK) error = ghm_env_error(mdb_drop(write.txn, write.env->entries, 0));
    if (error == GHM_OK) error = ghm_env_error(mdb_drop(write.txn, write.env->index, 0));
    ghm_tally_clear(&write);
    error = ghm_write_end(&write, error);
    return error == GHM_OK ? (int)stat.ms_entries : error;
}

int ghm_sweep_prefix(struct ghm_mount *mount, struct ghm_bytes prefix)
{
    struct sweep sweep = {.prefix = prefix, .batch_max = SWEEP_BATCH};
    if (prefix.len == 0) return drop_all(mount);
    while (!sweep.is_at_end) {
        int error = sweep_once(mount, &sweep);
        bool is_retried = error == GHM_EFULL && sweep.batch_max > 1;
        if (is_retried)
            sweep.batch_max /= 4;
        else if (error != GHM_OK)
            return error;
    }
    return sweep.dropped;
}
