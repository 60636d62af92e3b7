/* SPDX-License-Identifier: MIT */
#include "crypto/noise.h"

#include "crypto/aead.h"
#include "crypto/noisepayload.h"
#include "crypto/xx.h"
#include "hex.h"
#include "keys.h"
#include "noise.h"
#include "wire/proto.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#define MEM_MAX (4 << 20)

static const char *const muxers[] = {"/yamux/1.0.0", "/mplex/6.7.0", NULL};
static const char *const greeting[] = {"hello from the initiator", "hello from the responder"};

/* One end: identity seed 33.. or 44.., entropy seed 11.. or 22.., so that every byte is known. */
struct end {
    struct ghm_mem mem;
    struct ghm_key identity;
    struct ghm_peerid id;
    struct ghm_entropy entropy;
    struct ghm_noise_config config;
    struct ghm_noise *noise;
};

static void end_init(struct end *end, bool is_initiator)
{
    uint8_t seed[32];
    uint8_t proto[GHM_KEY_ED25519_PROTO_LEN];
    *end = (struct end){0};
    ghm_mem_init(&end->mem, NULL, MEM_MAX);
    memset(seed, is_initiator ? 0x33 : 0x44, sizeof seed);
    ghm_key_from_seed(&end->identity, seed);
    ghm_key_encode(proto, &end->identity);
    ghm_peerid_of_key(&end->id, ghm_bytes(proto, sizeof proto));
    memset(seed, is_initiator ? 0x11 : 0x22, sizeof seed);
    ghm_entropy_init(&end->entropy, seed);
    end->config.is_initiator = is_initiator;
    end->config.identity = &end->identity;
    end->config.muxers = muxers;
}

static void end_start(struct end *end)
{
    assert_int_equal(ghm_noise_new(&end->noise, &end->mem, &end->config, &end->entropy), GHM_OK);
}

static void end_fini(struct end *end)
{
    ghm_noise_free(end->noise);
    ghm_mem_fini(&end->mem);
}

static void pair_init(struct end pair[2])
{
    end_init(&pair[0], true);
    end_init(&pair[1], false);
}

static void pair_fini(struct end pair[2])
{
    end_fini(&pair[0]);
    end_fini(&pair[1]);
}

/* Give all that `from` has to send to `to`, `step` bytes at a time; stops at the first error. */
static int pump(struct end *from, struct end *to, size_t step)
{
    for (;;) {
        struct ghm_bytes out = ghm_bytes_upto(ghm_noise_pull(from->noise), step);
        if (out.len == 0) return GHM_OK;
        int error = ghm_noise_push(to->noise, out);
        ghm_noise_pulled(from->noise, out.len);
        if (error != GHM_OK) return error;
    }
}

static bool took_ready(struct end *end)
{
    enum ghm_noise_event event;
    if (!ghm_noise_next(end->noise, &event)) return false;
    assert_int_equal(event, GHM_NOISE_READY);
    assert_false(ghm_noise_next(end->noise, &event));
    return true;
}

static void shake_hands(struct end pair[2], size_t step)
{
    assert_int_equal(pump(&pair[0], &pair[1], step), GHM_OK);
    assert_int_equal(pump(&pair[1], &pair[0], step), GHM_OK);
    assert_true(took_ready(&pair[0]));
    assert_false(took_ready(&pair[1]));
    assert_int_equal(pump(&pair[0], &pair[1], step), GHM_OK);
    assert_true(took_ready(&pair[1]));
}

static void expect_peers(struct end pair[2])
{
    for (size_t i = 0; i < 2; i++) {
        uint8_t proto[GHM_KEY_ED25519_PROTO_LEN];
        ghm_key_encode(proto, &pair[1 - i].identity);
        assert_true(ghm_peerid_equal(ghm_noise_peer(pair[i].noise), &pair[1 - i].id));
        assert_true(
            ghm_bytes_equal(ghm_noise_peer_key(pair[i].noise), ghm_bytes(proto, sizeof proto)));
        assert_string_equal(ghm_noise_reason(pair[i].noise), "");
    }
}

static void expect_plain(struct end *end, const char *text)
{
    assert_true(ghm_bytes_equal(ghm_noise_plain(end->noise), ghm_bytes_text(text)));
    ghm_noise_plain_drop(end->noise, strlen(text));
}

static void greet(struct end pair[2], size_t step)
{
    for (size_t i = 0; i < 2; i++) {
        assert_int_equal(ghm_noise_write(pair[i].noise, ghm_bytes_text(greeting[i])), GHM_OK);
        assert_int_equal(pump(&pair[i], &pair[1 - i], step), GHM_OK);
        expect_plain(&pair[1 - i], greeting[i]);
    }
}

