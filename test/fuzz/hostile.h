/* SPDX-License-Identifier: MIT */
/* A peer that has a key, has been authenticated, and says within its connection what the input
 * says: nothing of yamux or above is done for it, so that every byte there is the input's. */
#ifndef GHM_FUZZ_HOSTILE_H
#define GHM_FUZZ_HOSTILE_H

#include "base/assert.h"
#include "crypto/noise.h"
#include "link/frame.h"
#include "swarm/swarm.h"

#define HOSTILE_GREETING "\x13/multistream/1.0.0\n\x07/noise\n"

struct hostile {
    struct ghm_key key;
    struct ghm_entropy entropy;
    struct ghm_noise *noise;
    struct ghm_swarm *victim;
    uint32_t connection;
    uint64_t now_ns;
};

typedef void hostile_drain(void *context);

/* What the victim says is deciphered, so that the records count, and thrown away. */
static inline void hostile_hear(struct hostile *h)
{
    for (struct ghm_bytes out; (out = ghm_swarm_pull(h->victim, h->connection)).len > 0;) {
        (void)!ghm_noise_push(h->noise, out);
        ghm_noise_plain_drop(h->noise, ghm_noise_plain(h->noise).len);
        ghm_swarm_pulled(h->victim, h->connection, out.len, h->now_ns);
    }
}

static inline void hostile_flush(struct hostile *h)
{
    struct ghm_bytes out = ghm_noise_pull(h->noise);
    if (out.len == 0) return;
    ghm_swarm_push(h->victim, h->connection, out, h->now_ns);
    ghm_noise_pulled(h->noise, out.len);
}

/* Plaintext within the connection. */
static inline void hostile_say(struct hostile *h, struct ghm_bytes plain)
{
    if (ghm_noise_write(h->noise, plain) == GHM_OK) hostile_flush(h);
}

static inline void hostile_frame(struct hostile *h, const struct ghm_frame *frame,
                                 struct ghm_bytes body)
{
    uint8_t head[GHM_FRAME_LEN];
    ghm_frame_encode(head, frame);
    hostile_say(h, ghm_bytes(head, sizeof head));
    hostile_say(h, body);
}

static inline void hostile_data(struct hostile *h, uint32_t stream, uint16_t flags,
                                struct ghm_bytes body)
{
    const struct ghm_frame frame = {GHM_FRAME_DATA, flags, stream, (uint32_t)body.len};
    hostile_frame(h, &frame, body);
}

/* Both names of a stream's negotiation, as a dialer or as a listener says them. */
static inline void hostile_select(struct hostile *h, uint32_t stream, uint16_t flags,
                                  const char *protocol)
{
    uint8_t text[64] = "\x13/multistream/1.0.0\n";
    size_t len = strlen(protocol);
    GHM_ASSERT(len < 40);
    text[20] = (uint8_t)(len + 1);
    memcpy(text + 21, protocol, len);
    text[21 + len] = '\n';
    hostile_data(h, stream, flags, ghm_bytes(text, 22 + len));
}

static inline void hostile_shake_hands(struct hostile *h, hostile_drain *drain, void *context)
{
    const struct ghm_bytes greeting = ghm_bytes_text(HOSTILE_GREETING);
    size_t left = greeting.len;
    ghm_swarm_push(h->victim, h->connection, greeting, h->now_ns);
    hostile_flush(h);
    drain(context);
    for (struct ghm_bytes out; (out = ghm_swarm_pull(h->victim, h->connection)).len > 0;) {
        struct ghm_bytes rest = ghm_bytes_from(out, left);
        left -= ghm_bytes_upto(out, left).len;
        GHM_ASSERT(ghm_noise_push(h->noise, rest) == GHM_OK);
        ghm_swarm_pulled(h->victim, h->connection, out.len, h->now_ns);
    }
    hostile_flush(h);
    drain(context);
    hostile_hear(h);
}

/* Dial `victim` and be authenticated by it; `drain` takes the victim's events. */
static inline void hostile_enter(struct hostile *h, struct ghm_swarm *victim, struct ghm_mem *mem,
                                 uint8_t number, hostile_drain *drain, void *context)
{
    static const char *const muxers[] = {"/yamux/1.0.0", NULL};
    struct ghm_multiaddr remote;
    uint8_t seed[32] = {number, 7};
    *h = (struct hostile){.victim = victim};
    ghm_key_from_seed(&h->key, seed);
    ghm_entropy_init(&h->entropy, seed);
    const struct ghm_noise_config config = {
        .is_initiator = true, .identity = &h->key, .muxers = muxers};
    GHM_ASSERT(ghm_noise_new(&h->noise, mem, &config, &h->entropy) == GHM_OK);
    GHM_ASSERT(ghm_multiaddr_of_tcp(&remote, "10.6.6.6", 4000, GHM_BYTES_NONE) == GHM_OK);
    GHM_ASSERT(ghm_swarm_accept(victim, &h->connection, &remote, h->now_ns) == GHM_OK);
    hostile_shake_hands(h, drain, context);
}

static inline void hostile_leave(struct hostile *h)
{
    ghm_noise_free(h->noise);
}

/* ---- the input ---- */

/* The next `len` bytes of the input, or what is left of it. */
static inline struct ghm_bytes hostile_take(struct ghm_bytes *in, size_t len)
{
    struct ghm_bytes taken = ghm_bytes_upto(*in, len);
    *in = ghm_bytes_from(*in, taken.len);
    return taken;
}

static inline uint8_t hostile_byte(struct ghm_bytes *in)
{
    struct ghm_bytes taken = hostile_take(in, 1);
    return taken.len == 0 ? 0 : taken.ptr[0];
}

#endif
