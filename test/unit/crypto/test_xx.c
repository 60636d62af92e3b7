/* SPDX-License-Identifier: MIT */
#include "crypto/xx.h"

#include "crypto/aead.h"
#include "hex.h"
#include "noise.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

static void count_up(uint8_t ret_bytes[32], uint8_t first)
{
    for (uint8_t i = 0; i < 32; i++)
        ret_bytes[i] = (uint8_t)(first + i);
}

struct sides {
    struct ghm_mem mem;
    struct ghm_buf sent;
    struct ghm_buf payload;
    struct ghm_xx side[2]; /* initiator, responder */
};

static void sides_init(struct sides *sides, const char *prologue)
{
    struct ghm_xx_keys keys;
    ghm_mem_init(&sides->mem, NULL, 1 << 20);
    ghm_buf_init(&sides->sent, &sides->mem, GHM_XX_MESSAGE_MAX);
    ghm_buf_init(&sides->payload, &sides->mem, GHM_XX_MESSAGE_MAX);
    for (size_t i = 0; i < 2; i++) {
        count_up(keys.static_secret, i == 0 ? 0x10 : 0x30);
        count_up(keys.ephemeral_secret, i == 0 ? 0x50 : 0x70);
        ghm_xx_init(&sides->side[i], i == 0, &keys, ghm_bytes_text(prologue));
    }
}

static void sides_fini(struct sides *sides)
{
    ghm_xx_wipe(&sides->side[0]);
    ghm_xx_wipe(&sides->side[1]);
    ghm_buf_fini(&sides->sent);
    ghm_buf_fini(&sides->payload);
    ghm_mem_fini(&sides->mem);
}

/* Write message `n` into sides->sent. */
static void write_message(struct sides *sides, size_t n, const char *payload)
{
    ghm_buf_clear(&sides->sent);
    assert_int_equal(ghm_xx_write(&sides->side[n % 2], &sides->sent, ghm_bytes_text(payload)),
                     GHM_OK);
}

static void read_message(struct sides *sides, size_t n)
{
    ghm_buf_clear(&sides->payload);
    assert_int_equal(
        ghm_xx_read(&sides->side[(n + 1) % 2], &sides->payload, ghm_buf_bytes(&sides->sent)),
        GHM_OK);
}

static void expect_record(const uint8_t key[32], const char *plain, const char *want_hex)
{
    static const uint8_t nonce[GHM_AEAD_NONCE_LEN] = {0};
    struct hex want = hex_of(want_hex);
    struct ghm_aead aead;
    uint8_t out[128];
    assert_int_equal(ghm_aead_init(&aead, GHM_AEAD_CHACHA20_POLY1305, GHM_AEAD_SEAL, key), GHM_OK);
    assert_int_equal(ghm_aead_seal(&aead, out, nonce, GHM_BYTES_NONE, ghm_bytes_text(plain)),
                     GHM_OK);
    assert_memory_equal(out, want.bytes, want.len);
    ghm_aead_fini(&aead);
}

static void run_golden(const char *const *golden, const char *const *payloads, const char *prologue)
{
    struct sides sides;
    struct ghm_xx_split split[2];
    sides_init(&sides, prologue);
    for (size_t n = 0; n < GHM_XX_MESSAGES; n++) {
        struct hex want = hex_of(golden[n]);
        assert_true(ghm_xx_is_our_turn(&sides.side[n % 2]));
        assert_false(ghm_xx_is_our_turn(&sides.side[(n + 1) % 2]));
        write_message(&sides, n, payloads[n]);
        assert_true(ghm_bytes_equal(ghm_buf_bytes(&sides.sent), hex_bytes(&want)));
        read_message(&sides, n);
        assert_true(ghm_bytes_equal(ghm_buf_bytes(&sides.payload), ghm_bytes_text(payloads[n])));
    }
    for (size_t i = 0; i < 2; i++) {
        assert_true(ghm_xx_is_done(&sides.side[i]));
        assert_memory_equal(sides.side[i].peer_static, sides.side[1 - i].own_static.shown, 32);
        ghm_xx_split(&split[i], &sides.side[i]);
    }
    assert_memory_equal(split[0].send_key, split[1].receive_key, 32);
    assert_memory_equal(split[1].send_key, split[0].receive_key, 32);
    expect_record(split[0].send_key, "from the initiator", golden[3]);
    expect_record(split[1].send_key, "from the responder", golden[4]);
    sides_fini(&sides);
}

/* Source: test/vector/noise.py, itself checked against the published vectors of flynn/noise. */
static void xx_matches_another_implementation(void **state)
{
    (void)state;
    static const char *const empty[] = {"", "", ""};
    static const char *const payloads[] = {"one", "second", "thirdly"};
    static const char *const second[] = {"", "xxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxx", ""};
    run_golden(noise_empty, empty, "");
    run_golden(noise_payloads, payloads, "");
    run_golden(noise_prologue, second, "ghmesh");
}

static void xx_refuses_another_prologue(void **state)
{
    (void)state;
    struct sides sides;
    struct sides other;
    sides_init(&sides, "a");
    sides_init(&other, "b");
    write_message(&sides, 0, "");
    assert_int_equal(ghm_xx_read(&other.side[1], &other.payload, ghm_buf_bytes(&sides.sent)),
                     GHM_OK);
    write_message(&other, 1, "");
    assert_int_equal(ghm_xx_read(&sides.side[0], &sides.payload, ghm_buf_bytes(&other.sent)),
                     GHM_EAUTH);
    sides_fini(&sides);
    sides_fini(&other);
}

struct hurting {
    const struct sides *sides;
    size_t message;
};

