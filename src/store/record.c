/* SPDX-License-Identifier: MIT */
#include "store/record.h"

#include <xxhash.h>

/*    0  "GHR1"    4  content length    8  checksum    16  content */
#define RECORD_FORM UINT32_C(0x47485231)

static uint64_t checksum(struct ghm_bytes content, const uint8_t key[GHM_RECORD_KEY_LEN])
{
    return XXH3_64bits(content.ptr, content.len) ^ ghm_load_be64(key);
}

void ghm_record_seal(uint8_t *record, size_t len, const uint8_t key[GHM_RECORD_KEY_LEN])
{
    ghm_store_be32(record, RECORD_FORM);
    ghm_store_be32(record + 4, (uint32_t)len);
    ghm_store_be64(record + 8, checksum(ghm_bytes(record + GHM_RECORD_HEAD_LEN, len), key));
}

int ghm_record_open(struct ghm_bytes *ret_content, struct ghm_bytes record,
                    const uint8_t key[GHM_RECORD_KEY_LEN])
{
    if (record.len < GHM_RECORD_HEAD_LEN) return GHM_ECORRUPT;
    struct ghm_bytes content = ghm_bytes_from(record, GHM_RECORD_HEAD_LEN);
    if (ghm_load_be32(record.ptr) != RECORD_FORM) return GHM_ECORRUPT;
    if (ghm_load_be32(record.ptr + 4) != content.len) return GHM_ECORRUPT;
    if (ghm_load_be64(record.ptr + 8) != checksum(content, key)) return GHM_ECORRUPT;
    *ret_content = content;
    return GHM_OK;
}

int ghm_record_entry(struct ghm_entry *ret_entry, struct ghm_bytes record,
                     const uint8_t key[GHM_RECORD_KEY_LEN])
{
    struct ghm_bytes content;
    int error = ghm_record_open(&content, record, key);
    if (error != GHM_OK) return error;
    return ghm_entry_decode(ret_entry, content) == GHM_OK ? GHM_OK : GHM_ECORRUPT;
}
