/* SPDX-License-Identifier: MIT */
/* Looking at every record of a store as it is at one moment, while others go on using it: what is
 * there, and what of it is damaged. Read in steps, so that whoever asked can say how far it is. */
#ifndef GHM_STORE_CHECK_H
#define GHM_STORE_CHECK_H

#include "store/index.h"
#include "store/pack.h"

#define GHM_CHECK_STEP 256 /* records looked at in one step */

struct ghm_check_report {
    uint64_t entries; /* sound ones, of them: */
    uint64_t bytes;
    uint64_t packed;
    uint64_t pinned;
    uint64_t pinned_bytes;
    uint64_t damaged;       /* records of any table that are not what they should be */
    uint64_t index_rows;    /* of the index: */
    uint64_t index_strays;  /* lead nowhere; some always do */
    uint64_t index_missing; /* answers without a row: others cannot prove them */
    bool are_sums_wrong;    /* what the store counted is not what is there */
};

struct ghm_check {
    struct ghm_mount *mount;
    struct ghm_pack *pack;
    struct MDB_txn *txn;
    struct MDB_cursor *cursor;
    unsigned table;       /* how many were walked to their end */
    uint64_t records;     /* of all tables, to be looked at */
    uint64_t looked_at;   /* so far */
    uint64_t indexed;     /* entries that have their row */
    struct ghm_write sum; /* what the row of state should say */
    struct ghm_check_report report;
};

/** Look at a store as it is now. End it after GHM_OK. GHM_EIO; GHM_ELIMIT. */
int ghm_check_begin(struct ghm_check *check, struct ghm_mount *mount,
                    struct ghm_pack *pack) GHM_MUST_USE;

/** Go on. GHM_EAGAIN: there is more; GHM_OK: the report is whole; GHM_ECORRUPT: LMDB met a broken
 * page, and the report is of what was found before; GHM_ELIMIT; GHM_ENOMEM. */
int ghm_check_step(struct ghm_check *check) GHM_MUST_USE;
void ghm_check_end(struct ghm_check *check);

/** Is there anything to repair? */
bool ghm_check_is_sound(const struct ghm_check_report *report);

/** One record of the table of entries. GHM_OK; GHM_ECORRUPT; GHM_ELIMIT or GHM_ENOMEM when that
 * could not be told. */
int ghm_check_entry(struct ghm_pack *pack, struct ghm_bytes key,
                    struct ghm_bytes record) GHM_MUST_USE;

/** One of the outbox, and one of the facts. */
bool ghm_check_is_news(struct ghm_bytes key, struct ghm_bytes record);
bool ghm_check_is_fact(struct ghm_bytes key, struct ghm_bytes record);

#endif
