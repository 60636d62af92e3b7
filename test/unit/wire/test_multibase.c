/* SPDX-License-Identifier: MIT */
#include "wire/multibase.h"

#include "hex.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

/* Source: multiformats/multibase tests/{basic,leading_zero,two_leading_zeros}.csv (d7406cd) and the
 * examples of rfcs/Base36.md. `upper` has the other prefix and is read, not written. */
static const struct {
    enum ghm_multibase base;
    const char *text;
    const char *upper;
    const char *hex;
} golden[] = {
#define YES "796573206d616e692021"
    {GHM_MULTIBASE_16, "f796573206d616e692021", "F796573206D616E692021", YES},
    {GHM_MULTIBASE_32, "bpfsxgidnmfxgsibb", "BPFSXGIDNMFXGSIBB", YES},
    {GHM_MULTIBASE_36, "k2lcpzo5yikidynfl", "K2LCPZO5YIKIDYNFL", YES},
    {GHM_MULTIBASE_58BTC, "z7paNL19xttacUY", NULL, YES},
    {GHM_MULTIBASE_64, "meWVzIG1hbmkgIQ", NULL, YES},
    {GHM_MULTIBASE_64URL, "ueWVzIG1hbmkgIQ", NULL, YES},
    {GHM_MULTIBASE_16, "f00796573206d616e692021", "F00796573206D616E692021", "00" YES},
    {GHM_MULTIBASE_32, "bab4wk4zanvqw42jaee", "BAB4WK4ZANVQW42JAEE", "00" YES},
    {GHM_MULTIBASE_36, "k02lcpzo5yikidynfl", "K02LCPZO5YIKIDYNFL", "00" YES},
    {GHM_MULTIBASE_58BTC, "z17paNL19xttacUY", NULL, "00" YES},
    {GHM_MULTIBASE_64, "mAHllcyBtYW5pICE", NULL, "00" YES},
    {GHM_MULTIBASE_64URL, "uAHllcyBtYW5pICE", NULL, "00" YES},
    {GHM_MULTIBASE_16, "f0000796573206d616e692021", "F0000796573206D616E692021", "0000" YES},
    {GHM_MULTIBASE_32, "baaahszltebwwc3tjeaqq", "BAAAHSZLTEBWWC3TJEAQQ", "0000" YES},
    {GHM_MULTIBASE_36, "k002lcpzo5yikidynfl", "K002LCPZO5YIKIDYNFL", "0000" YES},
    {GHM_MULTIBASE_58BTC, "z117paNL19xttacUY", NULL, "0000" YES},
    {GHM_MULTIBASE_64, "mAAB5ZXMgbWFuaSAh", NULL, "0000" YES},
    {GHM_MULTIBASE_64URL, "uAAB5ZXMgbWFuaSAh", NULL, "0000" YES},
    {GHM_MULTIBASE_36, "k01", "K01", "0001"},
    {GHM_MULTIBASE_36, "k0073", "K0073", "0000ff"},
    {GHM_MULTIBASE_36, "k74", "K74", "0100"},
    {GHM_MULTIBASE_36, "k074", "K074", "000100"},
    {GHM_MULTIBASE_64, "m+/+/", NULL, "fbffbf"}, /* the characters that differ */
    {GHM_MULTIBASE_64URL, "u-_-_", NULL, "fbffbf"},
    {GHM_MULTIBASE_16, "f", "F", ""},
    {GHM_MULTIBASE_58BTC, "z", NULL, ""},
};

#define GOLDEN_COUNT (sizeof golden / sizeof golden[0])

static void expect_bytes(const char *text, const char *hex)
{
    struct hex want = hex_of(hex);
    uint8_t bytes[GHM_MULTIBASE_BYTES_MAX];
    int len = ghm_multibase_decode(bytes, ghm_bytes_text(text));
    assert_int_equal(len, want.len);
    assert_true(ghm_bytes_equal(ghm_bytes(bytes, (size_t)len), hex_bytes(&want)));
}

static void multibase_has_the_texts_of_the_specification(void **state)
{
    (void)state;
    for (size_t i = 0; i < GOLDEN_COUNT; i++) {
        struct hex hex = hex_of(golden[i].hex);
        char text[GHM_MULTIBASE_TEXT_MAX];
        size_t len = ghm_multibase_encode(text, golden[i].base, hex_bytes(&hex));
        assert_string_equal(text, golden[i].text);
        assert_int_equal(len, strlen(text));
        expect_bytes(text, golden[i].hex);
        if (golden[i].upper != NULL) expect_bytes(golden[i].upper, golden[i].hex);
    }
}

/* Source: multiformats/multibase tests/case_insensitivity.csv, "hello world". */
static void multibase_reads_both_cases(void **state)
{
    (void)state;
    static const char *const mixed[] = {
        "f68656c6c6f20776F726C64", "F68656c6c6f20776F726C64", "bnbswy3dpeB3W64TMMQ",
        "Bnbswy3dpeB3W64TMMQ",     "kfUvrsIvVnfRbjWaJo",      "KfUVrSIVVnFRbJWAJo",
    };
    for (size_t i = 0; i < sizeof mixed / sizeof mixed[0]; i++)
        expect_bytes(mixed[i], "68656c6c6f20776f726c64");
}

