/* SPDX-License-Identifier: MIT */
#include "hex.h"
#include "members.h"

#include <stdio.h>

static void assert_hex(const uint8_t *bytes, const char *text)
{
    struct hex want = hex_of(text);
    assert_memory_equal(bytes, want.bytes, want.len);
}

static bool is_empty(const struct ghm_keyring *keyring)
{
    static const struct ghm_keyring empty;
    return memcmp(keyring, &empty, sizeof empty) == 0;
}

static void assert_refused(const char *secrets, int error)
{
    struct ghm_keyring keyring;
    memset(&keyring, 0x5a, sizeof keyring);
    assert_int_equal(ghm_keyring_init(&keyring, secrets), error);
    assert_true(is_empty(&keyring));
}

/* Source: HKDF-Expand-SHA256 of OpenSSL, through Python's `cryptography`. */
static void keys_match_another_implementation(void **state)
{
    (void)state;
    struct ghm_keyring ring = ring_of(SECRET_A);
    assert_int_equal(ring.count, 1);
    assert_hex(ring.keys[0].network_id, "f5743143f1849e6600c05a111a188cb2");
    assert_hex(ring.keys[0].hello,
               "3380708ab1d4cfdc2ac4ee8b01862c8a06e8bd4010eaeae4fd1ca3f109fdb444");
    assert_hex(ring.keys[0].seal,
               "617b2ed50dd7936bb551714d2d7d267f4d5234df1ef16f8bf6f6e0b2e5f618c0");
    assert_hex(ring.keys[0].index,
               "38fe37f601930392667e5bcd437e1291f7903d0d8f7d538e92a969485853f305");
    ghm_keyring_fini(&ring);
    assert_true(is_empty(&ring));
    ghm_keyring_fini(&ring);
}

/* Source: the same, and OpenSSL's Argon2id before it. */
static void token_goes_through_argon(void **state)
{
    (void)state;
    struct ghm_keyring first = ring_of("ghp_exampleToken0123456789");
    assert_hex(first.keys[0].network_id, "1374b45034e4b988b1bf0ab935112937");
    assert_hex(first.keys[0].hello,
               "83af300534ee06646a1e494fdd02a107d7dc729d441371e9637dabf34cc4f70a");
    assert_hex(first.keys[0].index,
               "13c3c41796b0b791f5195ab6e7cf8cb99603f155a5f18a7875ee250a6bd5fb3f");
    struct ghm_keyring second = ring_of("ghp_exampleToken0123456789");
    assert_memory_equal(&first, &second, sizeof first);
    struct ghm_keyring other = ring_of("ghp_exampleToken0123456788");
    assert_memory_not_equal(first.keys[0].network_id, other.keys[0].network_id, 16);
    assert_false(ghm_keyring_is_fast("ghp_exampleToken0123456789"));
}

static void uses_have_different_keys(void **state)
{
    (void)state;
    struct ghm_keyring ring = ring_of(SECRET_A "," SECRET_B);
    const uint8_t *keys[] = {ring.keys[0].hello, ring.keys[0].seal, ring.keys[0].index,
                             ring.keys[1].hello, ring.keys[1].seal, ring.keys[1].index};
    for (size_t i = 0; i < 6; i++) {
        for (size_t j = 0; j < i; j++)
            assert_memory_not_equal(keys[i], keys[j], 16);
        assert_memory_not_equal(keys[i], ring.keys[0].network_id, 16);
    }
}

static void malformed_secrets_are_refused(void **state)
{
    (void)state;
    static const char *const bad[] = {
        "",
        ",",
        "ghms1_",
        "ghms1_A",
        "ghms1_AAECAwQFBgcICQoLDA0ODxAREhMUFRYXGBkaGxwdHh",    /* 31 bytes and a bit */
        "ghms1_AAECAwQFBgcICQoLDA0ODxAREhMUFRYXGBkaGxwdHg",    /* 31 bytes */
        "ghms1_AAECAwQFBgcICQoLDA0ODxAREhMUFRYXGBkaGxwdHh8A",  /* 33 bytes */
        "ghms1_AAECAwQFBgcICQoLDA0ODxAREhMUFRYXGBkaGxwdHh8=",  /* padded */
        "ghms1_AAECAwQFBgcICQoLDA0ODxAREhMUFRYXGBkaGxwdHh9",   /* bits past the end */
        "ghms1_AAECAwQFBgcICQoLDA0ODxAREhMUFRYXGBkaGxwdHh/",   /* the other alphabet */
        "ghms1_AAECAwQFBgcICQoLDA0ODxAREhMUFRYXGBkaGxwdHh+",   /* the same */
        "ghms1_AAECAwQFBgcICQ LDA0ODxAREhMUFRYXGBkaGxwdHh8",   /* a blank within */
        "ghms1_AAECAwQFBgcICQoLDA0ODxAREhMUFRYXGBkaGxwdHh8\n", /* a line end */
        "ghms1_ghms1_AAECAwQFBgcICQoLDA0ODxAREhMUFRYXGBkaGxwdHh8",
        SECRET_A ",",
        "," SECRET_A,
        SECRET_A ",," SECRET_B,
        SECRET_A ", ," SECRET_B,
        SECRET_A ",ghms1_x",
        SECRET_A ";" SECRET_B,
    };
    for (size_t i = 0; i < sizeof bad / sizeof bad[0]; i++)
        assert_refused(bad[i], GHM_EINVAL);
}

