/* SPDX-License-Identifier: MIT */
#include "wire/base32.h"

#include "hex.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

/* Source: RFC 4648 section 10, in lower case and without the padding. */
static const struct {
    const char *plain;
    const char *text;
} golden[] = {
    {"", ""},
    {"f", "my"},
    {"fo", "mzxq"},
    {"foo", "mzxw6"},
    {"foob", "mzxw6yq"},
    {"fooba", "mzxw6ytb"},
    {"foobar", "mzxw6ytboi"},
};

static void base32_matches_the_rfc(void **state)
{
    (void)state;
    for (size_t i = 0; i < sizeof golden / sizeof golden[0]; i++) {
        char text[GHM_BASE32_TEXT_MAX];
        uint8_t bytes[GHM_BASE32_BYTES_MAX];
        struct ghm_bytes plain = ghm_bytes_text(golden[i].plain);
        assert_int_equal(ghm_base32_encode(text, plain), strlen(golden[i].text));
        assert_string_equal(text, golden[i].text);
        assert_int_equal(ghm_base32_decode(bytes, ghm_bytes_text(text)), plain.len);
        assert_memory_equal(bytes, plain.ptr, plain.len);
    }
}

static void base32_refuses_what_no_encoder_writes(void **state)
{
    (void)state;
    static const char *const wrong[] = {
        "m",  "mzx",  "mzxw6y", "a",        "mya", "mzxw6a", /* lengths of 1, 3 and 6 characters */
        "mz", "mzxr", "mzxw7",  "mzxw6yr",                   /* bits left over that are not zero */
        "MY", "m1",   "m8",     "my======", "m y", "m/",
    };
    for (size_t i = 0; i < sizeof wrong / sizeof wrong[0]; i++) {
        uint8_t bytes[GHM_BASE32_BYTES_MAX];
        assert_int_equal(ghm_base32_decode(bytes, ghm_bytes_text(wrong[i])), GHM_EINVAL);
    }
}

static void base32_keeps_its_bounds(void **state)
{
    (void)state;
    uint8_t full[GHM_BASE32_BYTES_MAX];
    uint8_t bytes[GHM_BASE32_BYTES_MAX];
    char text[GHM_BASE32_TEXT_MAX + 1];
    memset(full, 0xff, sizeof full);
    assert_int_equal(ghm_base32_encode(text, ghm_bytes(full, sizeof full)),
                     GHM_BASE32_TEXT_MAX - 1);
    assert_int_equal(ghm_base32_decode(bytes, ghm_bytes_text(text)), sizeof full);
    assert_memory_equal(bytes, full, sizeof full);
    memset(text, 'a', GHM_BASE32_TEXT_MAX);
    assert_int_equal(ghm_base32_decode(bytes, ghm_bytes(text, GHM_BASE32_TEXT_MAX)), GHM_EINVAL);
}

static void accept_only_what_is_written(struct ghm_bytes in, struct ghm_bytes whole, void *arg)
{
    (void)whole;
    (void)arg;
    uint8_t bytes[GHM_BASE32_BYTES_MAX];
    char text[GHM_BASE32_TEXT_MAX];
    int len = ghm_base32_decode(bytes, in);
    if (len < 0) return;
    (void)ghm_base32_encode(text, ghm_bytes(bytes, (size_t)len));
    assert_true(ghm_bytes_equal(ghm_bytes_text(text), in));
}

static void base32_survives_every_hurt(void **state)
{
    (void)state;
    for (size_t i = 1; i < sizeof golden / sizeof golden[0]; i++) {
        hurt_by_truncation(ghm_bytes_text(golden[i].text), accept_only_what_is_written, NULL);
        hurt_by_flip(ghm_bytes_text(golden[i].text), accept_only_what_is_written, NULL);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(base32_matches_the_rfc),
        cmocka_unit_test(base32_refuses_what_no_encoder_writes),
        cmocka_unit_test(base32_keeps_its_bounds),
        cmocka_unit_test(base32_survives_every_hurt),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
