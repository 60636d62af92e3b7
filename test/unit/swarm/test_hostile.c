/* SPDX-License-Identifier: MIT */
/* Hostile peers, one test each: what they can make the victim hold is stated and asserted, they are
 * dropped, and who is connected does not notice. Node 0 is honest, node 1 is the victim, the
 * offender comes from the outside. What is done by members of a gossip network is in
 * gossip/test_attack.c; crowds and slow ones are in test_admission.c. */
#include "link/link.h"
#include "link/yamux.h"
#include "rogue.h"
#include "swarm/identify.h"
#include "wire/proto.h"
#include "wire/varint.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>

#include <cmocka.h>

#define S GHM_NS_PER_S
#define KIB ((size_t)1024)
#define EVIL_IP "10.6.6.6"
#define PREFIX "noise-libp2p-static-key:"

/* ---- who is there ---- */

struct scene {
    struct world *w;
    struct ghm_stream echo; /* of the honest node, open all the time */
    size_t used;            /* by the victim before the offender came */
    struct rogue rogue;
};

static struct ghm_swarm *swarm_of(const struct scene *s, int i)
{
    return s->w->nodes[i].swarm;
}

static void scene_open(struct scene *s, int nodes)
{
    uint32_t number;
    s->w = world_new(nodes);
    struct ghm_multiaddr addr = world_addr(s->w, 1, true);
    assert_int_equal(ghm_swarm_dial(swarm_of(s, 0), &number, &addr, s->w->now_ns), GHM_OK);
    world_settle(s->w);
    const struct ghm_peerid *victim = &s->w->nodes[1].id;
    assert_int_equal(ghm_swarm_open(swarm_of(s, 0), &s->echo, victim, ECHO, s->w->now_ns), GHM_OK);
    world_settle(s->w);
    s->used = s->w->nodes[1].mem.used_bytes;
}

static void scene_start(struct scene *s)
{
    scene_open(s, 2);
    rogue_start(&s->rogue, s->w, 1, EVIL_IP);
}

/* The honest node is answered on the stream that it had, and by a ping. */
static void assert_others_do_not_notice(struct scene *s)
{
    struct ghm_bytes hello = ghm_bytes_text("are you well?");
    assert_int_equal(ghm_swarm_write(swarm_of(s, 0), s->echo, hello), GHM_OK);
    assert_int_equal(ghm_swarm_ping(swarm_of(s, 0), &s->w->nodes[1].id, s->w->now_ns), GHM_OK);
    world_settle(s->w);
    assert_true(ghm_bytes_equal(ghm_swarm_data(swarm_of(s, 0), s->echo), hello));
    ghm_swarm_data_drop(swarm_of(s, 0), s->echo, hello.len);
    assert_int_equal(world_last(s->w, 0, GHM_SWARM_PINGED)->error, GHM_OK);
    assert_int_equal(world_count(s->w, 0, GHM_SWARM_PEER_DOWN), 0);
}

static void assert_held(const struct scene *s, size_t bytes)
{
    assert_in_range(s->w->nodes[1].mem.peak_bytes - s->used, 0, bytes);
}

/* At most `bytes` were held for it at any time, it is gone, and so is all that it was given. */
static void assert_dropped(struct scene *s, size_t bytes)
{
    assert_true(rogue_is_dropped(&s->rogue));
    assert_held(s, bytes);
    world_pass(s->w, 2 * S);
    assert_int_equal(ghm_swarm_peers_count(swarm_of(s, 1)), 1);
    assert_true(s->w->nodes[1].mem.used_bytes < s->used + 4 * KIB);
    assert_others_do_not_notice(s);
    rogue_fini(&s->rogue);
    world_free(s->w);
}

/* ---- handshakes ---- */

struct payload {
    struct ghm_mem mem;
    struct ghm_buf buf;
};

static void payload_init(struct payload *p)
{
    ghm_mem_init(&p->mem, NULL, 1 << 20);
    ghm_buf_init(&p->buf, &p->mem, 1 << 20);
}

static void payload_add(struct payload *p, uint32_t number, struct ghm_bytes bytes)
{
    assert_int_equal(ghm_proto_append_bytes(&p->buf, number, bytes), GHM_OK);
}

static void payload_add_key(struct payload *p, const struct rogue *r)
{
    uint8_t key[GHM_KEY_ED25519_PROTO_LEN];
    ghm_key_encode(key, &r->key);
    payload_add(p, 1, ghm_bytes(key, sizeof key));
}

