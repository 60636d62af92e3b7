/* SPDX-License-Identifier: MIT */
#include "crypto/digest.h"

#include "crypto/hash.h"
#include "hex.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

/* Source: FIPS 180-4 examples, "" and "abc". */
static void digest_matches_the_standard(void **state)
{
    (void)state;
    static const char *const texts[] = {"", "abc"};
    static const char *const wanted[] = {
        "e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855",
        "ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad"};
    for (size_t i = 0; i < 2; i++) {
        uint8_t out[GHM_DIGEST_LEN];
        struct hex hex = hex_of(wanted[i]);
        ghm_digest_sha256(out, ghm_bytes_text(texts[i]));
        assert_memory_equal(out, hex.bytes, sizeof out);
    }
}

/* The other library's, for lengths around its blocks. */
static void digest_equals_the_hash(void **state)
{
    (void)state;
    uint8_t in[200];
    for (size_t len = 0; len <= sizeof in; len++) {
        uint8_t digest[GHM_DIGEST_LEN];
        uint8_t hash[GHM_HASH_LEN];
        memset(in, (int)len, sizeof in);
        ghm_digest_sha256(digest, ghm_bytes(in, len));
        ghm_hash_sha256(hash, ghm_bytes(in, len));
        assert_memory_equal(digest, hash, sizeof digest);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(digest_matches_the_standard),
        cmocka_unit_test(digest_equals_the_hash),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
