/* SPDX-License-Identifier: MIT */
#include "answer/family.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

static bool meets(const char *write, const char *read)
{
    struct ghm_family writes;
    struct ghm_family reads;
    ghm_family_write(&writes, ghm_bytes_text(write));
    ghm_family_read(&reads, ghm_bytes_text(read));
    assert_true(writes.count > 0 && reads.count > 0);
    return ghm_family_meets(&writes, &reads);
}

static void assert_touches(const char *write, const char *read)
{
    if (!meets(write, read)) fail_msg("%s leaves %s", write, read);
}

static void assert_leaves(const char *write, const char *read)
{
    if (meets(write, read)) fail_msg("%s touches %s", write, read);
}

/* Every write shows at least where it was made. */
static void t18_a_write_touches_its_own_path(void **state)
{
    static const char *const targets[] = {
        "/repos/o/r",
        "/repos/o/r/issues",
        "/repos/o/r/issues/17",
        "/repos/o/r/issues/17/labels",
        "/repos/o/r/pulls/1",
        "/repos/o/r/pulls/1/merge",
        "/repos/o/r/git/refs/heads/main",
        "/repos/o/r/contents/a/b",
        "/repos/o/r/actions/runs/1",
        "/repos/o/r/actions/runners/7",
        "/repos/o/r/actions/variables/X",
        "/repos/o/r/check-runs/1",
        "/repos/o/r/releases/1",
        "/repos/o/r/deployments/1/statuses",
        "/repos/o/r/hooks",
        "/repos/o/r/topics",
        "/repos/o/r/commits/main/comments",
        "/repos/o/r/branches/main/protection",
        "/repos/o/r/no/such/thing",
        "/repos/o/r/labels/x",
        "/repos/o/r/environments/e",
        "/repositories/5/issues",
        "/repositories/5",
        "/orgs/o",
        "/orgs/o/teams",
        "/orgs/o/hooks",
        "/orgs/o/actions/runners/7",
        "/orgs/o/actions/runner-groups",
        "/orgs/o/actions/secrets/X",
        "/organizations/9/repos",
        "/enterprises/e/actions/runners/7",
        "/enterprises/e/x",
        "/user",
        "/user/repos",
        "/user/starred/o/r",
        "/gists/1",
        "/notifications",
        "/graphql",
        "/",
        "/repos/o/r/",
        "//repos/o/r",
        "/x",
    };
    (void)state;
    for (size_t i = 0; i < sizeof targets / sizeof targets[0]; i++)
        assert_touches(targets[i], targets[i]);
}

static void t18_a_write_touches_what_shows_it(void **state)
{
    static const struct {
        const char *write;
        const char *read;
    } rows[] = {
        {"/repos/o/r/issues/17/comments", "/repos/o/r/issues/17"},
        {"/repos/o/r/issues/17/comments", "/repos/o/r/issues?page=2"},
        {"/repos/o/r/issues", "/repos/o/r"}, /* open_issues_count */
        {"/repos/o/r/issues", "/repos/o/r/pulls"},
        {"/repos/o/r/issues", "/search/issues?q=x"},
        {"/repos/o/r/issues", "/orgs/o/issues"},
        {"/repos/o/r/issues", "/issues"},
        {"/repos/o/r/issues", "/graphql"},
        {"/repos/o/r/issues", "/repos/o/r/events"},
        {"/repos/o/r/issues", "/user/repos"},
        {"/repos/o/r/issues", "/users/o/repos"},
        {"/repos/o/r/pulls/1/merge", "/repos/o/r/commits"},
        {"/repos/o/r/pulls/1/merge", "/repos/o/r/git/ref/heads/main"},
        {"/repos/o/r/pulls/1/merge", "/repos/o/r/issues/2"},
        {"/repos/o/r/contents/x", "/repos/o/r/commits/main/status"},
        {"/repos/o/r/git/refs", "/repos/o/r/actions/runs"},
        {"/repos/o/r/git/refs", "/repos/o/r/pulls/1"},
        {"/repos/o/r/git/refs", "/repos/o/r/tags"},
        {"/repos/o/r/statuses/abc", "/repos/o/r/commits/main/status"},
        {"/repos/o/r/statuses/abc", "/repos/o/r/pulls/1"},
        {"/repos/o/r/check-runs", "/repos/o/r/commits/main/check-runs"},
        {"/repos/o/r/actions/runs/1/rerun", "/repos/o/r/actions/jobs/2"},
        {"/repos/o/r/actions/workflows/1/dispatches", "/repos/o/r/actions/runs"},
        {"/repos/o/r/releases", "/repos/o/r/tags"},
        {"/repos/o/r/actions/runners/generate-jitconfig", "/repos/o/r/actions/runners?page=2"},
        {"/orgs/o/actions/runners/generate-jitconfig", "/orgs/o/actions/runners"},
        {"/orgs/o/actions/runners/generate-jitconfig", "/orgs/o/actions/runner-groups/1/runners"},
        {"/enterprises/e/actions/runners/1", "/orgs/o/actions/runners"},
        {"/repos/o/r", "/repos/o/r/issues"}, /* deleted, renamed, made private */
        {"/repos/o/r", "/orgs/o/repos"},
        {"/orgs/o/repos", "/orgs/o/repos?page=2"},
        {"/orgs/o/teams/t/repos/o/r", "/repos/o/r"},
        {"/orgs/o/members/u", "/user/orgs"},
        {"/user/repos", "/users/o/repos"},
        {"/graphql", "/repos/o/r/issues"}, /* a mutation */
        {"/repos/o/r/forks", "/users/someone/repos"},
        {"/api/uploads/repos/o/r/releases/1/assets", "/api/v3/repos/o/r/releases/1"},
        {"/repos/o/r/issues/", "/repos/o/r/issues"},
        {"/repos/o/r/issues", "/repos/o/r/issues/"},
        {"/orgs/o/actions/runners/1", "/orgs/o//actions/runners"},
    };
    (void)state;
    for (size_t i = 0; i < sizeof rows / sizeof rows[0]; i++)
        assert_touches(rows[i].write, rows[i].read);
}