/* The signature of the Noise key, and `more` added to its last byte. */
static void payload_add_signature(struct payload *p, const struct rogue *r, uint8_t more)
{
    uint8_t text[sizeof PREFIX - 1 + 32], signature[64];
    memcpy(text, PREFIX, sizeof PREFIX - 1);
    memcpy(text + sizeof PREFIX - 1, r->xx.own_static.shown, 32);
    ghm_key_sign(signature, &r->key, ghm_bytes(text, sizeof text));
    signature[63] = (uint8_t)(signature[63] + more);
    payload_add(p, 2, ghm_bytes(signature, sizeof signature));
}

/* Nobody is up by this payload; the victim held at most 16 KiB for it. */
static void introduce(struct scene *s, struct payload *p)
{
    rogue_introduce(&s->rogue, ghm_buf_bytes(&p->buf));
    ghm_buf_fini(&p->buf);
    ghm_mem_fini(&p->mem);
    assert_int_equal(world_count(s->w, 1, GHM_SWARM_PEER_UP), 1); /* the honest one */
    assert_dropped(s, 16 * KIB);
}

/* What all others are held against: with the right signature it is a peer. */
static void right_introduction_is_accepted(void **state)
{
    (void)state;
    struct scene s;
    struct payload p;
    scene_start(&s);
    rogue_begin(&s.rogue, NULL);
    payload_init(&p);
    payload_add_key(&p, &s.rogue);
    payload_add_signature(&p, &s.rogue, 0);
    payload_add(&p, 4, ghm_bytes_text("\x12\x0c/yamux/1.0.0"));
    rogue_introduce(&s.rogue, ghm_buf_bytes(&p.buf));
    assert_int_equal(ghm_swarm_peers_count(swarm_of(&s, 1)), 2);
    assert_others_do_not_notice(&s);
    ghm_buf_fini(&p.buf);
    ghm_mem_fini(&p.mem);
    rogue_fini(&s.rogue);
    world_free(s.w);
}

/* dotnet#192, litep2p#278: both shipped without looking at it. */
static void wrong_signature(void **state)
{
    (void)state;
    struct scene s;
    struct payload p;
    scene_start(&s);
    rogue_begin(&s.rogue, NULL);
    payload_init(&p);
    payload_add_key(&p, &s.rogue);
    payload_add_signature(&p, &s.rogue, 1);
    introduce(&s, &p);
}

static void missing_signature(void **state)
{
    (void)state;
    struct scene s;
    struct payload p;
    scene_start(&s);
    rogue_begin(&s.rogue, NULL);
    payload_init(&p);
    payload_add_key(&p, &s.rogue);
    introduce(&s, &p);
}

/* Points of small order: whoever says them knows the secret without a key. */
static void all_zero_secret(void **state)
{
    (void)state;
    static const uint8_t points[][32] = {{0}, {1}};
    for (size_t i = 0; i < 2; i++) {
        struct scene s;
        scene_start(&s);
        rogue_begin(&s.rogue, points[i]);
        assert_dropped(&s, 16 * KIB);
    }
}

/* GHSA-876p-8259-xjgg: refused before anything is computed with it. */
static void rsa_key_of_16384_bits(void **state)
{
    (void)state;
    static const uint8_t head[] = {0x08, 0x00, 0x12, 0xa6, 0x10, 0x30, 0x82, 0x08, 0x22, 0x30,
                                   0x0d, 0x06, 0x09, 0x2a, 0x86, 0x48, 0x86, 0xf7, 0x0d, 0x01,
                                   0x01, 0x01, 0x05, 0x00, 0x03, 0x82, 0x08, 0x0f, 0x00, 0x30,
                                   0x82, 0x08, 0x0a, 0x02, 0x82, 0x08, 0x01, 0x00};
    static const uint8_t exponent[] = {0x02, 0x03, 0x01, 0x00, 0x01};
    static uint8_t key[sizeof head + 2048 + sizeof exponent];
    struct scene s;
    struct payload p;
    memset(key, 0xff, sizeof key);
    memcpy(key, head, sizeof head);
    memcpy(key + sizeof head + 2048, exponent, sizeof exponent);
    scene_start(&s);
    rogue_begin(&s.rogue, NULL);
    payload_init(&p);
    payload_add(&p, 1, ghm_bytes(key, sizeof key));
    payload_add(&p, 2, ghm_bytes(key, 1500));
    introduce(&s, &p);
}

