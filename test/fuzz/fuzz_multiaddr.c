/* SPDX-License-Identifier: MIT */
#include "base/assert.h"
#include "fuzz.h"
#include "wire/multiaddr.h"

/* Bytes -> text -> bytes and text -> bytes -> text come back. */
int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    struct ghm_multiaddr addr;
    struct ghm_multiaddr again;
    struct ghm_multiaddr_tcp tcp;
    char text[GHM_MULTIADDR_TEXT_MAX];
    if (ghm_multiaddr_decode(&addr, ghm_bytes(data, size)) == GHM_OK) {
        ghm_multiaddr_text(text, &addr);
        GHM_ASSERT(ghm_multiaddr_parse(&again, text) == GHM_OK);
        GHM_ASSERT(ghm_multiaddr_equal(&addr, &again));
        (void)!ghm_multiaddr_as_tcp(&tcp, &addr);
    }
    if (size >= sizeof text) return 0;
    memcpy(text, data, size);
    text[size] = '\0';
    if (ghm_multiaddr_parse(&addr, text) == GHM_OK)
        GHM_ASSERT(ghm_multiaddr_decode(&again, ghm_bytes(addr.bytes, addr.len)) == GHM_OK);
    return 0;
}
