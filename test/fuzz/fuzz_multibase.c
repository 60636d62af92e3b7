/* SPDX-License-Identifier: MIT */
#include "base/assert.h"
#include "fuzz.h"
#include "wire/multibase.h"

/* Text that decodes is written, in every base, as a text that decodes to the same. */
int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    uint8_t bytes[GHM_MULTIBASE_BYTES_MAX];
    uint8_t again[GHM_MULTIBASE_BYTES_MAX];
    char text[GHM_MULTIBASE_TEXT_MAX];
    static const enum ghm_multibase bases[] = {GHM_MULTIBASE_16, GHM_MULTIBASE_32,
                                               GHM_MULTIBASE_36, GHM_MULTIBASE_58BTC,
                                               GHM_MULTIBASE_64, GHM_MULTIBASE_64URL};
    int len = ghm_multibase_decode(bytes, ghm_bytes(data, size));
    for (size_t i = 0; len >= 0 && i < sizeof bases / sizeof bases[0]; i++) {
        size_t n = ghm_multibase_encode(text, bases[i], ghm_bytes(bytes, (size_t)len));
        GHM_ASSERT(n < sizeof text);
        GHM_ASSERT(ghm_multibase_decode(again, ghm_bytes(text, n)) == len);
        GHM_ASSERT(memcmp(again, bytes, (size_t)len) == 0);
    }
    return 0;
}
