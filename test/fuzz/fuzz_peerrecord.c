/* SPDX-License-Identifier: MIT */
#include "base/assert.h"
#include "crypto/peerrecord.h"
#include "fuzz.h"

/* An envelope of somebody; and the same bytes as a payload that is signed rightly. */
int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    static const uint8_t seed[32] = {9};
    static const uint8_t type[] = {3, 1};
    const struct ghm_signed_kind kind = {"libp2p-peer-record", {type, sizeof type}};
    struct ghm_bytes in = ghm_bytes(data, size);
    struct ghm_peerrecord record;
    struct ghm_buf out;
    struct ghm_key key;
    struct ghm_mem mem;
    ghm_key_from_seed(&key, seed);
    ghm_mem_init(&mem, NULL, (size_t)1 << 20);
    ghm_buf_init(&out, &mem, GHM_SIGNED_LEN_MAX);
    (void)!ghm_peerrecord_open(&record, &mem, in);
    if (ghm_signed_append(&out, &key, &kind, in) == GHM_OK &&
        ghm_peerrecord_open(&record, &mem, ghm_buf_bytes(&out)) == GHM_OK)
        GHM_ASSERT(record.addrs_count <= GHM_PEERRECORD_ADDRS_MAX && record.peer.len > 0);
    ghm_buf_fini(&out);
    ghm_mem_fini(&mem);
    return 0;
}
