/* SPDX-License-Identifier: MIT */
#include "answer/identity.h"
#include <sodium.h>

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#define TEXT(text) ghm_bytes((text), sizeof(text) - 1)

static const uint8_t key[GHM_IDENTITY_KEY_LEN] = {0,  1,  2,  3,  4,  5,  6,  7,  8,  9,  10,
                                                  11, 12, 13, 14, 15, 16, 17, 18, 19, 20, 21,
                                                  22, 23, 24, 25, 26, 27, 28, 29, 30, 31};

static struct ghm_identity of(struct ghm_bytes authorization)
{
    struct ghm_identity identity;
    ghm_identity_of(&identity, key, ghm_identity_token(authorization));
    return identity;
}

/* Source: Python hashlib.blake2b(token, digest_size=32, key=bytes(range(32))), first 16 bytes. */
static void is_the_known_fingerprint(void **state)
{
    (void)state;
    char hex[33];
    struct ghm_identity identity = of(TEXT("ghp_exampletoken"));
    sodium_bin2hex(hex, sizeof hex, identity.fp, sizeof identity.fp);
    assert_string_equal(hex, "eefd0e1823ba19ecc7b55c9cb882b39c");
}

static void both_schemes_are_one_identity(void **state)
{
    (void)state;
    struct ghm_identity bare = of(TEXT("ghp_exampletoken"));
    struct ghm_identity token = of(TEXT("token ghp_exampletoken"));
    struct ghm_identity bearer = of(TEXT("Bearer  ghp_exampletoken "));
    struct ghm_identity upper = of(TEXT("TOKEN ghp_exampletoken"));
    struct ghm_identity basic = of(TEXT("Basic Z2hwX2V4YW1wbGV0b2tlbg=="));
    assert_true(ghm_identity_equal(&bare, &token));
    assert_true(ghm_identity_equal(&bare, &bearer));
    assert_true(ghm_identity_equal(&bare, &upper));
    assert_false(ghm_identity_equal(&bare, &basic));
}

static void another_token_or_key_is_another_identity(void **state)
{
    (void)state;
    uint8_t other_key[GHM_IDENTITY_KEY_LEN] = {9};
    struct ghm_identity a = of(TEXT("a"));
    struct ghm_identity b = of(TEXT("b"));
    struct ghm_identity c;
    ghm_identity_of(&c, other_key, TEXT("a"));
    assert_false(ghm_identity_equal(&a, &b));
    assert_false(ghm_identity_equal(&a, &c));
}

static void no_token_is_anonymous(void **state)
{
    (void)state;
    struct ghm_identity identity = of(GHM_BYTES_NONE);
    assert_true(ghm_identity_is_anonymous(&identity));
    identity = of(TEXT(""));
    assert_true(ghm_identity_is_anonymous(&identity));
    identity = of(TEXT("x"));
    assert_false(ghm_identity_is_anonymous(&identity));
}

/* Source: base64(sha256("ghp_exampletoken")) by Python. */
static void people_see_the_audit_log_hash(void **state)
{
    (void)state;
    char text[GHM_IDENTITY_TEXT_MAX];
    ghm_identity_text(text, TEXT("ghp_exampletoken"));
    assert_string_equal(text, "Br/Kbc2K");
    ghm_identity_text(text, GHM_BYTES_NONE);
    assert_string_equal(text, "-");
}

static void slot_gives_the_id_back(void **state)
{
    (void)state;
    uint8_t id[GHM_VARIANT_ID_LEN], slot[GHM_VARIANT_ID_LEN], back[GHM_VARIANT_ID_LEN];
    struct ghm_identity one = of(TEXT("one")), two = of(TEXT("two"));
    struct ghm_identity nobody = of(GHM_BYTES_NONE);
    memset(id, 0x5a, sizeof id);
    ghm_identity_slot(slot, id, &one);
    ghm_identity_slot(back, slot, &one);
    assert_memory_equal(back, id, sizeof id);
    ghm_identity_slot(back, id, &two);
    assert_memory_not_equal(back, slot, sizeof slot);
    ghm_identity_slot(slot, id, &nobody);
    assert_memory_equal(slot, id, sizeof id);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(is_the_known_fingerprint),
        cmocka_unit_test(both_schemes_are_one_identity),
        cmocka_unit_test(another_token_or_key_is_another_identity),
        cmocka_unit_test(no_token_is_anonymous),
        cmocka_unit_test(people_see_the_audit_log_hash),
        cmocka_unit_test(slot_gives_the_id_back),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
