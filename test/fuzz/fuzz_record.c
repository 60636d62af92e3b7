/* SPDX-License-Identifier: MIT */
#include "base/assert.h"
#include "fuzz.h"
#include "store/pack.h"
#include "store/record.h"

/* A record under a right checksum, whatever is in it: the first byte is its flags. A packed body
 * opens to the length that its entry says, or not at all. */
int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    static const uint8_t key[GHM_RECORD_KEY_LEN] = {7};
    struct ghm_pack pack;
    struct ghm_pack_block block;
    struct ghm_entry entry;
    size_t unpacked_len;
    if (size == 0) return 0;
    size_t len = size - 1;
    uint8_t *record = ghm_mem_alloc_unset(NULL, GHM_RECORD_HEAD_LEN + len);
    if (record == NULL) return 0;
    ghm_bytes_copy(record + GHM_RECORD_HEAD_LEN, ghm_bytes(data + 1, len));
    ghm_record_seal(record, len, data[0] & 3U, key);
    ghm_pack_init(&pack);
    struct ghm_bytes bytes = ghm_bytes(record, GHM_RECORD_HEAD_LEN + len);
    bool is_packed =
        ghm_record_entry(&entry, &unpacked_len, bytes, key) == GHM_OK && unpacked_len > 0;
    if (is_packed && ghm_pack_open(&pack, &block, entry.body, unpacked_len) == GHM_OK) {
        GHM_ASSERT(block.size == unpacked_len);
        ghm_pack_close(&pack, &block);
    }
    ghm_pack_fini(&pack);
    ghm_mem_free(NULL, record, GHM_RECORD_HEAD_LEN + len);
    return 0;
}
