/* SPDX-License-Identifier: MIT */
#include "crypto/hkdf.h"

#include "hex.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

/* Source: RFC 5869 appendix A, test cases 1 to 3 (SHA-256). */
static const struct {
    const char *secret;
    const char *salt;
    const char *info;
    const char *key;
    const char *out;
} golden[] = {
    {"0b0b0b0b0b0b0b0b0b0b0b0b0b0b0b0b0b0b0b0b0b0b", "000102030405060708090a0b0c",
     "f0f1f2f3f4f5f6f7f8f9", "077709362c2e32df0ddc3f0dc47bba6390b6c73bb50f9c3122ec844ad7c2b3e5",
     "3cb25f25faacd57a90434f64d0362f2a2d2d0a90cf1a5a4c5db02d56ecc4c5bf34007208d5b887185865"},
    {"000102030405060708090a0b0c0d0e0f101112131415161718191a1b1c1d1e1f202122232425262728292a2b2c2d2"
     "e2f"
     "303132333435363738393a3b3c3d3e3f404142434445464748494a4b4c4d4e4f",
     "606162636465666768696a6b6c6d6e6f707172737475767778797a7b7c7d7e7f808182838485868788898a8b8c8d8"
     "e8f"
     "909192939495969798999a9b9c9d9e9fa0a1a2a3a4a5a6a7a8a9aaabacadaeaf",
     "b0b1b2b3b4b5b6b7b8b9babbbcbdbebfc0c1c2c3c4c5c6c7c8c9cacbcccdcecfd0d1d2d3d4d5d6d7d8d9dadbdcddd"
     "edf"
     "e0e1e2e3e4e5e6e7e8e9eaebecedeeeff0f1f2f3f4f5f6f7f8f9fafbfcfdfeff",
     "06a6b88c5853361a06104c9ceb35b45cef760014904671014a193f40c15fc244",
     "b11e398dc80327a1c8e7f78c596a49344f012eda2d4efad8a050cc4c19afa97c59045a99cac7827271cb41c65e590"
     "e09"
     "da3275600c2f09b8367793a9aca3db71cc30c58179ec3e87c14c01d5c1f3434f1d87"},
    {"0b0b0b0b0b0b0b0b0b0b0b0b0b0b0b0b0b0b0b0b0b0b", "", "",
     "19ef24a32c717b167f33a91d6f648bdf96596776afdb6377ac434c1c293ccb04",
     "8da4e775a563c18f715f802a063c5a31b8a11f5c5ee1879ec3454e5f3c738d2d9d201395faa4b61a96c8"},
};

static void hkdf_matches_the_rfc(void **state)
{
    (void)state;
    for (size_t i = 0; i < sizeof golden / sizeof golden[0]; i++) {
        struct hex secret = hex_of(golden[i].secret);
        struct hex salt = hex_of(golden[i].salt);
        struct hex info = hex_of(golden[i].info);
        struct hex key = hex_of(golden[i].key);
        struct hex want = hex_of(golden[i].out);
        uint8_t got_key[GHM_HKDF_KEY_LEN];
        uint8_t got[128];
        ghm_hkdf_extract(got_key, hex_bytes(&salt), hex_bytes(&secret));
        assert_memory_equal(got_key, key.bytes, key.len);
        ghm_hkdf_expand(got, want.len, got_key, hex_bytes(&info));
        assert_memory_equal(got, want.bytes, want.len);
    }
}

static void hkdf_gives_prefixes_up_to_its_bound(void **state)
{
    (void)state;
    static uint8_t all[GHM_HKDF_OUT_MAX];
    static uint8_t part[GHM_HKDF_OUT_MAX + 1];
    static const uint8_t key[GHM_HKDF_KEY_LEN] = {1};
    ghm_hkdf_expand(all, sizeof all, key, ghm_bytes_text("label"));
    for (size_t len = 0; len < 200; len++) {
        part[len] = 0x5a;
        ghm_hkdf_expand(part, len, key, ghm_bytes_text("label"));
        assert_memory_equal(part, all, len);
        assert_int_equal(part[len], 0x5a);
    }
    ghm_hkdf_expand(part, 32, key, ghm_bytes_text("other"));
    assert_memory_not_equal(part, all, 32);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(hkdf_matches_the_rfc),
        cmocka_unit_test(hkdf_gives_prefixes_up_to_its_bound),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