/* Source: test/vector/noise.py, which shares no code with us. */
static void noise_matches_another_implementation(void **state)
{
    (void)state;
    struct end pair[2];
    pair_init(pair);
    end_start(&pair[0]);
    end_start(&pair[1]);
    for (size_t n = 0; n < 5; n++) {
        struct hex want = hex_of(noise_libp2p[n]);
        struct end *from = &pair[n % 2];
        /* Messages 0 to 2 by turns; then the initiator's record, which is n 3, and the responder's.
         */
        if (n == 3) from = &pair[0];
        if (n == 4) from = &pair[1];
        if (n >= 3) {
            assert_int_equal(ghm_noise_write(from->noise, ghm_bytes_text(greeting[n - 3])), GHM_OK);
        }
        assert_true(ghm_bytes_equal(ghm_noise_pull(from->noise), hex_bytes(&want)));
        assert_int_equal(pump(from, from == &pair[0] ? &pair[1] : &pair[0], SIZE_MAX), GHM_OK);
    }
    expect_plain(&pair[1], greeting[0]);
    expect_plain(&pair[0], greeting[1]);
    expect_peers(pair);
    assert_ptr_equal(ghm_noise_muxer(pair[0].noise), muxers[0]);
    assert_ptr_equal(ghm_noise_muxer(pair[1].noise), muxers[0]);
    pair_fini(pair);
}

static void noise_agrees_under_every_step(void **state)
{
    (void)state;
    for (size_t step = 1; step <= 260; step++) {
        struct end pair[2];
        pair_init(pair);
        end_start(&pair[0]);
        end_start(&pair[1]);
        shake_hands(pair, step);
        greet(pair, step);
        expect_peers(pair);
        pair_fini(pair);
    }
}

/* All that one side sends in the golden session, in one piece. */
static struct hex flight_of(bool is_initiator)
{
    struct hex flight = {.len = 0};
    for (size_t n = 0; n < 5; n++) {
        bool is_ours = n == 3 || (n < 3 && n % 2 == 0);
        if (is_ours != is_initiator) continue;
        struct hex part = hex_of(noise_libp2p[n]);
        memcpy(flight.bytes + flight.len, part.bytes, part.len);
        flight.len += part.len;
    }
    return flight;
}

/* Every split of a whole flight in two: the same answer bytes, the same event, the same plaintext.
 */
static void noise_agrees_under_every_split(void **state)
{
    (void)state;
    for (size_t i = 0; i < 2; i++) {
        struct hex flight = flight_of(i == 1);
        struct hex answer = flight_of(i == 0);
        answer.len -= 2 + strlen(greeting[i]) + 16; /* the greeting, which nobody writes here */
        for (size_t at = 0; at <= flight.len; at++) {
            struct end end;
            end_init(&end, i == 0);
            end_start(&end);
            struct ghm_bytes in = hex_bytes(&flight);
            assert_int_equal(ghm_noise_push(end.noise, ghm_bytes_upto(in, at)), GHM_OK);
            assert_int_equal(ghm_noise_push(end.noise, ghm_bytes_from(in, at)), GHM_OK);
            assert_true(took_ready(&end));
            assert_true(ghm_bytes_equal(ghm_noise_pull(end.noise), hex_bytes(&answer)));
            expect_plain(&end, greeting[1 - i]);
            end_fini(&end);
        }
    }
}

static void fill(uint8_t *bytes, size_t len)
{
    for (size_t i = 0; i < len; i++)
        bytes[i] = (uint8_t)(i * 31 + (i >> 8));
}

/* Plaintext around the size of a record, in whole and in odd pieces. */
static void noise_carries_large_plaintext(void **state)
{
    (void)state;
    static uint8_t sent[3 * GHM_NOISE_PLAIN_MAX];
    static const size_t lens[] = {0,
                                  1,
                                  GHM_NOISE_PLAIN_MAX - 1,
                                  GHM_NOISE_PLAIN_MAX,
                                  GHM_NOISE_PLAIN_MAX + 1,
                                  3 * GHM_NOISE_PLAIN_MAX};
    static const size_t steps[] = {1, 7919, SIZE_MAX};
    fill(sent, sizeof sent);
    for (size_t s = 0; s < sizeof steps / sizeof steps[0]; s++) {
        struct end pair[2];
        pair_init(pair);
        end_start(&pair[0]);
        end_start(&pair[1]);
        shake_hands(pair, SIZE_MAX);
        for (size_t i = 0; i < sizeof lens / sizeof lens[0]; i++) {
            size_t records = (lens[i] + GHM_NOISE_PLAIN_MAX - 1) / GHM_NOISE_PLAIN_MAX;
            assert_int_equal(ghm_noise_write(pair[0].noise, ghm_bytes(sent, lens[i])), GHM_OK);
            assert_int_equal(ghm_noise_pull(pair[0].noise).len, lens[i] + records * 18);
            assert_int_equal(pump(&pair[0], &pair[1], steps[s]), GHM_OK);
            struct ghm_bytes got = ghm_noise_plain(pair[1].noise);
            assert_true(ghm_bytes_equal(got, ghm_bytes(sent, lens[i])));
            ghm_noise_plain_drop(pair[1].noise, got.len);
        }
        pair_fini(pair);
    }
}