/* The length alone ends it, of the first message and of the last: what would follow is not waited
 * for. */
static void oversized_handshake_message(void **state)
{
    (void)state;
    static const uint8_t length[] = {(GHM_NOISE_HANDSHAKE_MAX + 1) >> 8,
                                     (GHM_NOISE_HANDSHAKE_MAX + 1) & 0xff};
    for (size_t i = 0; i < 2; i++) {
        struct scene s;
        scene_start(&s);
        if (i == 1) rogue_begin(&s.rogue, NULL);
        rogue_say(&s.rogue, ghm_bytes(length, 1));
        assert_false(rogue_is_dropped(&s.rogue));
        rogue_say(&s.rogue, ghm_bytes(length + 1, 1));
        assert_dropped(&s, 16 * KIB);
    }
}

static void repeated_fields_in_a_handshake(void **state)
{
    (void)state;
    struct scene s;
    struct payload p;
    scene_start(&s);
    rogue_begin(&s.rogue, NULL);
    payload_init(&p);
    for (int i = 0; i < 50; i++) /* each time another one, and the last is right */
        payload_add(&p, 1, ghm_bytes_text("\x08\x01"));
    payload_add_key(&p, &s.rogue);
    payload_add_signature(&p, &s.rogue, 0);
    introduce(&s, &p);
}

/* Somebody else answers at an address: the dialer drops it, and the one that is meant stays up. */
static void another_peer_than_the_one_dialed(void **state)
{
    (void)state;
    struct scene s;
    uint32_t number;
    struct ghm_multiaddr addr;
    scene_open(&s, 3);
    struct ghm_bytes meant = ghm_peerid_bytes(&s.w->nodes[0].id);
    size_t ups = world_count(s.w, 1, GHM_SWARM_PEER_UP);
    ghm_swarm_disconnect(swarm_of(&s, 1), &s.w->nodes[2].id, s.w->now_ns);
    assert_int_equal(ghm_multiaddr_of_tcp(&addr, "10.0.0.3", 9000, meant), GHM_OK);
    assert_int_equal(ghm_swarm_dial(swarm_of(&s, 1), &number, &addr, s.w->now_ns), GHM_OK);
    world_settle(s.w);
    assert_int_equal(world_count(s.w, 1, GHM_SWARM_PEER_UP), ups);
    assert_int_equal(world_last(s.w, 1, GHM_SWARM_CLOSE)->connection, number);
    assert_int_equal(ghm_swarm_peers_count(swarm_of(&s, 2)), 0);
    assert_held(&s, 32 * KIB);
    assert_others_do_not_notice(&s);
    world_free(s.w);
}

/* ---- yamux ---- */

static void enter(struct scene *s)
{
    scene_start(s);
    rogue_enter(&s->rogue);
    assert_int_equal(ghm_swarm_peers_count(swarm_of(s, 1)), 2);
}

/* CVE-2026-32314: four gibibytes announced with the stream's first frame. */
static void oversized_frame(void **state)
{
    (void)state;
    static const uint32_t lengths[] = {262145, UINT32_MAX};
    for (size_t i = 0; i < 2; i++) {
        struct scene s;
        enter(&s);
        const struct ghm_frame frame = {GHM_FRAME_DATA, GHM_FRAME_SYN, 1, lengths[i]};
        rogue_frame(&s.rogue, &frame, GHM_BYTES_NONE);
        assert_dropped(&s, 32 * KIB);
    }
}

static void data_beyond_the_window(void **state)
{
    (void)state;
    static uint8_t most[262144];
    struct scene s;
    struct ghm_frame frame = {GHM_FRAME_DATA, 0, 1, 0};
    enter(&s);
    rogue_select(&s.rogue, 1, GHM_FRAME_SYN, HOLD); /* whose owner reads nothing */
    assert_int_equal(world_count(s.w, 1, GHM_SWARM_STREAM_OPENED), 2);
    frame.length = 262144 - 34;
    rogue_frame(&s.rogue, &frame, ghm_bytes(most, frame.length));
    assert_false(rogue_is_dropped(&s.rogue));
    frame.length = 35;
    rogue_frame(&s.rogue, &frame, ghm_bytes(most, 35));
    assert_dropped(&s, 1024 * KIB);
}