/* Each letter of a secret matters, and no wrong one is taken for a passphrase. */
static void every_letter_matters(void **state)
{
    (void)state;
    struct ghm_keyring right = ring_of(SECRET_A);
    char text[] = SECRET_A;
    for (size_t i = strlen("ghms1_"); i < strlen(text); i++) {
        struct ghm_keyring other;
        char kept = text[i];
        text[i] = kept == 'Z' ? 'Y' : 'Z';
        int error = ghm_keyring_init(&other, text);
        if (error == GHM_OK)
            assert_memory_not_equal(&right, &other, sizeof right);
        else
            assert_int_equal(error, GHM_EINVAL);
        text[i] = '*';
        assert_refused(text, GHM_EINVAL);
        text[i] = kept;
    }
}

static void several_secrets_keep_their_order(void **state)
{
    (void)state;
    struct ghm_keyring a = ring_of(SECRET_A), b = ring_of(SECRET_B);
    struct ghm_keyring both = ring_of(SECRET_A "," SECRET_B);
    struct ghm_keyring turned = ring_of(SECRET_B "," SECRET_A);
    assert_int_equal(both.count, 2);
    assert_memory_equal(&both.keys[0], &a.keys[0], sizeof a.keys[0]);
    assert_memory_equal(&both.keys[1], &b.keys[0], sizeof a.keys[0]);
    assert_memory_equal(&turned.keys[0], &b.keys[0], sizeof a.keys[0]);
    assert_memory_equal(&turned.keys[1], &a.keys[0], sizeof a.keys[0]);
}

static void blanks_around_a_secret_are_no_part_of_it(void **state)
{
    (void)state;
    struct ghm_keyring plain = ring_of(SECRET_A "," SECRET_B);
    struct ghm_keyring wide = ring_of(" " SECRET_A " , \t" SECRET_B " ");
    assert_memory_equal(&plain, &wide, sizeof plain);
    assert_true(ghm_keyring_is_fast(" " SECRET_A " , \t" SECRET_B " "));
}

static void bound_is_reached_and_not_passed(void **state)
{
    (void)state;
    struct ghm_keyring four = ring_of(SECRET_A "," SECRET_B "," SECRET_C "," SECRET_D);
    assert_int_equal(four.count, GHM_KEYRING_SECRETS_MAX);
    assert_refused(SECRET_A "," SECRET_B "," SECRET_C "," SECRET_D "," SECRET_E, GHM_ELIMIT);
    char *text = malloc(4098);
    assert_non_null(text);
    memset(text, 'x', 4097);
    text[4097] = '\0';
    assert_refused(text, GHM_ELIMIT);
    text[4096] = '\0';
    struct ghm_keyring longest;
    assert_int_equal(ghm_keyring_init(&longest, text), GHM_OK);
    free(text);
}

static void fast_is_told_from_slow(void **state)
{
    (void)state;
    assert_true(ghm_keyring_is_fast(SECRET_A));
    assert_true(ghm_keyring_is_fast(SECRET_A "," SECRET_B));
    assert_false(ghm_keyring_is_fast(SECRET_A ",passphrase"));
    assert_false(ghm_keyring_is_fast("passphrase," SECRET_A));
    assert_false(ghm_keyring_is_fast("ghms1"));
    assert_false(ghm_keyring_is_fast("GHMS1_x"));
}

static void made_secrets_are_secrets(void **state)
{
    (void)state;
    struct ghm_entropy entropy = entropy_of(7);
    char first[GHM_KEYRING_SECRET_TEXT_MAX], second[GHM_KEYRING_SECRET_TEXT_MAX];
    ghm_keyring_secret(first, &entropy);
    ghm_keyring_secret(second, &entropy);
    assert_int_equal(strlen(first), 6 + 43);
    assert_string_not_equal(first, second);
    struct ghm_keyring a = ring_of(first), b = ring_of(second);
    assert_memory_not_equal(&a, &b, sizeof a);
    /* Source: ChaCha20 of OpenSSL gives the 32 bytes, Python the base64. */
    assert_string_equal(first, "ghms1_N4QpDGBrBP3AcgQAyWHjZrbqFNQR_MU96k9EybtNdAg");
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(keys_match_another_implementation),
        cmocka_unit_test(token_goes_through_argon),
        cmocka_unit_test(uses_have_different_keys),
        cmocka_unit_test(malformed_secrets_are_refused),
        cmocka_unit_test(every_letter_matters),
        cmocka_unit_test(several_secrets_keep_their_order),
        cmocka_unit_test(blanks_around_a_secret_are_no_part_of_it),
        cmocka_unit_test(bound_is_reached_and_not_passed),
        cmocka_unit_test(fast_is_told_from_slow),
        cmocka_unit_test(made_secrets_are_secrets),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
