/* SPDX-License-Identifier: MIT */
#include "crypto/verify.h"

#include "crypto/key.h"
#include "hex.h"
#include "keys.h"
#include "verify.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>
#include <openssl/err.h>

static int verify(const char *key_hex, struct ghm_bytes signature)
{
    struct hex hex = hex_of(key_hex);
    struct ghm_public_key key;
    struct ghm_bytes message = ghm_bytes_text(VERIFY_MESSAGE);
    assert_int_equal(ghm_public_key_decode(&key, hex_bytes(&hex)), GHM_OK);
    int error = key.type == GHM_KEY_SECP256K1
                    ? ghm_verify_secp256k1(key.data.ptr, message, signature)
                    : ghm_verify_spki(key.data, message, signature);
    assert_int_equal(ERR_peek_error(), 0); /* nothing is left in the thread's queue */
    return error;
}

static int verify_hex(const char *key_hex, const char *signature_hex)
{
    struct hex signature = hex_of(signature_hex);
    return verify(key_hex, hex_bytes(&signature));
}

static void verify_takes_one_rsa_padding(void **state)
{
    (void)state;
    assert_int_equal(verify_hex(VERIFY_RSA_KEY, VERIFY_RSA), GHM_OK);
    static const char *const wrong[] = {
        VERIFY_RSA_PSS,    VERIFY_RSA_SHA512, VERIFY_RSA_GARBAGE, VERIFY_RSA_SHORT_PADDING,
        VERIFY_RSA_TYPE_2, "00" VERIFY_RSA,   VERIFY_RSA "00",
    };
    for (size_t i = 0; i < sizeof wrong / sizeof wrong[0]; i++)
        assert_int_equal(verify_hex(VERIFY_RSA_KEY, wrong[i]), GHM_EAUTH);
    uint8_t all[512];
    for (unsigned fill = 0; fill < 256; fill += 255) { /* 0, and above the modulus */
        memset(all, (int)fill, sizeof all);
        assert_int_equal(verify(VERIFY_RSA_KEY, ghm_bytes(all, sizeof all)), GHM_EAUTH);
    }
}

/* go, rust and js verify both: who sends the larger is no other peer. */
static void verify_accepts_high_s(void **state)
{
    (void)state;
    assert_int_equal(verify_hex(VERIFY_SECP256K1_KEY, VERIFY_SECP256K1), GHM_OK);
    assert_int_equal(verify_hex(VERIFY_SECP256K1_KEY, VERIFY_SECP256K1_HIGH_S), GHM_OK);
    assert_int_equal(verify_hex(VERIFY_ECDSA_KEY, VERIFY_ECDSA), GHM_OK);
    assert_int_equal(verify_hex(VERIFY_ECDSA_KEY, VERIFY_ECDSA_HIGH_S), GHM_OK);
}

static void verify_knows_the_larger_curves(void **state)
{
    (void)state;
    assert_int_equal(verify_hex(keys[4].hex, VERIFY_P384), GHM_OK);
    assert_int_equal(verify_hex(keys[5].hex, VERIFY_P521), GHM_OK);
    assert_int_equal(verify_hex(keys[4].hex, VERIFY_P521), GHM_EAUTH);
}

/* r and s of a signature of 70 bytes: 30 44 02 20 r 02 20 s. */
struct numbers {
    uint8_t r[32];
    uint8_t s[32];
};

static struct numbers numbers_of(const char *signature_hex)
{
    struct hex hex = hex_of(signature_hex);
    struct numbers numbers;
    assert_int_equal(hex.len, 70);
    memcpy(numbers.r, hex.bytes + 4, 32);
    memcpy(numbers.s, hex.bytes + 38, 32);
    return numbers;
}

/* A signature in pieces: `{sequence length} r s`, each piece written as given in hex. */
static int verify_pieces(const char *key_hex, const char *head, const char *r_head,
                         const struct numbers *n, const char *s_head, const char *tail)
{
    uint8_t out[128];
    size_t len = 0;
    const struct {
        struct hex hex;
        const uint8_t *number;
    } pieces[] = {
        {hex_of(head), NULL}, {hex_of(r_head), n->r}, {hex_of(s_head), n->s}, {hex_of(tail), NULL}};
    for (size_t i = 0; i < 4; i++) {
        memcpy(out + len, pieces[i].hex.bytes, pieces[i].hex.len);
        len += pieces[i].hex.len;
        if (pieces[i].number != NULL) memcpy(out + len, pieces[i].number, 32);
        if (pieces[i].number != NULL) len += 32;
    }
    return verify(key_hex, ghm_bytes(out, len));
}