static void multibase_refuses_wrong_texts(void **state)
{
    (void)state;
    static const char *const wrong[] = {
        "",
        "0001111",             /* base2 */
        "7362625631",          /* base8 */
        "9573277761329450583", /* base10 */
        "vf5in683dc5n6i811",   /* base32hex */
        "cpfsxgidnmfxgsibb",   /* base32pad */
        "hxf1zgedpcfzg1ebb",   /* base32z */
        "Z7Pznk19XTTzBtx",     /* base58flickr */
        "UeWVzIG1hbmkgIQ==",   /* base64urlpad */
        "MeWVzIG1hbmkgIQ==",   /* base64pad */
        "/",
        "Q",
        "\x01",
        "\xf0\x9f\x9a\x80",
        "f1", /* half a byte */
        "f0g",
        "b1",                    /* not in the alphabet */
        "ba",                    /* no byte */
        "bab",                   /* bits left over that are not zero */
        "bpfsxgidnmfxgsibb====", /* padding */
        "k-",
        "z0",
        "zO",
        "zI",
        "zl",
        "mA",
        "mAB", /* no byte; bits left over that are not zero */
        "meWVzIG1hbmkgIQ==",
        "m-_",
        "u+/", /* each the other's */
    };
    for (size_t i = 0; i < sizeof wrong / sizeof wrong[0]; i++) {
        uint8_t bytes[GHM_MULTIBASE_BYTES_MAX] = {0x55};
        assert_int_equal(ghm_multibase_decode(bytes, ghm_bytes_text(wrong[i])), GHM_EINVAL);
        assert_int_equal(bytes[0], 0x55);
    }
}

static void multibase_reaches_its_bounds(void **state)
{
    (void)state;
    static const enum ghm_multibase bases[] = {GHM_MULTIBASE_16, GHM_MULTIBASE_32,
                                               GHM_MULTIBASE_36, GHM_MULTIBASE_58BTC,
                                               GHM_MULTIBASE_64, GHM_MULTIBASE_64URL};
    for (size_t i = 0; i < sizeof bases / sizeof bases[0]; i++) {
        for (unsigned fill = 0; fill < 256; fill += 255) {
            uint8_t bytes[GHM_MULTIBASE_BYTES_MAX];
            uint8_t back[GHM_MULTIBASE_BYTES_MAX];
            char text[GHM_MULTIBASE_TEXT_MAX + 4];
            memset(bytes, (int)fill, sizeof bytes);
            size_t len = ghm_multibase_encode(text, bases[i], ghm_bytes(bytes, sizeof bytes));
            assert_true(len < GHM_MULTIBASE_TEXT_MAX);
            assert_int_equal(ghm_multibase_decode(back, ghm_bytes(text, len)), sizeof bytes);
            assert_memory_equal(back, bytes, sizeof bytes);
            memcpy(text + len, "1111", 4); /* more than the maximum, or no text of the base */
            for (size_t more = 2; more <= 4; more++)
                assert_int_equal(ghm_multibase_decode(back, ghm_bytes(text, len + more)),
                                 GHM_EINVAL);
        }
    }
    /* A text of any length is refused without work. */
    static char huge[1 << 20];
    uint8_t bytes[GHM_MULTIBASE_BYTES_MAX];
    memset(huge, 'z', sizeof huge);
    assert_int_equal(ghm_multibase_decode(bytes, ghm_bytes(huge, sizeof huge)), GHM_EINVAL);
    memset(huge, 'f', sizeof huge);
    assert_int_equal(ghm_multibase_decode(bytes, ghm_bytes(huge, sizeof huge)), GHM_EINVAL);
}

/* Whatever decodes is the same value again when it is written in its base. */
static void write_it_again(struct ghm_bytes in, struct ghm_bytes whole, void *arg)
{
    (void)whole;
    (void)arg;
    uint8_t bytes[GHM_MULTIBASE_BYTES_MAX];
    uint8_t again[GHM_MULTIBASE_BYTES_MAX];
    char text[GHM_MULTIBASE_TEXT_MAX];
    int len = ghm_multibase_decode(bytes, in);
    if (len < 0) return;
    bool is_upper = in.ptr[0] >= 'A' && in.ptr[0] <= 'Z';
    enum ghm_multibase base = (enum ghm_multibase)(is_upper ? in.ptr[0] - 'A' + 'a' : in.ptr[0]);
    size_t text_len = ghm_multibase_encode(text, base, ghm_bytes(bytes, (size_t)len));
    assert_int_equal(text_len, in.len);
    assert_int_equal(ghm_multibase_decode(again, ghm_bytes(text, text_len)), len);
    if (len > 0) assert_memory_equal(again, bytes, (size_t)len);
}

static void multibase_survives_every_hurt(void **state)
{
    (void)state;
    for (size_t i = 0; i < GOLDEN_COUNT; i++) {
        hurt_by_truncation(ghm_bytes_text(golden[i].text), write_it_again, NULL);
        hurt_by_flip(ghm_bytes_text(golden[i].text), write_it_again, NULL);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(multibase_has_the_texts_of_the_specification),
        cmocka_unit_test(multibase_reads_both_cases),
        cmocka_unit_test(multibase_refuses_wrong_texts),
        cmocka_unit_test(multibase_reaches_its_bounds),
        cmocka_unit_test(multibase_survives_every_hurt),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
