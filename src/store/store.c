/* SPDX-License-Identifier: MIT */
#include "store/store.h"

#include "store/evict.h"
#include "store/fact.h"
#include "store/index.h"
#include "store/outbox.h"
#include "store/reads.h"
#include "store/record.h"
#include "store/uses.h"

#include <limits.h>

#define BYTES_MAX_DEFAULT (UINT64_C(256) << 20)
#define ENTRIES_MAX_DEFAULT 100000

/* Half-full pages, whole pages for large entries and pages that a reader still holds need room. */
#define MAP_FACTOR 3
#define MAP_SLACK (UINT64_C(64) << 20)

_Static_assert(GHM_STORE_SLOTS_MAX == GHM_INDEX_SLOTS_MAX, "one bound");

#define ROOM_TRIES 6     /* to make room in a full file */
#define SYNC_TRIES 8     /* to find a moment without a writer */
#define DATE_STEP_MS 1000 /* what a Date can tell */
#define SWEEP_LOOKS 8192 /* entries looked at in one change */
#define SWEEP_BATCH 4096 /* entries forgotten in one change, a power of 4 */

struct ghm_store {
    struct ghm_mem mem;
    struct ghm_claim claim;
    struct ghm_env env;
    struct ghm_reads reads;
    struct ghm_shared *shared;
    uint64_t bytes_max;
    uint64_t entries_max;
};

/* ---- opening -----------------------------------------------------------------------------------
 */

static uint64_t map_bytes_for(uint64_t bytes_max)
{
    uint64_t pages = (MAP_FACTOR * bytes_max + MAP_SLACK + 4095) / 4096;
    return pages * 4096;
}

static uint64_t bytes_max_within(uint64_t map_bytes)
{
    return map_bytes > MAP_SLACK ? (map_bytes - MAP_SLACK) / MAP_FACTOR : 0;
}

static void set_boot_id(struct ghm_claim_mark *mark, const char *boot_id)
{
    struct ghm_bytes text = ghm_bytes_upto(ghm_bytes_text(boot_id), GHM_CLAIM_BOOT_MAX);
    memset(mark->boot_id, 0, GHM_CLAIM_BOOT_MAX);
    ghm_bytes_copy(mark->boot_id, text);
}

/* After a power cut a file that was not flushed may lack pages that others point to. */
static bool is_trusted(const struct ghm_claim *claim, const char *boot_id)
{
    struct ghm_claim_mark now;
    set_boot_id(&now, boot_id);
    if (!claim->is_valid || claim->mark.is_damaged) return false;
    return claim->mark.is_clean ||
           memcmp(claim->mark.boot_id, now.boot_id, GHM_CLAIM_BOOT_MAX) == 0;
}

static int start_anew(struct ghm_store *store, const struct ghm_store_options *options)
{
    int error = ghm_env_remove(options->dir);
    if (error != GHM_OK) return error;
    store->claim.mark = (struct ghm_claim_mark){.map_bytes = map_bytes_for(store->bytes_max)};
    set_boot_id(&store->claim.mark, options->boot_id);
    error = ghm_claim_write(&store->claim);
    if (error != GHM_OK) return error;
    return ghm_env_open(&store->env, options->dir, store->claim.mark.map_bytes);
}

/* The only one to open may make the map larger and move the file to this boot. */
static int update_mark(struct ghm_store *store, const struct ghm_store_options *options)
{
    struct ghm_claim_mark before = store->claim.mark;
    uint64_t wanted = map_bytes_for(store->bytes_max);
    if (store->claim.mark.map_bytes < wanted) store->claim.mark.map_bytes = wanted;
    set_boot_id(&store->claim.mark, options->boot_id);
    bool is_same = before.map_bytes == store->claim.mark.map_bytes &&
                   memcmp(before.boot_id, store->claim.mark.boot_id, GHM_CLAIM_BOOT_MAX) == 0;
    return is_same ? GHM_OK : ghm_claim_write(&store->claim);
}

static int open_alone(struct ghm_store *store, const struct ghm_store_options *options)
{
    if (!is_trusted(&store->claim, options->boot_id)) return start_anew(store, options);
    int error = update_mark(store, options);
    if (error != GHM_OK) return error;
    error = ghm_env_open(&store->env, options->dir, store->claim.mark.map_bytes);
    return error == GHM_ECORRUPT ? start_anew(store, options) : error;
}

