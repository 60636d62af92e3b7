/* SPDX-License-Identifier: MIT */
#include "store/evict.h"

#include "answer/freshness.h"
#include "store/index.h"
#include "store/record.h"
#include "store/tally.h"
#include "store/uses.h"

/* The lowest leaves first. */
enum rank { SPENT, COMMON, SPARED };

/* One of the sample; copied, for a change moves LMDB's pages. */
struct candidate {
    bool is_there;
    enum rank rank;
    uint8_t id[GHM_RECORD_KEY_LEN];
    uint32_t last_use;
    uint64_t date_ms;
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

/* Where an entry's byte form (answer/entry.c) has its date and its time; a damaged record is as old
 * as can be. */
enum {
    AT_DATE = GHM_RECORD_HEAD_LEN + 8,
    AT_TTL = GHM_RECORD_HEAD_LEN + 16,
    AT_TTL_END = AT_TTL + 4,
};

static uint64_t date_of(struct ghm_bytes record)
{
    return record.len < AT_TTL_END ? 0 : ghm_load_be64(record.ptr + AT_DATE);
}

static uint64_t end_of(struct ghm_bytes record)
{
    if (record.len < AT_TTL_END) return 0;
    uint64_t served_s = (uint64_t)ghm_load_be32(record.ptr + AT_TTL) + GHM_FRESHNESS_STALE_S;
    return date_of(record) + 1000 * served_s;
}

static enum rank rank_of(const struct ghm_evict *evict, const struct ghm_write_state *state,
                         struct ghm_bytes record)
{
    bool is_pinned = (ghm_record_flags(record) & GHM_RECORD_PINNED) != 0;
    if (!is_pinned) return end_of(record) < (uint64_t)evict->now_ms ? SPENT : COMMON;
    bool is_within = state->pinned_bytes <= evict->pinned_bytes_max &&
                     state->pinned_entries <= evict->pinned_entries_max;
    return is_within ? SPARED : COMMON;
}

static bool leaves_before(const struct candidate *a, const struct candidate *b)
{
    if (!b->is_there) return true;
    if (a->rank != b->rank) return a->rank < b->rank;
    if (a->last_use != b->last_use) return a->last_use < b->last_use;
    return a->date_ms < b->date_ms;
}

/* A sample under way. */
struct sample {
    struct ghm_evict *evict;
    const struct ghm_write_state *state;
    MDB_cursor *cursor;
    struct candidate best;
};

static void consider(struct sample *sample, MDB_val key, struct ghm_bytes record)
{
    const struct ghm_evict *evict = sample->evict;
    struct candidate candidate = {.is_there = true};
    if (key.mv_size != sizeof candidate.id) return;
    memcpy(candidate.id, key.mv_data, sizeof candidate.id);
    bool is_kept =
        evict->keep_id != NULL && memcmp(candidate.id, evict->keep_id, sizeof candidate.id) == 0;
    if (is_kept) return;
    candidate.rank = rank_of(evict, sample->state, record);
    candidate.last_use = ghm_uses_last(evict->shared, candidate.id);
    candidate.date_ms = date_of(record);
    if (leaves_before(&candidate, &sample->best)) sample->best = candidate;
}

/* From a random point on, past the end on from the start. */
static int sample_run(struct sample *sample)
{
    uint8_t point[GHM_RECORD_KEY_LEN] = {0};
    MDB_val key = {sizeof point, point};
    MDB_val record;
    ghm_store_be64(point, draw(&sample->evict->random));
    int result = mdb_cursor_get(sample->cursor, &key, &record, MDB_SET_RANGE);
    for (int i = 0; i < GHM_EVICT_RUN; i++) {
        if (result == MDB_NOTFOUND)
            result = mdb_cursor_get(sample->cursor, &key, &record, MDB_FIRST);
        if (result != MDB_SUCCESS) return result == MDB_NOTFOUND ? MDB_SUCCESS : result;
        consider(sample, key, ghm_bytes(record.mv_data, record.mv_size));
        result = mdb_cursor_get(sample->cursor, &key, &record, MDB_NEXT);
    }
    return MDB_SUCCESS;
}

static int draw_sample(struct sample *sample, struct ghm_write *write)
{
    int result = mdb_cursor_open(write->txn, write->env->entries, &sample->cursor);
    if (result != MDB_SUCCESS) return ghm_env_error(result);
    for (int i = 0; result == MDB_SUCCESS && i < GHM_EVICT_POINTS; i++)
        result = sample_run(sample);
    mdb_cursor_close(sample->cursor);
    return ghm_env_error(result);
}

static int remove_entry(struct ghm_write *write, const uint8_t id[GHM_RECORD_KEY_LEN])
{
    MDB_val key = ghm_env_value(id, GHM_RECORD_KEY_LEN);
    MDB_val record;
    int result = mdb_get(write->txn, write->env->entries, &key, &record);
    if (result != MDB_SUCCESS) return ghm_env_error(result);
    struct ghm_bytes bytes = ghm_bytes(record.mv_data, record.mv_size);
    ghm_tally_remove(write, bytes);
    int error = ghm_index_remove(write, id, bytes);
    if (error != GHM_OK) return error;
    return ghm_env_error(mdb_del(write->txn, write->env->entries, &key, NULL));
}

int ghm_evict_one(struct ghm_evict *evict, struct ghm_write *write)
{
    struct sample sample = {.evict = evict, .state = &write->state};
    int error = draw_sample(&sample, write);
    if (error != GHM_OK) return error;
    return sample.best.is_there ? remove_entry(write, sample.best.id) : GHM_ENOTFOUND;
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
        ghm_tally_remove(write, ghm_bytes(record.mv_data, record.mv_size));
        result = mdb_cursor_del(cursor, 0);
        if (result != MDB_SUCCESS) break;
        *ret_evicted += 1;
        result = mdb_cursor_get(cursor, &key, &record, MDB_NEXT);
    }
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