/* Frames said at once, before the victim can answer one of them. */
static void tell_frames(struct rogue *r, const struct ghm_frame *first, uint32_t step, size_t count)
{
    static uint8_t bytes[5000 * GHM_FRAME_LEN];
    struct ghm_frame frame = *first;
    assert_true(count <= 5000);
    for (size_t i = 0; i < count; i++) {
        ghm_frame_encode(bytes + i * GHM_FRAME_LEN, &frame);
        frame.stream += step;
    }
    rogue_tell(r, ghm_bytes(bytes, count * GHM_FRAME_LEN));
}

static void flood_of_streams(void **state)
{
    (void)state;
    struct scene s;
    enter(&s);
    const struct ghm_frame first = {GHM_FRAME_WINDOW, GHM_FRAME_SYN, 1, 0};
    tell_frames(&s.rogue, &first, 2, 5000);
    assert_dropped(&s, 512 * KIB);
}

static void flood_of_pings(void **state)
{
    (void)state;
    struct scene s;
    enter(&s);
    const struct ghm_frame ping = {GHM_FRAME_PING, GHM_FRAME_SYN, 0, 7};
    tell_frames(&s.rogue, &ping, 0, 64); /* much, and no flood */
    assert_false(rogue_is_dropped(&s.rogue));
    assert_int_equal(rogue_heard(&s.rogue, GHM_FRAME_PING, GHM_FRAME_ACK, 0), GHM_YAMUX_PONGS_MAX);
    tell_frames(&s.rogue, &ping, 0, 5000);
    assert_dropped(&s, 128 * KIB);
}

/* As slow as a loris within the connection: streams that never say their protocol. They have ten
 * seconds, and there is no room for more of them than for anybody's. */
static void streams_that_never_negotiate(void **state)
{
    (void)state;
    struct scene s;
    enter(&s);
    const struct ghm_frame first = {GHM_FRAME_DATA, GHM_FRAME_SYN, 1, 0};
    tell_frames(&s.rogue, &first, 2, 256);
    assert_held(&s, 512 * KIB);
    size_t used = s.w->nodes[1].mem.used_bytes;
    for (int i = 0; i < 9; i++) { /* a byte now and then wins no time */
        const struct ghm_frame more = {GHM_FRAME_DATA, 0, 511, 1};
        rogue_frame(&s.rogue, &more, ghm_bytes("\x13/multistream" + i, 1));
        world_pass(s.w, S);
    }
    assert_int_equal(rogue_heard(&s.rogue, GHM_FRAME_WINDOW, GHM_FRAME_RST, 511), 0);
    world_pass(s.w, 2 * S);
    assert_int_equal(rogue_heard(&s.rogue, GHM_FRAME_WINDOW, GHM_FRAME_RST, 1), 1);
    assert_int_equal(rogue_heard(&s.rogue, GHM_FRAME_WINDOW, GHM_FRAME_RST, 511), 1);
    assert_true(s.w->nodes[1].mem.used_bytes < used - 64 * KIB);
    assert_int_equal(world_count(s.w, 1, GHM_SWARM_STREAM_OPENED), 1); /* the honest one's */
    assert_others_do_not_notice(&s);
    rogue_fini(&s.rogue);
    world_free(s.w);
}

/* ---- identify ---- */

static void push_identify(struct scene *s, uint32_t id, struct ghm_bytes bytes)
{
    rogue_select(&s->rogue, id, GHM_FRAME_SYN, ghm_identify_push_protocol);
    for (struct ghm_bytes part; (part = ghm_bytes_upto(bytes, 60000)).len > 0;) {
        const struct ghm_frame frame = {GHM_FRAME_DATA, 0, id, (uint32_t)part.len};
        rogue_frame(&s->rogue, &frame, part);
        bytes = ghm_bytes_from(bytes, part.len);
    }
}

/* Its stream is reset and nothing of it is kept. The connection stays: an odd identify is a fault
 * that old peers have too. */
static void assert_not_identified(struct scene *s, uint32_t stream, size_t bytes)
{
    assert_int_equal(rogue_heard(&s->rogue, GHM_FRAME_WINDOW, GHM_FRAME_RST, stream), 1);
    assert_int_equal(world_count(s->w, 1, GHM_SWARM_IDENTIFIED), 1); /* the honest one */
    assert_held(s, bytes);
    assert_others_do_not_notice(s);
    rogue_fini(&s->rogue);
    world_free(s->w);
}

