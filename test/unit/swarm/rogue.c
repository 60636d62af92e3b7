/* SPDX-License-Identifier: MIT */
#include "rogue.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>

#include <cmocka.h>

#define OFFER "\x13/multistream/1.0.0\n\x07/noise\n"
#define MEM_MAX (64 << 20)

void rogue_start(struct rogue *r, struct world *w, int to, const char *ip)
{
    static const uint8_t seed[32] = {0x66};
    *r = (struct rogue){.w = w, .greeting_left = strlen(OFFER)};
    ghm_mem_init(&r->mem, NULL, MEM_MAX);
    ghm_buf_init(&r->heard, &r->mem, MEM_MAX);
    ghm_key_from_seed(&r->key, seed);
    ghm_entropy_init(&r->entropy, seed);
    r->socket = world_knock(w, to, ip);
    assert_false(rogue_is_dropped(r));
    rogue_say(r, ghm_bytes_text(OFFER));
}

void rogue_fini(struct rogue *r)
{
    ghm_noise_free(r->noise);
    ghm_xx_wipe(&r->xx);
    ghm_buf_fini(&r->heard);
    ghm_mem_fini(&r->mem);
}

bool rogue_is_dropped(const struct rogue *r)
{
    return !r->w->sockets[r->socket].is_open;
}

void rogue_say(struct rogue *r, struct ghm_bytes bytes)
{
    world_say(r->w, r->socket, bytes);
    world_settle(r->w);
}

/* What the node has sent, its multistream answer apart; drop what was used. */
static struct ghm_bytes inbox(struct rogue *r)
{
    struct ghm_buf *in = &r->w->sockets[r->socket].ends[0].in;
    size_t len = ghm_bytes_upto(ghm_buf_bytes(in), r->greeting_left).len;
    ghm_buf_drop(in, len);
    r->greeting_left -= len;
    return ghm_buf_bytes(in);
}

static void forget(struct rogue *r, size_t len)
{
    ghm_buf_drop(&r->w->sockets[r->socket].ends[0].in, len);
}

/* ---- with a handshake that is right ---- */

static void hear(struct rogue *r)
{
    struct ghm_bytes in = inbox(r);
    for (struct ghm_bytes part; (part = ghm_bytes_upto(in, 60000)).len > 0;) {
        assert_int_equal(ghm_noise_push(r->noise, part), GHM_OK);
        struct ghm_bytes plain = ghm_noise_plain(r->noise);
        assert_int_equal(ghm_buf_append(&r->heard, plain), GHM_OK);
        ghm_noise_plain_drop(r->noise, plain.len);
        in = ghm_bytes_from(in, part.len);
    }
    forget(r, inbox(r).len);
}

static void flush(struct rogue *r)
{
    struct ghm_bytes out = ghm_noise_pull(r->noise);
    if (out.len == 0) return;
    rogue_say(r, out);
    ghm_noise_pulled(r->noise, out.len);
}

void rogue_enter(struct rogue *r)
{
    static const char *const muxers[] = {"/yamux/1.0.0", NULL};
    const struct ghm_noise_config config = {
        .is_initiator = true, .identity = &r->key, .muxers = muxers};
    enum ghm_noise_event event;
    assert_int_equal(ghm_noise_new(&r->noise, &r->mem, &config, &r->entropy), GHM_OK);
    flush(r);
    hear(r);
    assert_true(ghm_noise_next(r->noise, &event));
    flush(r);
}

void rogue_tell(struct rogue *r, struct ghm_bytes plain)
{
    assert_int_equal(ghm_noise_write(r->noise, plain), GHM_OK);
    flush(r);
}

void rogue_frame(struct rogue *r, const struct ghm_frame *frame, struct ghm_bytes body)
{
    uint8_t head[GHM_FRAME_LEN];
    ghm_frame_encode(head, frame);
    rogue_tell(r, ghm_bytes(head, sizeof head));
    if (body.len > 0) rogue_tell(r, body);
}

void rogue_select(struct rogue *r, uint32_t id, uint16_t flags, const char *protocol)
{
    char text[100];
    int len = snprintf(text, sizeof text, "\x13/multistream/1.0.0\n%c%s\n",
                       (int)strlen(protocol) + 1, protocol);
    const struct ghm_frame frame = {GHM_FRAME_DATA, flags, id, (uint32_t)len};
    rogue_frame(r, &frame, ghm_bytes(text, (size_t)len));
}

size_t rogue_heard(struct rogue *r, enum ghm_frame_type type, uint16_t flags, uint32_t stream)
{
    size_t count = 0;
    hear(r);
    struct ghm_bytes left = ghm_buf_bytes(&r->heard);
    while (left.len >= GHM_FRAME_LEN) {
        struct ghm_frame frame;
        assert_int_equal(ghm_frame_decode(&frame, left.ptr), GHM_OK);
        count += frame.type == type && (frame.flags & flags) == flags && frame.stream == stream;
        left = ghm_bytes_from(left, GHM_FRAME_LEN);
        if (frame.type == GHM_FRAME_DATA) left = ghm_bytes_from(left, frame.length);
    }
    return count;
}

/* ---- with one that is not ---- */

static void say_message(struct rogue *r, struct ghm_bytes payload)
{
    struct ghm_buf out;
    uint8_t head[2];
    ghm_buf_init(&out, &r->mem, 66000);
    assert_int_equal(ghm_xx_write(&r->xx, &out, payload), GHM_OK);
    ghm_store_be16(head, (uint16_t)ghm_buf_len(&out));
    world_say(r->w, r->socket, ghm_bytes(head, sizeof head));
    rogue_say(r, ghm_buf_bytes(&out));
    ghm_buf_fini(&out);
}

void rogue_begin(struct rogue *r, const uint8_t ephemeral[32])
{
    static const struct ghm_xx_keys keys = {{1, 2}, {3, 4}};
    ghm_xx_init(&r->xx, true, &keys, GHM_BYTES_NONE);
    if (ephemeral == NULL) {
        say_message(r, GHM_BYTES_NONE);
        return;
    }
    world_say(r->w, r->socket, ghm_bytes("\0\x20", 2));
    rogue_say(r, ghm_bytes(ephemeral, 32));
}

void rogue_introduce(struct rogue *r, struct ghm_bytes payload)
{
    struct ghm_bytes in = inbox(r);
    assert_true(in.len > 2);
    assert_int_equal(ghm_xx_read(&r->xx, &r->heard, ghm_bytes_from(in, 2)), GHM_OK);
    forget(r, in.len);
    say_message(r, payload);
}
