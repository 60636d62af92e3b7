/* SPDX-License-Identifier: MIT */
/* A record as it lies in the store: a head that says its form and length and carries a checksum
 * over the content and the key that it belongs to, so that neither a flipped bit nor a page in the
 * wrong place is ever taken for an answer. */
#ifndef GHM_STORE_RECORD_H
#define GHM_STORE_RECORD_H

#include "answer/entry.h"

#define GHM_RECORD_HEAD_LEN 16
#define GHM_RECORD_KEY_LEN 32

enum ghm_record_flags {
    GHM_RECORD_PACKED = 1, /* the body is packed: store/pack.h */
    GHM_RECORD_PINNED = 2, /* of an answer that cannot change any more: it leaves last */
};

/** Fill the head of record[GHM_RECORD_HEAD_LEN + len], whose content is written already. */
void ghm_record_seal(uint8_t *record, size_t len, unsigned flags,
                     const uint8_t key[GHM_RECORD_KEY_LEN]);

/** The flags that a record shows, right or not; 0 when it is too short for any. */
unsigned ghm_record_flags(struct ghm_bytes record);

/** Check a record and view its content. GHM_ECORRUPT. */
int ghm_record_open(struct ghm_bytes *ret_content, struct ghm_bytes record,
                    const uint8_t key[GHM_RECORD_KEY_LEN]) GHM_MUST_USE;

/**
 * Check the record of an entry and view the entry in it.
 *
 * @param ret_unpacked_len 0: the entry's body is there as it is. Else that is packed, and becomes
 *                         so long (GHM_ENTRY_BODY_MAX at most)
 * @return GHM_OK; GHM_ECORRUPT
 */
int ghm_record_entry(struct ghm_entry *ret_entry, size_t *ret_unpacked_len, struct ghm_bytes record,
                     const uint8_t key[GHM_RECORD_KEY_LEN]) GHM_MUST_USE;

#endif
