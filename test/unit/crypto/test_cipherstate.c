/* SPDX-License-Identifier: MIT */
#include "crypto/cipherstate.h"

#include "hex.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

static const uint8_t key[GHM_AEAD_KEY_LEN] = {1, 2, 3};

static struct ghm_cipherstate made(enum ghm_aead_use use)
{
    struct ghm_cipherstate state;
    assert_int_equal(ghm_cipherstate_init(&state, use, key), GHM_OK);
    return state;
}

static void cipherstate_counts_its_messages(void **state)
{
    (void)state;
    struct ghm_cipherstate send = made(GHM_AEAD_SEAL);
    struct ghm_cipherstate receive = made(GHM_AEAD_OPEN);
    uint8_t sealed[3][1 + GHM_AEAD_TAG_LEN];
    uint8_t out[1];
    for (size_t i = 0; i < 3; i++)
        assert_int_equal(ghm_cipherstate_seal(&send, sealed[i], ghm_bytes("x", 1)), GHM_OK);
    assert_memory_not_equal(sealed[0], sealed[1], sizeof sealed[0]);
    assert_int_equal(send.nonce, 3);
    for (size_t i = 0; i < 3; i++) {
        assert_int_equal(
            ghm_cipherstate_open(&receive, out, ghm_bytes(sealed[i], sizeof sealed[i])), GHM_OK);
        assert_int_equal(out[0], 'x');
    }
    /* A replay has the wrong number. */
    assert_int_equal(ghm_cipherstate_open(&receive, out, ghm_bytes(sealed[2], sizeof sealed[2])),
                     GHM_EAUTH);
    ghm_cipherstate_fini(&send);
    ghm_cipherstate_fini(&receive);
}

/* spec 12.3: the counter is the last eight bytes of the nonce, in little-endian order. */
static void cipherstate_writes_the_counter_low_byte_first(void **state)
{
    (void)state;
    static const uint8_t nonce[GHM_AEAD_NONCE_LEN] = {0, 0, 0, 0, 8, 7, 6, 5, 4, 3, 2, 1};
    struct ghm_cipherstate send = made(GHM_AEAD_SEAL);
    struct ghm_aead plain;
    uint8_t got[1 + GHM_AEAD_TAG_LEN];
    uint8_t want[1 + GHM_AEAD_TAG_LEN];
    assert_int_equal(ghm_aead_init(&plain, GHM_AEAD_CHACHA20_POLY1305, GHM_AEAD_SEAL, key), GHM_OK);
    send.nonce = 0x0102030405060708;
    assert_int_equal(ghm_cipherstate_seal(&send, got, ghm_bytes("x", 1)), GHM_OK);
    assert_int_equal(ghm_aead_seal(&plain, want, nonce, GHM_BYTES_NONE, ghm_bytes("x", 1)), GHM_OK);
    assert_memory_equal(got, want, sizeof got);
    ghm_cipherstate_fini(&send);
    ghm_aead_fini(&plain);
}

/* spec 5.1: 2^64-1 is reserved, and no nonce comes twice. */
static void cipherstate_ends_with_its_nonces(void **state)
{
    (void)state;
    struct ghm_cipherstate send = made(GHM_AEAD_SEAL);
    struct ghm_cipherstate receive = made(GHM_AEAD_OPEN);
    uint8_t sealed[1 + GHM_AEAD_TAG_LEN];
    uint8_t out[1];
    send.nonce = receive.nonce = GHM_CIPHERSTATE_NONCE_END - 1;
    assert_int_equal(ghm_cipherstate_seal(&send, sealed, ghm_bytes("x", 1)), GHM_OK);
    assert_int_equal(ghm_cipherstate_open(&receive, out, ghm_bytes(sealed, sizeof sealed)), GHM_OK);
    for (int i = 0; i < 2; i++) {
        assert_int_equal(ghm_cipherstate_seal(&send, sealed, ghm_bytes("x", 1)), GHM_ECLOSED);
        assert_int_equal(ghm_cipherstate_open(&receive, out, ghm_bytes(sealed, sizeof sealed)),
                         GHM_ECLOSED);
    }
    ghm_cipherstate_fini(&send);
    ghm_cipherstate_fini(&receive);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(cipherstate_counts_its_messages),
        cmocka_unit_test(cipherstate_writes_the_counter_low_byte_first),
        cmocka_unit_test(cipherstate_ends_with_its_nonces),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
