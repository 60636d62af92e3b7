/* SPDX-License-Identifier: MIT */
#include "crypto/aead.h"

#include "hex.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include <openssl/crypto.h>

static const struct {
    enum ghm_aead_cipher cipher;
    const char *key;
    const char *nonce;
    const char *aad;
    const char *plain;
    const char *sealed;
} golden[] = {
    /* RFC 8439 section 2.8.2 */
    {GHM_AEAD_CHACHA20_POLY1305, "808182838485868788898a8b8c8d8e8f909192939495969798999a9b9c9d9e9f",
     "070000004041424344454647", "50515253c0c1c2c3c4c5c6c7",
     "4c616469657320616e642047656e746c656d656e206f662074686520636c617373206f66202739393a20496620492"
     "063"
     "6f756c64206f6666657220796f75206f6e6c79206f6e652074697020666f7220746865206675747572652c2073756"
     "e73"
     "637265656e20776f756c642062652069742e",
     "d31a8d34648e60db7b86afbc53ef7ec2a4aded51296e08fea9e2b5a736ee62d63dbea45e8ca9671282fafb69da927"
     "28b"
     "1a71de0a9e060b2905d6a5b67ecd3b3692ddbd7f2d778b8c9803aee328091b58fab324e4fad675945585808b4831d"
     "7bc"
     "3ff4def08e4b7a9de576d26586cec64b61161ae10b594f09e26a7e902ecbd0600691"},
    /* McGrew and Viega, The Galois/Counter Mode of Operation, test cases 13, 14 and 16 */
    {GHM_AEAD_AES256_GCM, "0000000000000000000000000000000000000000000000000000000000000000",
     "000000000000000000000000", "", "", "530f8afbc74536b9a963b4f1c4cb738b"},
    {GHM_AEAD_AES256_GCM, "0000000000000000000000000000000000000000000000000000000000000000",
     "000000000000000000000000", "", "00000000000000000000000000000000",
     "cea7403d4d606b6e074ec5d3baf39d18d0d1c8a799996bf0265b98b5d48ab919"},
    {GHM_AEAD_AES256_GCM, "feffe9928665731c6d6a8f9467308308feffe9928665731c6d6a8f9467308308",
     "cafebabefacedbaddecaf888", "feedfacedeadbeeffeedfacedeadbeefabaddad2",
     "d9313225f88406e5a55909c5aff5269a86a7a9531534f7da2e4c303d8a318a721c3c0c95956809532fcf0e2449a6b"
     "525"
     "b16aedf5aa0de657ba637b39",
     "522dc1f099567d07f47f37a32a84427d643a8cdcbfe5c0c97598a2bd2555d1aa8cb08e48590dbb3da7b08b1056828"
     "838"
     "c5f61e6393ba7a0abcc9f66276fc6ece0f4e1768cddf8853bb2d551b"},
};

#define GOLDEN_COUNT (sizeof golden / sizeof golden[0])

static struct ghm_aead made(size_t i, enum ghm_aead_use use)
{
    struct hex key = hex_of(golden[i].key);
    struct ghm_aead aead;
    assert_int_equal(ghm_aead_init(&aead, golden[i].cipher, use, key.bytes), GHM_OK);
    return aead;
}

static void aead_matches_its_sources(void **state)
{
    (void)state;
    for (size_t i = 0; i < GOLDEN_COUNT; i++) {
        struct hex nonce = hex_of(golden[i].nonce);
        struct hex aad = hex_of(golden[i].aad);
        struct hex plain = hex_of(golden[i].plain);
        struct hex sealed = hex_of(golden[i].sealed);
        struct ghm_aead seal = made(i, GHM_AEAD_SEAL);
        struct ghm_aead open = made(i, GHM_AEAD_OPEN);
        uint8_t out[256];
        /* Twice: the context is used again. */
        for (int n = 0; n < 2; n++) {
            assert_int_equal(
                ghm_aead_seal(&seal, out, nonce.bytes, hex_bytes(&aad), hex_bytes(&plain)), GHM_OK);
            assert_memory_equal(out, sealed.bytes, sealed.len);
            assert_int_equal(
                ghm_aead_open(&open, out, nonce.bytes, hex_bytes(&aad), hex_bytes(&sealed)),
                GHM_OK);
            assert_memory_equal(out, plain.bytes, plain.len);
        }
        ghm_aead_fini(&seal);
        ghm_aead_fini(&open);
    }
}

