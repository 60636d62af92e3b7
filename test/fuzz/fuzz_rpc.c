/* SPDX-License-Identifier: MIT */
#include "fuzz.h"
#include "gossip/router.h"

#include <stdlib.h>

#define PEERS 3

static const uint8_t seed[32] = {7};

/* The peer of a PEER_UP, as if it had been identified and had a stream. */
static struct ghm_neighbour *enter(struct ghm_gossip *gossip, uint8_t number)
{
    struct ghm_swarm_event event = {.type = GHM_SWARM_PEER_UP, .peer = {.len = 38}};
    event.peer.bytes[20] = number;
    ghm_gossip_on(gossip, &event, 0);
    struct ghm_neighbour *n = ghm_neighbour_find(&gossip->router, &event.peer);
    if (n == NULL) abort();
    n->speaks = (enum ghm_neighbour_speaks)(GHM_NEIGHBOUR_FLOODSUB + number);
    n->has_out = true;
    return n;
}

static void judge(struct ghm_gossip *gossip, uint8_t verdict, uint64_t now_ns)
{
    struct ghm_gossip_event event;
    while (ghm_gossip_next(gossip, &event, now_ns)) {
        if (event.type != GHM_GOSSIP_MESSAGE) continue;
        enum ghm_gossip_verdict chosen = (enum ghm_gossip_verdict)(verdict % 3);
        int error = ghm_gossip_validate(gossip, event.ticket, chosen, now_ns);
        if (error != GHM_OK) abort();
    }
}

/* Pieces of the input: who, how long, an RPC; each heard by one router, while its time passes. */
static void drive(struct ghm_gossip *gossip, const uint8_t *data, size_t size)
{
    struct ghm_neighbour *peers[PEERS];
    uint64_t now_ns = 0;
    for (uint8_t i = 0; i < PEERS; i++)
        peers[i] = enter(gossip, (uint8_t)(i + 1));
    while (size >= 3) {
        size_t len = (size_t)data[1] | (size_t)(data[2] & 0x0f) << 8;
        uint8_t head = data[0];
        data += 3;
        size -= 3;
        if (len > size) len = size;
        int error = ghm_router_hear(&gossip->router, peers[head % PEERS], ghm_bytes(data, len),
                                    (head & 0x40) != 0);
        if (error != GHM_OK && error != GHM_EPROTO) abort();
        judge(gossip, head >> 2, now_ns);
        if ((head & 0x80) != 0) now_ns += GHM_NS_PER_S * (1 + (head & 0x3f));
        ghm_gossip_tick(gossip, now_ns);
        data += len;
        size -= len;
    }
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    struct ghm_mem mem;
    struct ghm_key key;
    struct ghm_entropy entropy;
    struct ghm_swarm *swarm;
    struct ghm_gossip *gossip;
    if (size == 0) return 0;
    ghm_mem_init(&mem, NULL, (size_t)80 << 20);
    ghm_key_from_seed(&key, seed);
    ghm_entropy_init(&entropy, seed);
    struct ghm_swarm_config config = {.identity = &key, .agent_version = "fuzz"};
    if (ghm_swarm_new(&swarm, &mem, &config, &entropy) != GHM_OK) abort();
    bool is_signed = (data[0] & 1) != 0;
    struct ghm_gossip_config told = {
        .swarm = swarm,
        .identity = &key,
        .policy = is_signed ? GHM_MESSAGE_STRICT_SIGN : GHM_MESSAGE_STRICT_NO_SIGN,
        .message_identity = is_signed ? GHM_MESSAGE_BY_ORIGIN : GHM_MESSAGE_BY_CONTENT,
    };
    if (ghm_gossip_new(&gossip, &mem, &told, &entropy) != GHM_OK) abort();
    if (ghm_gossip_subscribe(gossip, ghm_bytes_text("t"), 0) != GHM_OK) abort();
    if (ghm_gossip_publish(gossip, ghm_bytes_text("t"), ghm_bytes_text("x"), 0) != GHM_OK) abort();
    drive(gossip, data + 1, size - 1);
    ghm_gossip_free(gossip);
    ghm_swarm_free(swarm);
    ghm_mem_fini(&mem);
    return 0;
}
