/* SPDX-License-Identifier: MIT */
#include "crypto/key.h"

#include "hex.h"
#include "keys.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

/* Source: RFC 8032 section 7.1, tests 1 to 3. */
static const struct {
    const char *seed;
    const char *shown;
    const char *message;
    const char *signature;
} signing[] = {
    {"9d61b19deffd5a60ba844af492ec2cc44449c5697b326919703bac031cae7f60",
     "d75a980182b10ab7d54bfed3c964073a0ee172f3daa62325af021a68f707511a", "",
     "e5564300c360ac729086e2cc806e828a84877f1eb8e5d974d873e065224901555fb8821590a33bacc61e39701cf9b"
     "46b"
     "d25bf5f0595bbe24655141438e7a100b"},
    {"4ccd089b28ff96da9db6c346ec114e0f5b8a319f35aba624da8cf6ed4fb8a6fb",
     "3d4017c3e843895a92b70aa74d1b7ebc9c982ccf2ec4968cc0cd55f12af4660c", "72",
     "92a009a9f0d4cab8720e820b5f642540a2b27b5416503f8fb3762223ebdb69da085ac1e43e15996e458f3613d0f11"
     "d8c"
     "387b2eaeb4302aeeb00d291612bb0c00"},
    {"c5aa8df43f9f837bedb7442f31dcb7b166d38535076f094b85ce3a2e0b4458f7",
     "fc51cd8e6218a1a38da47ed00230f0580816ed13ba3303ac5deb911548908025", "af82",
     "6291d657deec24024827e69c3abe01a30ce548a284743a445e3680d7db5ac3ac18ff9b538d16f290ae67f760984dc"
     "659"
     "4a7c15e9716ed28dc027beceea1ec40a"},
};

static void key_signs_as_the_rfc(void **state)
{
    (void)state;
    for (size_t i = 0; i < sizeof signing / sizeof signing[0]; i++) {
        struct hex seed = hex_of(signing[i].seed);
        struct hex shown = hex_of(signing[i].shown);
        struct hex message = hex_of(signing[i].message);
        struct hex want = hex_of(signing[i].signature);
        struct ghm_key key;
        uint8_t signature[64];
        ghm_key_from_seed(&key, seed.bytes);
        assert_memory_equal(key.public_key, shown.bytes, 32);
        ghm_key_sign(signature, &key, hex_bytes(&message));
        assert_memory_equal(signature, want.bytes, 64);
    }
}

static void key_is_wiped(void **state)
{
    (void)state;
    static const uint8_t seed[32] = {1};
    struct ghm_key key;
    struct ghm_key zero;
    memset(&zero, 0, sizeof zero);
    ghm_key_from_seed(&key, seed);
    ghm_key_wipe(&key);
    assert_memory_equal(&key, &zero, sizeof key);
}

static void key_encodes_as_the_specification(void **state)
{
    (void)state;
    struct hex seed = hex_of(signing[0].seed);
    struct hex want = hex_of(keys[1].hex);
    struct ghm_key key;
    uint8_t proto[GHM_KEY_ED25519_PROTO_LEN];
    ghm_key_from_seed(&key, seed.bytes);
    ghm_key_encode(proto, &key);
    assert_int_equal(want.len, sizeof proto);
    assert_memory_equal(proto, want.bytes, sizeof proto);
}

static void key_decodes_every_type(void **state)
{
    (void)state;
    for (size_t i = 0; i < KEYS_COUNT; i++) {
        struct hex hex = hex_of(keys[i].hex);
        struct ghm_public_key key;
        assert_int_equal(ghm_public_key_decode(&key, hex_bytes(&hex)), GHM_OK);
        assert_int_equal(key.type, keys[i].type);
        assert_ptr_equal(key.proto.ptr, hex.bytes);
        assert_int_equal(key.proto.len, hex.len);
        assert_ptr_equal(key.data.ptr + key.data.len, hex.bytes + hex.len);
    }
}

#define ED "d75a980182b10ab7d54bfed3c964073a0ee172f3daa62325af021a68f707511a"

