/* SPDX-License-Identifier: MIT */
#include "wire/base58.h"

#include "hex.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

/* Source: draft-msporny-base58-03 section 5, and the empty text. */
static const struct {
    const char *hex;
    const char *text;
} golden[] = {
    {"", ""},
    {"00", "1"},
    {"48656c6c6f20576f726c6421", "2NEpo7TZRRrLZSi2U"},
    {"54686520717569636b2062726f776e20666f78206a756d7073206f76657220746865206c617a7920646f672e",
     "USm3fpXnKG5EUBx2ndxBDMPVciP5hGey2Jh4NDv6gmeo1LkMeiKrLJUUBk6Z"},
    {"0000287fb4cd", "11233QC4"},
};

static void base58_matches_the_draft(void **state)
{
    (void)state;
    for (size_t i = 0; i < sizeof golden / sizeof golden[0]; i++) {
        struct hex hex = hex_of(golden[i].hex);
        char text[GHM_BASE58_TEXT_MAX];
        uint8_t bytes[GHM_BASE58_BYTES_MAX];
        assert_int_equal(ghm_base58_encode(text, hex_bytes(&hex)), strlen(golden[i].text));
        assert_string_equal(text, golden[i].text);
        assert_int_equal(ghm_base58_decode(bytes, ghm_bytes_text(text)), hex.len);
        assert_memory_equal(bytes, hex.bytes, hex.len);
    }
}

static void base58_refuses_other_characters(void **state)
{
    (void)state;
    uint8_t bytes[GHM_BASE58_BYTES_MAX];
    for (unsigned c = 0; c < 256; c++) {
        uint8_t in[] = {'2', (uint8_t)c, '2'};
        bool is_in = c != 0 && strchr("123456789ABCDEFGHJKLMNPQRSTUVWXYZabcdefghijkmnopqrstuvwxyz",
                                      (int)c) != NULL;
        assert_int_equal(ghm_base58_decode(bytes, ghm_bytes(in, sizeof in)) >= 0, is_in);
    }
}

static void base58_keeps_its_bounds(void **state)
{
    (void)state;
    uint8_t bytes[GHM_BASE58_BYTES_MAX];
    uint8_t full[GHM_BASE58_BYTES_MAX];
    char text[GHM_BASE58_TEXT_MAX];
    memset(full, 0xff, sizeof full);
    assert_int_equal(ghm_base58_encode(text, ghm_bytes(full, sizeof full)),
                     GHM_BASE58_TEXT_MAX - 1);
    assert_int_equal(ghm_base58_decode(bytes, ghm_bytes_text(text)), sizeof full);
    assert_memory_equal(bytes, full, sizeof full);
    /* One more than 64 bytes of ff: the number 2^512 has this text plus one in its last place. */
    char more[GHM_BASE58_TEXT_MAX + 1];
    memset(more, 'z', GHM_BASE58_TEXT_MAX);
    more[GHM_BASE58_TEXT_MAX] = '\0';
    assert_int_equal(ghm_base58_decode(bytes, ghm_bytes_text(more)), GHM_EINVAL);
    memset(more, '1', GHM_BASE58_TEXT_MAX);
    assert_int_equal(ghm_base58_decode(bytes, ghm_bytes(more, 64)), 64);
    assert_int_equal(ghm_base58_decode(bytes, ghm_bytes(more, 65)), GHM_EINVAL);
    more[64] = '2'; /* 64 zeros and one more byte */
    assert_int_equal(ghm_base58_decode(bytes, ghm_bytes(more, 65)), GHM_EINVAL);
}

static void accept_only_what_is_written(struct ghm_bytes in, struct ghm_bytes whole, void *arg)
{
    (void)whole;
    (void)arg;
    uint8_t bytes[GHM_BASE58_BYTES_MAX];
    char text[GHM_BASE58_TEXT_MAX];
    int len = ghm_base58_decode(bytes, in);
    if (len < 0) return;
    (void)ghm_base58_encode(text, ghm_bytes(bytes, (size_t)len));
    assert_true(ghm_bytes_equal(ghm_bytes_text(text), in));
}

static void base58_survives_every_hurt(void **state)
{
    (void)state;
    for (size_t i = 0; i < sizeof golden / sizeof golden[0]; i++) {
        struct ghm_bytes text = ghm_bytes_text(golden[i].text);
        hurt_by_truncation(text, accept_only_what_is_written, NULL);
        if (text.len > 0) hurt_by_flip(text, accept_only_what_is_written, NULL);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(base58_matches_the_draft),
        cmocka_unit_test(base58_refuses_other_characters),
        cmocka_unit_test(base58_keeps_its_bounds),
        cmocka_unit_test(base58_survives_every_hurt),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
