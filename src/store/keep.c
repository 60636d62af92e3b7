/* SPDX-License-Identifier: MIT */
#include "store/keep.h"

#include "answer/lifetime.h"
#include "store/evict.h"
#include "store/index.h"
#include "store/outbox.h"
#include "store/record.h"
#include "store/store.h"
#include "store/tally.h"
#include "store/uses.h"

#define ROOM_TRIES 6      /* to make room in a full file */
#define DATE_STEP_MS 1000 /* what a Date can tell */

struct put {
    const uint8_t *id;
    struct ghm_entry entry;
    unsigned flags;
    int64_t now_s;
    struct ghm_bytes body; /* as it will lie: packed or not */
    unsigned record_flags;
    size_t record_len;
    size_t old_record_len; /* 0: none there */
};

/* Newer than what is there, though its date may not say so. */
static bool is_newer_by_order(const struct put *put, const struct ghm_entry *old)
{
    if ((put->flags & GHM_STORE_FORCE) != 0) return true;
    int64_t ahead_ms = old->date_ms - put->entry.date_ms;
    return (put->flags & GHM_STORE_HEARD) != 0 && ahead_ms >= 0 && ahead_ms < DATE_STEP_MS;
}

/* What is there now decides whether this one may come in. */
static int compare_with_old(struct ghm_write *write, struct put *put)
{
    MDB_val key = ghm_env_value(put->id, GHM_VARIANT_ID_LEN);
    MDB_val record;
    struct ghm_entry old;
    size_t unpacked_len;
    put->old_record_len = 0;
    int error = ghm_env_error(mdb_get(write->txn, write->env->entries, &key, &record));
    if (error == GHM_ENOTFOUND) return GHM_OK;
    if (error != GHM_OK) return error;
    put->old_record_len = record.mv_size;
    struct ghm_bytes bytes = ghm_bytes(record.mv_data, record.mv_size);
    if (ghm_record_entry(&old, &unpacked_len, bytes, put->id) != GHM_OK) return GHM_OK;
    if (!is_newer_by_order(put, &old))
        return ghm_entry_compare(&put->entry, &old) > 0 ? GHM_OK : GHM_EOLD;
    if (put->entry.date_ms <= old.date_ms) put->entry.date_ms = old.date_ms + 1;
    return GHM_OK;
}

static uint64_t seed_of(const struct put *put)
{
    return ghm_load_be64(put->id) ^ (uint64_t)put->entry.date_ms ^ ((uint64_t)put->now_s << 20);
}

static int evict_for(const struct ghm_keep *keep, struct ghm_write *write, const struct put *put,
                     uint64_t *ret_evicted)
{
    struct ghm_evict evict = {.shared = keep->shared,
                              .random = seed_of(put),
                              .keep_id = put->id,
                              .now_ms = put->now_s * 1000,
                              .pinned_bytes_max = keep->mount->bytes_max / 2,
                              .pinned_entries_max = keep->entries_max / 2};
    MDB_stat stat;
    int error = ghm_env_error(mdb_stat(write->txn, write->env->entries, &stat));
    if (error != GHM_OK) return error;
    uint64_t entries = stat.ms_entries + (put->old_record_len == 0 ? 1 : 0);
    uint64_t more = put->record_len - put->old_record_len;
    for (uint64_t evicted = 0;; evicted++) {
        *ret_evicted = evicted;
        bool fits = entries - evicted <= keep->entries_max &&
                    write->state.entry_bytes + more <= keep->mount->bytes_max;
        if (fits) return GHM_OK;
        error = ghm_evict_one(&evict, write);
        if (error != GHM_OK) return error == GHM_ENOTFOUND ? GHM_ECORRUPT : error;
    }
}

/* What is there now leaves the counts and the index before it is replaced. */
static int remove_old(struct ghm_write *write, const struct put *put)
{
    MDB_val key = ghm_env_value(put->id, GHM_VARIANT_ID_LEN);
    MDB_val record;
    if (put->old_record_len == 0) return GHM_OK;
    int error = ghm_env_error(mdb_get(write->txn, write->env->entries, &key, &record));
    if (error != GHM_OK) return error;
    struct ghm_bytes bytes = ghm_bytes(record.mv_data, record.mv_size);
    ghm_tally_remove(write, bytes);
    return ghm_index_remove(write, put->id, bytes);
}