static int open_among_others(struct ghm_store *store, const struct ghm_store_options *options)
{
    if (!store->claim.is_valid) return GHM_EIO;
    uint64_t bytes_max = bytes_max_within(store->claim.mark.map_bytes);
    if (store->bytes_max > bytes_max) store->bytes_max = bytes_max;
    return ghm_env_open(&store->env, options->dir, store->claim.mark.map_bytes);
}

static int open_claimed(struct ghm_store *store, const struct ghm_store_options *options)
{
    int error =
        store->claim.is_alone ? open_alone(store, options) : open_among_others(store, options);
    if (error != GHM_OK) return error == GHM_ECORRUPT ? GHM_EIO : error;
    ghm_reads_init(&store->reads, store->env.mdb);
    error = ghm_claim_settle(&store->claim);
    if (error != GHM_OK) ghm_env_close(&store->env);
    return error;
}

static void free_store(struct ghm_store *store)
{
    struct ghm_mem mem = store->mem;
    ghm_mem_free(&mem, store, sizeof *store);
    ghm_mem_fini(&mem);
}

int ghm_store_open(struct ghm_store **ret_store, const struct ghm_store_options *options)
{
    struct ghm_mem mem;
    ghm_mem_init(&mem, NULL, sizeof(struct ghm_store));
    struct ghm_store *store = ghm_mem_alloc(&mem, sizeof *store);
    if (store == NULL) return GHM_ENOMEM;
    store->mem = mem;
    store->shared = options->shared;
    store->bytes_max = options->bytes_max == 0 ? BYTES_MAX_DEFAULT : options->bytes_max;
    store->entries_max = options->entries_max == 0 ? ENTRIES_MAX_DEFAULT : options->entries_max;
    int error = ghm_claim_open(&store->claim, options->dir);
    if (error == GHM_OK) {
        error = open_claimed(store, options);
        if (error != GHM_OK) ghm_claim_close(&store->claim);
    }
    if (error != GHM_OK) {
        free_store(store);
        return error;
    }
    *ret_store = store;
    return GHM_OK;
}

void ghm_store_close(struct ghm_store *store)
{
    if (store == NULL) return;
    ghm_reads_fini(&store->reads);
    ghm_env_close(&store->env);
    ghm_claim_close(&store->claim);
    free_store(store);
}

/* ---- reading -----------------------------------------------------------------------------------
 */

/* LMDB takes keys without const and does not write to them. */
struct key {
    uint8_t bytes[GHM_VARIANT_ID_LEN];
};

static MDB_val key_of(struct key *ret_room, const uint8_t id[GHM_VARIANT_ID_LEN])
{
    memcpy(ret_room->bytes, id, sizeof ret_room->bytes);
    return (MDB_val){sizeof ret_room->bytes, ret_room->bytes};
}

static int read_entry(struct ghm_entry *ret_entry, MDB_val record,
                      const uint8_t id[GHM_VARIANT_ID_LEN])
{
    struct ghm_bytes content;
    int error = ghm_record_open(&content, ghm_bytes(record.mv_data, record.mv_size), id);
    if (error != GHM_OK) return error;
    return ghm_entry_decode(ret_entry, content) == GHM_OK ? GHM_OK : GHM_ECORRUPT;
}

/* LMDB itself met a broken page: the next process that opens the store alone starts it anew. */
static void note_damage(struct ghm_store *store)
{
    MDB_txn *txn;
    if (mdb_txn_begin(store->env.mdb, NULL, 0, &txn) != MDB_SUCCESS) return;
    store->claim.mark.is_damaged = true;
    store->claim.mark.is_clean = false;
    (void)!ghm_claim_write(&store->claim);
    mdb_txn_abort(txn);
}

int ghm_store_get(struct ghm_store *store, struct ghm_store_read *ret_read,
                  struct ghm_entry *ret_entry, const uint8_t id[GHM_VARIANT_ID_LEN], int64_t now_s)
{
    struct key room;
    MDB_val key = key_of(&room, id);
    MDB_val record;
    MDB_txn *txn;
    int error = ghm_reads_take(&store->reads, &txn);
    if (error != GHM_OK) return error == GHM_ECORRUPT ? GHM_EIO : error;
    error = ghm_env_error(mdb_get(txn, store->env.entries, &key, &record));
    bool is_page_broken = error == GHM_ECORRUPT;
    if (error == GHM_OK) error = read_entry(ret_entry, record, id);
    if (error != GHM_OK) {
        ghm_reads_give(&store->reads, txn);
        if (error == GHM_ECORRUPT) GHM_COUNT(store->shared, corrupt, 1);
        if (is_page_broken) note_damage(store);
        return error;
    }
    ghm_uses_note(store->shared, id, now_s);
    ret_read->txn = txn;
    return GHM_OK;
}

