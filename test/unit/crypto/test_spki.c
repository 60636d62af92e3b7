/* SPDX-License-Identifier: MIT */
#include "crypto/spki.h"

#include "hex.h"
#include "keys.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

static struct ghm_bytes spki_of(const struct hex *hex)
{
    struct ghm_public_key key;
    assert_int_equal(ghm_public_key_decode(&key, hex_bytes(hex)), GHM_OK);
    return key.data;
}

static int check(enum ghm_key_type type, struct ghm_bytes der)
{
    return type == GHM_KEY_RSA ? ghm_spki_check_rsa(der) : ghm_spki_check_ec(der);
}

static bool is_spki(enum ghm_key_type type)
{
    return type == GHM_KEY_RSA || type == GHM_KEY_ECDSA;
}

static void spki_accepts_what_openssl_writes(void **state)
{
    (void)state;
    for (size_t i = 0; i < KEYS_COUNT; i++) {
        if (!is_spki(keys[i].type)) continue;
        struct hex hex = hex_of(keys[i].hex);
        struct ghm_bytes der = spki_of(&hex);
        assert_int_equal(check(keys[i].type, der), GHM_OK);
        enum ghm_key_type other = keys[i].type == GHM_KEY_RSA ? GHM_KEY_ECDSA : GHM_KEY_RSA;
        assert_int_equal(check(other, der), GHM_EPROTO);
    }
}

/* Changes of the 2048-bit RSA key of the vectors, at an offset into its DER. */
static void spki_refuses_wrong_rsa(void **state)
{
    (void)state;
    static const struct {
        size_t at;
        uint8_t byte;
    } cases[] = {
        {1, 0x80},   /* indefinite length */
        {1, 0x83},   /* length of three octets */
        {3, 0x21},   /* a sequence shorter than its content */
        {6, 0x0a},   /* another object identifier */
        {17, 0x31},  /* parameters that are not NULL */
        {23, 1},     /* unused bits */
        {32, 0x80},  /* a negative modulus */
        {33, 0x7f},  /* a leading zero that says nothing */
        {293, 0x00}, /* an even exponent */
        {291, 0x81}, /* a negative exponent */
        {291, 0x00}, /* one with a zero in front */
    };
    struct hex hex = hex_of(keys[0].hex);
    struct ghm_bytes der = spki_of(&hex);
    for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++) {
        uint8_t copy[512];
        memcpy(copy, der.ptr, der.len);
        assert_int_not_equal(copy[cases[i].at], cases[i].byte);
        copy[cases[i].at] = cases[i].byte;
        assert_int_equal(ghm_spki_check_rsa(ghm_bytes(copy, der.len)), GHM_EPROTO);
    }
}

/* DER says each length in one way. */
static void spki_refuses_longer_lengths(void **state)
{
    (void)state;
    static const uint8_t one[] = {0x30, 0x81, 0x59};       /* 59 would do */
    static const uint8_t two[] = {0x30, 0x82, 0x00, 0x9b}; /* 81 9b would do */
    uint8_t copy[512];
    struct hex hex = hex_of(keys[3].hex);
    struct ghm_bytes der = spki_of(&hex);
    memcpy(copy, one, sizeof one);
    memcpy(copy + sizeof one, der.ptr + 2, der.len - 2);
    assert_int_equal(ghm_spki_check_ec(ghm_bytes(copy, der.len + 1)), GHM_EPROTO);
    hex = hex_of(keys[5].hex);
    der = spki_of(&hex);
    memcpy(copy, two, sizeof two);
    memcpy(copy + sizeof two, der.ptr + 3, der.len - 3);
    assert_int_equal(ghm_spki_check_ec(ghm_bytes(copy, der.len + 1)), GHM_EPROTO);
}

static void spki_refuses_wrong_points(void **state)
{
    (void)state;
    for (size_t i = 0; i < KEYS_COUNT; i++) {
        if (keys[i].type != GHM_KEY_ECDSA) continue;
        struct hex hex = hex_of(keys[i].hex);
        struct ghm_bytes der = spki_of(&hex);
        size_t coordinate = i == 3 ? 32 : i == 4 ? 48 : 66;
        uint8_t copy[512];
        memcpy(copy, der.ptr, der.len);
        uint8_t *form = copy + der.len - 2 * coordinate - 1;
        assert_int_equal(*form, 0x04);
        *form = 0x02;
        assert_int_equal(ghm_spki_check_ec(ghm_bytes(copy, der.len)), GHM_EPROTO);
    }
}

static void refuse(struct ghm_bytes in, struct ghm_bytes whole, void *arg)
{
    (void)whole;
    assert_int_equal(check(*(const enum ghm_key_type *)arg, in), GHM_EPROTO);
}

/* The framing is fixed up to the numbers: from offset 32 of RSA, past the form byte of a point. */
static void refuse_in_the_frame(struct ghm_bytes in, struct ghm_bytes whole, void *arg)
{
    enum ghm_key_type type = *(const enum ghm_key_type *)arg;
    size_t at = 0;
    while (in.ptr[at] == whole.ptr[at])
        at++;
    size_t frame = type == GHM_KEY_RSA ? 32 : whole.len < 100 ? 27 : whole.len < 130 ? 24 : 26;
    if (at < frame)
        assert_int_equal(check(type, in), GHM_EPROTO);
    else
        (void)check(type, in);
}

static void spki_survives_every_hurt(void **state)
{
    (void)state;
    for (size_t i = 0; i < KEYS_COUNT; i++) {
        if (!is_spki(keys[i].type)) continue;
        struct hex hex = hex_of(keys[i].hex);
        struct ghm_bytes der = spki_of(&hex);
        enum ghm_key_type type = keys[i].type;
        hurt_by_truncation(der, refuse, &type);
        hurt_by_flip(der, refuse_in_the_frame, &type);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(spki_accepts_what_openssl_writes),
        cmocka_unit_test(spki_refuses_wrong_rsa),
        cmocka_unit_test(spki_refuses_longer_lengths),
        cmocka_unit_test(spki_refuses_wrong_points),
        cmocka_unit_test(spki_survives_every_hurt),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