static void noise_bounds_what_it_holds(void **state)
{
    (void)state;
    static uint8_t bytes[GHM_NOISE_SEALED_HELD_MAX + 1];
    struct end pair[2];
    pair_init(pair);
    end_start(&pair[0]);
    end_start(&pair[1]);
    shake_hands(pair, SIZE_MAX);
    /* To send: 17 records of 60 KiB fit into 1 MiB, the 18th does not and leaves no trace. */
    size_t len = 60 * 1024;
    for (size_t i = 0; i < 17; i++)
        assert_int_equal(ghm_noise_write(pair[0].noise, ghm_bytes(bytes, len)), GHM_OK);
    size_t held = ghm_noise_pull(pair[0].noise).len;
    assert_int_equal(ghm_noise_write(pair[0].noise, ghm_bytes(bytes, len)), GHM_ELIMIT);
    assert_int_equal(ghm_noise_write(pair[0].noise, ghm_bytes(bytes, sizeof bytes)), GHM_ELIMIT);
    /* With its records' heads and tags this length comes to 2^64 + 18, which a size_t takes for 18.
     */
    size_t wraps = SIZE_MAX / 65537 * GHM_NOISE_PLAIN_MAX + 1;
    assert_int_equal(ghm_noise_write(pair[0].noise, ghm_bytes(bytes, wraps)), GHM_ELIMIT);
    assert_int_equal(ghm_noise_pull(pair[0].noise).len, held);
    /* Received: four of them fit into 256 KiB; the fifth, undrained, ends the session. */
    size_t record = len + 18;
    struct ghm_bytes out = ghm_noise_pull(pair[0].noise);
    assert_int_equal(ghm_noise_push(pair[1].noise, ghm_bytes_upto(out, 4 * record)), GHM_OK);
    assert_int_equal(ghm_noise_plain(pair[1].noise).len, 4 * len);
    ghm_noise_plain_drop(pair[1].noise, 4 * len);
    out = ghm_bytes_from(out, 4 * record);
    assert_int_equal(ghm_noise_push(pair[1].noise, ghm_bytes_upto(out, 4 * record)), GHM_OK);
    out = ghm_bytes_from(out, 4 * record);
    assert_int_equal(ghm_noise_push(pair[1].noise, ghm_bytes_upto(out, record)), GHM_ELIMIT);
    assert_int_equal(ghm_noise_plain(pair[1].noise).len, 4 * len);
    assert_int_equal(ghm_noise_push(pair[1].noise, out), GHM_ELIMIT);
    assert_true(pair[1].mem.peak_bytes < GHM_NOISE_PLAIN_HELD_MAX + 2 * 65537 + 8192);
    pair_fini(pair);
}

/* Whatever went through it, in whatever pieces, an idle session holds no large buffer. */
static void noise_is_small_when_idle(void **state)
{
    (void)state;
    static uint8_t sent[4 * 60000];
    static const size_t steps[] = {7, 65536, SIZE_MAX};
    for (size_t i = 0; i < sizeof steps / sizeof steps[0]; i++) {
        struct end pair[2];
        pair_init(pair);
        end_start(&pair[0]);
        end_start(&pair[1]);
        shake_hands(pair, steps[i]);
        size_t before[2] = {pair[0].mem.used_bytes, pair[1].mem.used_bytes};
        for (size_t way = 0; way < 2; way++) {
            assert_int_equal(ghm_noise_write(pair[way].noise, ghm_bytes(sent, sizeof sent)),
                             GHM_OK);
            assert_int_equal(pump(&pair[way], &pair[1 - way], steps[i]), GHM_OK);
            assert_true(pair[1 - way].mem.used_bytes > sizeof sent);
            ghm_noise_plain_drop(pair[1 - way].noise, sizeof sent - 1);
            assert_int_equal(ghm_noise_plain(pair[1 - way].noise).len, 1);
            ghm_noise_plain_drop(pair[1 - way].noise, 1);
        }
        for (size_t who = 0; who < 2; who++)
            assert_true(pair[who].mem.used_bytes <= before[who] + 3 * GHM_NOISE_KEPT_MAX);
        greet(pair, steps[i]);
        pair_fini(pair);
    }
}

