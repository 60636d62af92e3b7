/* SPDX-License-Identifier: MIT */
#include "fuzz.h"
#include "hostile.h"
#include "link/link.h"

/* An authenticated peer against a whole swarm: yamux, negotiation, identify, ping and the streams
 * of an owner that echoes. The connection stays within its bound, whatever is said. */

#define ECHO "/echo/1"

struct victim {
    struct ghm_mem mem;
    struct ghm_key key;
    struct ghm_entropy entropy;
    struct ghm_swarm *swarm;
    struct hostile hostile;
    size_t ups;
    bool is_deaf; /* reads nothing: windows close */
};

static void echo(struct victim *v, const struct ghm_swarm_event *event)
{
    struct ghm_bytes data = ghm_swarm_data(v->swarm, event->stream);
    if (v->is_deaf || data.len == 0) return;
    if (ghm_swarm_write(v->swarm, event->stream, data) != GHM_OK)
        ghm_swarm_reset(v->swarm, event->stream);
    else
        ghm_swarm_data_drop(v->swarm, event->stream, data.len);
}

static void drain(void *context)
{
    struct victim *v = context;
    struct ghm_swarm_event event;
    while (ghm_swarm_next(v->swarm, &event)) {
        v->ups += event.type == GHM_SWARM_PEER_UP;
        if (event.type == GHM_SWARM_STREAM_DATA) echo(v, &event);
        if (event.type == GHM_SWARM_STREAM_FINISHED) ghm_swarm_finish(v->swarm, event.stream);
    }
}

static void frame(struct hostile *h, struct ghm_bytes *in)
{
    uint8_t kind = hostile_byte(in), stream = hostile_byte(in), scale = hostile_byte(in);
    struct ghm_bytes body = GHM_BYTES_NONE;
    struct ghm_frame f = {.type = (enum ghm_frame_type)(kind % 4),
                          .flags = (uint16_t)(kind >> 4),
                          .stream = stream % 16,
                          .length = (uint32_t)scale << (stream >> 4) % 16};
    if (f.type >= GHM_FRAME_PING) f.stream = 0;
    if (f.type == GHM_FRAME_DATA && (kind & 4) == 0) {
        body = hostile_take(in, f.length % 256);
        f.length = (uint32_t)body.len;
    }
    hostile_frame(h, &f, body);
}

static void select_protocol(struct hostile *h, struct ghm_bytes *in)
{
    static const char *const names[] = {ECHO, "/ipfs/ping/1.0.0", "/ipfs/id/1.0.0",
                                        "/ipfs/id/push/1.0.0", "/nobody/1"};
    uint8_t what = hostile_byte(in);
    bool is_first = (what & 0x80) != 0;
    hostile_select(h, what % 16, is_first ? GHM_FRAME_SYN : 0, names[(what >> 4) % 5]);
}

static void act(struct victim *v, struct ghm_bytes *in)
{
    struct hostile *h = &v->hostile;
    uint8_t verb = hostile_byte(in);
    switch (verb % 6) {
    case 0:
        hostile_say(h, hostile_take(in, verb / 6));
        break;
    case 1:
        frame(h, in);
        break;
    case 2:
        select_protocol(h, in);
        break;
    case 3:
        h->now_ns += (uint64_t)hostile_byte(in) * GHM_NS_PER_S / 8;
        ghm_swarm_tick(v->swarm, h->now_ns);
        break;
    case 4:
        v->is_deaf = !v->is_deaf;
        break;
    default: {
        struct ghm_bytes body = hostile_take(in, verb);
        hostile_data(h, verb % 8, 0, body);
        break;
    }
    }
    drain(v);
    if (verb % 16 != 15) hostile_hear(h);
    GHM_ASSERT(v->mem.used_bytes < GHM_LINK_MEM_MAX + ((size_t)2 << 20));
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    static const uint8_t seed[32] = {9};
    static const char *const protocols[] = {ECHO, NULL};
    struct victim v = {.ups = 0};
    struct ghm_mem outside;
    struct ghm_bytes in = ghm_bytes(data, size);
    ghm_mem_init(&v.mem, NULL, (size_t)64 << 20);
    ghm_mem_init(&outside, NULL, (size_t)64 << 20);
    ghm_key_from_seed(&v.key, seed);
    ghm_entropy_init(&v.entropy, seed);
    struct ghm_swarm_config config = {
        .identity = &v.key, .agent_version = "fuzz", .protocols = protocols};
    GHM_ASSERT(ghm_swarm_new(&v.swarm, &v.mem, &config, &v.entropy) == GHM_OK);
    hostile_enter(&v.hostile, v.swarm, &outside, 1, drain, &v);
    GHM_ASSERT(v.ups == 1);
    while (in.len > 0)
        act(&v, &in);
    hostile_leave(&v.hostile);
    ghm_swarm_free(v.swarm);
    ghm_mem_fini(&v.mem);
    ghm_mem_fini(&outside);
    return 0;
}
