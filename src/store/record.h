/* SPDX-License-Identifier: MIT */
/* A record as it lies in the store: a head that says its form and length and carries a checksum
 * over the content and the key that it belongs to, so that neither a flipped bit nor a page in the
 * wrong place is ever taken for an answer. */
#ifndef GHM_STORE_RECORD_H
#define GHM_STORE_RECORD_H

#include "answer/entry.h"

#define GHM_RECORD_HEAD_LEN 16
#define GHM_RECORD_KEY_LEN 32

/** Fill the head of record[GHM_RECORD_HEAD_LEN + len], whose content is written already. */
void ghm_record_seal(uint8_t *record, size_t len, const uint8_t key[GHM_RECORD_KEY_LEN]);

/** Check a record and view its content. GHM_ECORRUPT. */
int ghm_record_open(struct ghm_bytes *ret_content, struct ghm_bytes record,
                    const uint8_t key[GHM_RECORD_KEY_LEN]) GHM_MUST_USE;

/** Check the record of an entry and view the entry in it. GHM_ECORRUPT. */
int ghm_record_entry(struct ghm_entry *ret_entry, struct ghm_bytes record,
                     const uint8_t key[GHM_RECORD_KEY_LEN]) GHM_MUST_USE;

#endif