static void aead_works_in_place(void **state)
{
    (void)state;
    static const uint8_t nonce[GHM_AEAD_NONCE_LEN] = {1};
    for (size_t i = 0; i < 2; i++) {
        struct ghm_aead seal = made(i, GHM_AEAD_SEAL);
        struct ghm_aead open = made(i, GHM_AEAD_OPEN);
        uint8_t bytes[100 + GHM_AEAD_TAG_LEN];
        memset(bytes, 7, 100);
        assert_int_equal(ghm_aead_seal(&seal, bytes, nonce, GHM_BYTES_NONE, ghm_bytes(bytes, 100)),
                         GHM_OK);
        assert_int_not_equal(bytes[0], 7);
        assert_int_equal(
            ghm_aead_open(&open, bytes, nonce, GHM_BYTES_NONE, ghm_bytes(bytes, sizeof bytes)),
            GHM_OK);
        for (size_t at = 0; at < 100; at++)
            assert_int_equal(bytes[at], 7);
        ghm_aead_fini(&seal);
        ghm_aead_fini(&open);
    }
}

struct opening {
    struct ghm_aead aead;
    struct hex nonce;
    struct hex aad;
};

/* A wrong message gives GHM_EAUTH and nothing of the plaintext; then the right one still opens. */
static void refuse(struct ghm_bytes in, struct ghm_bytes whole, void *arg)
{
    struct opening *opening = arg;
    uint8_t out[256];
    uint8_t zero[256] = {0};
    memset(out, 0xee, sizeof out);
    assert_int_equal(
        ghm_aead_open(&opening->aead, out, opening->nonce.bytes, hex_bytes(&opening->aad), in),
        GHM_EAUTH);
    if (in.len > GHM_AEAD_TAG_LEN) assert_memory_equal(out, zero, in.len - GHM_AEAD_TAG_LEN);
    assert_int_equal(
        ghm_aead_open(&opening->aead, out, opening->nonce.bytes, hex_bytes(&opening->aad), whole),
        GHM_OK);
}

static void refuse_with_aad(struct ghm_bytes in, struct ghm_bytes whole, void *arg)
{
    (void)whole;
    struct opening *opening = arg;
    struct hex sealed = hex_of(golden[3].sealed);
    uint8_t out[256];
    assert_int_equal(
        ghm_aead_open(&opening->aead, out, opening->nonce.bytes, in, hex_bytes(&sealed)),
        GHM_EAUTH);
}

static void aead_survives_every_hurt(void **state)
{
    (void)state;
    for (size_t i = 0; i < GOLDEN_COUNT; i++) {
        struct hex sealed = hex_of(golden[i].sealed);
        struct opening opening = {made(i, GHM_AEAD_OPEN), hex_of(golden[i].nonce),
                                  hex_of(golden[i].aad)};
        hurt_by_truncation(hex_bytes(&sealed), refuse, &opening);
        hurt_by_flip(hex_bytes(&sealed), refuse, &opening);
        if (i == 3) hurt_by_flip(hex_bytes(&opening.aad), refuse_with_aad, &opening);
        if (i == 3) hurt_by_truncation(hex_bytes(&opening.aad), refuse_with_aad, &opening);
        ghm_aead_fini(&opening.aead);
    }
}

static void aead_fini_accepts_zero(void **state)
{
    (void)state;
    struct ghm_aead aead = {0};
    ghm_aead_fini(&aead);
    ghm_aead_fini(&aead);
}

/* libcrypto's memory, refused from the n-th block on. */
static size_t blocks_left = SIZE_MAX;

static bool is_refused(void)
{
    if (blocks_left == SIZE_MAX) return false;
    if (blocks_left == 0) return true;
    blocks_left--;
    return false;
}

static void *take(size_t size, const char *file, int line)
{
    (void)file;
    (void)line;
    return is_refused() ? NULL : malloc(size);
}

static void *retake(void *block, size_t size, const char *file, int line)
{
    (void)file;
    (void)line;
    return is_refused() ? NULL : realloc(block, size);
}

static void give(void *block, const char *file, int line)
{
    (void)file;
    (void)line;
    free(block);
}

static void aead_init_fails_whole(void **state)
{
    (void)state;
    static const uint8_t key[GHM_AEAD_KEY_LEN] = {1};
    for (int cipher = GHM_AEAD_AES256_GCM; cipher <= GHM_AEAD_CHACHA20_POLY1305; cipher++) {
        size_t failed = 0;
        int error = GHM_ENOMEM;
        for (size_t allowed = 0; error != GHM_OK; allowed++) {
            struct ghm_aead aead = {0};
            blocks_left = allowed;
            error = ghm_aead_init(&aead, (enum ghm_aead_cipher)cipher, GHM_AEAD_SEAL, key);
            blocks_left = SIZE_MAX;
            assert_true(error == GHM_OK || error == GHM_ENOMEM);
            assert_int_equal(aead.ctx != NULL, error == GHM_OK);
            ghm_aead_fini(&aead);
            failed += error != GHM_OK;
        }
        assert_true(failed >= 1);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(aead_matches_its_sources), cmocka_unit_test(aead_works_in_place),
        cmocka_unit_test(aead_survives_every_hurt), cmocka_unit_test(aead_fini_accepts_zero),
        cmocka_unit_test(aead_init_fails_whole),
    };
    if (CRYPTO_set_mem_functions(take, retake, give) != 1) return 1;
    return cmocka_run_group_tests(tests, NULL, NULL);
}