/* The record is written where LMDB will keep it. */
static int write_record(struct ghm_write *write, const struct put *put)
{
    MDB_val key = ghm_env_value(put->id, GHM_VARIANT_ID_LEN);
    MDB_val record = {put->record_len, NULL};
    int error = remove_old(write, put);
    if (error != GHM_OK) return error;
    int result = mdb_put(write->txn, write->env->entries, &key, &record, MDB_RESERVE);
    if (result != MDB_SUCCESS) return ghm_env_error(result);
    uint8_t *bytes = record.mv_data;
    uint8_t *content = bytes + GHM_RECORD_HEAD_LEN;
    ghm_entry_write_front(content, &put->entry);
    ghm_bytes_copy(content + ghm_entry_front_size(&put->entry), put->body);
    ghm_record_seal(bytes, put->record_len - GHM_RECORD_HEAD_LEN, put->record_flags, put->id);
    ghm_tally_add(write, ghm_bytes(bytes, put->record_len));
    error = ghm_index_add(write, put->id, ghm_bytes(bytes, put->record_len));
    if (error != GHM_OK || (put->flags & GHM_STORE_ANNOUNCE) == 0) return error;
    return ghm_outbox_add(write, put->id);
}

static int put_once(const struct ghm_keep *keep, struct put *put)
{
    struct ghm_write write;
    uint64_t evicted = 0;
    int error = ghm_write_begin(&write, keep->mount);
    if (error != GHM_OK) return error;
    error = compare_with_old(&write, put);
    if (error == GHM_OK) error = evict_for(keep, &write, put, &evicted);
    if (error == GHM_OK) error = write_record(&write, put);
    if (error != GHM_OK) {
        ghm_write_abort(&write);
        return error;
    }
    error = ghm_write_commit(&write);
    if (error == GHM_OK && evicted > 0) GHM_COUNT(keep->shared, evictions, evicted);
    return error;
}

/* A change of nothing but the row of state: the pages that the last change gave up can be used by
 * the one after this. It needs so few itself that a full disk seldom stops it. */
static void turn_over(const struct ghm_keep *keep)
{
    struct ghm_write write;
    if (ghm_write_begin(&write, keep->mount) != GHM_OK) return;
    (void)!ghm_write_commit(&write);
}

/* The file cannot grow: neighbours leave, and their room serves the change after this one. */
static int make_room(const struct ghm_keep *keep, const struct put *put, uint64_t bytes)
{
    struct ghm_write write;
    uint64_t evicted;
    int dead;
    (void)mdb_reader_check(keep->mount->env.mdb, &dead);
    int error = ghm_write_begin(&write, keep->mount);
    if (error != GHM_OK) return error;
    error = ghm_evict_near(&write, &evicted, put->id, bytes);
    if (error != GHM_OK) {
        ghm_write_abort(&write);
        return error;
    }
    error = ghm_write_commit(&write);
    if (error == GHM_OK) GHM_COUNT(keep->shared, evictions, evicted);
    return error;
}

static int put_with_room(const struct ghm_keep *keep, struct put *put)
{
    int64_t date_ms = put->entry.date_ms;
    int error = put_once(keep, put);
    for (int i = 0; error == GHM_EFULL && i < ROOM_TRIES; i++) {
        error = make_room(keep, put, (uint64_t)put->record_len << i);
        if (error != GHM_OK) turn_over(keep);
        put->entry.date_ms = date_ms;
        error = put_once(keep, put);
    }
    return error;
}

/* How the record will lie. Before the writers' lock is taken: packing takes its time. */
static void shape(const struct ghm_keep *keep, struct put *put, struct ghm_pack_block *ret_block)
{
    size_t front_len = GHM_RECORD_HEAD_LEN + ghm_entry_front_size(&put->entry);
    put->body = ghm_pack_body(keep->pack, ret_block, put->entry.body, front_len);
    if (put->body.ptr == NULL)
        put->body = put->entry.body;
    else
        put->record_flags |= GHM_RECORD_PACKED;
    put->record_len = front_len + put->body.len;
    bool is_pinned = put->entry.kind == GHM_ENTRY_ORIGIN &&
                     ghm_lifetime_is_fixed(put->entry.name, put->entry.body);
    if (is_pinned) put->record_flags |= GHM_RECORD_PINNED;
}

static int put_shaped(const struct ghm_keep *keep, struct put *put, bool makes_room)
{
    struct ghm_pack_block block;
    if (!ghm_entry_is_bounded(&put->entry)) return GHM_ELIMIT;
    shape(keep, put, &block);
    int error = GHM_ELIMIT;
    if (put->record_len <= keep->mount->bytes_max)
        error = makes_room ? put_with_room(keep, put) : put_once(keep, put);
    ghm_pack_free(&block);
    return error;
}

int ghm_keep_put(const struct ghm_keep *keep, const uint8_t id[GHM_VARIANT_ID_LEN],
                 const struct ghm_entry *entry, unsigned flags, int64_t now_s)
{
    struct put put = {.id = id, .entry = *entry, .flags = flags, .now_s = now_s};
    int error = put_shaped(keep, &put, true);
    if (error == GHM_OK) ghm_uses_note(keep->shared, id, now_s);
    return error;
}

int ghm_keep_again(const struct ghm_keep *keep, const uint8_t id[GHM_VARIANT_ID_LEN],
                   const struct ghm_entry *entry)
{
    struct put put = {.id = id, .entry = *entry};
    return put_shaped(keep, &put, false);
}
