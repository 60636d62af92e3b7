/* SPDX-License-Identifier: MIT */
#include "crypto/hash.h"

#include "hex.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include <link.h>

static void expect(const uint8_t *got, const char *want)
{
    struct hex hex = hex_of(want);
    assert_memory_equal(got, hex.bytes, hex.len);
}

/* Source: FIPS 180-4 examples, "" and "abc". */
static void hash_matches_the_standard(void **state)
{
    (void)state;
    uint8_t out[GHM_HASH_LEN];
    ghm_hash_sha256(out, GHM_BYTES_NONE);
    expect(out, "e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855");
    ghm_hash_sha256(out, ghm_bytes_text("abc"));
    expect(out, "ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad");
}

/* Source: RFC 4231 test cases 2 and 6 (a key shorter and one longer than a block). */
static void hash_authenticates_as_the_rfc(void **state)
{
    (void)state;
    uint8_t out[GHM_HASH_LEN];
    uint8_t key[131];
    ghm_hash_hmac(out, ghm_bytes_text("Jefe"), ghm_bytes_text("what do ya want for nothing?"));
    expect(out, "5bdcc146bf60754e6a042426089575c75a003f089d2739839dec58b964ec3843");
    memset(key, 0xaa, sizeof key);
    ghm_hash_hmac(out, ghm_bytes(key, sizeof key),
                  ghm_bytes_text("Test Using Larger Than Block-Size Key - Hash Key First"));
    expect(out, "60e431591ee0b67f0d8a26aacbf5b77f8e0bc6213728c5140546040f0ee37f54");
}

static void hash_compares_all_bytes(void **state)
{
    (void)state;
    uint8_t a[GHM_HASH_LEN] = {0};
    uint8_t b[GHM_HASH_LEN] = {0};
    assert_true(ghm_hash_equal(a, b));
    for (size_t bit = 0; bit < 8 * sizeof b; bit++) {
        b[bit / 8] ^= (uint8_t)(1U << (bit % 8));
        assert_false(ghm_hash_equal(a, b));
        b[bit / 8] ^= (uint8_t)(1U << (bit % 8));
    }
}

static int find_libcrypto(struct dl_phdr_info *info, size_t size, void *arg)
{
    (void)size;
    if (strstr(info->dlpi_name, "libcrypto") != NULL) *(bool *)arg = true;
    return 0;
}

/* A hit needs hashes and keys; loading libcrypto would double its time (design, section 9). */
static void hash_loads_no_libcrypto(void **state)
{
    (void)state;
    bool found = false;
    (void)dl_iterate_phdr(find_libcrypto, &found);
    assert_false(found);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(hash_matches_the_standard),
        cmocka_unit_test(hash_authenticates_as_the_rfc),
        cmocka_unit_test(hash_compares_all_bytes),
        cmocka_unit_test(hash_loads_no_libcrypto),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