static void verify_takes_strict_der(void **state)
{
    (void)state;
    static const struct {
        const char *head;
        const char *r_head;
        const char *s_head;
        const char *tail;
        int want;
    } cases[] = {
        {"3044", "0220", "0220", "", GHM_OK},
        {"308144", "0220", "0220", "", GHM_EAUTH},   /* the long form of a length */
        {"30820044", "0220", "0220", "", GHM_EAUTH}, /* and a longer one */
        {"3080", "0220", "0220", "0000", GHM_EAUTH}, /* the indefinite one */
        {"3045", "028120", "0220", "", GHM_EAUTH},
        {"3045", "02812000", "0220", "", GHM_EAUTH},
        {"3045", "022100", "0220", "", GHM_EAUTH}, /* leading zeros */
        {"3045", "0220", "022100", "", GHM_EAUTH},
        {"3046", "022100", "022100", "", GHM_EAUTH},
        {"3044", "0220", "0220", "00", GHM_EAUTH}, /* behind the sequence */
        {"3045", "0220", "0220", "00", GHM_EAUTH}, /* and inside it */
        {"3046", "0220", "0220", "0500", GHM_EAUTH},
        {"3043", "0220", "0220", "", GHM_EAUTH}, /* lengths that do not fit */
        {"3045", "0220", "0220", "", GHM_EAUTH},
        {"3044", "0221", "0220", "", GHM_EAUTH},
        {"3044", "0220", "0221", "", GHM_EAUTH},
        {"3044", "021f", "0220", "", GHM_EAUTH},
        {"30ff", "0220", "0220", "", GHM_EAUTH},
        {"3084ffffffff", "0220", "0220", "", GHM_EAUTH},
        {"3144", "0220", "0220", "", GHM_EAUTH}, /* other tags */
        {"3044", "0320", "0220", "", GHM_EAUTH},
        {"3044", "0220", "0420", "", GHM_EAUTH},
        {"", "0220", "0220", "", GHM_EAUTH},
        {"", "", "", "", GHM_EAUTH}, /* the two numbers alone, as in IEEE P1363 */
    };
    static const char *const both[][2] = {{VERIFY_SECP256K1_KEY, VERIFY_SECP256K1},
                                          {VERIFY_ECDSA_KEY, VERIFY_ECDSA}};
    for (size_t k = 0; k < 2; k++) {
        struct numbers n = numbers_of(both[k][1]);
        for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++) {
            int got = verify_pieces(both[k][0], cases[i].head, cases[i].r_head, &n, cases[i].s_head,
                                    cases[i].tail);
            assert_int_equal(got, cases[i].want);
        }
    }
}

/* Source of the orders: SEC 2 version 2, sections 2.4.1 and 2.4.2. */
#define ORDER_K1 "fffffffffffffffffffffffffffffffebaaedce6af48a03bbfd25e8cd0364141"
#define ORDER_P256 "ffffffff00000000ffffffffffffffffbce6faada7179e84f3b9cac2fc632551"

static void verify_takes_numbers_in_range(void **state)
{
    (void)state;
#define ZERO "020100"
#define ONE "020101"
#define MINUS "0201ff"
#define N_K1 "022100" ORDER_K1
#define N_P256 "022100" ORDER_P256
    static const char *const k1[] = {
        "3006" ZERO ZERO,
        "3006" ZERO ONE,
        "3006" ONE ZERO,
        "3006" ONE ONE,
        "3006" MINUS ONE,
        "3006" ONE MINUS,
        "3006" MINUS MINUS,
        "3026" N_K1 ONE,
        "3026" ONE N_K1,
        "3046" N_K1 N_K1,
        "3026" N_K1 ZERO,
        "3005" ONE "0200",
        "3004"
        "0200"
        "0200",
        "3003" ONE,
        "3000",
        "30",
        "0500",
        "3080"
        "0000",
        "3009" ONE ONE ONE,
        "3006"
        "090100" ONE,
    };
    static const char *const p256[] = {
        "3006" ZERO ZERO,  "3006" ZERO ONE,   "3006" ONE ZERO,      "3006" ONE ONE,
        "3026" N_P256 ONE, "3026" ONE N_P256, "3046" N_P256 N_P256, "3026" N_P256 ZERO,
    };
    for (size_t i = 0; i < sizeof k1 / sizeof k1[0]; i++)
        assert_int_equal(verify_hex(VERIFY_SECP256K1_KEY, k1[i]), GHM_EAUTH);
    for (size_t i = 0; i < sizeof p256 / sizeof p256[0]; i++)
        assert_int_equal(verify_hex(VERIFY_ECDSA_KEY, p256[i]), GHM_EAUTH);
}

/* Keys that have the right form and are no points, or no RSA keys. */
static void verify_refuses_keys_off_the_curve(void **state)
{
    (void)state;
    /* x = 5 has no y on secp256k1; 0 and the field's prime are no x at all. */
    static const char *const k1[] = {
        "08021221"
        "020000000000000000000000000000000000000000000000000000000000000005",
        "08021221"
        "020000000000000000000000000000000000000000000000000000000000000000",
        "08021221"
        "03fffffffffffffffffffffffffffffffffffffffffffffffffffffffefffffc2f",
    };
    for (size_t i = 0; i < sizeof k1 / sizeof k1[0]; i++)
        assert_int_equal(verify_hex(k1[i], VERIFY_SECP256K1), GHM_EAUTH);
    struct hex hex = hex_of(VERIFY_ECDSA_KEY);
    struct hex signature = hex_of(VERIFY_ECDSA);
    hex.bytes[hex.len - 1] ^= 1;
    struct ghm_public_key key;
    assert_int_equal(ghm_public_key_decode(&key, hex_bytes(&hex)), GHM_OK);
    assert_int_equal(
        ghm_verify_spki(key.data, ghm_bytes_text(VERIFY_MESSAGE), hex_bytes(&signature)),
        GHM_EAUTH);
    assert_int_equal(ERR_peek_error(), 0);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(verify_takes_one_rsa_padding),
        cmocka_unit_test(verify_accepts_high_s),
        cmocka_unit_test(verify_knows_the_larger_curves),
        cmocka_unit_test(verify_takes_strict_der),
        cmocka_unit_test(verify_takes_numbers_in_range),
        cmocka_unit_test(verify_refuses_keys_off_the_curve),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
