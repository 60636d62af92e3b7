/* SPDX-License-Identifier: MIT */
#include "base/assert.h"
#include "crypto/peerid.h"
#include "fuzz.h"
#include "wire/cid.h"

/* A text that is a peer id is written as one that is the same peer's. */
int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    char text[300];
    char again[GHM_PEERID_TEXT_MAX];
    struct ghm_peerid id;
    struct ghm_peerid same;
    if (size >= sizeof text) return 0;
    memcpy(text, data, size);
    text[size] = '\0';
    if (ghm_peerid_parse(&id, text) != GHM_OK) return 0;
    GHM_ASSERT(id.len > 0 && id.len <= GHM_PEERID_LEN_MAX);
    GHM_ASSERT(ghm_peerid_decode(&same, ghm_peerid_bytes(&id)) == GHM_OK);
    ghm_peerid_text(again, &id);
    GHM_ASSERT(ghm_peerid_parse(&same, again) == GHM_OK && ghm_peerid_equal(&id, &same));
    return 0;
}
