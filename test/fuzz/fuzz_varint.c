/* SPDX-License-Identifier: MIT */
#include "base/assert.h"
#include "fuzz.h"
#include "wire/varint.h"

/* What decodes encodes to the same bytes. */
int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    uint64_t value;
    uint8_t out[GHM_VARINT_LEN_MAX];
    int len = ghm_varint_decode(&value, ghm_bytes(data, size));
    if (len > 0) {
        GHM_ASSERT(ghm_varint_encode(out, value) == (size_t)len);
        GHM_ASSERT(memcmp(out, data, (size_t)len) == 0);
    }
    return 0;
}
