/* SPDX-License-Identifier: MIT */
#include "base/assert.h"
#include "fuzz.h"
#include "wire/cid.h"
#include "wire/multibase.h"

/* Text that decodes is written as a text that decodes to the same; a CID that decodes is written as
 * it was; a CID's text gives bytes that decode. */
static void write_text_again(struct ghm_bytes in)
{
    uint8_t bytes[GHM_MULTIBASE_BYTES_MAX];
    uint8_t again[GHM_MULTIBASE_BYTES_MAX];
    char text[GHM_MULTIBASE_TEXT_MAX];
    static const enum ghm_multibase bases[] = {GHM_MULTIBASE_16, GHM_MULTIBASE_32,
                                               GHM_MULTIBASE_36, GHM_MULTIBASE_58BTC,
                                               GHM_MULTIBASE_64, GHM_MULTIBASE_64URL};
    int len = ghm_multibase_decode(bytes, in);
    for (size_t i = 0; len > 0 && i < sizeof bases / sizeof bases[0]; i++) {
        size_t n = ghm_multibase_encode(text, bases[i], ghm_bytes(bytes, (size_t)len));
        GHM_ASSERT(ghm_multibase_decode(again, ghm_bytes(text, n)) == len);
        GHM_ASSERT(memcmp(again, bytes, (size_t)len) == 0);
    }
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    struct ghm_bytes in = ghm_bytes(data, size);
    struct ghm_cid cid;
    uint8_t out[GHM_CID_LEN_MAX];
    uint8_t multihash[GHM_MULTIHASH_LEN_MAX];
    write_text_again(in);
    if (ghm_cid_decode(&cid, in) == GHM_OK)
        GHM_ASSERT(ghm_bytes_equal(ghm_bytes(out, ghm_cid_encode(out, &cid)), in));
    int len = ghm_cid_bytes(out, in);
    if (len >= 0) GHM_ASSERT(ghm_cid_decode(&cid, ghm_bytes(out, (size_t)len)) == GHM_OK);
    (void)!ghm_cid_parse_peer(multihash, in);
    return 0;
}
