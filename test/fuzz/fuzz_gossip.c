/* SPDX-License-Identifier: MIT */
#include "fuzz.h"
#include "gossip/gossip.h"
#include "hostile.h"

/* A whole member of a gossip network and two peers of it, both the input's: their streams, their
 * RPCs in any pieces, resets, time. Their signatures cannot be right, so that the second part of
 * inputs is for a network without them. */

#define PEERS 2
#define ID "/ipfs/id/1.0.0"

struct member {
    struct ghm_mem mem;
    struct ghm_key key;
    struct ghm_entropy entropy;
    struct ghm_swarm *swarm;
    struct ghm_gossip *gossip;
    uint64_t now_ns;
    uint8_t verdict;
};

static void judge(struct member *m)
{
    struct ghm_gossip_event event;
    while (ghm_gossip_next(m->gossip, &event, m->now_ns)) {
        if (event.type != GHM_GOSSIP_MESSAGE) continue;
        enum ghm_gossip_verdict verdict = (enum ghm_gossip_verdict)(m->verdict % 3);
        int error = ghm_gossip_validate(m->gossip, event.ticket, verdict, m->now_ns);
        GHM_ASSERT(error == GHM_OK);
    }
}

static void drain(void *context)
{
    struct member *m = context;
    struct ghm_swarm_event event;
    while (ghm_swarm_next(m->swarm, &event))
        ghm_gossip_on(m->gossip, &event, m->now_ns);
    judge(m);
}

/* It is asked who it is, in the victim's stream 2, and says that it speaks gossipsub or floodsub;
 * the victim's own stream is 4. Its stream to the victim is 1. */
static void introduce(struct hostile *h, struct member *m, bool is_old)
{
    const char *protocol = is_old ? "/floodsub/1.0.0" : "/meshsub/1.2.0";
    uint8_t told[32] = {0};
    told[0] = (uint8_t)(2 + strlen(protocol));
    told[1] = 0x1a;
    told[2] = (uint8_t)strlen(protocol);
    memcpy(told + 3, protocol, strlen(protocol));
    hostile_select(h, 2, GHM_FRAME_ACK, ID);
    hostile_data(h, 2, GHM_FRAME_FIN, ghm_bytes(told, (size_t)told[0] + 1));
    drain(m);
    hostile_hear(h);
    hostile_select(h, 4, GHM_FRAME_ACK, protocol);
    hostile_select(h, 1, GHM_FRAME_SYN, protocol);
    drain(m);
    hostile_hear(h);
}

static void say_rpc(struct hostile *h, struct ghm_bytes rpc)
{
    uint8_t head[2] = {(uint8_t)(rpc.len | 0x80), (uint8_t)(rpc.len >> 7)};
    bool is_short = rpc.len < 128;
    hostile_data(h, 1, 0, ghm_bytes(head, is_short ? 0 : 2));
    head[0] &= 0x7f;
    if (is_short) hostile_data(h, 1, 0, ghm_bytes(head, 1));
    hostile_data(h, 1, 0, rpc);
}

static void pass(struct member *m, struct hostile peers[PEERS], uint64_t ns)
{
    m->now_ns += ns;
    for (size_t i = 0; i < PEERS; i++)
        peers[i].now_ns = m->now_ns;
    ghm_swarm_tick(m->swarm, m->now_ns);
    ghm_gossip_tick(m->gossip, m->now_ns);
}

static void act(struct member *m, struct hostile peers[PEERS], struct ghm_bytes *in)
{
    uint8_t verb = hostile_byte(in), more = hostile_byte(in);
    struct hostile *h = &peers[verb % PEERS];
    const struct ghm_bytes topic = ghm_bytes_text("t");
    switch ((verb >> 1) % 8) {
    case 0:
    case 1:
    case 2:
        say_rpc(h, hostile_take(in, more | (size_t)(verb & 0x30) << 4));
        break;
    case 3:
        hostile_data(h, 1, 0, hostile_take(in, more));
        break;
    case 4:
        pass(m, peers, more * GHM_NS_PER_S / 4);
        break;
    case 5:
        hostile_data(h, more % 8, (uint16_t)(more >> 4), GHM_BYTES_NONE);
        break;
    case 6:
        m->verdict = more;
        (void)!ghm_gossip_publish(m->gossip, topic, ghm_bytes(&more, 1), m->now_ns);
        break;
    default:
        if ((more & 1) == 0)
            ghm_gossip_unsubscribe(m->gossip, topic, m->now_ns);
        else
            GHM_ASSERT(ghm_gossip_subscribe(m->gossip, topic, m->now_ns) == GHM_OK);
        break;
    }
    for (size_t i = 0; i < PEERS; i++) {
        drain(m);
        hostile_hear(&peers[i]);
    }
}

static void member_init(struct member *m, bool is_signed)
{
    static const uint8_t seed[32] = {9};
    ghm_mem_init(&m->mem, NULL, (size_t)128 << 20);
    ghm_key_from_seed(&m->key, seed);
    ghm_entropy_init(&m->entropy, seed);
    struct ghm_swarm_config config = {
        .identity = &m->key, .agent_version = "fuzz", .protocols = ghm_gossip_protocols};
    GHM_ASSERT(ghm_swarm_new(&m->swarm, &m->mem, &config, &m->entropy) == GHM_OK);
    struct ghm_gossip_config told = {
        .swarm = m->swarm,
        .identity = &m->key,
        .policy = is_signed ? GHM_MESSAGE_STRICT_SIGN : GHM_MESSAGE_STRICT_NO_SIGN,
        .message_identity = is_signed ? GHM_MESSAGE_BY_ORIGIN : GHM_MESSAGE_BY_CONTENT,
    };
    GHM_ASSERT(ghm_gossip_new(&m->gossip, &m->mem, &told, &m->entropy) == GHM_OK);
    GHM_ASSERT(ghm_gossip_subscribe(m->gossip, ghm_bytes_text("t"), 0) == GHM_OK);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    struct member m = {.now_ns = 0};
    struct hostile peers[PEERS];
    struct ghm_mem outside;
    if (size == 0) return 0;
    struct ghm_bytes in = ghm_bytes(data + 1, size - 1);
    ghm_mem_init(&outside, NULL, (size_t)64 << 20);
    member_init(&m, (data[0] & 1) != 0);
    for (size_t i = 0; i < PEERS; i++) {
        hostile_enter(&peers[i], m.swarm, &outside, (uint8_t)(i + 1), drain, &m);
        introduce(&peers[i], &m, (data[0] & (2 << i)) != 0);
    }
    while (in.len > 0)
        act(&m, peers, &in);
    GHM_ASSERT(m.mem.peak_bytes < GHM_GOSSIP_MEM_MAX);
    for (size_t i = 0; i < PEERS; i++)
        hostile_leave(&peers[i]);
    ghm_gossip_free(m.gossip);
    ghm_swarm_free(m.swarm);
    ghm_mem_fini(&m.mem);
    ghm_mem_fini(&outside);
    return 0;
}