void ghm_store_done(struct ghm_store *store, struct ghm_store_read *read)
{
    ghm_reads_give(&store->reads, read->txn);
    read->txn = NULL;
}

int ghm_store_version(struct ghm_store *store, uint64_t *ret_version)
{
    MDB_txn *txn;
    int error = ghm_reads_take(&store->reads, &txn);
    if (error != GHM_OK) return error == GHM_ECORRUPT ? GHM_EIO : error;
    *ret_version = mdb_txn_id(txn);
    ghm_reads_give(&store->reads, txn);
    return GHM_OK;
}

/* What this looks at is written before reads can see the change: it may say no too early, and never
 * yes too late. */
bool ghm_store_is_at(const struct ghm_store *store, uint64_t version)
{
    MDB_envinfo info;
    return mdb_env_info(store->env.mdb, &info) == MDB_SUCCESS && info.me_last_txnid == version;
}

int ghm_store_slots(struct ghm_store *store,
                    uint8_t ret_slots[GHM_STORE_SLOTS_MAX][GHM_VARIANT_ID_LEN], size_t *ret_count,
                    const uint8_t variant_id[GHM_VARIANT_ID_LEN])
{
    MDB_txn *txn;
    int error = ghm_reads_take(&store->reads, &txn);
    if (error != GHM_OK) return error == GHM_ECORRUPT ? GHM_EIO : error;
    error = ghm_index_read(&store->env, txn, ret_slots, ret_count, variant_id);
    ghm_reads_give(&store->reads, txn);
    return error == GHM_ECORRUPT ? GHM_EIO : error;
}

/* ---- changing ----------------------------------------------------------------------------------
 */

/* A broken page is an input/output error to whoever wants to change something. */
static int change_error(struct ghm_store *store, int error)
{
    if (error != GHM_ECORRUPT) return error;
    note_damage(store);
    return GHM_EIO;
}

struct put {
    const uint8_t *id;
    struct ghm_entry entry;
    unsigned flags;
    int64_t now_s;
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
    struct key room;
    MDB_val key = key_of(&room, put->id);
    MDB_val record;
    struct ghm_entry old;
    put->old_record_len = 0;
    int error = ghm_env_error(mdb_get(write->txn, write->env->entries, &key, &record));
    if (error == GHM_ENOTFOUND) return GHM_OK;
    if (error != GHM_OK) return error;
    put->old_record_len = record.mv_size;
    if (read_entry(&old, record, put->id) != GHM_OK) return GHM_OK;
    if (!is_newer_by_order(put, &old))
        return ghm_entry_compare(&put->entry, &old) > 0 ? GHM_OK : GHM_EOLD;
    if (put->entry.date_ms <= old.date_ms) put->entry.date_ms = old.date_ms + 1;
    return GHM_OK;
}

static uint64_t seed_of(const struct put *put)
{
    return ghm_load_be64(put->id) ^ (uint64_t)put->entry.date_ms ^ ((uint64_t)put->now_s << 20);
}

static int evict_for(struct ghm_store *store, struct ghm_write *write, const struct put *put,
                     uint64_t *ret_evicted)
{
    struct ghm_evict evict = {store->shared, seed_of(put), put->id};
    MDB_stat stat;
    int error = ghm_env_error(mdb_stat(write->txn, write->env->entries, &stat));
    if (error != GHM_OK) return error;
    uint64_t entries = stat.ms_entries + (put->old_record_len == 0 ? 1 : 0);
    uint64_t more = put->record_len - put->old_record_len;
    for (uint64_t evicted = 0;; evicted++) {
        *ret_evicted = evicted;
        bool fits = entries - evicted <= store->entries_max &&
                    write->state.entry_bytes + more <= store->bytes_max;
        if (fits) return GHM_OK;
        error = ghm_evict_one(&evict, write);
        if (error != GHM_OK) return error == GHM_ENOTFOUND ? GHM_ECORRUPT : error;
    }
}

