/* SPDX-License-Identifier: MIT */
/* Where answers live between requests and processes: one LMDB file, many readers without locks, one
 * writer at a time. kill -9 loses nothing that was acknowledged; after a power cut the store is
 * older or empty, never wrong. Bounded in entries and bytes: past a bound the entry used longest
 * ago, of a random sample, leaves first. */
#ifndef GHM_STORE_STORE_H
#define GHM_STORE_STORE_H

#include "answer/entry.h"
#include "store/pack.h"
#include "store/shared.h"

struct MDB_txn;
struct ghm_check;
struct ghm_compact;
struct ghm_store;

struct ghm_store_options {
    const char *dir;           /* exists, 0700, on a local file system */
    uint64_t bytes_max;        /* of entries, as stored; 0: 256 MiB */
    uint32_t entries_max;      /* 0: 100 000 */
    struct ghm_shared *shared; /* mapped by src/io, or NULL */
    const char *boot_id;       /* identifies the machine's boot: another one than the stored, and no
                                  clean sync, starts the store anew */
};

/**
 * Open or create. Any number of processes and threads may; a process opens a directory once.
 *
 * A file that is damaged, or of another boot without a clean sync, is thrown away and made anew, if
 * nobody else has it open. What an older form left in the directory is taken over: store/upgrade.h.
 * The first to open decides how large the file can get: a later one that wants more gets it only
 * when it is alone, else bytes_max is cut to what fits.
 *
 * After fork() the child must not touch this store, not even to close it: it opens its own.
 *
 * @return GHM_OK; GHM_EACCES; GHM_EFULL; GHM_EIO; GHM_ENOMEM; GHM_ELIMIT when too many files are
 *         open; GHM_EINVAL for a path too long
 */
int ghm_store_open(struct ghm_store **ret_store,
                   const struct ghm_store_options *options) GHM_MUST_USE;
void ghm_store_close(struct ghm_store *store);

/** A read under way: keeps the entry's bytes in place, and owns a body that had to be unpacked. */
struct ghm_store_read {
    struct MDB_txn *txn;
    struct ghm_pack_block body;
};

/**
 * Look an entry up without copying it.
 *
 * @param ret_read  give it back with ghm_store_done soon: it pins old pages
 * @param ret_entry views into the store and the read, valid until ghm_store_done
 * @param now_s     wall clock seconds, noted as the last use
 * @return GHM_OK; GHM_ENOTFOUND; GHM_ECORRUPT (counted; treat as missing); GHM_EIO; GHM_ELIMIT when
 *         too many reads are open, or hold too much that is unpacked (store/pack.h); GHM_ENOMEM.
 *         Only after GHM_OK is there something to give back.
 */
int ghm_store_get(struct ghm_store *store, struct ghm_store_read *ret_read,
                  struct ghm_entry *ret_entry, const uint8_t id[GHM_VARIANT_ID_LEN],
                  int64_t now_s) GHM_MUST_USE;
void ghm_store_done(struct ghm_store *store, struct ghm_store_read *read);

/** The number of the last change, by whichever process; the next change has another. Errors as
 * ghm_store_get. */
int ghm_store_version(struct ghm_store *store, uint64_t *ret_version) GHM_MUST_USE;

/** Is this still the last change? Cheaper than any read. */
bool ghm_store_is_at(const struct ghm_store *store, uint64_t version);

#define GHM_STORE_SLOTS_MAX 16

/**
 * The slots that hold GitHub's answers of a variant, whoever got them, newest first.
 *
 * @param ret_count  at most GHM_STORE_SLOTS_MAX; what lies in a slot may be gone, or something
 * else: look at the entry before using it
 * @param variant_id of the variant alone
 * @return GHM_OK, also for none; GHM_EIO; GHM_ELIMIT when too many reads are open
 */
int ghm_store_slots(struct ghm_store *store,
                    uint8_t ret_slots[GHM_STORE_SLOTS_MAX][GHM_VARIANT_ID_LEN], size_t *ret_count,
                    const uint8_t variant_id[GHM_VARIANT_ID_LEN]) GHM_MUST_USE;