/* A session that has died stays dead and sends nothing more. */
static void expect_dead(struct end *end, int error, const char *reason)
{
    assert_string_equal(ghm_noise_reason(end->noise), reason);
    assert_int_equal(ghm_noise_push(end->noise, ghm_bytes("x", 1)), error);
    assert_int_equal(ghm_noise_push(end->noise, GHM_BYTES_NONE), error);
    assert_int_equal(ghm_noise_write(end->noise, ghm_bytes("x", 1)), GHM_ECLOSED);
    assert_string_equal(ghm_noise_reason(end->noise), reason);
    assert_false(took_ready(end));
}

static void noise_expects_its_peer(void **state)
{
    (void)state;
    for (size_t who = 0; who < 2; who++) {
        for (size_t right = 0; right < 2; right++) {
            struct end pair[2];
            pair_init(pair);
            pair[who].config.expected = pair[right == 1 ? 1 - who : who].id;
            end_start(&pair[0]);
            end_start(&pair[1]);
            if (right == 1) {
                shake_hands(pair, SIZE_MAX);
                pair_fini(pair);
                continue;
            }
            assert_int_equal(pump(&pair[0], &pair[1], SIZE_MAX), GHM_OK);
            int error = pump(&pair[1], &pair[0], SIZE_MAX);
            if (who == 1) {
                assert_int_equal(error, GHM_OK);
                error = pump(&pair[0], &pair[1], SIZE_MAX);
            }
            assert_int_equal(error, GHM_EAUTH);
            expect_dead(&pair[who], GHM_EAUTH, "not the expected peer");
            assert_int_equal(ghm_noise_pull(pair[who].noise).len, 0);
            assert_int_equal(ghm_noise_peer(pair[who].noise)->len, 0);
            pair_fini(pair);
        }
    }
}

static void noise_agrees_on_no_muxer(void **state)
{
    (void)state;
    static const char *const others[] = {"/other/1", NULL};
    static const char *const none[] = {NULL};
    static const char *const *const lists[] = {NULL, none, others};
    for (size_t who = 0; who < 2; who++) {
        for (size_t i = 0; i < 3; i++) {
            struct end pair[2];
            pair_init(pair);
            pair[who].config.muxers = lists[i];
            end_start(&pair[0]);
            end_start(&pair[1]);
            shake_hands(pair, SIZE_MAX);
            assert_null(ghm_noise_muxer(pair[0].noise));
            assert_null(ghm_noise_muxer(pair[1].noise));
            pair_fini(pair);
        }
    }
}

static void noise_agrees_on_the_initiators_muxer(void **state)
{
    (void)state;
    static const char *const turned[] = {"/x/1", "/mplex/6.7.0", "/yamux/1.0.0", NULL};
    for (size_t who = 0; who < 2; who++) {
        struct end pair[2];
        pair_init(pair);
        pair[who].config.muxers = turned;
        end_start(&pair[0]);
        end_start(&pair[1]);
        shake_hands(pair, SIZE_MAX);
        const char *want = who == 0 ? "/mplex/6.7.0" : "/yamux/1.0.0";
        assert_string_equal(ghm_noise_muxer(pair[0].noise), want);
        assert_string_equal(ghm_noise_muxer(pair[1].noise), want);
        pair_fini(pair);
    }
}

/* A peer that speaks Noise rightly and says in its payload whatever the test wants. */
struct rogue {
    struct ghm_mem mem;
    struct ghm_buf payload;
    struct ghm_buf out;
    struct ghm_buf got;
    struct ghm_key identity;
    struct ghm_xx xx;
};

static void rogue_init(struct rogue *rogue, bool is_initiator)
{
    static const uint8_t seed[32] = {0x55};
    struct ghm_xx_keys keys_of_xx = {{1, 2, 3}, {4, 5, 6}};
    ghm_mem_init(&rogue->mem, NULL, MEM_MAX);
    ghm_buf_init(&rogue->payload, &rogue->mem, 65536);
    ghm_buf_init(&rogue->out, &rogue->mem, 65536 + 128);
    ghm_buf_init(&rogue->got, &rogue->mem, 65536);
    ghm_key_from_seed(&rogue->identity, seed);
    ghm_xx_init(&rogue->xx, is_initiator, &keys_of_xx, GHM_BYTES_NONE);
}

static void rogue_fini(struct rogue *rogue)
{
    ghm_buf_fini(&rogue->payload);
    ghm_buf_fini(&rogue->out);
    ghm_buf_fini(&rogue->got);
    ghm_xx_wipe(&rogue->xx);
    ghm_mem_fini(&rogue->mem);
}

