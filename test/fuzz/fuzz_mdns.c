/* SPDX-License-Identifier: MIT */
#include "base/assert.h"
#include "fuzz.h"
#include "swarm/mdns.h"

static const struct ghm_peerid self = {.len = 3, .bytes = "me!"};

/* One datagram; whatever is found is somebody else's address. */
static void hear(struct ghm_bytes message)
{
    struct ghm_mem mem;
    struct ghm_mdns mdns;
    struct ghm_entropy entropy;
    static const uint8_t seed[32] = {1};
    struct ghm_mdns_config config = {.self = self, .has_loopback = true};
    static struct ghm_mdns_found found;
    ghm_mem_init(&mem, NULL, (size_t)1 << 20);
    ghm_entropy_init(&entropy, seed);
    GHM_ASSERT(ghm_mdns_init(&mdns, &mem, &config, &entropy, 1) == GHM_OK);
    ghm_mdns_push(&mdns, message, 2);
    while (ghm_mdns_next(&mdns, &found))
        GHM_ASSERT(found.count > 0 && !ghm_peerid_equal(&found.peer, &self));
    ghm_mdns_fini(&mdns);
    ghm_mem_fini(&mem);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    hear(ghm_bytes(data, size));
    return 0;
}
