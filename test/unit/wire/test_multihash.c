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

/* Source: multiformats/multihash tests/values/test_cases.csv (b43ec10), cut short to 80 bits and
 * whole; the last two by the codes of multicodec's table.csv. */
static const struct {
    const char *hex;
    uint64_t code;
    size_t len;
} any[] = {
    {"110ae861e452cfd84dca9a17", 0x11, 10},
    {"1114e861e452cfd84dca9a176258c3d06e020a0c93d8", 0x11, 20},
    {"120affb31f07aa15348368c9", 0x12, 10},
    {"1220ffb31f07aa15348368c90c73a834dbf9f8710365860fa0fd4ddce9ac2782cc17", 0x12, 32},
    {"1340abffa1926b038a2f1833092d93859ba2ee56e07a86b158200fc7d4d5d1eaf350b0f0e511ea6f5043a9f4a7c78"
     "8"
     "6f93355652114709d75b2db4c33741124fd4fe",
     0x13, 64},
    {"14149a7a8207a57d03e9c524ae7fd39563bfe1a466a3", 0x14, 20},
    {"d501103858f62230ac3c915f300c664312c63f", 0xd5, 16}, /* md5 */
    {"0000", 0x00, 0},
};

#define ANY_COUNT (sizeof any / sizeof any[0])

static void multihash_takes_any_function(void **state)
{
    (void)state;
    for (size_t i = 0; i < ANY_COUNT; i++) {
        struct hex hex = hex_of(any[i].hex);
        struct ghm_multihash hash;
        uint8_t out[GHM_MULTIHASH_ANY_MAX];
        hex.bytes[hex.len] = 0x77; /* what follows is left */
        struct ghm_bytes left = ghm_bytes(hex.bytes, hex.len + 1);
        assert_int_equal(ghm_multihash_take(&left, &hash), GHM_OK);
        assert_int_equal(left.len, 1);
        assert_int_equal(hash.code, any[i].code);
        assert_int_equal(hash.digest.len, any[i].len);
        assert_int_equal(ghm_multihash_put(out, &hash), hex.len);
        assert_memory_equal(out, hex.bytes, hex.len);
    }
}

static void multihash_bounds_any_digest(void **state)
{
    (void)state;
    static const struct {
        uint8_t code;
        size_t max;
    } cases[] = {{0x00, 64}, {0x11, 20}, {0x12, 32}, {0x13, 64}, {0x7e, 64}};
    for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++) {
        for (size_t len = 0; len < 128; len++) {
            uint8_t in[256] = {cases[i].code, (uint8_t)len};
            struct ghm_bytes left = ghm_bytes(in, sizeof in);
            struct ghm_multihash hash;
            int want = len <= cases[i].max ? GHM_OK : GHM_EPROTO;
            assert_int_equal(ghm_multihash_take(&left, &hash), want);
            assert_int_equal(left.len, sizeof in - (want == GHM_OK ? len + 2 : 0));
        }
    }
}

static void take_nothing(struct ghm_bytes in, struct ghm_bytes whole, void *arg)
{
    (void)whole;
    (void)arg;
    struct ghm_multihash hash;
    struct ghm_bytes left = in;
    assert_int_equal(ghm_multihash_take(&left, &hash), GHM_EPROTO);
    assert_ptr_equal(left.ptr, in.ptr);
}

static void put_what_was_taken(struct ghm_bytes in, struct ghm_bytes whole, void *arg)
{
    (void)whole;
    (void)arg;
    struct ghm_multihash hash;
    struct ghm_bytes left = in;
    uint8_t out[GHM_MULTIHASH_ANY_MAX];
    if (ghm_multihash_take(&left, &hash) != GHM_OK) return;
    size_t len = ghm_multihash_put(out, &hash);
    assert_true(ghm_bytes_equal(ghm_bytes(out, len), ghm_bytes_upto(in, in.len - left.len)));
}

static void any_multihash_survives_every_hurt(void **state)
{
    (void)state;
    for (size_t i = 0; i < ANY_COUNT; i++) {
        struct hex hex = hex_of(any[i].hex);
        hurt_by_truncation(hex_bytes(&hex), take_nothing, NULL);
        hurt_by_flip(hex_bytes(&hex), put_what_was_taken, NULL);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(multihash_reads_both_kinds),
        cmocka_unit_test(multihash_bounds_its_digest),
        cmocka_unit_test(multihash_survives_every_hurt),
        cmocka_unit_test(multihash_takes_any_function),
        cmocka_unit_test(multihash_bounds_any_digest),
        cmocka_unit_test(any_multihash_survives_every_hurt),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
