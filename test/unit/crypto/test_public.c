/* SPDX-License-Identifier: MIT */
/* Public keys of every type; their encoding is tested with key.c's. */
#include "crypto/key.h"

#include "crypto/noisepayload.h"
#include "hex.h"
#include "keys.h"
#include "verify.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

static const struct {
    const char *key;
    const char *signature;
} golden[] = {
    {VERIFY_RSA_KEY, VERIFY_RSA},
    {VERIFY_ED25519_KEY, VERIFY_ED25519},
    {VERIFY_SECP256K1_KEY, VERIFY_SECP256K1},
    {VERIFY_ECDSA_KEY, VERIFY_ECDSA},
};

#define GOLDEN_COUNT (sizeof golden / sizeof golden[0])

static struct ghm_public_key decoded(const struct hex *hex)
{
    struct ghm_public_key key;
    assert_int_equal(ghm_public_key_decode(&key, hex_bytes(hex)), GHM_OK);
    return key;
}

static int verify(const char *key_hex, struct ghm_bytes message, struct ghm_bytes signature)
{
    struct hex hex = hex_of(key_hex);
    struct ghm_public_key key = decoded(&hex);
    return ghm_public_key_verify(&key, message, signature);
}

static void public_verifies_every_type(void **state)
{
    (void)state;
    for (size_t i = 0; i < GOLDEN_COUNT; i++) {
        struct hex signature = hex_of(golden[i].signature);
        for (size_t k = 0; k < GOLDEN_COUNT; k++) {
            int want = i == k ? GHM_OK : GHM_EAUTH;
            int got = verify(golden[k].key, ghm_bytes_text(VERIFY_MESSAGE), hex_bytes(&signature));
            assert_int_equal(got, want);
        }
    }
}

struct wrong {
    struct ghm_public_key key;
    struct ghm_bytes signature;
};

static void fail_to_verify(struct ghm_bytes in, struct ghm_bytes whole, void *arg)
{
    (void)whole;
    const struct wrong *wrong = arg;
    int error = ghm_public_key_verify(&wrong->key, ghm_bytes_text(VERIFY_MESSAGE), in);
    assert_int_equal(error, GHM_EAUTH);
}

static void fail_on_message(struct ghm_bytes in, struct ghm_bytes whole, void *arg)
{
    (void)whole;
    const struct wrong *wrong = arg;
    assert_int_equal(ghm_public_key_verify(&wrong->key, in, wrong->signature), GHM_EAUTH);
}

/* Another key, or none. */
static void fail_with_key(struct ghm_bytes in, struct ghm_bytes whole, void *arg)
{
    (void)whole;
    const struct wrong *wrong = arg;
    struct ghm_public_key key;
    if (ghm_public_key_decode(&key, in) != GHM_OK) return;
    int error = ghm_public_key_verify(&key, ghm_bytes_text(VERIFY_MESSAGE), wrong->signature);
    assert_int_equal(error, GHM_EAUTH);
}

static void public_verifies_no_hurt_signature(void **state)
{
    (void)state;
    for (size_t i = 0; i < GOLDEN_COUNT; i++) {
        struct hex key = hex_of(golden[i].key);
        struct hex signature = hex_of(golden[i].signature);
        struct wrong wrong = {decoded(&key), hex_bytes(&signature)};
        hurt_by_flip(hex_bytes(&signature), fail_to_verify, &wrong);
        hurt_by_truncation(hex_bytes(&signature), fail_to_verify, &wrong);
        hurt_by_flip(ghm_bytes_text(VERIFY_MESSAGE), fail_on_message, &wrong);
        hurt_by_truncation(ghm_bytes_text(VERIFY_MESSAGE), fail_on_message, &wrong);
        hurt_by_flip(hex_bytes(&key), fail_with_key, &wrong);
        signature.bytes[signature.len] = 0; /* a byte more */
        fail_to_verify(ghm_bytes(signature.bytes, signature.len + 1), GHM_BYTES_NONE, &wrong);
        fail_to_verify(GHM_BYTES_NONE, GHM_BYTES_NONE, &wrong);
    }
}

/* The keys of a Noise peer that is no relative of ours. */
static void public_verifies_noise_identities(void **state)
{
    (void)state;
    static const struct {
        const char *key;
        const char *signature;
    } peers[] = {{VERIFY_RSA_KEY, VERIFY_NOISE_RSA},
                 {VERIFY_SECP256K1_KEY, VERIFY_NOISE_SECP256K1},
                 {VERIFY_ECDSA_KEY, VERIFY_NOISE_ECDSA}};
    uint8_t static_key[32];
    memset(static_key, 0x42, sizeof static_key);
    for (size_t i = 0; i < sizeof peers / sizeof peers[0]; i++) {
        struct hex key = hex_of(peers[i].key);
        struct hex signature = hex_of(peers[i].signature);
        struct ghm_noisepayload payload = {hex_bytes(&key), hex_bytes(&signature), GHM_BYTES_NONE};
        static_key[31] = 0x42;
        assert_int_equal(ghm_noisepayload_verify(&payload, static_key), GHM_OK);
        static_key[31] = 0x43;
        assert_int_equal(ghm_noisepayload_verify(&payload, static_key), GHM_EAUTH);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(public_verifies_every_type),
        cmocka_unit_test(public_verifies_no_hurt_signature),
        cmocka_unit_test(public_verifies_noise_identities),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
