/* SPDX-License-Identifier: MIT */
#include "answer/member.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>

#include <cmocka.h>

/* In a block of its own size, so that a read past its end is seen. */
static int find(const char *text, size_t len, const char *name, char ret_value[64])
{
    struct ghm_bytes value;
    char *copy = malloc(len == 0 ? 1 : len);
    assert_non_null(copy);
    memcpy(copy, text, len);
    int error = ghm_member_find(&value, ghm_bytes(copy, len), name);
    if (error == GHM_OK) {
        assert_true(value.len < 64);
        memcpy(ret_value, value.ptr, value.len);
        ret_value[value.len] = '\0';
    }
    free(copy);
    return error;
}

static void members_are_found_as_written(void **state)
{
    static const struct {
        const char *text;
        const char *value; /* of "a"; NULL: `error` */
        int error;
    } rows[] = {
        {"{\"a\":1}", "1", 0},
        {" { \"b\" : [1,{\"a\":2}] , \"a\" : \"x\" } ", "\"x\"", 0},
        {"{\"a\":{\"a\":[1,2]},\"b\":3}", "{\"a\":[1,2]}", 0},
        {"{\"a\": [ 1 , 2 ] }", "[ 1 , 2 ]", 0},
        {"{\"b\":\"},\\\"a\\\":5\",\"a\":null\n}", "null", 0},
        {"{\"b\":\"\\\\\",\"a\":true}", "true", 0},
        {"{\"b\":\",\",\"a\":\"}\"}", "\"}\"", 0},
        {"{}", NULL, GHM_ENOTFOUND},
        {"{ }", NULL, GHM_ENOTFOUND},
        {"{\"b\":{\"a\":1}}", NULL, GHM_ENOTFOUND},
        {"{\"aa\":1,\"\":2}", NULL, GHM_ENOTFOUND},
        {"{\"a\":1,\"a\":1}", NULL, GHM_EINVAL},
        {"{\"\\u0061\":1}", NULL, GHM_EINVAL},
        {"{\"a\":1,\"\\u0061\":2}", NULL, GHM_EINVAL},
        {"[1]", NULL, GHM_EINVAL},
        {"\"a\"", NULL, GHM_EINVAL},
        {"", NULL, GHM_EINVAL},
        {"{\"a\":1}}", NULL, GHM_EINVAL},
        {"{a:1}", NULL, GHM_EINVAL},
    };
    (void)state;
    for (size_t i = 0; i < sizeof rows / sizeof rows[0]; i++) {
        char value[64];
        int error = find(rows[i].text, strlen(rows[i].text), "a", value);
        if (error != rows[i].error) print_message("%s\n", rows[i].text);
        assert_int_equal(error, rows[i].error);
        if (error == GHM_OK) assert_string_equal(value, rows[i].value);
    }
}

static void every_truncation_is_refused(void **state)
{
    const char *text = "{\"b\":[1,{\"c\":\"\\\"}\"}],\"a\":\"x\"}";
    char value[64];
    (void)state;
    for (size_t len = 0; len < strlen(text); len++)
        assert_int_equal(find(text, len, "a", value), GHM_EINVAL);
    assert_int_equal(find(text, strlen(text), "a", value), GHM_OK);
}

static void members_are_counted(void **state)
{
    (void)state;
    assert_int_equal(ghm_member_count(ghm_bytes_text("{}")), 0);
    assert_int_equal(ghm_member_count(ghm_bytes_text("{\"a\":{\"b\":1,\"c\":2}}")), 1);
    assert_int_equal(ghm_member_count(ghm_bytes_text(" {\"a\":[1,2] , \"b\":\",\" } ")), 2);
    assert_int_equal(ghm_member_count(ghm_bytes_text("[]")), GHM_EINVAL);
    assert_int_equal(ghm_member_count(ghm_bytes_text("{\"a\":1")), GHM_EINVAL);
}

static void strings_are_compared_whole(void **state)
{
    (void)state;
    assert_true(ghm_member_is(ghm_bytes_text("\"completed\""), "completed"));
    assert_false(ghm_member_is(ghm_bytes_text("\"complete\""), "completed"));
    assert_false(ghm_member_is(ghm_bytes_text("completed"), "completed"));
    assert_false(ghm_member_is(ghm_bytes_text("\""), ""));
    assert_false(ghm_member_is(GHM_BYTES_NONE, ""));
    assert_true(ghm_member_is(ghm_bytes_text("\"\""), ""));
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(members_are_found_as_written),
        cmocka_unit_test(every_truncation_is_refused),
        cmocka_unit_test(members_are_counted),
        cmocka_unit_test(strings_are_compared_whole),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