/* Read what `end` sent, write the next message with rogue->payload, and give it to `end`. */
static int rogue_answer(struct rogue *rogue, struct end *end)
{
    struct ghm_bytes in = ghm_noise_pull(end->noise);
    uint8_t length[2];
    assert_int_equal(ghm_xx_read(&rogue->xx, &rogue->got, ghm_bytes_from(in, 2)), GHM_OK);
    ghm_noise_pulled(end->noise, in.len);
    ghm_buf_clear(&rogue->out);
    assert_int_equal(ghm_xx_write(&rogue->xx, &rogue->out, ghm_buf_bytes(&rogue->payload)), GHM_OK);
    ghm_store_be16(length, (uint16_t)ghm_buf_len(&rogue->out));
    int error = ghm_noise_push(end->noise, ghm_bytes(length, sizeof length));
    if (error != GHM_OK) return error;
    return ghm_noise_push(end->noise, ghm_buf_bytes(&rogue->out));
}

/* Writes rogue->payload; may sign what it likes. */
typedef void rogue_payload(struct rogue *rogue);

/* Run the payload against an initiator and against a responder; both must answer alike. */
static void expect_refused(rogue_payload *write, int error, const char *reason)
{
    for (size_t i = 0; i < 2; i++) {
        struct end end;
        struct rogue rogue;
        end_init(&end, i == 0);
        end_start(&end);
        rogue_init(&rogue, i == 1);
        if (i == 1) {
            assert_int_equal(ghm_xx_write(&rogue.xx, &rogue.out, GHM_BYTES_NONE), GHM_OK);
            assert_int_equal(ghm_noise_push(end.noise, ghm_bytes("\0\x20", 2)), GHM_OK);
            assert_int_equal(ghm_noise_push(end.noise, ghm_buf_bytes(&rogue.out)), GHM_OK);
        }
        write(&rogue);
        assert_int_equal(rogue_answer(&rogue, &end), error);
        if (error == GHM_OK) {
            assert_true(took_ready(&end));
            assert_string_equal(ghm_noise_reason(end.noise), reason);
            assert_null(ghm_noise_muxer(end.noise));
        } else {
            expect_dead(&end, error, reason);
            assert_int_equal(ghm_noise_pull(end.noise).len, 0);
        }
        rogue_fini(&rogue);
        end_fini(&end);
    }
}

static void append_field(struct rogue *rogue, uint32_t number, struct ghm_bytes bytes)
{
    assert_int_equal(ghm_proto_append_bytes(&rogue->payload, number, bytes), GHM_OK);
}

static void append_key(struct rogue *rogue)
{
    uint8_t key[GHM_KEY_ED25519_PROTO_LEN];
    ghm_key_encode(key, &rogue->identity);
    append_field(rogue, 1, ghm_bytes(key, sizeof key));
}

static void append_signature(struct rogue *rogue, const char *prefix, const uint8_t static_key[32])
{
    uint8_t text[128];
    uint8_t signature[64];
    size_t len = strlen(prefix);
    memcpy(text, prefix, len);
    memcpy(text + len, static_key, 32);
    ghm_key_sign(signature, &rogue->identity, ghm_bytes(text, len + 32));
    append_field(rogue, 2, ghm_bytes(signature, sizeof signature));
}

#define PREFIX "noise-libp2p-static-key:"

static void say_nothing(struct rogue *rogue)
{
    (void)rogue;
}

static void sign_nothing(struct rogue *rogue)
{
    append_key(rogue);
}

static void sign_with_zeros(struct rogue *rogue)
{
    static const uint8_t zeros[64] = {0};
    append_key(rogue);
    append_field(rogue, 2, ghm_bytes(zeros, sizeof zeros));
}

static void sign_another_static_key(struct rogue *rogue)
{
    static const uint8_t other[32] = {7};
    append_key(rogue);
    append_signature(rogue, PREFIX, other);
}

static void sign_for_another_use(struct rogue *rogue)
{
    append_key(rogue);
    append_signature(rogue, "", rogue->xx.own_static.shown);
}

/* Claim the identity 44.., whose secret the rogue does not have. */
static void claim_another_identity(struct rogue *rogue)
{
    uint8_t key[GHM_KEY_ED25519_PROTO_LEN];
    struct end other;
    end_init(&other, false);
    ghm_key_encode(key, &other.identity);
    append_field(rogue, 1, ghm_bytes(key, sizeof key));
    append_signature(rogue, PREFIX, rogue->xx.own_static.shown);
}

static void send_an_rsa_key(struct rogue *rogue)
{
    struct hex hex = hex_of(keys[0].hex);
    append_field(rogue, 1, hex_bytes(&hex));
    append_signature(rogue, PREFIX, rogue->xx.own_static.shown);
}

static void send_a_loose_key(struct rogue *rogue)
{
    uint8_t key[GHM_KEY_ED25519_PROTO_LEN + 2];
    ghm_key_encode(key, &rogue->identity);
    memcpy(key + GHM_KEY_ED25519_PROTO_LEN, "\x18\x01", 2);
    append_field(rogue, 1, ghm_bytes(key, sizeof key));
    append_signature(rogue, PREFIX, rogue->xx.own_static.shown);
}

