/* SPDX-License-Identifier: MIT */
#include "base/assert.h"
#include "fuzz.h"
#include "io/txt.h"
#include "swarm/dnsaddr.h"

/* One answer of a resolver, to every name of a resolution; and the same bytes as its texts. It
 * ends, asks no name twice that is too deep, and what it finds is dialed by TCP. */
static void resolve(struct ghm_bytes texts)
{
    struct ghm_mem mem;
    struct ghm_multiaddr addr;
    struct ghm_multiaddr_tcp tcp;
    struct ghm_dnsaddr *dnsaddr;
    struct ghm_dnsaddr_event event = {.type = GHM_DNSADDR_LOOKUP};
    size_t asked = 0, found = 0;
    ghm_mem_init(&mem, NULL, (size_t)1 << 20);
    GHM_ASSERT(ghm_multiaddr_parse(&addr, "/dnsaddr/a") == GHM_OK);
    GHM_ASSERT(ghm_dnsaddr_new(&dnsaddr, &mem, &addr) == GHM_OK);
    while (ghm_dnsaddr_next(dnsaddr, &event)) {
        if (event.type == GHM_DNSADDR_LOOKUP) {
            asked++;
            ghm_dnsaddr_answer(dnsaddr, event.number, texts);
        }
        if (event.type != GHM_DNSADDR_FOUND) continue;
        found++;
        GHM_ASSERT(ghm_multiaddr_as_tcp(&tcp, &event.addr) == GHM_OK);
    }
    GHM_ASSERT(event.type == GHM_DNSADDR_DONE && (event.error == GHM_OK) == (found > 0));
    GHM_ASSERT(asked <= GHM_DNSADDR_NAMES_MAX && found <= GHM_DNSADDR_FOUND_MAX);
    ghm_dnsaddr_free(dnsaddr);
    ghm_mem_fini(&mem);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    struct ghm_buf texts;
    resolve(ghm_bytes(data, size));
    ghm_buf_init(&texts, NULL, GHM_TXT_LEN_MAX);
    int error = ghm_txt_read(&texts, ghm_bytes(data, size));
    GHM_ASSERT(error == GHM_OK || error == GHM_EPROTO);
    resolve(ghm_buf_bytes(&texts));
    ghm_buf_fini(&texts);
    return 0;
}