static void key_has_one_encoding(void **state)
{
    (void)state;
    static const char *const wrong[] = {
        "",
        "0801",
        "1220" ED,               /* no type */
        "1220" ED "0801",        /* the other order */
        "08011220" ED "00",      /* bytes left over */
        "08011220" ED "1801",    /* an unknown field after */
        "180108011220" ED,       /* and before */
        "080108011220" ED,       /* the type twice */
        "08011220" ED "1220" ED, /* the data twice */
        "0881001220" ED,         /* type in a longer varint */
        "080112a000" ED,         /* length in a longer varint */
        "0801121fd75a980182b10ab7d54bfed3c964073a0ee172f3daa62325af021a68f70751", /* 31 bytes */
        "08011221" ED "00",                                                       /* 33 bytes */
        "08041220" ED,         /* a type that does not exist */
        "0881808080101220" ED, /* 2^32 + 1, which an int would take for 1 */
        "08ffffffffffffffffff011220" ED,
        "08021220" ED, /* secp256k1 of 32 bytes */
        "08021221"
        "04" ED,             /* and one that is not compressed */
        "08001220" ED,       /* RSA without SubjectPublicKeyInfo */
        "08031220" ED,       /* ECDSA without it */
        "0d010000001220" ED, /* type as fixed32 */
    };
    for (size_t i = 0; i < sizeof wrong / sizeof wrong[0]; i++) {
        struct hex hex = hex_of(wrong[i]);
        struct ghm_public_key key = {.type = GHM_KEY_ECDSA};
        assert_int_equal(ghm_public_key_decode(&key, hex_bytes(&hex)), GHM_EPROTO);
        assert_int_equal(key.type, GHM_KEY_ECDSA);
    }
}

/* An RSA key in protobuf form whose modulus has `bits` bits, all of them ones. */
static size_t rsa_of_bits(uint8_t out[4096], size_t bits)
{
    static const uint8_t algorithm[] = {0x30, 0x0d, 0x06, 0x09, 0x2a, 0x86, 0x48, 0x86,
                                        0xf7, 0x0d, 0x01, 0x01, 0x01, 0x05, 0x00};
    static const uint8_t exponent[] = {0x02, 0x03, 0x01, 0x00, 0x01};
    size_t octets = (bits + 7) / 8;
    size_t pad = bits % 8 == 0 ? 1 : 0;
    size_t n = octets + pad;
    size_t sequence = 4 + n + sizeof exponent;
    size_t string = 1 + 4 + sequence;
    size_t body = sizeof algorithm + 4 + string;
    size_t at = 0;
    uint8_t head[] = {0x08, 0x00, 0x12, (uint8_t)((body + 4) | 0x80), (uint8_t)((body + 4) >> 7)};
    memcpy(out, head, sizeof head);
    at += sizeof head;
    const struct {
        uint8_t tag;
        size_t len;
    } lengths[] = {{0x30, body}, {0x03, string}, {0x30, sequence}, {0x02, n}};
    for (size_t i = 0; i < 4; i++) {
        out[at++] = lengths[i].tag;
        out[at++] = 0x82;
        out[at++] = (uint8_t)(lengths[i].len >> 8);
        out[at++] = (uint8_t)lengths[i].len;
        if (i == 0) {
            memcpy(out + at, algorithm, sizeof algorithm);
            at += sizeof algorithm;
        }
        if (i == 1) out[at++] = 0;
    }
    memset(out + at, 0xff, n);
    out[at] = (uint8_t)(pad == 1 ? 0 : 0xff >> (8 - bits % 8));
    at += n;
    memcpy(out + at, exponent, sizeof exponent);
    return at + sizeof exponent;
}

/* GHSA-876p-8259-xjgg: nothing is computed with a key of 16384 bits. */
static void key_bounds_rsa_before_verifying(void **state)
{
    (void)state;
    static const struct {
        size_t bits;
        int want;
    } cases[] = {
        {2041, GHM_EPROTO}, {2047, GHM_EPROTO}, {2048, GHM_OK},      {3072, GHM_OK},
        {4096, GHM_OK},     {8191, GHM_OK},     {8192, GHM_OK},      {8193, GHM_EPROTO},
        {9000, GHM_EPROTO}, {9600, GHM_EPROTO}, {16384, GHM_EPROTO},
    };
    for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++) {
        uint8_t proto[4096];
        struct ghm_public_key key;
        size_t len = rsa_of_bits(proto, cases[i].bits);
        assert_int_equal(ghm_public_key_decode(&key, ghm_bytes(proto, len)), cases[i].want);
    }
}