/* The row of what is there now leaves before it is replaced. */
static int remove_old_row(struct ghm_write *write, const struct put *put)
{
    struct key room;
    MDB_val key = key_of(&room, put->id);
    MDB_val record;
    if (put->old_record_len == 0) return GHM_OK;
    int error = ghm_env_error(mdb_get(write->txn, write->env->entries, &key, &record));
    if (error != GHM_OK) return error;
    return ghm_index_remove(write, put->id, ghm_bytes(record.mv_data, record.mv_size));
}

/* The record is written where LMDB will keep it. */
static int write_record(struct ghm_write *write, const struct put *put)
{
    struct key room;
    MDB_val key = key_of(&room, put->id);
    MDB_val record = {put->record_len, NULL};
    int error = remove_old_row(write, put);
    if (error != GHM_OK) return error;
    int result = mdb_put(write->txn, write->env->entries, &key, &record, MDB_RESERVE);
    if (result != MDB_SUCCESS) return ghm_env_error(result);
    uint8_t *bytes = record.mv_data;
    ghm_entry_write(bytes + GHM_RECORD_HEAD_LEN, &put->entry);
    ghm_record_seal(bytes, put->record_len - GHM_RECORD_HEAD_LEN, put->id);
    write->state.entry_bytes += put->record_len - put->old_record_len;
    error = ghm_index_add(write, put->id, ghm_bytes(bytes, put->record_len));
    if (error != GHM_OK || (put->flags & GHM_STORE_ANNOUNCE) == 0) return error;
    return ghm_outbox_add(write, put->id);
}

static int put_once(struct ghm_store *store, struct put *put)
{
    struct ghm_write write;
    uint64_t evicted = 0;
    int error = ghm_write_begin(&write, &store->env, &store->claim);
    if (error != GHM_OK) return error;
    error = compare_with_old(&write, put);
    if (error == GHM_OK) error = evict_for(store, &write, put, &evicted);
    if (error == GHM_OK) error = write_record(&write, put);
    if (error != GHM_OK) {
        ghm_write_abort(&write);
        return error;
    }
    error = ghm_write_commit(&write);
    if (error == GHM_OK && evicted > 0) GHM_COUNT(store->shared, evictions, evicted);
    return error;
}

/* A change of nothing but the row of state: the pages that the last change gave up can be used by
 * the one after this. It needs so few itself that a full disk seldom stops it. */
static void turn_over(struct ghm_store *store)
{
    struct ghm_write write;
    if (ghm_write_begin(&write, &store->env, &store->claim) != GHM_OK) return;
    (void)!ghm_write_commit(&write);
}

/* The file cannot grow: neighbours leave, and their room serves the change after this one. */
static int make_room(struct ghm_store *store, const struct put *put, uint64_t bytes)
{
    struct ghm_write write;
    uint64_t evicted;
    int dead;
    (void)mdb_reader_check(store->env.mdb, &dead);
    int error = ghm_write_begin(&write, &store->env, &store->claim);
    if (error != GHM_OK) return error;
    error = ghm_evict_near(&write, &evicted, put->id, bytes);
    if (error != GHM_OK) {
        ghm_write_abort(&write);
        return error;
    }
    error = ghm_write_commit(&write);
    if (error == GHM_OK) GHM_COUNT(store->shared, evictions, evicted);
    return error;
}

int ghm_store_put(struct ghm_store *store, const uint8_t id[GHM_VARIANT_ID_LEN],
                  const struct ghm_entry *entry, unsigned flags, int64_t now_s)
{
    struct put put = {.id = id, .entry = *entry, .flags = flags, .now_s = now_s};
    if (!ghm_entry_is_bounded(entry)) return GHM_ELIMIT;
    put.record_len = GHM_RECORD_HEAD_LEN + ghm_entry_size(entry);
    if (put.record_len > store->bytes_max) return GHM_ELIMIT;
    int error = put_once(store, &put);
    for (int i = 0; error == GHM_EFULL && i < ROOM_TRIES; i++) {
        error = make_room(store, &put, (uint64_t)put.record_len << i);
        if (error != GHM_OK) turn_over(store);
        put.entry.date_ms = entry->date_ms;
        error = put_once(store, &put);
    }
    if (error == GHM_OK) ghm_uses_note(store->shared, id, now_s);
    return change_error(store, error);
}

/* ---- forgetting --------------------------------------------------------------------------------
 */