static void be_right(struct rogue *rogue)
{
    append_key(rogue);
    append_signature(rogue, PREFIX, rogue->xx.own_static.shown);
}

static void send_no_protobuf(struct rogue *rogue)
{
    be_right(rogue);
    assert_int_equal(ghm_buf_append(&rogue->payload, ghm_bytes("\x0b", 1)), GHM_OK);
}

static void send_bad_extensions(struct rogue *rogue)
{
    be_right(rogue);
    append_field(rogue, 4, ghm_bytes("\x10\x01", 2));
}

static void append_muxers(struct rogue *rogue, size_t count)
{
    uint8_t list[4 * 128];
    assert_true(count <= 128);
    for (size_t i = 0; i < count; i++)
        memcpy(list + 4 * i, "\x12\x02/a", 4);
    append_field(rogue, 4, ghm_bytes(list, 4 * count));
}

static void send_101_muxers(struct rogue *rogue)
{
    be_right(rogue);
    append_muxers(rogue, GHM_NOISE_MUXERS_MAX + 1);
}

static void send_a_long_payload(struct rogue *rogue)
{
    static const uint8_t filler[GHM_NOISEPAYLOAD_LEN_MAX] = {0};
    be_right(rogue);
    append_field(rogue, 3, ghm_bytes(filler, GHM_NOISEPAYLOAD_LEN_MAX - 64));
}

static void send_the_longest_payload(struct rogue *rogue)
{
    static const uint8_t filler[GHM_NOISEPAYLOAD_LEN_MAX] = {0};
    be_right(rogue);
    size_t left = GHM_NOISEPAYLOAD_LEN_MAX - ghm_buf_len(&rogue->payload) - 3;
    append_field(rogue, 3, ghm_bytes(filler, left));
    assert_int_equal(ghm_buf_len(&rogue->payload), GHM_NOISEPAYLOAD_LEN_MAX);
}

static void noise_refuses_a_wrong_identity(void **state)
{
    (void)state;
    expect_refused(be_right, GHM_OK, "");
    expect_refused(say_nothing, GHM_EPROTO, "malformed identity payload");
    expect_refused(sign_nothing, GHM_EPROTO, "malformed identity payload");
    expect_refused(send_no_protobuf, GHM_EPROTO, "malformed identity payload");
    expect_refused(sign_with_zeros, GHM_EAUTH, "wrong signature of the static key");
    expect_refused(sign_another_static_key, GHM_EAUTH, "wrong signature of the static key");
    expect_refused(sign_for_another_use, GHM_EAUTH, "wrong signature of the static key");
    expect_refused(claim_another_identity, GHM_EAUTH, "wrong signature of the static key");
    expect_refused(send_an_rsa_key, GHM_EAUTH, "wrong signature of the static key");
    expect_refused(send_a_loose_key, GHM_EPROTO, "malformed identity key");
    expect_refused(send_bad_extensions, GHM_EPROTO, "malformed extensions");
}

static void noise_bounds_payload_and_list(void **state)
{
    (void)state;
    expect_refused(send_the_longest_payload, GHM_OK, "");
    expect_refused(send_101_muxers, GHM_OK, ""); /* counts as no list */
    expect_refused(send_a_long_payload, GHM_EPROTO, "oversized handshake message");
}

/* The signature is wrong and the claimed peer is the one expected: neither check stands for both.
 */
static void noise_checks_signature_of_the_expected(void **state)
{
    (void)state;
    struct end end;
    struct end claimed;
    struct rogue rogue;
    end_init(&end, true);
    end_init(&claimed, false);
    end.config.expected = claimed.id;
    end_start(&end);
    rogue_init(&rogue, false);
    claim_another_identity(&rogue);
    assert_int_equal(rogue_answer(&rogue, &end), GHM_EAUTH);
    expect_dead(&end, GHM_EAUTH, "wrong signature of the static key");
    rogue_fini(&rogue);
    end_fini(&end);
}

/* Low-order keys; all of them are in test_xx.c. */
static void noise_refuses_an_all_zero_secret(void **state)
{
    (void)state;
    static const uint8_t first[2 + 32] = {0, 32};
    static const uint8_t second[2 + 96] = {0, 96};
    struct end pair[2];
    pair_init(pair);
    end_start(&pair[0]);
    end_start(&pair[1]);
    assert_int_equal(ghm_noise_push(pair[1].noise, ghm_bytes(first, sizeof first)), GHM_EPROTO);
    expect_dead(&pair[1], GHM_EPROTO, "malformed handshake message");
    assert_int_equal(ghm_noise_pull(pair[1].noise).len, 0);
    assert_int_equal(ghm_noise_push(pair[0].noise, ghm_bytes(second, sizeof second)), GHM_EPROTO);
    expect_dead(&pair[0], GHM_EPROTO, "malformed handshake message");
    pair_fini(pair);
}

