/* SPDX-License-Identifier: MIT */
#include "answer/json.h"

#include <jansson.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#define SAMPLE                                                                                     \
    "{\"a\": [1, -2.50e+3, 0, true, false, null, {}, []], \"more than eight bytes\": "             \
    "\"\\u00e9\\n\\\"\xc3\xa9\xe2\x82\xac\xf0\x9f\x98\x80\", \"c\": {\"d\": \"\"}}"

static bool is_text(const char *text)
{
    return ghm_json_is_text(ghm_bytes_text(text));
}

/* The same question to a parser: numbers past a double's range and NUL aside, they agree. */
static bool is_parsed(const uint8_t *text, size_t len)
{
    json_t *value = json_loadb((const char *)text, len, JSON_DECODE_ANY | JSON_ALLOW_NUL, NULL);
    bool is_value = value != NULL;
    json_decref(value);
    return is_value;
}

static void takes_every_type(void **state)
{
    (void)state;
    static const char *const texts[] = {"{}",          "[]",    "\"\"", "0",     "-0.0e-0",
                                        "true",        "false", "null", " [ ] ", "\r\n\t1",
                                        "\"\\u0000\"", "1e999", SAMPLE};
    for (size_t i = 0; i < sizeof texts / sizeof texts[0]; i++)
        assert_true(is_text(texts[i]));
}

static void refuses_what_is_none(void **state)
{
    (void)state;
    static const char *const texts[] = {
        "",          " ",           "{",         "}",   "[1,]",      "{\"a\":1,}",
        "{\"a\"}",   "{1:2}",       "[1 2]",     "[}",  "{\"a\":1]", "01",
        "1.",        ".5",          "+1",        "1e",  "-",         "tru",
        "truer",     "nul",         "NaN",       "\"",  "\"\\\"",    "\"\\x\"",
        "\"\\u12\"", "\"\\u12g4\"", "\"a\nb\"",  "1 1", "\"\\",      "\xef\xbb\xbf{}",
        "'a'",       "[1]]",        "{\"a\" 1}", ",",
    };
    for (size_t i = 0; i < sizeof texts / sizeof texts[0]; i++)
        assert_false(is_text(texts[i]));
    assert_false(ghm_json_is_text(GHM_BYTES_NONE));
    assert_false(ghm_json_is_text(ghm_bytes("1\0", 2)));
}

static void refuses_every_truncation(void **state)
{
    (void)state;
    for (size_t len = 0; len + 1 < sizeof SAMPLE; len++)
        assert_false(ghm_json_is_text(ghm_bytes(SAMPLE, len)));
}

/* Every byte at every place, so all of UTF-8's edges too. */
static void judges_as_a_parser_does(void **state)
{
    (void)state;
    uint8_t text[] = SAMPLE;
    for (size_t at = 0; at + 1 < sizeof text; at++) {
        uint8_t was = text[at];
        for (unsigned byte = 0; byte < 256; byte++) {
            text[at] = (uint8_t)byte;
            assert_int_equal(ghm_json_is_text(ghm_bytes(text, sizeof text - 1)),
                             is_parsed(text, sizeof text - 1));
        }
        text[at] = was;
    }
}

/* Every pair of bytes at the start of a character, with two that may follow. */
static void judges_wide_characters(void **state)
{
    (void)state;
    uint8_t text[] = "\"..\x80\x80\"";
    for (unsigned both = 0; both < 65536; both++) {
        for (size_t extra = 0; extra <= 2; extra++) {
            uint8_t one[sizeof text];
            size_t len = 3 + extra;
            memcpy(one, text, sizeof text);
            ghm_store_be16(one + 1, (uint16_t)both);
            one[len++] = '"';
            assert_int_equal(ghm_json_is_text(ghm_bytes(one, len)), is_parsed(one, len));
        }
    }
}

static void nests_to_its_bound(void **state)
{
    (void)state;
    static char text[2 * (GHM_JSON_DEPTH_MAX + 1)];
    for (size_t depth = GHM_JSON_DEPTH_MAX; depth <= GHM_JSON_DEPTH_MAX + 1; depth++) {
        memset(text, '[', depth);
        memset(text + depth, ']', depth);
        assert_int_equal(ghm_json_is_text(ghm_bytes(text, 2 * depth)), depth == GHM_JSON_DEPTH_MAX);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(takes_every_type),         cmocka_unit_test(refuses_what_is_none),
        cmocka_unit_test(refuses_every_truncation), cmocka_unit_test(judges_as_a_parser_does),
        cmocka_unit_test(judges_wide_characters),   cmocka_unit_test(nests_to_its_bound),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
