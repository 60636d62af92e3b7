/* SPDX-License-Identifier: MIT */
#include "store/check.h"

#include "store/fact.h"
#include "store/record.h"
#include "store/tally.h"

enum { ENTRIES, NEWS, FACTS, TABLES };

static struct ghm_bytes bytes_of(MDB_val value)
{
    return ghm_bytes(value.mv_data, value.mv_size);
}

/* ---- one record --------------------------------------------------------------------------------
 */

int ghm_check_entry(struct ghm_pack *pack, struct ghm_bytes key, struct ghm_bytes record)
{
    struct ghm_entry entry;
    struct ghm_pack_block block;
    size_t unpacked_len;
    if (key.len != GHM_VARIANT_ID_LEN) return GHM_ECORRUPT;
    int error = ghm_record_entry(&entry, &unpacked_len, record, key.ptr);
    if (error != GHM_OK || unpacked_len == 0) return error;
    error = ghm_pack_open(pack, &block, entry.body, unpacked_len);
    if (error == GHM_OK) ghm_pack_close(pack, &block);
    return error;
}

bool ghm_check_is_news(struct ghm_bytes key, struct ghm_bytes record)
{
    return key.len == 8 && record.len == GHM_VARIANT_ID_LEN;
}

bool ghm_check_is_fact(struct ghm_bytes key, struct ghm_bytes record)
{
    struct ghm_bytes content;
    return key.len == GHM_RECORD_KEY_LEN && ghm_record_open(&content, record, key.ptr) == GHM_OK &&
           content.len >= 8 && content.len <= 8 + GHM_FACT_VALUE_MAX;
}

/* ---- all of them -------------------------------------------------------------------------------
 */

static MDB_dbi table_of(const struct ghm_check *check)
{
    const struct ghm_env *env = &check->mount->env;
    const MDB_dbi tables[TABLES] = {env->entries, env->outbox, env->facts};
    return tables[check->table];
}

static int count_records(struct ghm_check *check)
{
    int result = MDB_SUCCESS;
    for (check->table = 0; result == MDB_SUCCESS && check->table < TABLES; check->table++) {
        MDB_stat stat;
        result = mdb_stat(check->txn, table_of(check), &stat);
        check->records += result == MDB_SUCCESS ? stat.ms_entries : 0;
    }
    check->table = 0;
    return result;
}

int ghm_check_begin(struct ghm_check *check, struct ghm_mount *mount, struct ghm_pack *pack)
{
    *check = (struct ghm_check){.mount = mount, .pack = pack};
    int result = mdb_txn_begin(mount->env.mdb, NULL, MDB_RDONLY, &check->txn);
    if (result == MDB_SUCCESS) result = count_records(check);
    if (result == MDB_SUCCESS) return GHM_OK;
    ghm_check_end(check);
    return ghm_mount_error(mount, ghm_env_error(result));
}

void ghm_check_end(struct ghm_check *check)
{
    if (check->cursor != NULL) mdb_cursor_close(check->cursor);
    if (check->txn != NULL) mdb_txn_abort(check->txn);
    check->cursor = NULL;
    check->txn = NULL;
}

static void count_entry(struct ghm_check_report *report, struct ghm_bytes record)
{
    unsigned flags = ghm_record_flags(record);
    bool is_pinned = (flags & GHM_RECORD_PINNED) != 0;
    report->entries++;
    report->bytes += record.len;
    report->packed += (flags & GHM_RECORD_PACKED) != 0 ? 1 : 0;
    report->pinned += is_pinned ? 1 : 0;
    report->pinned_bytes += is_pinned ? record.len : 0;
}

static int look_at_entry(struct ghm_check *check, struct ghm_bytes key, struct ghm_bytes record)
{
    int error = ghm_check_entry(check->pack, key, record);
    ghm_tally_add(&check->sum, record);
    if (error == GHM_ECORRUPT) check->report.damaged++;
    if (error != GHM_OK) return error == GHM_ECORRUPT ? GHM_OK : error;
    count_entry(&check->report, record);
    error = ghm_index_has(&check->mount->env, check->txn, key.ptr, record);
    if (error == GHM_OK) check->indexed++;
    if (error == GHM_ENOTFOUND) check->report.index_missing++;
    return error == GHM_ENOTFOUND || error == GHM_ENOTSUP ? GHM_OK : error;
}

static int look_at(struct ghm_check *check, struct ghm_bytes key, struct ghm_bytes record)
{
    check->looked_at++;
    if (check->table == ENTRIES) return look_at_entry(check, key, record);
    bool is_right =
        check->table == NEWS ? ghm_check_is_news(key, record) : ghm_check_is_fact(key, record);
    check->report.damaged += is_right ? 0 : 1;
    return GHM_OK;
}

static int compare_sums(struct ghm_check *check)
{
    struct ghm_write_state state;
    struct ghm_check_report *report = &check->report;
    MDB_stat rows;
    int error = ghm_env_error(mdb_stat(check->txn, check->mount->env.index, &rows));
    if (error == GHM_OK) error = ghm_write_state_of(&state, &check->mount->env, check->txn);
    if (error != GHM_OK) return error;
    report->index_rows = rows.ms_entries;
    report->index_strays = rows.ms_entries - check->indexed;
    const struct ghm_write_state *sum = &check->sum.state;
    report->are_sums_wrong = state.entry_bytes != sum->entry_bytes ||
                             state.pinned_bytes != sum->pinned_bytes ||
                             state.pinned_entries != sum->pinned_entries;
    return GHM_OK;
}

/* The next of this table, or of the one after it. */
static int walk(struct ghm_check *check)
{
    MDB_val key;
    MDB_val record;
    MDB_cursor_op op = check->cursor == NULL ? MDB_FIRST : MDB_NEXT;
    int result = MDB_SUCCESS;
    if (check->cursor == NULL)
        result = mdb_cursor_open(check->txn, table_of(check), &check->cursor);
    if (result == MDB_SUCCESS) result = mdb_cursor_get(check->cursor, &key, &record, op);
    if (result == MDB_SUCCESS) return look_at(check, bytes_of(key), bytes_of(record));
    if (result != MDB_NOTFOUND) return ghm_env_error(result);
    mdb_cursor_close(check->cursor);
    check->cursor = NULL;
    check->table++;
    return GHM_OK;
}

int ghm_check_step(struct ghm_check *check)
{
    int error = GHM_OK;
    for (int i = 0; error == GHM_OK && check->table < TABLES && i < GHM_CHECK_STEP; i++)
        error = walk(check);
    if (error == GHM_OK && check->table < TABLES) return GHM_EAGAIN;
    if (error == GHM_OK) error = compare_sums(check);
    if (error == GHM_ECORRUPT) ghm_mount_damaged(check->mount);
    return error;
}

bool ghm_check_is_sound(const struct ghm_check_report *report)
{
    return report->damaged == 0 && !report->are_sums_wrong;
}