/* Guard: other forms and cases are one family (place.c; the wide keys of depend and touch). */
static void t11_aliases_are_one_family(void **state)
{
    (void)state;
    assert_touches("/repos/Octo/Hello/issues", "/repos/octo/hello/issues");
    assert_touches("/repos/o/r/issues", "/repositories/5/issues?page=2");
    assert_touches("/repositories/5/issues", "/repos/o/r/issues");
    assert_touches("/repositories/5", "/orgs/o/repos");
    assert_touches("/orgs/o", "/organizations/9");
    assert_touches("/organizations/9/actions/runners/1", "/orgs/o/actions/runners");
    assert_touches("/orgs/o/actions/runners/1", "/organizations/9/actions/runners?page=2");
    assert_touches("/organizations/9/teams", "/repos/o/r");
    assert_touches("/orgs/o/teams", "/repositories/5");
    assert_touches("/repos/o/r", "/organizations/9/repos?page=2");
}

/* What a fleet does all day must not make everything else be asked again. */
static void what_has_nothing_to_do_with_it_is_left(void **state)
{
    static const struct {
        const char *write;
        const char *read;
    } rows[] = {
        {"/repos/o/r/issues", "/repos/o/other/issues"},
        {"/repos/o/r/issues", "/repos/other/r/issues"},
        {"/repos/o/r/issues", "/repos/o/r/actions/runs"},
        {"/repos/o/r/issues", "/repos/o/r/git/trees/x"},
        {"/repos/o/r/issues", "/orgs/other/repos"},
        {"/repos/o/r/actions/runners/1", "/repos/o/r"},
        {"/repos/o/r/actions/runners/1", "/repos/o/r/actions/runs"},
        {"/repos/o/r/actions/runners/1", "/repos/o/other/actions/runners"},
        {"/repos/o/r/actions/runners/1", "/user/repos"},
        {"/repos/o/r/actions/runners/1", "/graphql"},
        {"/orgs/o/actions/runners/generate-jitconfig", "/orgs/o/repos"},
        {"/orgs/o/actions/runners/generate-jitconfig", "/repos/o/r/actions/runs"},
        {"/orgs/o/actions/runners/generate-jitconfig", "/repositories/5"},
        {"/orgs/o/actions/runners/generate-jitconfig", "/orgs/p/actions/runners"},
        {"/enterprises/e/actions/runners/1", "/repos/o/r/issues"},
        {"/orgs/o/teams", "/repos/other/r"},
        {"/repos/o/r/statuses/abc", "/repos/o/r"},
    };
    (void)state;
    for (size_t i = 0; i < sizeof rows / sizeof rows[0]; i++)
        assert_leaves(rows[i].write, rows[i].read);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(t18_a_write_touches_its_own_path),
        cmocka_unit_test(t18_a_write_touches_what_shows_it),
        cmocka_unit_test(t11_aliases_are_one_family),
        cmocka_unit_test(what_has_nothing_to_do_with_it_is_left),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