/* Lengths that are refused when their two bytes have come, whatever would follow. */
static void noise_refuses_by_length_alone(void **state)
{
    (void)state;
    struct end pair[2];
    static const uint8_t over[] = {(GHM_NOISE_HANDSHAKE_MAX + 1) >> 8,
                                   (GHM_NOISE_HANDSHAKE_MAX + 1) & 0xff};
    for (size_t i = 0; i < 2; i++) {
        pair_init(pair);
        end_start(&pair[i]);
        assert_int_equal(ghm_noise_push(pair[i].noise, ghm_bytes(over, 2)), GHM_EPROTO);
        expect_dead(&pair[i], GHM_EPROTO, "oversized handshake message");
        pair_fini(pair);
    }
    for (uint8_t len = 0; len < 16; len++) {
        uint8_t record[2 + 16] = {0, len};
        pair_init(pair);
        end_start(&pair[0]);
        end_start(&pair[1]);
        shake_hands(pair, SIZE_MAX);
        assert_int_equal(ghm_noise_push(pair[0].noise, ghm_bytes(record, 2)), GHM_EPROTO);
        expect_dead(&pair[0], GHM_EPROTO, "record shorter than its tag");
        assert_int_equal(ghm_noise_push(pair[1].noise, ghm_bytes(record, 2U + len)), GHM_EPROTO);
        pair_fini(pair);
    }
}

/* A hurt flight, given to an end that knows only its beginning. */
struct hurting {
    bool is_initiator;
    size_t checked_from; /* bytes before this may be changed unseen until the answer comes back */
};

static void expect_no_peer(struct ghm_bytes in, struct ghm_bytes whole, void *arg)
{
    const struct hurting *hurting = arg;
    struct end end;
    end_init(&end, hurting->is_initiator);
    end_start(&end);
    int error = ghm_noise_push(end.noise, in);
    assert_true(error == GHM_OK || error == GHM_EAUTH || error == GHM_EPROTO);
    /* No READY; or, past it, no plaintext. */
    bool is_ready = took_ready(&end);
    if (is_ready) assert_true(in.len > hurting->checked_from);
    if (is_ready && in.len > hurting->checked_from) {
        assert_memory_equal(in.ptr, whole.ptr, hurting->checked_from);
    }
    assert_int_equal(ghm_noise_plain(end.noise).len, 0);
    end_fini(&end);
}

static void noise_survives_every_hurt(void **state)
{
    (void)state;
    for (size_t i = 0; i < 2; i++) {
        struct hex flight = flight_of(i == 1);
        size_t record = 2 + strlen(greeting[1 - i]) + 16;
        struct hurting hurting = {i == 0, flight.len - record};
        hurt_by_flip(hex_bytes(&flight), expect_no_peer, &hurting);
        flight.len -= 1; /* so that the last record is never whole */
        struct ghm_bytes handshake = ghm_bytes(flight.bytes, hurting.checked_from);
        hurting.checked_from = SIZE_MAX;
        hurt_by_truncation(handshake, expect_no_peer, &hurting);
    }
}

/* Each bit of a record, and a record sent twice. */
static void noise_refuses_a_tampered_record(void **state)
{
    (void)state;
    struct hex flight = flight_of(true);
    size_t record = 2 + strlen(greeting[0]) + 16;
    size_t start = flight.len - record;
    for (size_t bit = 16; bit < 8 * record; bit++) {
        struct end end;
        end_init(&end, false);
        end_start(&end);
        assert_int_equal(ghm_noise_push(end.noise, ghm_bytes(flight.bytes, start)), GHM_OK);
        assert_true(took_ready(&end));
        flight.bytes[start + bit / 8] ^= (uint8_t)(1U << (bit % 8));
        assert_int_equal(ghm_noise_push(end.noise, ghm_bytes(flight.bytes + start, record)),
                         GHM_EAUTH);
        flight.bytes[start + bit / 8] ^= (uint8_t)(1U << (bit % 8));
        expect_dead(&end, GHM_EAUTH, "a message fails its authentication tag");
        assert_int_equal(ghm_noise_plain(end.noise).len, 0);
        end_fini(&end);
    }
    struct end end;
    end_init(&end, false);
    end_start(&end);
    assert_int_equal(ghm_noise_push(end.noise, hex_bytes(&flight)), GHM_OK);
    assert_int_equal(ghm_noise_push(end.noise, ghm_bytes(flight.bytes + start, record)), GHM_EAUTH);
    expect_plain(&end, greeting[0]); /* what came before was right */
    end_fini(&end);
}

