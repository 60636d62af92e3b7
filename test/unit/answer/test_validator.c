/* SPDX-License-Identifier: MIT */
#include "answer/validator.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#define TEXT(text) ghm_bytes((text), sizeof(text) - 1)

static struct ghm_validator of(unsigned status, struct ghm_bytes headers)
{
    struct ghm_entry entry = {
        .kind = GHM_ENTRY_ORIGIN, .status = (uint16_t)status, .headers = headers};
    return ghm_validator_of(&entry);
}

static void etag_goes_alone_and_verbatim(void **state)
{
    (void)state;
    struct ghm_validator v = of(200, TEXT("etag: W/\"h\"\nlast-modified: x\n"));
    assert_true(ghm_bytes_equal(v.etag, TEXT("W/\"h\"")));
    assert_null(v.last_modified.ptr);
}

static void date_goes_only_without_etag(void **state)
{
    (void)state;
    struct ghm_validator v = of(200, TEXT("last-modified: x\n"));
    assert_null(v.etag.ptr);
    assert_true(ghm_bytes_equal(v.last_modified, TEXT("x")));
    v = of(200, TEXT("etag: \nlast-modified: x\n"));
    assert_null(v.etag.ptr);
    assert_non_null(v.last_modified.ptr);
}

/* hub4j/github-api#669: a 304 kept a 404 alive after the thing was made. */
static void refusals_are_not_asked_by_date(void **state)
{
    (void)state;
    struct ghm_validator v = of(404, TEXT("last-modified: x\n"));
    assert_null(v.last_modified.ptr);
    v = of(404, TEXT("etag: \"h\"\n"));
    assert_non_null(v.etag.ptr);
}

static void values_of_programs_have_none(void **state)
{
    (void)state;
    struct ghm_entry entry = {.kind = GHM_ENTRY_PUT, .headers = TEXT("etag: \"h\"\n")};
    assert_null(ghm_validator_of(&entry).etag.ptr);
}

static void compares_weakly(void **state)
{
    (void)state;
    assert_true(ghm_validator_equal(TEXT("W/\"h\""), TEXT("\"h\"")));
    assert_true(ghm_validator_equal(TEXT("\"h\""), TEXT("\"h\"")));
    assert_true(ghm_validator_equal(TEXT("W/\"h\""), TEXT("W/\"h\"")));
    assert_false(ghm_validator_equal(TEXT("\"h\""), TEXT("\"H\"")));
    assert_false(ghm_validator_equal(TEXT(""), TEXT("")));
    assert_false(ghm_validator_equal(GHM_BYTES_NONE, GHM_BYTES_NONE));
}

static bool match(const char *list, const char *etag)
{
    return ghm_validator_match(ghm_bytes_text(list), ghm_bytes_text(etag));
}

static void matches_lists(void **state)
{
    (void)state;
    assert_true(match("*", "\"h\""));
    assert_true(match("\"h\"", "W/\"h\""));
    assert_true(match("\"a\", W/\"b,c\" ,\"h\"", "\"h\""));
    assert_true(match("\"a,b\"", "\"a,b\""));
    assert_false(match("\"a\", \"b\"", "\"h\""));
    assert_false(match("", "\"h\""));
    assert_false(match("h", "h"));
    assert_false(match("\"a, \"h\"", "\"h\""));
    assert_false(match("W/", "\"h\""));
    assert_false(match("\"", "\""));
    assert_false(ghm_validator_match(ghm_bytes("\0\"h\"", 4), TEXT("\"h\"")));
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(etag_goes_alone_and_verbatim),
        cmocka_unit_test(date_goes_only_without_etag),
        cmocka_unit_test(refusals_are_not_asked_by_date),
        cmocka_unit_test(values_of_programs_have_none),
        cmocka_unit_test(compares_weakly),
        cmocka_unit_test(matches_lists),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
