/* SPDX-License-Identifier: MIT */
#include "store/store.h"

#include "store/check.h"
#include "store/compact.h"
#include "store/fact.h"
#include "store/flush.h"
#include "store/index.h"
#include "store/keep.h"
#include "store/outbox.h"
#include "store/pack.h"
#include "store/reads.h"
#include "store/record.h"
#include "store/repair.h"
#include "store/sweep.h"
#include "store/upgrade.h"
#include "store/uses.h"

#define BYTES_MAX_DEFAULT (UINT64_C(256) << 20)
#define ENTRIES_MAX_DEFAULT 100000

_Static_assert(GHM_STORE_SLOTS_MAX == GHM_INDEX_SLOTS_MAX, "one bound");

struct ghm_store {
    struct ghm_mem mem;
    struct ghm_mount mount;
    struct ghm_reads reads;
    struct ghm_pack pack;
    struct ghm_keep keep;
    struct ghm_shared *shared;
};

/* ---- opening -----------------------------------------------------------------------------------
 */

static void free_store(struct ghm_store *store)
{
    struct ghm_mem mem = store->mem;
    ghm_mem_free(&mem, store, sizeof *store);
    ghm_mem_fini(&mem);
}

static struct ghm_mount_wish wish_of(const struct ghm_store_options *options)
{
    return (struct ghm_mount_wish){
        .dir = options->dir,
        .form = ghm_form_of(GHM_FORM_NOW),
        .boot_id = options->boot_id,
        .bytes_max = options->bytes_max == 0 ? BYTES_MAX_DEFAULT : options->bytes_max,
    };
}

int ghm_store_open(struct ghm_store **ret_store, const struct ghm_store_options *options)
{
    struct ghm_mem mem;
    ghm_mem_init(&mem, NULL, sizeof(struct ghm_store));
    struct ghm_store *store = ghm_mem_alloc(&mem, sizeof *store);
    if (store == NULL) return GHM_ENOMEM;
    struct ghm_mount_wish wish = wish_of(options);
    uint64_t entries_max = options->entries_max == 0 ? ENTRIES_MAX_DEFAULT : options->entries_max;
    store->mem = mem;
    store->shared = options->shared;
    store->keep = (struct ghm_keep){&store->mount, &store->pack, options->shared, entries_max};
    int error = ghm_mount_open(&store->mount, &wish);
    if (error != GHM_OK) {
        free_store(store);
        return error;
    }
    ghm_reads_init(&store->reads, store->mount.env.mdb);
    ghm_pack_init(&store->pack);
    ghm_upgrade_run(&store->keep, &wish);
    *ret_store = store;
    return GHM_OK;
}

void ghm_store_close(struct ghm_store *store)
{
    if (store == NULL) return;
    ghm_reads_fini(&store->reads);
    ghm_pack_fini(&store->pack);
    ghm_mount_close(&store->mount);
    free_store(store);
}

/* ---- reading -----------------------------------------------------------------------------------
 */

/* The entry as it lies, or with its body unpacked into a block of the read. */
static int read_entry(struct ghm_store *store, struct ghm_store_read *read,
                      struct ghm_entry *ret_entry, MDB_val record,
                      const uint8_t id[GHM_VARIANT_ID_LEN])
{
    size_t unpacked_len;
    struct ghm_bytes bytes = ghm_bytes(record.mv_data, record.mv_size);
    int error = ghm_record_entry(ret_entry, &unpacked_len, bytes, id);
    if (error != GHM_OK || unpacked_len == 0) return error;
    error = ghm_pack_open(&store->pack, &read->body, ret_entry->body, unpacked_len);
    if (error == GHM_OK) ret_entry->body = ghm_bytes(read->body.ptr, read->body.size);
    return error;
}

int ghm_store_get(struct ghm_store *store, struct ghm_store_read *ret_read,
                  struct ghm_entry *ret_entry, const uint8_t id[GHM_VARIANT_ID_LEN], int64_t now_s)
{
    struct ghm_store_read read = {.txn = NULL};
    struct ghm_entry entry;
    MDB_val key = ghm_env_value(id, GHM_VARIANT_ID_LEN);
    MDB_val record;
    int error = ghm_reads_take(&store->reads, &read.txn);
    if (error != GHM_OK) return error == GHM_ECORRUPT ? GHM_EIO : error;
    error = ghm_env_error(mdb_get(read.txn, store->mount.env.entries, &key, &record));
    bool is_page_broken = error == GHM_ECORRUPT;
    if (error == GHM_OK) error = read_entry(store, &read, &entry, record, id);
    if (error != GHM_OK) {
        ghm_reads_give(&store->reads, read.txn);
        if (error == GHM_ECORRUPT) GHM_COUNT(store->shared, corrupt, 1);
        if (is_page_broken) ghm_mount_damaged(&store->mount);
        return error;
    }
    ghm_uses_note(store->shared, id, now_s);
    *ret_read = read;
    *ret_entry = entry;
    return GHM_OK;
}

void ghm_store_done(struct ghm_store *store, struct ghm_store_read *read)
{
    ghm_pack_close(&store->pack, &read->body);
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
    return mdb_env_info(store->mount.env.mdb, &info) == MDB_SUCCESS &&
           info.me_last_txnid == version;
}

