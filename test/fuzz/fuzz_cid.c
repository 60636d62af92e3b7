/* SPDX-License-Identifier: MIT */
#include "base/assert.h"
#include "fuzz.h"
#include "wire/cid.h"

/* A CID that decodes is written as it was; its text gives bytes that decode. */
int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    struct ghm_bytes in = ghm_bytes(data, size);
    struct ghm_cid cid;
    uint8_t out[GHM_CID_LEN_MAX];
    uint8_t multihash[GHM_MULTIHASH_LEN_MAX];
    if (ghm_cid_decode(&cid, in) == GHM_OK)
        GHM_ASSERT(ghm_bytes_equal(ghm_bytes(out, ghm_cid_encode(out, &cid)), in));
    int len = ghm_cid_bytes(out, in);
    if (len >= 0) GHM_ASSERT(ghm_cid_decode(&cid, ghm_bytes(out, (size_t)len)) == GHM_OK);
    (void)!ghm_cid_parse_peer(multihash, in);
    return 0;
}
