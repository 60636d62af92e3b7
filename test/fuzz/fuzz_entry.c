/* SPDX-License-Identifier: MIT */
#include "answer/entry.h"
#include "base/assert.h"
#include "fuzz.h"

/* What decodes encodes to the same bytes. */
int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    struct ghm_entry entry;
    struct ghm_buf buf;
    if (ghm_entry_decode(&entry, ghm_bytes(data, size)) != GHM_OK) return 0;
    ghm_buf_init(&buf, NULL, size + 64);
    GHM_ASSERT(ghm_entry_append(&buf, &entry) == GHM_OK);
    GHM_ASSERT(ghm_bytes_equal(ghm_buf_bytes(&buf), ghm_bytes(data, size)));
    ghm_buf_fini(&buf);
    return 0;
}