static int drop_one(struct ghm_write *write, const uint8_t id[GHM_VARIANT_ID_LEN])
{
    struct key room;
    MDB_val key = key_of(&room, id);
    MDB_val record;
    int error = ghm_env_error(mdb_get(write->txn, write->env->entries, &key, &record));
    if (error != GHM_OK) return error;
    write->state.entry_bytes -= record.mv_size;
    error = ghm_index_remove(write, id, ghm_bytes(record.mv_data, record.mv_size));
    if (error != GHM_OK) return error;
    return ghm_env_error(mdb_del(write->txn, write->env->entries, &key, NULL));
}

/* End a change: made when all went well, else undone. */
static int finish(struct ghm_store *store, struct ghm_write *write, int error)
{
    if (error == GHM_OK) return change_error(store, ghm_write_commit(write));
    ghm_write_abort(write);
    return change_error(store, error);
}

int ghm_store_drop(struct ghm_store *store, const uint8_t id[GHM_VARIANT_ID_LEN])
{
    struct ghm_write write;
    int error = ghm_write_begin(&write, &store->env, &store->claim);
    if (error != GHM_OK) return change_error(store, error);
    return finish(store, &write, drop_one(&write, id));
}

/* A walk over the entries that stops for breath: others want to write too, and one change can hold
 * only so many pages; on a full disk, very few. */
struct sweep {
    struct ghm_bytes prefix;
    struct key next; /* where the following change goes on */
    int batch_max;   /* entries forgotten in one change */
    int dropped;
    bool is_at_end;
};

/* Only the name is looked at: a damaged record is no loss, and one that stays is never served. */
static bool is_swept(const struct sweep *sweep, MDB_val record)
{
    struct ghm_entry entry;
    struct ghm_bytes content =
        ghm_bytes_from(ghm_bytes(record.mv_data, record.mv_size), GHM_RECORD_HEAD_LEN);
    if (ghm_entry_decode(&entry, content) != GHM_OK) return false;
    return ghm_bytes_starts(entry.name, sweep->prefix);
}

static int sweep_entry(struct ghm_write *write, MDB_cursor *cursor, MDB_val key, MDB_val record)
{
    struct key id;
    if (key.mv_size != sizeof id.bytes) return GHM_ECORRUPT;
    memcpy(id.bytes, key.mv_data, sizeof id.bytes);
    write->state.entry_bytes -= record.mv_size;
    int error = ghm_index_remove(write, id.bytes, ghm_bytes(record.mv_data, record.mv_size));
    return error == GHM_OK ? ghm_env_error(mdb_cursor_del(cursor, 0)) : error;
}

static int sweep_some(struct sweep *sweep, struct ghm_write *write, MDB_cursor *cursor)
{
    MDB_val key = {sizeof sweep->next.bytes, sweep->next.bytes};
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
    if (result == MDB_SUCCESS && key.mv_size != sizeof sweep->next.bytes) return GHM_ECORRUPT;
    if (result == MDB_SUCCESS) memcpy(sweep->next.bytes, key.mv_data, key.mv_size);
    return ghm_env_error(result);
}

