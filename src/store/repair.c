/* SPDX-License-Identifier: MIT */
#include "store/repair.h"

#include "store/check.h"
#include "store/tally.h"

struct repair {
    struct ghm_write write;
    struct ghm_pack *pack;
    uint64_t dropped;
};

/* What becomes of one record: GHM_OK keeps it, GHM_ECORRUPT drops it. */
typedef int judge(struct repair *repair, struct ghm_bytes key, struct ghm_bytes record);

static int judge_entry(struct repair *repair, struct ghm_bytes key, struct ghm_bytes record)
{
    int error = ghm_check_entry(repair->pack, key, record);
    if (error != GHM_OK) return error;
    ghm_tally_add(&repair->write, record);
    error = ghm_index_add(&repair->write, key.ptr, record);
    return error == GHM_ECORRUPT ? GHM_EIO : error;
}

static int judge_news(struct repair *repair, struct ghm_bytes key, struct ghm_bytes record)
{
    (void)repair;
    return ghm_check_is_news(key, record) ? GHM_OK : GHM_ECORRUPT;
}

static int judge_fact(struct repair *repair, struct ghm_bytes key, struct ghm_bytes record)
{
    (void)repair;
    return ghm_check_is_fact(key, record) ? GHM_OK : GHM_ECORRUPT;
}

static int judge_all(struct repair *repair, MDB_cursor *cursor, judge *judge_one)
{
    MDB_val key;
    MDB_val record;
    int result = mdb_cursor_get(cursor, &key, &record, MDB_FIRST);
    while (result == MDB_SUCCESS) {
        int error = judge_one(repair, ghm_bytes(key.mv_data, key.mv_size),
                              ghm_bytes(record.mv_data, record.mv_size));
        if (error != GHM_OK && error != GHM_ECORRUPT) return error;
        if (error == GHM_ECORRUPT) result = mdb_cursor_del(cursor, 0);
        repair->dropped += error == GHM_ECORRUPT ? 1 : 0;
        if (result == MDB_SUCCESS) result = mdb_cursor_get(cursor, &key, &record, MDB_NEXT);
    }
    return result == MDB_NOTFOUND ? GHM_OK : ghm_env_error(result);
}

static int judge_table(struct repair *repair, MDB_dbi table, judge *judge_one)
{
    MDB_cursor *cursor;
    int error = ghm_env_error(mdb_cursor_open(repair->write.txn, table, &cursor));
    if (error != GHM_OK) return error;
    error = judge_all(repair, cursor, judge_one);
    mdb_cursor_close(cursor);
    return error;
}

int ghm_repair_run(struct ghm_mount *mount, struct ghm_pack *pack, uint64_t *ret_dropped)
{
    struct repair repair = {.pack = pack};
    int error = ghm_write_begin(&repair.write, mount);
    if (error != GHM_OK) return error;
    ghm_tally_clear(&repair.write);
    error = ghm_env_error(mdb_drop(repair.write.txn, mount->env.index, 0));
    if (error == GHM_OK) error = judge_table(&repair, mount->env.entries, judge_entry);
    if (error == GHM_OK) error = judge_table(&repair, mount->env.outbox, judge_news);
    if (error == GHM_OK) error = judge_table(&repair, mount->env.facts, judge_fact);
    error = ghm_write_end(&repair.write, error);
    if (error == GHM_OK) *ret_dropped = repair.dropped;
    return error;
}