enum ghm_store_put_flags {
    GHM_STORE_FORCE = 1, /* a local decision: replace whatever is there (its date is made newer) */
    GHM_STORE_ANNOUNCE = 2, /* also note it in the outbox, in the same transaction */
    GHM_STORE_HEARD = 4,    /* GitHub said it just now: its Date tells seconds only, so within one
                               the later wins, of whatever body (its date is made newer) */
};

/** Keep an entry if it wins over what is there (ghm_entry_compare), evicting as needed. GHM_OK;
 * GHM_EOLD when it does not win; GHM_ELIMIT when it alone passes the bounds; GHM_EFULL; GHM_EIO. */
int ghm_store_put(struct ghm_store *store, const uint8_t id[GHM_VARIANT_ID_LEN],
                  const struct ghm_entry *entry, unsigned flags, int64_t now_s) GHM_MUST_USE;

/** Forget one entry. GHM_OK; GHM_ENOTFOUND; GHM_EFULL, for forgetting takes a little room too, and
 * then the entry is still there; GHM_EIO. */
int ghm_store_drop(struct ghm_store *store, const uint8_t id[GHM_VARIANT_ID_LEN]) GHM_MUST_USE;

/** Forget every entry whose name starts with `prefix` (empty: all). Returns how many, or an error
 * as ghm_store_drop; some may be gone then. */
int ghm_store_drop_prefix(struct ghm_store *store, struct ghm_bytes prefix) GHM_MUST_USE;

/** The outbox: ids put with ANNOUNCE, oldest first, until the host says done. Bounded: past 4096
 * the oldest is forgotten. GHM_OK, GHM_ENOTFOUND when empty, GHM_EIO. */
int ghm_store_outbox(struct ghm_store *store, uint64_t *ret_number,
                     uint8_t ret_id[GHM_VARIANT_ID_LEN]) GHM_MUST_USE;
int ghm_store_outbox_done(struct ghm_store *store, uint64_t number) GHM_MUST_USE;

/** A small remembered fact that is no answer (at most 64 bytes, at most 1024 facts, oldest out).
 * Used to remember fingerprints that are slow to derive. */
int ghm_store_fact(struct ghm_store *store, uint8_t *ret_value, size_t *ret_value_len,
                   const uint8_t key[32]) GHM_MUST_USE;
int ghm_store_fact_put(struct ghm_store *store, const uint8_t key[32],
                       struct ghm_bytes value) GHM_MUST_USE;

struct ghm_store_size {
    uint64_t entries;
    uint64_t bytes;        /* of entries, as stored */
    uint64_t pinned;       /* entries that cannot change any more */
    uint64_t pinned_bytes; /* of those */
    uint64_t file_bytes;   /* on disk */
};
int ghm_store_size(struct ghm_store *store, struct ghm_store_size *ret_size) GHM_MUST_USE;

/** Flush to the disk and mark the store as clean for this boot. */
int ghm_store_sync(struct ghm_store *store) GHM_MUST_USE;

/** Begin to look at every record, while others go on: ghm_check_step goes on, ghm_check_end ends.
 * GHM_EIO; GHM_ELIMIT when too many reads are open. */
int ghm_store_check(struct ghm_store *store, struct ghm_check *ret_check) GHM_MUST_USE;

/** Drop what is damaged, and make anew what is made from the rest; others may go on. GHM_EFULL;
 * GHM_EIO; then nothing was changed. */
int ghm_store_repair(struct ghm_store *store, uint64_t *ret_dropped) GHM_MUST_USE;

/** Say of a store whose file cannot even be read that the next who opens it alone makes it anew.
 * Errors as ghm_store_open. */
int ghm_store_condemn(const struct ghm_store_options *options) GHM_MUST_USE;

/** Make the file of a store that this process does not have open as small as can be. GHM_EBUSY
 * while others have it open; errors as ghm_store_open. The store is right at every moment. */
int ghm_store_compact(struct ghm_compact *ret_compact,
                      const struct ghm_store_options *options) GHM_MUST_USE;

#endif