static void noise_passes_over_empty_records(void **state)
{
    (void)state;
    struct end end;
    struct rogue rogue;
    end_init(&end, true);
    end_start(&end);
    rogue_init(&rogue, false);
    be_right(&rogue);
    assert_int_equal(rogue_answer(&rogue, &end), GHM_OK);
    struct ghm_bytes third = ghm_noise_pull(end.noise);
    assert_int_equal(ghm_xx_read(&rogue.xx, &rogue.got, ghm_bytes_from(third, 2)), GHM_OK);
    struct ghm_xx_split split;
    ghm_xx_split(&split, &rogue.xx);
    struct ghm_aead aead;
    uint8_t nonce[GHM_AEAD_NONCE_LEN] = {0};
    uint8_t record[2 + 16] = {0, 16};
    assert_int_equal(
        ghm_aead_init(&aead, GHM_AEAD_CHACHA20_POLY1305, GHM_AEAD_SEAL, split.send_key), GHM_OK);
    for (uint8_t n = 0; n < 3; n++) {
        nonce[4] = n;
        assert_int_equal(ghm_aead_seal(&aead, record + 2, nonce, GHM_BYTES_NONE, GHM_BYTES_NONE),
                         GHM_OK);
        assert_int_equal(ghm_noise_push(end.noise, ghm_bytes(record, sizeof record)), GHM_OK);
        assert_int_equal(ghm_noise_plain(end.noise).len, 0);
    }
    ghm_aead_fini(&aead);
    rogue_fini(&rogue);
    end_fini(&end);
}

/* The golden session with one end's n-th allocation refused. Returns whether one was. */
static bool run_with_refusal(size_t who, uint64_t n)
{
    struct end pair[2];
    bool failed = false;
    pair_init(pair);
    pair[who].mem.fail_after = n;
    for (size_t i = 0; i < 2; i++) {
        int error = ghm_noise_new(&pair[i].noise, &pair[i].mem, &pair[i].config, &pair[i].entropy);
        if (error == GHM_OK) continue;
        assert_int_equal(error, GHM_ENOMEM);
        assert_null(pair[i].noise);
        failed = true;
    }
    for (size_t turn = 0; !failed && turn < 5; turn++) {
        size_t from = turn == 3 ? 0 : turn == 4 ? 1 : turn % 2;
        if (turn >= 3) {
            int error = ghm_noise_write(pair[from].noise, ghm_bytes_text(greeting[turn - 3]));
            failed = error != GHM_OK;
            if (failed) assert_int_equal(error, GHM_ENOMEM);
        }
        /* Whole messages or nothing, whatever failed. */
        struct hex want = hex_of(noise_libp2p[turn]);
        struct ghm_bytes out = ghm_noise_pull(pair[from].noise);
        if (failed) assert_int_equal(out.len, 0);
        if (!failed) assert_true(ghm_bytes_equal(out, hex_bytes(&want)));
        int error = pump(&pair[from], &pair[1 - from], 1);
        assert_int_equal(took_ready(&pair[1 - from]), error == GHM_OK && (turn == 1 || turn == 2));
        if (error == GHM_OK) continue;
        assert_int_equal(error, GHM_ENOMEM);
        expect_dead(&pair[who], GHM_ENOMEM, "out of memory");
        assert_int_equal(ghm_noise_pull(pair[who].noise).len, 0);
        assert_int_equal(ghm_noise_plain(pair[who].noise).len, 0);
        failed = true;
    }
    pair_fini(pair);
    return failed;
}

static void noise_survives_every_refused_allocation(void **state)
{
    (void)state;
    for (size_t who = 0; who < 2; who++) {
        uint64_t n = 1;
        while (run_with_refusal(who, n))
            n++;
        assert_true(n > 5);
    }
}

static void noise_free_accepts_null(void **state)
{
    (void)state;
    ghm_noise_free(NULL);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(noise_matches_another_implementation),
        cmocka_unit_test(noise_agrees_under_every_step),
        cmocka_unit_test(noise_agrees_under_every_split),
        cmocka_unit_test(noise_carries_large_plaintext),
        cmocka_unit_test(noise_bounds_what_it_holds),
        cmocka_unit_test(noise_is_small_when_idle),
        cmocka_unit_test(noise_expects_its_peer),
        cmocka_unit_test(noise_agrees_on_no_muxer),
        cmocka_unit_test(noise_agrees_on_the_initiators_muxer),
        cmocka_unit_test(noise_refuses_a_wrong_identity),
        cmocka_unit_test(noise_bounds_payload_and_list),
        cmocka_unit_test(noise_checks_signature_of_the_expected),
        cmocka_unit_test(noise_refuses_an_all_zero_secret),
        cmocka_unit_test(noise_refuses_by_length_alone),
        cmocka_unit_test(noise_survives_every_hurt),
        cmocka_unit_test(noise_refuses_a_tampered_record),
        cmocka_unit_test(noise_passes_over_empty_records),
        cmocka_unit_test(noise_survives_every_refused_allocation),
        cmocka_unit_test(noise_free_accepts_null),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
