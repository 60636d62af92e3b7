/* SPDX-License-Identifier: MIT */
#include "answer/canon.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#define TEXT(text) ghm_bytes((text), sizeof(text) - 1)

static json_t *parse(const char *text)
{
    json_error_t error;
    json_t *value = json_loads(text, JSON_DECODE_ANY, &error);
    assert_non_null(value);
    return value;
}

static int canon(char ret_text[1024], const char *json, size_t len_max)
{
    struct ghm_mem mem;
    struct ghm_buf buf;
    ghm_mem_init(&mem, NULL, 65536);
    ghm_buf_init(&buf, &mem, len_max);
    json_t *value = parse(json);
    int error = ghm_canon_append(&buf, value);
    json_decref(value);
    struct ghm_bytes text = ghm_buf_bytes(&buf);
    if (text.len > 0 && text.len < 1024) memcpy(ret_text, text.ptr, text.len);
    ret_text[text.len < 1024 ? text.len : 0] = '\0';
    ghm_buf_fini(&buf);
    ghm_mem_fini(&mem);
    return error;
}

static void assert_canon(const char *json, const char *expected)
{
    char text[1024];
    assert_int_equal(canon(text, json, 1023), GHM_OK);
    assert_string_equal(text, expected);
}

/* Source: Python 3.11, json.dumps(json.loads(text), sort_keys=True). */
static void prints_as_python_does(void **state)
{
    (void)state;
    assert_canon(
        "{\"\xc3\xa9\x7f\\n\\\"\\\\/\": [1, -2, 1.5, 1e16, true, false, null, "
        "\"\xf0\x9f\x98\x80\"], \"a\": {}, \"Z\": [], \"b\": {\"y\": 1, \"x\": {\"n\": 0.1}}}",
        "{\"Z\": [], \"a\": {}, \"b\": {\"x\": {\"n\": 0.1}, \"y\": 1}, "
        "\"\\u00e9\\u007f\\n\\\"\\\\/\": [1, -2, 1.5, 1e+16, true, false, null, "
        "\"\\ud83d\\ude00\"]}");
    assert_canon("\"\\b\\f\\r\\t\\u0001\\u001f\\uffff\"", "\"\\b\\f\\r\\t\\u0001\\u001f\\uffff\"");
    assert_canon("9223372036854775807", "9223372036854775807");
    assert_canon("-0.0", "-0.0");
    assert_canon("[]", "[]");
    assert_canon("null", "null");
    assert_canon("\"\"", "\"\"");
}

/* U+FF5E sorts before U+1F600, though its UTF-16 does not. */
static void keys_sort_by_code_point(void **state)
{
    (void)state;
    assert_canon("{\"\xf0\x9f\x98\x80\":1,\"\xef\xbd\x9e\":2,\"b\":3,\"B\":4,\"\":5,\"bb\":6}",
                 "{\"\": 5, \"B\": 4, \"b\": 3, \"bb\": 6, \"\\uff5e\": 2, \"\\ud83d\\ude00\": 1}");
}

static void depth_is_bounded(void **state)
{
    (void)state;
    char json[2 * (GHM_CANON_DEPTH_MAX + 1) + 1] = {0};
    char text[1024];
    memset(json, '[', GHM_CANON_DEPTH_MAX);
    memset(json + GHM_CANON_DEPTH_MAX, ']', GHM_CANON_DEPTH_MAX);
    assert_int_equal(canon(text, json, 1023), GHM_OK);
    assert_string_equal(text, json);
    memset(json, '[', GHM_CANON_DEPTH_MAX + 1);
    memset(json + GHM_CANON_DEPTH_MAX + 1, ']', GHM_CANON_DEPTH_MAX + 1);
    assert_int_equal(canon(text, json, 1023), GHM_ELIMIT);
}

static const char nested[] = "{\"a\":[1,{\"b\":\"\xc3\xa9\"}],\"c\":{\"d\":2.5,\"e\":[]}}";

static void length_is_bounded_at_every_step(void **state)
{
    (void)state;
    char text[1024];
    assert_int_equal(canon(text, nested, 1023), GHM_OK);
    for (size_t len = strlen(text) - 1; len > 0; len--) {
        assert_int_equal(canon(text, nested, len), GHM_ELIMIT);
    }
}

static void allocation_failure_leaks_nothing(void **state)
{
    (void)state;
    for (uint64_t step = 1;; step++) {
        struct ghm_mem mem;
        struct ghm_buf buf;
        ghm_mem_init(&mem, NULL, 65536);
        ghm_buf_init(&buf, &mem, 1024);
        mem.fail_after = step;
        json_t *value = parse(nested);
        int error = ghm_canon_append(&buf, value);
        json_decref(value);
        ghm_buf_fini(&buf);
        ghm_mem_fini(&mem);
        if (error == GHM_OK) break;
        assert_int_equal(error, GHM_ENOMEM);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(prints_as_python_does),
        cmocka_unit_test(keys_sort_by_code_point),
        cmocka_unit_test(depth_is_bounded),
        cmocka_unit_test(length_is_bounded_at_every_step),
        cmocka_unit_test(allocation_failure_leaks_nothing),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
