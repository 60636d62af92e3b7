/* SPDX-License-Identifier: MIT */
#include "crypto/argon.h"

#include "hex.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

/* Source: the password, salt and cost of this project; the key by OpenSSL's Argon2id through
 * Python's `cryptography` (2 iterations, 65536 KiB, one lane). */
static void argon_matches_another_implementation(void **state)
{
    (void)state;
    uint8_t key[GHM_ARGON_KEY_LEN];
    struct hex want = hex_of("204781e3dd976a23a6b9b4c1ac2b78bae1c041ec4acf958b40045ff7154c2036");
    assert_int_equal(
        ghm_argon_derive(key, ghm_bytes_text("correct horse"), (const uint8_t *)"ghmesh-test-salt"),
        GHM_OK);
    assert_memory_equal(key, want.bytes, want.len);
}

static void argon_takes_an_empty_password(void **state)
{
    (void)state;
    uint8_t key[GHM_ARGON_KEY_LEN] = {0};
    uint8_t zero[GHM_ARGON_KEY_LEN] = {0};
    assert_int_equal(ghm_argon_derive(key, GHM_BYTES_NONE, (const uint8_t *)"ghmesh-test-salt"),
                     GHM_OK);
    assert_memory_not_equal(key, zero, sizeof key);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(argon_matches_another_implementation),
        cmocka_unit_test(argon_takes_an_empty_password),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
