/* SPDX-License-Identifier: MIT */
#include "wire/bitgroup.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

static const struct ghm_bitgroup groups[] = {
    {4, "0123456789ABCDEF"},
    {5, "ABCDEFGHIJKLMNOPQRSTUVWXYZ234567"},
    {6, "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/"},
};

/* Source: RFC 4648 section 10, without the padding. */
static const struct {
    const char *value;
    const char *texts[3];
} golden[] = {
    {"", {"", "", ""}},
    {"f", {"66", "MY", "Zg"}},
    {"fo", {"666F", "MZXQ", "Zm8"}},
    {"foo", {"666F6F", "MZXW6", "Zm9v"}},
    {"foob", {"666F6F62", "MZXW6YQ", "Zm9vYg"}},
    {"fooba", {"666F6F6261", "MZXW6YTB", "Zm9vYmE"}},
    {"foobar", {"666F6F626172", "MZXW6YTBOI", "Zm9vYmFy"}},
};

static void bitgroup_is_that_of_the_rfc(void **state)
{
    (void)state;
    for (size_t i = 0; i < sizeof golden / sizeof golden[0]; i++) {
        for (size_t g = 0; g < 3; g++) {
            char text[16];
            uint8_t bytes[8];
            const char *want = golden[i].texts[g];
            struct ghm_bytes value = ghm_bytes_text(golden[i].value);
            assert_int_equal(ghm_bitgroup_encode(text, &groups[g], value), strlen(want));
            assert_string_equal(text, want);
            assert_int_equal(ghm_bitgroup_decode(bytes, 8, &groups[g], ghm_bytes_text(want)),
                             value.len);
            if (value.len > 0) assert_memory_equal(bytes, value.ptr, value.len);
        }
    }
}

/* Of all texts of up to three characters, exactly those are read that some bytes are written as. */
static void bitgroup_reads_one_text_a_value(void **state)
{
    (void)state;
    for (size_t g = 0; g < 3; g++) {
        size_t n = (size_t)1 << groups[g].bits, read = 0;
        for (size_t i = 0; i < n * n * n; i++) {
            char text[4] = {groups[g].alphabet[i % n], groups[g].alphabet[i / n % n],
                            groups[g].alphabet[i / n / n]};
            char again[16];
            for (size_t len = 1; len <= 3; len++) {
                uint8_t bytes[4];
                int got = ghm_bitgroup_decode(bytes, 4, &groups[g], ghm_bytes(text, len));
                if (got < 0) continue;
                read++;
                assert_int_equal(
                    ghm_bitgroup_encode(again, &groups[g], ghm_bytes(bytes, (size_t)got)), len);
                assert_memory_equal(again, text, len);
            }
        }
        assert_true(read > 0);
    }
}

static void bitgroup_stops_at_its_bound(void **state)
{
    (void)state;
    uint8_t bytes[3] = {0, 0, 0x55};
    assert_int_equal(ghm_bitgroup_decode(bytes, 2, &groups[0], ghm_bytes_text("6666")), 2);
    assert_int_equal(ghm_bitgroup_decode(bytes, 2, &groups[0], ghm_bytes_text("666666")),
                     GHM_EINVAL);
    assert_int_equal(bytes[2], 0x55);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(bitgroup_is_that_of_the_rfc),
        cmocka_unit_test(bitgroup_reads_one_text_a_value),
        cmocka_unit_test(bitgroup_stops_at_its_bound),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