static void refuse(struct ghm_bytes in, struct ghm_bytes whole, void *arg)
{
    (void)whole;
    (void)arg;
    struct ghm_public_key key;
    assert_int_equal(ghm_public_key_decode(&key, in), GHM_EPROTO);
}

/* Another key may come of a flip in the key's own numbers, never in what frames them. */
static void refuse_or_keep_the_frame(struct ghm_bytes in, struct ghm_bytes whole, void *arg)
{
    (void)arg;
    struct ghm_public_key key;
    if (ghm_public_key_decode(&key, in) != GHM_OK) return;
    assert_memory_equal(in.ptr, whole.ptr, (size_t)(key.data.ptr - in.ptr));
    assert_int_equal(key.proto.len, whole.len);
}

static void key_survives_every_hurt(void **state)
{
    (void)state;
    for (size_t i = 0; i < KEYS_COUNT; i++) {
        struct hex hex = hex_of(keys[i].hex);
        hurt_by_truncation(hex_bytes(&hex), refuse, NULL);
        hurt_by_flip(hex_bytes(&hex), refuse_or_keep_the_frame, NULL);
    }
}

static struct ghm_public_key decoded(const struct hex *hex)
{
    struct ghm_public_key key;
    assert_int_equal(ghm_public_key_decode(&key, hex_bytes(hex)), GHM_OK);
    return key;
}

static void fail_to_verify(struct ghm_bytes in, struct ghm_bytes whole, void *arg)
{
    (void)whole;
    assert_int_equal(ghm_public_key_verify(arg, ghm_bytes_text("message"), in), GHM_EAUTH);
}

static void fail_on_message(struct ghm_bytes in, struct ghm_bytes whole, void *arg)
{
    (void)whole;
    const struct ghm_bytes *signature = arg;
    struct hex hex = hex_of(keys[1].hex);
    struct ghm_public_key key = decoded(&hex);
    assert_int_equal(ghm_public_key_verify(&key, in, *signature), GHM_EAUTH);
}

static void key_verifies_only_its_own(void **state)
{
    (void)state;
    struct hex seed = hex_of(signing[0].seed);
    struct hex hex = hex_of(keys[1].hex);
    struct ghm_key secret;
    struct ghm_public_key key = decoded(&hex);
    uint8_t signature[65] = {0};
    struct ghm_bytes message = ghm_bytes_text("message");
    ghm_key_from_seed(&secret, seed.bytes);
    ghm_key_sign(signature, &secret, message);
    struct ghm_bytes right = ghm_bytes(signature, 64);
    assert_int_equal(ghm_public_key_verify(&key, message, right), GHM_OK);
    assert_int_equal(ghm_public_key_verify(&key, message, ghm_bytes(signature, 65)), GHM_EAUTH);
    assert_int_equal(ghm_public_key_verify(&key, message, GHM_BYTES_NONE), GHM_EAUTH);
    hurt_by_flip(right, fail_to_verify, &key);
    hurt_by_truncation(right, fail_to_verify, &key);
    hurt_by_flip(message, fail_on_message, &right);
}

/* The small-order key 01 00.. verifies a signature of zeros over any message where it is let in. */
static void key_refuses_small_order(void **state)
{
    (void)state;
    struct hex hex = hex_of("08011220"
                            "0100000000000000000000000000000000000000000000000000000000000000");
    struct ghm_public_key key = decoded(&hex);
    uint8_t signature[64] = {1};
    assert_int_equal(ghm_public_key_verify(&key, ghm_bytes_text("any"), ghm_bytes(signature, 64)),
                     GHM_EAUTH);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(key_signs_as_the_rfc),
        cmocka_unit_test(key_is_wiped),
        cmocka_unit_test(key_encodes_as_the_specification),
        cmocka_unit_test(key_decodes_every_type),
        cmocka_unit_test(key_has_one_encoding),
        cmocka_unit_test(key_bounds_rsa_before_verifying),
        cmocka_unit_test(key_survives_every_hurt),
        cmocka_unit_test(key_verifies_only_its_own),
        cmocka_unit_test(key_refuses_small_order),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