int ghm_store_slots(struct ghm_store *store,
                    uint8_t ret_slots[GHM_STORE_SLOTS_MAX][GHM_VARIANT_ID_LEN], size_t *ret_count,
                    const uint8_t variant_id[GHM_VARIANT_ID_LEN])
{
    MDB_txn *txn;
    int error = ghm_reads_take(&store->reads, &txn);
    if (error != GHM_OK) return error == GHM_ECORRUPT ? GHM_EIO : error;
    error = ghm_index_read(&store->mount.env, txn, ret_slots, ret_count, variant_id);
    ghm_reads_give(&store->reads, txn);
    return error == GHM_ECORRUPT ? GHM_EIO : error;
}

/* ---- changing ----------------------------------------------------------------------------------
 */

int ghm_store_put(struct ghm_store *store, const uint8_t id[GHM_VARIANT_ID_LEN],
                  const struct ghm_entry *entry, unsigned flags, int64_t now_s)
{
    int error = ghm_keep_put(&store->keep, id, entry, flags, now_s);
    return ghm_mount_error(&store->mount, error);
}

int ghm_store_drop(struct ghm_store *store, const uint8_t id[GHM_VARIANT_ID_LEN])
{
    return ghm_mount_error(&store->mount, ghm_sweep_one(&store->mount, id));
}

int ghm_store_drop_prefix(struct ghm_store *store, struct ghm_bytes prefix)
{
    return ghm_mount_error(&store->mount, ghm_sweep_prefix(&store->mount, prefix));
}

/* ---- outbox and facts --------------------------------------------------------------------------
 */

int ghm_store_outbox(struct ghm_store *store, uint64_t *ret_number,
                     uint8_t ret_id[GHM_VARIANT_ID_LEN])
{
    MDB_txn *txn;
    int error = ghm_reads_take(&store->reads, &txn);
    if (error != GHM_OK) return error == GHM_ECORRUPT ? GHM_EIO : error;
    error = ghm_outbox_first(&store->mount.env, txn, ret_number, ret_id);
    ghm_reads_give(&store->reads, txn);
    return ghm_mount_error(&store->mount, error);
}

int ghm_store_outbox_done(struct ghm_store *store, uint64_t number)
{
    struct ghm_write write;
    int error = ghm_write_begin(&write, &store->mount);
    if (error == GHM_OK) error = ghm_write_end(&write, ghm_outbox_remove(&write, number));
    return ghm_mount_error(&store->mount, error);
}

int ghm_store_fact(struct ghm_store *store, uint8_t *ret_value, size_t *ret_value_len,
                   const uint8_t key[32])
{
    MDB_txn *txn;
    int error = ghm_reads_take(&store->reads, &txn);
    if (error != GHM_OK) return error == GHM_ECORRUPT ? GHM_EIO : error;
    error = ghm_fact_read(&store->mount.env, txn, ret_value, ret_value_len, key);
    ghm_reads_give(&store->reads, txn);
    return error;
}

int ghm_store_fact_put(struct ghm_store *store, const uint8_t key[32], struct ghm_bytes value)
{
    struct ghm_write write;
    int error = ghm_write_begin(&write, &store->mount);
    if (error == GHM_OK) error = ghm_write_end(&write, ghm_fact_write(&write, key, value));
    return ghm_mount_error(&store->mount, error);
}

/* ---- size and disk -----------------------------------------------------------------------------
 */

static int read_size(struct ghm_store *store, MDB_txn *txn, struct ghm_store_size *ret_size)
{
    MDB_stat stat;
    MDB_envinfo info;
    struct ghm_write_state state;
    int error = ghm_env_error(mdb_stat(txn, store->mount.env.entries, &stat));
    if (error == GHM_OK) error = ghm_env_error(mdb_env_info(store->mount.env.mdb, &info));
    if (error == GHM_OK) error = ghm_write_state_of(&state, &store->mount.env, txn);
    if (error != GHM_OK) return error;
    ret_size->entries = stat.ms_entries;
    ret_size->bytes = state.entry_bytes;
    ret_size->pinned = state.pinned_entries;
    ret_size->pinned_bytes = state.pinned_bytes;
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
    return ghm_mount_error(&store->mount, error);
}

int ghm_store_sync(struct ghm_store *store)
{
    return ghm_mount_error(&store->mount, ghm_flush_run(&store->mount));
}

/* ---- care --------------------------------------------------------------------------------------
 */

int ghm_store_check(struct ghm_store *store, struct ghm_check *ret_check)
{
    return ghm_check_begin(ret_check, &store->mount, &store->pack);
}

int ghm_store_repair(struct ghm_store *store, uint64_t *ret_dropped)
{
    int error = ghm_repair_run(&store->mount, &store->pack, ret_dropped);
    return ghm_mount_error(&store->mount, error);
}

int ghm_store_condemn(const struct ghm_store_options *options)
{
    struct ghm_claim claim;
    int error = ghm_claim_open(&claim, options->dir, ghm_form_of(GHM_FORM_NOW));
    if (error != GHM_OK) return error;
    claim.mark.is_damaged = true;
    claim.mark.is_clean = false;
    error = ghm_claim_write(&claim);
    ghm_claim_close(&claim);
    return error;
}

int ghm_store_compact(struct ghm_compact *ret_compact, const struct ghm_store_options *options)
{
    struct ghm_mount_wish wish = wish_of(options);
    return ghm_compact_run(ret_compact, &wish);
}
