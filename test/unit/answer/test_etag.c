/* SPDX-License-Identifier: MIT */
#include "answer/etag.h"

#include "../../vector/etag.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>

#include <cmocka.h>

#define TEXT(text) ghm_bytes((text), sizeof(text) - 1)

static void assert_tag(unsigned vary, const char *request, struct ghm_bytes body, const char *want)
{
    char tag[GHM_ETAG_TEXT_MAX];
    ghm_etag_compute(tag, vary, ghm_bytes_text(request), body);
    assert_string_equal(tag, want);
}

static void tags_are_as_published(void **state)
{
    (void)state;
    for (size_t i = 0; i < sizeof etag_vectors / sizeof etag_vectors[0]; i++) {
        char answer[128], want[GHM_ETAG_TEXT_MAX];
        (void)snprintf(answer, sizeof answer, "vary: %s\n", etag_vectors[i].vary);
        (void)snprintf(want, sizeof want, "\"%s\"", etag_vectors[i].hex);
        print_message("%s\n", etag_vectors[i].name);
        assert_tag(ghm_etag_vary(ghm_bytes_text(answer)), etag_vectors[i].request,
                   ghm_bytes_text(etag_vectors[i].body), want);
    }
}

static void vary_is_read_from_every_line_in_any_case(void **state)
{
    (void)state;
    const struct {
        const char *block;
        unsigned vary;
    } rows[] = {
        {"", 0},
        {"etag: \"accept\"\n", 0},
        {"vary: Accept-Encoding, X-Accept\n", 0},
        {"vary: ACCEPT\n", GHM_ETAG_ACCEPT},
        {"Vary:\tcookie ,accept\n", GHM_ETAG_ACCEPT | GHM_ETAG_COOKIE},
        {"vary: Accept\nx: y\nvary: Authorization,\n", GHM_ETAG_ACCEPT | GHM_ETAG_AUTHORIZATION},
        {"vary: *\n", GHM_ETAG_ALL},
        {"vary: ,, ,\n", 0},
    };
    for (size_t i = 0; i < sizeof rows / sizeof rows[0]; i++)
        assert_int_equal(ghm_etag_vary(ghm_bytes_text(rows[i].block)), rows[i].vary);
}

/* T1: absent, empty and any are three requests, and have three tags. */
static void t1_three_accepts_are_three_tags(void **state)
{
    (void)state;
    static const char *const requests[] = {"", "Accept: \n", "Accept: */*\n"};
    char tags[3][GHM_ETAG_TEXT_MAX];
    for (size_t i = 0; i < 3; i++)
        ghm_etag_compute(tags[i], GHM_ETAG_ALL, ghm_bytes_text(requests[i]), TEXT("[]"));
    assert_string_not_equal(tags[0], tags[1]);
    assert_string_not_equal(tags[1], tags[2]);
    assert_string_not_equal(tags[0], tags[2]);
}

/* T3: one identity in two spellings has two tags. */
static void t3_both_schemes_are_two_tags(void **state)
{
    (void)state;
    char one[GHM_ETAG_TEXT_MAX], two[GHM_ETAG_TEXT_MAX];
    ghm_etag_compute(one, GHM_ETAG_ALL, TEXT("Authorization: token x\n"), TEXT("body"));
    ghm_etag_compute(two, GHM_ETAG_ALL, TEXT("Authorization: Bearer x\n"), TEXT("body"));
    assert_string_not_equal(one, two);
}

static void every_bit_of_the_body_counts(void **state)
{
    (void)state;
    char body[] = "a body", first[GHM_ETAG_TEXT_MAX], other[GHM_ETAG_TEXT_MAX];
    ghm_etag_compute(first, 0, GHM_BYTES_NONE, ghm_bytes_text(body));
    for (size_t bit = 0; bit < 8 * (sizeof body - 1); bit++) {
        body[bit / 8] ^= (char)(1 << bit % 8);
        ghm_etag_compute(other, 0, GHM_BYTES_NONE, ghm_bytes(body, sizeof body - 1));
        assert_string_not_equal(first, other);
        body[bit / 8] ^= (char)(1 << bit % 8);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(tags_are_as_published),
        cmocka_unit_test(vary_is_read_from_every_line_in_any_case),
        cmocka_unit_test(t1_three_accepts_are_three_tags),
        cmocka_unit_test(t3_both_schemes_are_two_tags),
        cmocka_unit_test(every_bit_of_the_body_counts),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
