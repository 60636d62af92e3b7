/* SPDX-License-Identifier: MIT */
#include "store/record.h"

#include <xxhash.h>

/*    0  "GH2"    3  flags    4  content length    8  checksum    16  content */
#define RECORD_FORM UINT32_C(0x474832)
#define FLAGS (GHM_RECORD_PACKED | GHM_RECORD_PINNED)

static uint64_t checksum(struct ghm_bytes content, unsigned flags,
                         const uint8_t key[GHM_RECORD_KEY_LEN])
{
    return XXH3_64bits(content.ptr, content.len) ^ ghm_load_be64(key) ^ flags;
}

void ghm_record_seal(uint8_t *record, size_t len, unsigned flags,
                     const uint8_t key[GHM_RECORD_KEY_LEN])
{
    struct ghm_bytes content = ghm_bytes(record + GHM_RECORD_HEAD_LEN, len);
    ghm_store_be32(record, RECORD_FORM << 8 | flags);
    ghm_store_be32(record + 4, (uint32_t)len);
    ghm_store_be64(record + 8, checksum(content, flags, key));
}

unsigned ghm_record_flags(struct ghm_bytes record)
{
    return record.len < GHM_RECORD_HEAD_LEN ? 0 : record.ptr[3] & FLAGS;
}

int ghm_record_open(struct ghm_bytes *ret_content, struct ghm_bytes record,
                    const uint8_t key[GHM_RECORD_KEY_LEN])
{
    if (record.len < GHM_RECORD_HEAD_LEN) return GHM_ECORRUPT;
    struct ghm_bytes content = ghm_bytes_from(record, GHM_RECORD_HEAD_LEN);
    unsigned flags = ghm_record_flags(record);
    if (ghm_load_be32(record.ptr) != (RECORD_FORM << 8 | flags)) return GHM_ECORRUPT;
    if (ghm_load_be32(record.ptr + 4) != content.len) return GHM_ECORRUPT;
    if (ghm_load_be64(record.ptr + 8) != checksum(content, flags, key)) return GHM_ECORRUPT;
    *ret_content = content;
    return GHM_OK;
}

int ghm_record_entry(struct ghm_entry *ret_entry, size_t *ret_unpacked_len, struct ghm_bytes record,
                     const uint8_t key[GHM_RECORD_KEY_LEN])
{
    struct ghm_bytes content;
    struct ghm_entry entry;
    size_t body_len;
    bool is_packed = (ghm_record_flags(record) & GHM_RECORD_PACKED) != 0;
    int error = ghm_record_open(&content, record, key);
    if (error != GHM_OK) return error;
    error = ghm_entry_decode_front(&entry, &body_len, content);
    if (error != GHM_OK || (!is_packed && entry.body.len != body_len)) return GHM_ECORRUPT;
    if (is_packed && body_len == 0) return GHM_ECORRUPT;
    *ret_entry = entry;
    *ret_unpacked_len = is_packed ? body_len : 0;
    return GHM_OK;
}