/* Read a hurt message with a copy of the reader. */
static int read_copy(const struct hurting *hurting, struct ghm_bytes in, size_t *ret_len)
{
    struct ghm_xx xx = hurting->sides->side[(hurting->message + 1) % 2];
    struct ghm_mem mem;
    struct ghm_buf payload;
    ghm_mem_init(&mem, NULL, 1 << 20);
    ghm_buf_init(&payload, &mem, GHM_XX_MESSAGE_MAX);
    int error = ghm_xx_read(&xx, &payload, in);
    *ret_len = ghm_buf_len(&payload);
    ghm_buf_fini(&payload);
    ghm_mem_fini(&mem);
    ghm_xx_wipe(&xx);
    return error;
}

static void refuse_or_be_first(struct ghm_bytes in, struct ghm_bytes whole, void *arg)
{
    (void)whole;
    const struct hurting *hurting = arg;
    size_t len;
    int error = read_copy(hurting, in, &len);
    if (hurting->message == 0) {
        /* Message 0 has no tag: all that can be wrong is its length. */
        assert_int_equal(error, in.len < 32 ? GHM_EPROTO : GHM_OK);
        return;
    }
    assert_true(error == GHM_EAUTH || error == GHM_EPROTO);
    assert_int_equal(len, 0);
}

static void xx_survives_every_hurt(void **state)
{
    (void)state;
    struct sides sides;
    sides_init(&sides, "");
    for (size_t n = 0; n < GHM_XX_MESSAGES; n++) {
        struct hurting hurting = {&sides, n};
        write_message(&sides, n, "payload");
        hurt_by_truncation(ghm_buf_bytes(&sides.sent), refuse_or_be_first, &hurting);
        hurt_by_flip(ghm_buf_bytes(&sides.sent), refuse_or_be_first, &hurting);
        read_message(&sides, n);
    }
    sides_fini(&sides);
}

/* Source: the points of small order of curve25519, cr.yp.to/ecdh.html, "Validating public keys". */
static const char *const small_order[] = {
    "0000000000000000000000000000000000000000000000000000000000000000",
    "0100000000000000000000000000000000000000000000000000000000000000",
    "e0eb7a7c3b41b8ae1656e3faf19fc46ada098deb9c32b1fd866205165f49b800",
    "5f9c95bca3508c24b1d0b1559c83ef5b04445cc4581c8e86d8224eddd09f1157",
    "ecffffffffffffffffffffffffffffffffffffffffffffffffffffffffffff7f",
    "edffffffffffffffffffffffffffffffffffffffffffffffffffffffffffff7f",
    "eeffffffffffffffffffffffffffffffffffffffffffffffffffffffffffff7f",
};

static void xx_refuses_an_all_zero_secret(void **state)
{
    (void)state;
    for (size_t i = 0; i < sizeof small_order / sizeof small_order[0]; i++) {
        struct hex point = hex_of(small_order[i]);
        struct sides sides;
        /* From the initiator: seen when the responder answers, and nothing is sent. */
        sides_init(&sides, "");
        assert_int_equal(ghm_xx_read(&sides.side[1], &sides.payload, hex_bytes(&point)), GHM_OK);
        assert_int_equal(ghm_xx_write(&sides.side[1], &sides.sent, GHM_BYTES_NONE), GHM_EPROTO);
        assert_int_equal(ghm_buf_len(&sides.sent), 0);
        sides_fini(&sides);
        /* From the responder: seen at once. */
        uint8_t second[96] = {0};
        sides_init(&sides, "");
        write_message(&sides, 0, "");
        memcpy(second, point.bytes, point.len);
        assert_int_equal(
            ghm_xx_read(&sides.side[0], &sides.payload, ghm_bytes(second, sizeof second)),
            GHM_EPROTO);
        sides_fini(&sides);
    }
}

static void xx_write_is_whole_or_nothing(void **state)
{
    (void)state;
    struct sides sides;
    sides_init(&sides, "");
    sides.mem.fail_after = 1;
    assert_int_equal(ghm_xx_write(&sides.side[0], &sides.sent, GHM_BYTES_NONE), GHM_ENOMEM);
    assert_int_equal(ghm_buf_len(&sides.sent), 0);
    sides.sent.len_max = 31;
    assert_int_equal(ghm_xx_write(&sides.side[0], &sides.sent, GHM_BYTES_NONE), GHM_ELIMIT);
    sides.sent.len_max = GHM_XX_MESSAGE_MAX;
    assert_int_equal(ghm_xx_write(&sides.side[0], &sides.sent, GHM_BYTES_NONE), GHM_OK);
    sides_fini(&sides);
}

static void xx_bounds_a_message(void **state)
{
    (void)state;
    static uint8_t long_message[GHM_XX_MESSAGE_MAX + 1];
    struct sides sides;
    sides_init(&sides, "");
    assert_int_equal(
        ghm_xx_read(&sides.side[1], &sides.payload, ghm_bytes(long_message, sizeof long_message)),
        GHM_EPROTO);
    sides_fini(&sides);
}

static void xx_is_wiped(void **state)
{
    (void)state;
    struct sides sides;
    struct ghm_xx zero;
    memset(&zero, 0, sizeof zero);
    sides_init(&sides, "");
    ghm_xx_wipe(&sides.side[0]);
    assert_memory_equal(&sides.side[0], &zero, sizeof zero);
    sides_fini(&sides);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(xx_matches_another_implementation),
        cmocka_unit_test(xx_refuses_another_prologue),
        cmocka_unit_test(xx_survives_every_hurt),
        cmocka_unit_test(xx_refuses_an_all_zero_secret),
        cmocka_unit_test(xx_write_is_whole_or_nothing),
        cmocka_unit_test(xx_bounds_a_message),
        cmocka_unit_test(xx_is_wiped),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