static void identify_of_a_huge_length(void **state)
{
    (void)state;
    struct scene s;
    enter(&s);
    push_identify(&s, 1, ghm_bytes("\x81\x40", 2)); /* 8193 */
    assert_not_identified(&s, 1, 32 * KIB);
}

/* Message after message, each of the largest size. */
static void identify_without_an_end(void **state)
{
    (void)state;
    static uint8_t bytes[11 * 8194];
    struct scene s;
    enter(&s);
    for (size_t i = 0; i < 11; i++) { /* each is one unknown field of 8188 bytes */
        static const uint8_t head[] = {0x80, 0x40, 0x7a, 0xfd, 0x3f};
        memcpy(bytes + i * 8194, head, sizeof head);
    }
    push_identify(&s, 1, ghm_bytes(bytes, sizeof bytes));
    assert_not_identified(&s, 1, 256 * KIB);
}

/* Eight KiB of one letter's names, and of addresses of no bytes. */
static void identify_of_repeated_fields(void **state)
{
    (void)state;
    for (size_t i = 0; i < 2; i++) {
        static uint8_t bytes[8194] = {0x80, 0x40};
        struct scene s;
        for (size_t at = 2; at + 3 <= sizeof bytes; at += i == 0 ? 3 : 2)
            memcpy(bytes + at, i == 0 ? "\x1a\x01x" : "\x12\x00", i == 0 ? 3 : 2);
        if (i == 0) memcpy(bytes + 8192, "\x7a\x00", 2);
        enter(&s);
        push_identify(&s, 1, ghm_bytes(bytes, sizeof bytes));
        assert_not_identified(&s, 1, 96 * KIB);
    }
}

/* Fields within fields, two thousand deep, are one unknown field: nothing descends into it. */
static void identify_of_nested_fields(void **state)
{
    (void)state;
    static uint8_t bytes[8194] = {0x80, 0x40};
    struct scene s;
    enter(&s);
    for (size_t at = 2; at + 4 <= sizeof bytes; at += 4) {
        size_t left = sizeof bytes - at - 4;
        bytes[at] = 0xca; /* field 25, bytes, and all of the rest */
        bytes[at + 1] = 0x01;
        bytes[at + 2] = (uint8_t)(left | 0x80);
        bytes[at + 3] = (uint8_t)(left >> 7);
    }
    push_identify(&s, 1, ghm_bytes(bytes, sizeof bytes));
    const struct ghm_frame fin = {GHM_FRAME_WINDOW, GHM_FRAME_FIN, 1, 0};
    rogue_frame(&s.rogue, &fin, GHM_BYTES_NONE);
    assert_int_equal(world_count(s.w, 1, GHM_SWARM_IDENTIFIED), 2);
    assert_held(&s, 64 * KIB);
    assert_others_do_not_notice(&s);
    rogue_fini(&s.rogue);
    world_free(s.w);
}

/* The victim asks who it is (its stream 2): it agrees, and answers without an end. */
static void answer_of_a_huge_length(void **state)
{
    (void)state;
    struct scene s;
    enter(&s);
    rogue_select(&s.rogue, 2, GHM_FRAME_ACK, ghm_identify_protocol);
    const struct ghm_frame frame = {GHM_FRAME_DATA, 0, 2, 3};
    rogue_frame(&s.rogue, &frame, ghm_bytes("\xff\xff\x03", 3));
    assert_not_identified(&s, 2, 48 * KIB);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(right_introduction_is_accepted),
        cmocka_unit_test(wrong_signature),
        cmocka_unit_test(missing_signature),
        cmocka_unit_test(all_zero_secret),
        cmocka_unit_test(rsa_key_of_16384_bits),
        cmocka_unit_test(oversized_handshake_message),
        cmocka_unit_test(repeated_fields_in_a_handshake),
        cmocka_unit_test(another_peer_than_the_one_dialed),
        cmocka_unit_test(oversized_frame),
        cmocka_unit_test(data_beyond_the_window),
        cmocka_unit_test(flood_of_streams),
        cmocka_unit_test(flood_of_pings),
        cmocka_unit_test(streams_that_never_negotiate),
        cmocka_unit_test(identify_of_a_huge_length),
        cmocka_unit_test(identify_without_an_end),
        cmocka_unit_test(identify_of_repeated_fields),
        cmocka_unit_test(identify_of_nested_fields),
        cmocka_unit_test(answer_of_a_huge_length),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