/* One change; `sweep` moves on only when it is made. */
static int sweep_once(struct ghm_store *store, struct sweep *sweep)
{
    struct sweep after = *sweep;
    struct ghm_write write;
    MDB_cursor *cursor;
    int error = ghm_write_begin(&write, &store->env, &store->claim);
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

static int drop_all(struct ghm_store *store)
{
    struct ghm_write write;
    MDB_stat stat;
    int error = ghm_write_begin(&write, &store->env, &store->claim);
    if (error != GHM_OK) return change_error(store, error);
    error = ghm_env_error(mdb_stat(write.txn, write.env->entries, &stat));
    if (error == GHM_OK) error = ghm_env_error(mdb_drop(write.txn, write.env->entries, 0));
    if (error == GHM_OK) error = ghm_env_error(mdb_drop(write.txn, write.env->index, 0));
    write.state.entry_bytes = 0;
    error = finish(store, &write, error);
    return error == GHM_OK ? (int)stat.ms_entries : error;
}

int ghm_store_drop_prefix(struct ghm_store *store, struct ghm_bytes prefix)
{
    struct sweep sweep = {.prefix = prefix, .batch_max = SWEEP_BATCH};
    if (prefix.len == 0) return drop_all(store);
    while (!sweep.is_at_end) {
        int error = sweep_once(store, &sweep);
        bool is_retried = error == GHM_EFULL && sweep.batch_max > 1;
        if (is_retried)
            sweep.batch_max /= 4;
        else if (error != GHM_OK)
            return change_error(store, error);
    }
    return sweep.dropped;
}

/* ---- outbox and facts --------------------------------------------------------------------------
 */

int ghm_store_outbox(struct ghm_store *store, uint64_t *ret_number,
                     uint8_t ret_id[GHM_VARIANT_ID_LEN])
{
    MDB_txn *txn;
    int error = ghm_reads_take(&store->reads, &txn);
    if (error != GHM_OK) return error == GHM_ECORRUPT ? GHM_EIO : error;
    error = ghm_outbox_first(&store->env, txn, ret_number, ret_id);
    ghm_reads_give(&store->reads, txn);
    return change_error(store, error);
}

int ghm_store_outbox_done(struct ghm_store *store, uint64_t number)
{
    struct ghm_write write;
    int error = ghm_write_begin(&write, &store->env, &store->claim);
    if (error != GHM_OK) return change_error(store, error);
    return finish(store, &write, ghm_outbox_remove(&write, number));
}

int ghm_store_fact(struct ghm_store *store, uint8_t *ret_value, size_t *ret_value_len,
                   const uint8_t key[32])
{
    MDB_txn *txn;
    int error = ghm_reads_take(&store->reads, &txn);
    if (error != GHM_OK) return error == GHM_ECORRUPT ? GHM_EIO : error;
    error = ghm_fact_read(&store->env, txn, ret_value, ret_value_len, key);
    ghm_reads_give(&store->reads, txn);
    return error;
}

int ghm_store_fact_put(struct ghm_store *store, const uint8_t key[32], struct ghm_bytes value)
{
    struct ghm_write write;
    int error = ghm_write_begin(&write, &store->env, &store->claim);
    if (error != GHM_OK) return change_error(store, error);
    return finish(store, &write, ghm_fact_write(&write, key, value));
}

/* ---- size and disk -----------------------------------------------------------------------------
 */

static int read_size(struct ghm_store *store, MDB_txn *txn, struct ghm_store_size *ret_size)
{
    MDB_stat stat;
    MDB_envinfo info;
    struct ghm_write_state state;
    int error = ghm_env_error(mdb_stat(txn, store->env.entries, &stat));
    if (error == GHM_OK) error = ghm_env_error(mdb_env_info(store->env.mdb, &info));
    if (error == GHM_OK) error = ghm_write_state_of(&state, &store->env, txn);
    if (error != GHM_OK) return error;
    ret_size->entries = stat.ms_entries;
    ret_size->bytes = state.entry_bytes;
    ret_size->file_bytes = (uint64_t)(info.me_last_pgno + 1) * stat.ms_psize;
    return GHM_OK;
}

int ghm_store_size(struct ghm_store *store, struct ghm_store_size *ret_size)
{
    MDB_txn *txn;
    int error = ghm_reads_take(&store->reads, &txn);
    if (error != GHM_OK) return error == GHM_ECORRUPT ? GHM_EIO : error;
    error = read_size(store, txn, ret_size);
    ghm_reads_give(&store->reads, txn);
    return change_error(store, error);
}

/* With the writers' lock in hand: all that is committed is on the disk, and then the mark says so.
 */
static int flush_if_still(struct ghm_store *store)
{
    struct ghm_write_state state;
    MDB_txn *txn;
    int error = ghm_env_error(mdb_txn_begin(store->env.mdb, NULL, 0, &txn));
    if (error != GHM_OK) return error;
    error = ghm_write_state_of(&state, &store->env, txn);
    if (error == GHM_OK && !state.is_clean) error = GHM_EAGAIN;
    if (error == GHM_OK) error = ghm_env_error(mdb_env_sync(store->env.mdb, 1));
    if (error == GHM_OK) {
        store->claim.mark.is_clean = true;
        error = ghm_claim_write(&store->claim);
    }
    mdb_txn_abort(txn);
    return error;
}

int ghm_store_sync(struct ghm_store *store)
{
    struct ghm_write write;
    for (int i = 0; i < SYNC_TRIES; i++) {
        int error = ghm_write_begin(&write, &store->env, &store->claim);
        if (error != GHM_OK) return change_error(store, error);
        write.state.is_clean = true;
        error = finish(store, &write, GHM_OK);
        if (error == GHM_OK) error = flush_if_still(store);
        if (error != GHM_EAGAIN) return change_error(store, error);
    }
    /* Others write all the time: flushed it is, and a mark would not last. */
    return ghm_env_error(mdb_env_sync(store->env.mdb, 1));
}
