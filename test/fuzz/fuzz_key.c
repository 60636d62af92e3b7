/* SPDX-License-Identifier: MIT */
#include "base/assert.h"
#include "crypto/peerid.h"
#include "fuzz.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    struct ghm_public_key key;
    struct ghm_peerid id;
    struct ghm_peerid again;
    char text[GHM_PEERID_TEXT_MAX];
    if (ghm_public_key_decode(&key, ghm_bytes(data, size)) == GHM_OK)
        ghm_peerid_of_key(&id, key.proto);
    if (ghm_peerid_decode(&id, ghm_bytes(data, size)) != GHM_OK) return 0;
    ghm_peerid_text(text, &id);
    GHM_ASSERT(ghm_peerid_parse(&again, text) == GHM_OK);
    GHM_ASSERT(ghm_peerid_equal(&id, &again));
    return 0;
}
