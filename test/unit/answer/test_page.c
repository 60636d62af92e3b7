/* SPDX-License-Identifier: MIT */
#include "answer/page.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>

#include <cmocka.h>

#define TEXT(text) ghm_bytes((text), sizeof(text) - 1)

static void sizes_are_as_github_takes_them(void **state)
{
    (void)state;
    const struct {
        const char *target;
        unsigned size;
    } rows[] = {
        {"/a", 30},
        {"/a?page=2", 30},
        {"/a?per_page=1", 1},
        {"/a?per_page=", 30},
        {"/a?per_page=0", 30},
        {"/a?per_page=100", 100},
        {"/a?per_page=101", 100},
        {"/a?per_page=9999999999999999999", 100},
        {"/a?per_page=-1", 30},
        {"/a?x=1&per_page=7&page=2", 7},
        {"/a?xper_page=7", 30},
        {"", 30},
    };
    for (size_t i = 0; i < sizeof rows / sizeof rows[0]; i++)
        assert_int_equal(ghm_page_size(ghm_bytes_text(rows[i].target)), rows[i].size);
}

static void items_are_counted(void **state)
{
    (void)state;
    const struct {
        const char *body;
        unsigned items;
    } rows[] = {
        {"", 0},
        {" \n", 0},
        {"[]", 0},
        {" [ ]\n", 0},
        {"{}", 0},
        {"[1]", 1},
        {"[1,2]", 2},
        {"[[1,2],3]", 2},
        {"[{\"a\":[1,2]},{}]", 2},
        {"\"[1,2]\"", 0},
        {"[\",\"]", 1},
        {"[\"\\\",\\\"\",2]", 2},
        {"{\"a\":[1,2]}", 0},
        {"[1,", 2},
        {"[\"", 1},
        {"[\"\\", 1},
    };
    for (size_t i = 0; i < sizeof rows / sizeof rows[0]; i++)
        assert_int_equal(ghm_page_items(ghm_bytes_text(rows[i].body)), rows[i].items);
}

/* T10: Link is not in the tag. */
static void t10_only_a_full_page_without_next_is_doubted(void **state)
{
    (void)state;
    struct ghm_bytes two = TEXT("/a?per_page=2");
    struct ghm_bytes prev = TEXT("link: <https://x/a?page=1>; rel=\"prev\"\n");
    struct ghm_bytes next = TEXT("link: <https://x/a?page=3>; rel=\"next\", <u>; rel=\"last\"\n");
    assert_true(ghm_page_is_full_last(two, GHM_BYTES_NONE, TEXT("[1,2]")));
    assert_true(ghm_page_is_full_last(two, prev, TEXT("[1,2]")));
    assert_false(ghm_page_is_full_last(two, next, TEXT("[1,2]")));
    assert_false(ghm_page_is_full_last(two, prev, TEXT("[1]")));
    assert_false(ghm_page_is_full_last(two, prev, TEXT("[]")));
    assert_false(ghm_page_is_full_last(two, prev, TEXT("{\"total_count\":2,\"runs\":[1,2]}")));
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(sizes_are_as_github_takes_them),
        cmocka_unit_test(items_are_counted),
        cmocka_unit_test(t10_only_a_full_page_without_next_is_doubted),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
