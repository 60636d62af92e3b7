/* SPDX-License-Identifier: MIT */
#include "store/upgrade.h"

#include "store/fact.h"
#include "store/outbox.h"
#include "store/record.h"
#include "store/write.h"

#include <xxhash.h>

/* A record of the first form:    0  "GHR1"    4  content length    8  checksum    16  content */
#define FIRST_FORM UINT32_C(0x47485231)

static int open_record(struct ghm_bytes *ret_content, MDB_val record, const uint8_t key[32])
{
    struct ghm_bytes bytes = ghm_bytes(record.mv_data, record.mv_size);
    if (bytes.len < GHM_RECORD_HEAD_LEN) return GHM_ECORRUPT;
    struct ghm_bytes content = ghm_bytes_from(bytes, GHM_RECORD_HEAD_LEN);
    uint64_t sum = XXH3_64bits(content.ptr, content.len) ^ ghm_load_be64(key);
    bool is_right = ghm_load_be32(bytes.ptr) == FIRST_FORM &&
                    ghm_load_be32(bytes.ptr + 4) == content.len &&
                    ghm_load_be64(bytes.ptr + 8) == sum;
    if (!is_right) return GHM_ECORRUPT;
    *ret_content = content;
    return GHM_OK;
}

/* What is damaged, older than what is here, or past the bounds is no loss. */
static int take_entry(const struct ghm_keep *keep, MDB_val key, MDB_val record,
                      enum ghm_entry_kind kind)
{
    struct ghm_bytes content;
    struct ghm_entry entry;
    if (key.mv_size != GHM_VARIANT_ID_LEN) return GHM_OK;
    if (open_record(&content, record, key.mv_data) != GHM_OK) return GHM_OK;
    if (ghm_entry_decode(&entry, content) != GHM_OK || entry.kind != kind) return GHM_OK;
    int error = ghm_keep_again(keep, key.mv_data, &entry);
    return error == GHM_EOLD || error == GHM_ELIMIT ? GHM_OK : error;
}

static int take_entries(const struct ghm_keep *keep, MDB_cursor *cursor, enum ghm_entry_kind kind)
{
    MDB_val key;
    MDB_val record;
    int result = mdb_cursor_get(cursor, &key, &record, MDB_FIRST);
    while (result == MDB_SUCCESS) {
        int error = take_entry(keep, key, record, kind);
        if (error != GHM_OK) return error;
        result = mdb_cursor_get(cursor, &key, &record, MDB_NEXT);
    }
    return result == MDB_NOTFOUND ? GHM_OK : ghm_env_error(result);
}

static int take_outbox(struct ghm_write *write, MDB_cursor *cursor)
{
    MDB_val key;
    MDB_val id;
    int error = GHM_OK;
    int result = mdb_cursor_get(cursor, &key, &id, MDB_FIRST);
    for (; error == GHM_OK && result == MDB_SUCCESS;
         result = mdb_cursor_get(cursor, &key, &id, MDB_NEXT)) {
        if (id.mv_size == GHM_VARIANT_ID_LEN) error = ghm_outbox_add(write, id.mv_data);
    }
    return error;
}

/* Facts known here are the younger ones. */
static int take_fact(struct ghm_write *write, MDB_val key, MDB_val record)
{
    uint8_t known[GHM_FACT_VALUE_MAX];
    size_t known_len;
    struct ghm_bytes content;
    if (key.mv_size != 32 || open_record(&content, record, key.mv_data) != GHM_OK) return GHM_OK;
    struct ghm_bytes value = ghm_bytes_from(content, 8);
    if (content.len < 8 || value.len > GHM_FACT_VALUE_MAX) return GHM_OK;
    int error = ghm_fact_read(write->env, write->txn, known, &known_len, key.mv_data);
    return error == GHM_ENOTFOUND ? ghm_fact_write(write, key.mv_data, value) : error;
}

static int take_facts(struct ghm_write *write, MDB_cursor *cursor)
{
    MDB_val key;
    MDB_val record;
    int error = GHM_OK;
    int result = mdb_cursor_get(cursor, &key, &record, MDB_FIRST);
    for (; error == GHM_OK && result == MDB_SUCCESS;
         result = mdb_cursor_get(cursor, &key, &record, MDB_NEXT))
        error = take_fact(write, key, record);
    return error;
}

/* The old file as it was when the upgrade began. */
struct old {
    struct ghm_mount mount;
    MDB_txn *txn;
    MDB_cursor *entries;
    MDB_cursor *outbox;
    MDB_cursor *facts;
};

static int open_cursors(struct old *old)
{
    struct ghm_env *env = &old->mount.env;
    int result = mdb_txn_begin(env->mdb, NULL, MDB_RDONLY, &old->txn);
    if (result == MDB_SUCCESS) result = mdb_cursor_open(old->txn, env->entries, &old->entries);
    if (result == MDB_SUCCESS) result = mdb_cursor_open(old->txn, env->outbox, &old->outbox);
    if (result == MDB_SUCCESS) result = mdb_cursor_open(old->txn, env->facts, &old->facts);
    return ghm_env_error(result);
}

static void close_cursors(struct old *old)
{
    MDB_cursor *const cursors[] = {old->entries, old->outbox, old->facts};
    for (size_t i = 0; i < sizeof cursors / sizeof cursors[0]; i++) {
        if (cursors[i] != NULL) mdb_cursor_close(cursors[i]);
    }
    if (old->txn != NULL) mdb_txn_abort(old->txn);
}

/* Values that programs put come last: should there be no room for all, they stay. */
static int take_all(const struct ghm_keep *keep, struct old *old)
{
    struct ghm_write write;
    int error = take_entries(keep, old->entries, GHM_ENTRY_ORIGIN);
    if (error == GHM_OK) error = take_entries(keep, old->entries, GHM_ENTRY_PUT);
    if (error == GHM_OK) error = ghm_write_begin(&write, keep->mount);
    if (error != GHM_OK) return error;
    error = take_outbox(&write, old->outbox);
    if (error == GHM_OK) error = take_facts(&write, old->facts);
    return ghm_write_end(&write, error);
}

void ghm_upgrade_run(const struct ghm_keep *keep, const struct ghm_mount_wish *wish)
{
    struct old old = {.txn = NULL};
    struct ghm_mount_wish first = *wish;
    first.form = ghm_form_of(1);
    if (!ghm_env_is_there(wish->dir, first.form)) return;
    if (ghm_mount_enter(&old.mount, &first) != GHM_OK) return;
    int error = old.mount.claim.is_alone ? open_cursors(&old) : GHM_EBUSY;
    if (error == GHM_OK) error = take_all(keep, &old);
    close_cursors(&old);
    ghm_env_close(&old.mount.env);
    /* Its lock and mark stay: who waits for them must not wait for a file that has gone. */
    if (error == GHM_OK) (void)!ghm_env_remove(wish->dir, first.form);
    ghm_mount_close(&old.mount);
}
