/* SPDX-License-Identifier: MIT */
#include "wire/multihash.h"

#include "hex.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

/* Source: multiformats/multihash README.md: <code><length><digest>; sha2-256 is 12, identity 00. */
#define SHA256 "1220e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855"
#define IDENTITY "0003616263"

static void multihash_reads_both_kinds(void **state)
{
    (void)state;
    static const char *const golden[] = {SHA256, IDENTITY};
    for (size_t i = 0; i < 2; i++) {
        struct hex hex = hex_of(golden[i]);
        struct ghm_multihash hash;
        uint8_t out[GHM_MULTIHASH_LEN_MAX];
        assert_int_equal(ghm_multihash_decode(&hash, hex_bytes(&hex)), GHM_OK);
        assert_int_equal(hash.code, i == 0 ? GHM_MULTIHASH_SHA2_256 : GHM_MULTIHASH_IDENTITY);
        assert_int_equal(hash.digest.len, hex.len - 2);
        assert_int_equal(ghm_multihash_encode(out, &hash), hex.len);
        assert_memory_equal(out, hex.bytes, hex.len);
    }
}

static int decode_of_length(uint8_t code, uint8_t length, size_t len)
{
    uint8_t in[256] = {code, length};
    struct ghm_multihash hash;
    return ghm_multihash_decode(&hash, ghm_bytes(in, len));
}

static void multihash_bounds_its_digest(void **state)
{
    (void)state;
    for (size_t len = 0; len < 128; len++) {
        bool fits = len >= 1 && len <= GHM_MULTIHASH_IDENTITY_MAX;
        assert_int_equal(decode_of_length(0x00, (uint8_t)len, len + 2), fits ? GHM_OK : GHM_EPROTO);
        assert_int_equal(decode_of_length(0x12, (uint8_t)len, len + 2),
                         len == 32 ? GHM_OK : GHM_EPROTO);
        assert_int_equal(decode_of_length(0x13, (uint8_t)len, len + 2), GHM_EPROTO);
    }
    assert_int_equal(decode_of_length(0x12, 32, 35), GHM_EPROTO); /* a byte left over */
}

static void refuse(struct ghm_bytes in, struct ghm_bytes whole, void *arg)
{
    (void)whole;
    (void)arg;
    struct ghm_multihash hash;
    assert_int_equal(ghm_multihash_decode(&hash, in), GHM_EPROTO);
}

/* Only the digest may differ. */
static void refuse_other_heads(struct ghm_bytes in, struct ghm_bytes whole, void *arg)
{
    (void)arg;
    struct ghm_multihash hash;
    bool same_head = in.ptr[0] == whole.ptr[0] && in.ptr[1] == whole.ptr[1];
    assert_int_equal(ghm_multihash_decode(&hash, in), same_head ? GHM_OK : GHM_EPROTO);
}

static void multihash_survives_every_hurt(void **state)
{
    (void)state;
    static const char *const golden[] = {SHA256, IDENTITY};
    for (size_t i = 0; i < 2; i++) {
        struct hex hex = hex_of(golden[i]);
        hurt_by_truncation(hex_bytes(&hex), refuse, NULL);
        hurt_by_flip(hex_bytes(&hex), refuse_other_heads, NULL);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(multihash_reads_both_kinds),
        cmocka_unit_test(multihash_bounds_its_digest),
        cmocka_unit_test(multihash_survives_every_hurt),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
