/* SPDX-License-Identifier: MIT */
#include "base/assert.h"
#include "fuzz.h"
#include "swarm/dnsaddr.h"
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

/* The texts of every answer of a resolution. */
static void resolve(struct ghm_bytes texts)
{
    struct ghm_mem mem;
    struct ghm_multiaddr addr;
    struct ghm_dnsaddr *dnsaddr;
    struct ghm_dnsaddr_event event = {.type = GHM_DNSADDR_LOOKUP};
    ghm_mem_init(&mem, NULL, (size_t)1 << 20);
    GHM_ASSERT(ghm_multiaddr_parse(&addr, "/dnsaddr/a") == GHM_OK);
    GHM_ASSERT(ghm_dnsaddr_new(&dnsaddr, &mem, &addr) == GHM_OK);
    while (ghm_dnsaddr_next(dnsaddr, &event)) {
        if (event.type == GHM_DNSADDR_LOOKUP) ghm_dnsaddr_answer(dnsaddr, event.number, texts);
    }
    GHM_ASSERT(event.type == GHM_DNSADDR_DONE);
    ghm_dnsaddr_free(dnsaddr);
    ghm_mem_fini(&mem);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    hear(ghm_bytes(data, size));
    resolve(ghm_bytes(data, size));
    return 0;
}
