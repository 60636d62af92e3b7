/* SPDX-License-Identifier: MIT */
#include "base/assert.h"
#include "fuzz.h"
#include "swarm/swarm.h"

/* The socket side of a swarm in the input's hands: connections come, say anything, hang up; dials
 * open or fail. Nobody there has a key: nobody is ever a peer, and each is told its end. */

#define KNOWN 16

struct node {
    struct ghm_mem mem;
    struct ghm_key key;
    struct ghm_entropy entropy;
    struct ghm_swarm *swarm;
    uint64_t now_ns;
    uint32_t numbers[KNOWN];
    size_t count;
};

static void know(struct node *n, uint32_t number)
{
    n->numbers[n->count++ % KNOWN] = number;
}

static void drain(struct node *n)
{
    struct ghm_swarm_event event;
    uint32_t number;
    while (ghm_swarm_next(n->swarm, &event)) {
        GHM_ASSERT(event.type == GHM_SWARM_DIAL || event.type == GHM_SWARM_CLOSE ||
                   event.type == GHM_SWARM_UNREACHED);
        if (event.type == GHM_SWARM_DIAL) know(n, event.connection);
    }
    while (ghm_swarm_writer(n->swarm, &number)) {
        size_t len = ghm_swarm_pull(n->swarm, number).len;
        ghm_swarm_pulled(n->swarm, number, len, n->now_ns);
    }
}

static void accept_one(struct node *n, uint8_t from)
{
    uint32_t number;
    struct ghm_multiaddr remote;
    char ip[] = "10.0.0.1";
    ip[7] = (char)('0' + from % 10);
    GHM_ASSERT(ghm_multiaddr_of_tcp(&remote, ip, 4000, GHM_BYTES_NONE) == GHM_OK);
    if (ghm_swarm_accept(n->swarm, &number, &remote, n->now_ns) == GHM_OK) know(n, number);
}

static void dial_one(struct node *n, uint8_t what)
{
    static const char *const texts[] = {"/ip4/10.0.0.2/tcp/1", "/dns4/a.example/tcp/2",
                                        "/ip6/::1/tcp/3", "/ip4/10.0.0.2/udp/1"};
    struct ghm_multiaddr addr;
    struct ghm_peerid peer = {.len = 38, .bytes = {0, 36, 8, 1, 18, 32, what}};
    uint32_t number;
    GHM_ASSERT(ghm_multiaddr_parse(&addr, texts[what % 4]) == GHM_OK);
    if ((what & 0x10) != 0)
        (void)!ghm_swarm_bootstrap(n->swarm, &addr, n->now_ns);
    else if ((what & 0x20) != 0)
        (void)!ghm_swarm_reach(n->swarm, &peer, &addr, 1, n->now_ns);
    else
        (void)!ghm_swarm_dial(n->swarm, &number, &addr, n->now_ns);
}

static size_t act(struct node *n, const uint8_t *data, size_t size)
{
    uint32_t number = n->numbers[data[1] % KNOWN];
    size_t len = 0;
    switch (data[0] % 8) {
    case 0:
        accept_one(n, data[1]);
        break;
    case 1:
        dial_one(n, data[1]);
        break;
    case 2:
        ghm_swarm_hangup(n->swarm, number, n->now_ns);
        break;
    case 3:
        ghm_swarm_connected(n->swarm, number, n->now_ns);
        break;
    case 4:
        ghm_swarm_failed(n->swarm, number, n->now_ns);
        break;
    case 5:
        n->now_ns += (uint64_t)data[1] * GHM_NS_PER_S / 8;
        ghm_swarm_tick(n->swarm, n->now_ns);
        break;
    default:
        len = (size_t)(data[0] / 8) * 4;
        if (len > size - 2) len = size - 2;
        ghm_swarm_push(n->swarm, number, ghm_bytes(data + 2, len), n->now_ns);
        break;
    }
    return 2 + len;
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    static const uint8_t seed[32] = {9};
    static const char *const protocols[] = {"/echo/1", NULL};
    struct node n = {.now_ns = GHM_NS_PER_S};
    ghm_mem_init(&n.mem, NULL, (size_t)16 << 20);
    ghm_key_from_seed(&n.key, seed);
    ghm_entropy_init(&n.entropy, seed);
    struct ghm_swarm_config config = {
        .identity = &n.key, .agent_version = "fuzz", .protocols = protocols};
    GHM_ASSERT(ghm_swarm_new(&n.swarm, &n.mem, &config, &n.entropy) == GHM_OK);
    while (size >= 2) {
        size_t used = act(&n, data, size);
        data += used;
        size -= used;
        drain(&n);
        GHM_ASSERT(ghm_swarm_peers_count(n.swarm) == 0);
    }
    ghm_swarm_free(n.swarm);
    ghm_mem_fini(&n.mem);
    return 0;
}
