/* SPDX-License-Identifier: MIT */
#include "base/assert.h"
#include "fuzz.h"
#include "swarm/mdns.h"

static const struct ghm_peerid self = {.len = 3, .bytes = "me!"};

/* What is found is somebody else's address; what is said fits a datagram and is a second apart. */
static void listen_and_speak(struct ghm_mdns *mdns, uint64_t now_ns, uint64_t *answered_ns)
{
    static struct ghm_mdns_found found;
    while (ghm_mdns_next(mdns, &found))
        GHM_ASSERT(found.count > 0 && !ghm_peerid_equal(&found.peer, &self));
    for (struct ghm_bytes out; (out = ghm_mdns_pull(mdns)).len > 0;) {
        GHM_ASSERT(out.len <= GHM_MDNS_OUT_MAX);
        if ((out.ptr[2] & 0x80) != 0) {
            GHM_ASSERT(*answered_ns == 0 || now_ns - *answered_ns >= GHM_NS_PER_S);
            *answered_ns = now_ns;
        }
        ghm_mdns_pulled(mdns);
    }
}

/* Datagrams, and time between them: two bytes of length and time, then so much. */
int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    struct ghm_mem mem;
    struct ghm_mdns mdns;
    struct ghm_multiaddr addr;
    struct ghm_entropy entropy;
    static const uint8_t seed[32] = {1};
    const struct ghm_mdns_config config = {.self = self, .has_loopback = true};
    uint64_t now_ns = GHM_NS_PER_S, answered_ns = 0;
    ghm_mem_init(&mem, NULL, (size_t)1 << 20);
    ghm_entropy_init(&entropy, seed);
    GHM_ASSERT(ghm_mdns_init(&mdns, &mem, &config, &entropy, now_ns) == GHM_OK);
    GHM_ASSERT(ghm_multiaddr_parse(&addr, "/ip4/127.0.0.1/tcp/9") == GHM_OK);
    ghm_mdns_listen(&mdns, &addr);
    while (size >= 2) {
        size_t len = (size_t)data[0] | (size_t)(data[1] & 7) << 8;
        now_ns += (uint64_t)(data[1] >> 3) * GHM_NS_PER_S / 4;
        data += 2;
        size -= 2;
        if (len > size) len = size;
        ghm_mdns_push(&mdns, ghm_bytes(data, len), now_ns);
        ghm_mdns_tick(&mdns, now_ns);
        if (now_ns % 3 != 0) listen_and_speak(&mdns, now_ns, &answered_ns);
        data += len;
        size -= len;
    }
    ghm_mdns_fini(&mdns);
    ghm_mem_fini(&mem);
    return 0;
}
