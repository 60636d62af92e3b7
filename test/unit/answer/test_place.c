/* SPDX-License-Identifier: MIT */
#include "answer/place.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>

#include <cmocka.h>

static struct ghm_place of(const char *target)
{
    struct ghm_place place;
    ghm_place_of(&place, ghm_bytes_text(target));
    return place;
}

static void kinds_and_areas(void **state)
{
    static const struct {
        const char *target;
        enum ghm_place_kind kind;
        const char *area;
        bool is_runners;
        bool is_odd;
    } rows[] = {
        {"/repos/o/r", GHM_PLACE_REPO, "", false, false},
        {"/repos/o/r?x=/issues", GHM_PLACE_REPO, "", false, false},
        {"/repos/o/r/Issues/17", GHM_PLACE_REPO, "issues", false, false},
        {"/repos/o/r/%69ssues/17?a", GHM_PLACE_REPO, "issues", false, false},
        {"/api/v3/repos/o/r/git/refs", GHM_PLACE_REPO, "git", false, false},
        {"/api/uploads/repos/o/r/releases/1/assets", GHM_PLACE_REPO, "releases", false, false},
        {"/repos/o/r/actions", GHM_PLACE_REPO, "actions", false, false},
        {"/repos/o/r/actions/runs", GHM_PLACE_REPO, "actions", false, false},
        {"/repos/o/r/actions/runners/7", GHM_PLACE_REPO, "actions", true, false},
        {"/repositories/5/pulls", GHM_PLACE_REPO_NUMBERED, "pulls", false, false},
        {"/orgs/o", GHM_PLACE_OWNER, "", false, false},
        {"/users/o/repos", GHM_PLACE_OWNER, "repos", false, false},
        {"/orgs/o/actions/runner-groups/1/runners", GHM_PLACE_OWNER, "actions", true, false},
        {"/organizations/9/repos", GHM_PLACE_OWNER_NUMBERED, "repos", false, false},
        {"/enterprises/e/actions/runners", GHM_PLACE_ENTERPRISE, "actions", true, false},
        {"/user/repos", GHM_PLACE_ELSEWHERE, "", false, false},
        {"/graphql", GHM_PLACE_ELSEWHERE, "", false, false},
        {"", GHM_PLACE_ELSEWHERE, "", false, true},
        {"/", GHM_PLACE_ELSEWHERE, "", false, true},
        {"//repos/o/r", GHM_PLACE_ELSEWHERE, "", false, true},
        {"/repos", GHM_PLACE_ELSEWHERE, "", false, true},
        {"/repos/o", GHM_PLACE_ELSEWHERE, "", false, true},
        {"/repos/o/r/", GHM_PLACE_ELSEWHERE, "", false, true},
        {"/repos//r", GHM_PLACE_ELSEWHERE, "", false, true},
        {"/orgs/o//actions/runners", GHM_PLACE_ELSEWHERE, "", false, true},
    };
    (void)state;
    for (size_t i = 0; i < sizeof rows / sizeof rows[0]; i++) {
        struct ghm_place place = of(rows[i].target);
        if (place.kind != rows[i].kind) print_message("%s\n", rows[i].target);
        assert_int_equal(place.kind, rows[i].kind);
        assert_int_equal(place.is_runners, rows[i].is_runners);
        assert_int_equal(place.is_odd, rows[i].is_odd);
        assert_int_equal(place.area_len, strlen(rows[i].area));
        assert_memory_equal(place.area, rows[i].area, place.area_len);
    }
}

/* Guard: the lower case of place.c's unescape. */
static void t11_names_have_no_case(void **state)
{
    (void)state;
    assert_true(of("/repos/Octo-Org/Hello").hash == of("/repos/octo-org/hello").hash);
    assert_true(of("/repos/octo%2dorg/hello").hash == of("/repos/octo-org/hello").hash);
    assert_true(of("/repos/octo-org/hello").owner == of("/orgs/OCTO-ORG").hash);
    assert_true(of("/users/octo-org").hash == of("/orgs/octo-org").hash);
    assert_true(of("/repos/a/bc").hash != of("/repos/ab/c").hash);
    assert_true(of("/repositories/5").hash != of("/organizations/5").hash);
}

/* Truncated escapes and long names: no reading past the end, no name cut short. */
static void odd_bytes_are_read_in_bounds(void **state)
{
    char target[GHM_PLACE_SEGMENT_MAX + 32];
    (void)state;
    assert_true(of("/repos/o/r%").hash != of("/repos/o/r").hash);
    assert_true(of("/repos/o/r%2").hash != of("/repos/o/r%").hash);
    assert_true(of("/repos/o/r%zz").hash != of("/repos/o/r").hash);
    for (size_t len = GHM_PLACE_SEGMENT_MAX; len <= GHM_PLACE_SEGMENT_MAX + 1; len++) {
        int head = snprintf(target, sizeof target, "/repos/o/");
        memset(target + head, 'x', len);
        target[(size_t)head + len] = '\0';
        assert_int_equal(of(target).is_odd, len > GHM_PLACE_SEGMENT_MAX);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(kinds_and_areas),
        cmocka_unit_test(t11_names_have_no_case),
        cmocka_unit_test(odd_bytes_are_read_in_bounds),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
