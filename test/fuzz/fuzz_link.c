/* SPDX-License-Identifier: MIT */
#include "base/assert.h"
#include "fuzz.h"
#include "link/link.h"

/* Bytes of somebody who has no key against a whole connection, as listener and as dialer: nobody is
 * ever authenticated by them. */
int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    static const uint8_t seed[32] = {9};
    static const char *const protocols[] = {"/test/1", NULL};
    struct ghm_entropy entropy;
    struct ghm_key key;
    struct ghm_mem mem;
    struct ghm_link *link;
    struct ghm_link_event event;
    if (size < 2) return 0;
    ghm_entropy_init(&entropy, seed);
    ghm_key_from_seed(&key, seed);
    ghm_mem_init(&mem, NULL, (size_t)4 << 20);
    struct ghm_link_config config = {.is_dialer = (data[0] & 1) != 0,
                                     .identity = &key,
                                     .protocols = protocols,
                                     .security =
                                         (data[0] & 2) != 0 ? GHM_LINK_TLS : GHM_LINK_NOISE};
    GHM_ASSERT(ghm_link_new(&link, &mem, &config, &entropy, 0) == GHM_OK);
    size_t step = (size_t)data[1] + 1;
    for (size_t at = 2; at < size; at += step) {
        struct ghm_bytes in = ghm_bytes_upto(ghm_bytes(data + at, size - at), step);
        if (ghm_link_push(link, in, 0) != GHM_OK) break;
        while (ghm_link_next(link, &event))
            GHM_ASSERT(event.type != GHM_LINK_SECURED);
        ghm_link_pulled(link, ghm_link_pull(link).len);
    }
    ghm_link_free(link);
    ghm_mem_fini(&mem);
    return 0;
}
