/* SPDX-License-Identifier: MIT */
#include "store/evict.h"

#include "store/index.h"
#include "store/record.h"
#include "store/uses.h"

/* One of the sample; copied, for a change moves LMDB's pages. */
struct candidate {
    bool is_there;
    uint8_t id[GHM_RECORD_KEY_LEN];
    uint32_t last_use;
    uint64_t date_ms;
    size_t record_len;
};

/* xorshift64*: the draw needs no secret, only no pattern. */
static uint64_t draw(uint64_t *state)
{
    *state = *state == 0 ? UINT64_C(0x2545f4914f6cdd1d) : *state;
    *state ^= *state >> 12;
    *state ^= *state << 25;
    *state ^= *state >> 27;
    return *state * UINT64_C(0x2545f4914f6cdd1d);
}

/* Where an entry's byte form (answer/entry.c) has its date; a damaged record is as old as can be.
 */
static uint64_t date_of(MDB_val record)
{
    const uint8_t *bytes = record.mv_data;
    if (record.mv_size < GHM_RECORD_HEAD_LEN + 16) return 0;
    return ghm_load_be64(bytes + GHM_RECORD_HEAD_LEN + 8);
}

static bool leaves_before(const struct candidate *a, const struct candidate *b)
{
    if (!b->is_there) return true;
    if (a->last_use != b->last_use) return a->last_use < b->last_use;
    return a->date_ms < b->date_ms;
}

static void consider(const struct ghm_evict *evict, struct candidate *best, MDB_val key,
                     MDB_val record)
{
    struct candidate candidate = {.is_there = true, .record_len = record.mv_size};
    if (key.mv_size != sizeof candidate.id) return;
    memcpy(candidate.id, key.mv_data, sizeof candidate.id);
    if (evict->keep_id != NULL && memcmp(candidate.id, evict->keep_id, sizeof candidate.id) == 0) {
        return;
    }
    candidate.last_use = ghm_uses_last(evict->shared, candidate.id);
    candidate.date_ms = date_of(record);
    if (leaves_before(&candidate, best)) *best = candidate;
}

/* From a random point on, past the end on from the start. */
static int sample_run(struct ghm_evict *evict, struct candidate *best, MDB_cursor *cursor)
{
    uint8_t point[GHM_RECORD_KEY_LEN] = {0};
    MDB_val key = {sizeof point, point};
    MDB_val record;
    ghm_store_be64(point, draw(&evict->random));
    int result = mdb_cursor_get(cursor, &key, &record, MDB_SET_RANGE);
    for (int i = 0; i < GHM_EVICT_RUN; i++) {
        if (result == MDB_NOTFOUND) result = mdb_cursor_get(cursor, &key, &record, MDB_FIRST);
        if (result != MDB_SUCCESS) return result == MDB_NOTFOUND ? MDB_SUCCESS : result;
        consider(evict, best, key, record);
        result = mdb_cursor_get(cursor, &key, &record, MDB_NEXT);
    }
    return MDB_SUCCESS;
}

static int sample(struct ghm_evict *evict, struct candidate *ret_best, MDB_cursor *cursor)
{
    int result = MDB_SUCCESS;
    for (int i = 0; result == MDB_SUCCESS && i < GHM_EVICT_POINTS; i++) {
        result = sample_run(evict, ret_best, cursor);
    }
    return result;
}

static int remove_row(struct ghm_write *write, uint8_t id[32])
{
    MDB_val key = {GHM_RECORD_KEY_LEN, id};
    MDB_val record;
    int result = mdb_get(write->txn, write->env->entries, &key, &record);
    if (result != MDB_SUCCESS) return ghm_env_error(result);
    return ghm_index_remove(write, id, ghm_bytes(record.mv_data, record.mv_size));
}

int ghm_evict_one(struct ghm_evict *evict, struct ghm_write *write)
{
    struct candidate best = {.is_there = false};
    MDB_cursor *cursor;
    int result = mdb_cursor_open(write->txn, write->env->entries, &cursor);
    if (result != MDB_SUCCESS) return ghm_env_error(result);
    result = sample(evict, &best, cursor);
    mdb_cursor_close(cursor);
    if (result != MDB_SUCCESS) return ghm_env_error(result);
    if (!best.is_there) return GHM_ENOTFOUND;
    int error = remove_row(write, best.id);
    if (error != GHM_OK) return error;
    MDB_val key = {sizeof best.id, best.id};
    result = mdb_del(write->txn, write->env->entries, &key, NULL);
    if (result != MDB_SUCCESS) return ghm_env_error(result);
    write->state.entry_bytes -= best.record_len;
    return GHM_OK;
}

static int remove_from(struct ghm_write *write, uint64_t *ret_evicted, MDB_cursor *cursor,
                       const uint8_t id[32], uint64_t bytes)
{
    uint8_t point[GHM_RECORD_KEY_LEN];
    MDB_val key = {sizeof point, point};
    MDB_val record;
    uint64_t removed = 0;
    *ret_evicted = 0;
    memcpy(point, id, sizeof point);
    int result = mdb_cursor_get(cursor, &key, &record, MDB_SET_RANGE);
    if (result == MDB_NOTFOUND) result = mdb_cursor_get(cursor, &key, &record, MDB_FIRST);
    while (result == MDB_SUCCESS && removed < bytes) {
        removed += record.mv_size;
        result = mdb_cursor_del(cursor, 0);
        if (result != MDB_SUCCESS) break;
        *ret_evicted += 1;
        result = mdb_cursor_get(cursor, &key, &record, MDB_NEXT);
    }
    write->state.entry_bytes -= removed;
    return result == MDB_NOTFOUND ? MDB_SUCCESS : result;
}

int ghm_evict_near(struct ghm_write *write, uint64_t *ret_evicted, const uint8_t id[32],
                   uint64_t bytes)
{
    MDB_cursor *cursor;
    int result = mdb_cursor_open(write->txn, write->env->entries, &cursor);
    if (result != MDB_SUCCESS) return ghm_env_error(result);
    result = remove_from(write, ret_evicted, cursor, id, bytes);
    mdb_cursor_close(cursor);
    return ghm_env_error(result);
}
