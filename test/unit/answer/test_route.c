/* SPDX-License-Identifier: MIT */
#include "answer/route.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#define TEXT(text) ghm_bytes((text), sizeof(text) - 1)

static struct ghm_route of(const char *target)
{
    return ghm_route_of_target(ghm_bytes_text(target), 77);
}

static void assert_route(const char *target, uint32_t ttl_s, enum ghm_route_change change)
{
    struct ghm_route route = of(target);
    assert_int_equal(route.ttl_s, ttl_s);
    assert_int_equal(route.change, change);
}

static void assert_unknown(const char *target)
{
    struct ghm_route route = of(target);
    assert_int_equal(route.ttl_s, 77);
    assert_int_equal(route.change, GHM_ROUTE_SLOW);
    assert_int_equal(route.rule, GHM_ROUTE_NO_RULE);
}

/* Source: the TTLs that the Python programs use. */
static void paths_have_the_known_ttls(void **state)
{
    (void)state;
    assert_route("/repos/o/r", 300, GHM_ROUTE_SLOW);
    assert_route("/orgs/o/repos?per_page=100", 300, GHM_ROUTE_SLOW);
    assert_route("/repos/o/r/actions/runs?status=queued", 60, GHM_ROUTE_LIVE);
    assert_route("/repos/o/r/actions/runs/123", 60, GHM_ROUTE_LIVE);
    assert_route("/repos/o/r/actions/runs/123/jobs", 30, GHM_ROUTE_LIVE);
    assert_route("/repos/o/r/actions/runners", 30, GHM_ROUTE_LIVE);
    assert_route("/orgs/o/actions/runners/7", 30, GHM_ROUTE_LIVE);
    assert_int_equal(of("/repos/o/r/actions/runs").rule, GHM_ROUTE_WORKFLOW);
    assert_int_equal(of("/repos/o/r").rule, GHM_ROUTE_REPO);
}

static void what_mints_secrets_or_leads_elsewhere_is_never_cached(void **state)
{
    (void)state;
    static const char *const never[] = {
        "/app/installations/1/access_tokens",
        "/repos/o/r/actions/runners/registration-token",
        "/repos/o/r/actions/runners/remove-token",
        "/repos/o/r/actions/runners/generate-jitconfig",
        "/orgs/o/actions/runners/registration-token",
        "/orgs/o/actions/runners/remove-token",
        "/orgs/o/actions/runners/generate-jitconfig",
        "/enterprises/e/actions/runners/registration-token",
        "/enterprises/e/actions/runners/remove-token",
        "/enterprises/e/actions/runners/generate-jitconfig",
        "/api/v3/orgs/o/actions/runners/registration-token",
        "/repositories/5/actions/runners/remove-token",
        "/organizations/5/actions/runners/registration-token",
        "/rate_limit",
        "/rate_limit?x=1",
        "/repos/o/r/actions/runs/1/logs",
        "/repos/o/r/actions/jobs/1/logs",
        "/repos/o/r/actions/artifacts/1/zip",
        "/repos/o/r/tarball/main",
        "/repos/o/r/zipball",
    };
    for (size_t i = 0; i < sizeof never / sizeof never[0]; i++) {
        assert_route(never[i], 0, GHM_ROUTE_NEVER);
    }
}

/* T12, T25, T26: secrets, addresses that are secrets of a minute, the moment's state. */
static void t25_secrets_and_signed_addresses_are_never_cached(void **state)
{
    (void)state;
    static const char *const never[] = {
        "/app/installations/1",
        "/app/installations/1/access_tokens",
        "/app/hook/config",
        "/app-manifests/x/conversions",
        "/applications/c/token",
        "/applications/c/grant",
        "/feeds",
        "/repos/o/r/hooks/1/deliveries/2",
        "/orgs/o/hooks/1/deliveries",
        "/orgs/o/migrations/1/archive",
        "/user/migrations/1/archive",
        "/repos/o/r/code-scanning/codeql/databases/c",
        "/repos/o/r/releases/assets/1",
        "/orgs/o/copilot/metrics/reports/organization-1-day",
        "/scim/v2/organizations/o/Users",
        "/zen",
        "/octocat",
        "/repositories/5/releases/assets/1",
    };
    for (size_t i = 0; i < sizeof never / sizeof never[0]; i++)
        assert_route(never[i], 0, GHM_ROUTE_NEVER);
}

#define HASH_A "0123456789abcdef0123456789abcdef01234567"
#define HASH_B "76543210fedcba9876543210fedcba9876543210"

static void what_a_hash_names_is_pinned(void **state)
{
    (void)state;
    assert_route("/repos/o/r/commits/" HASH_A, 3600, GHM_ROUTE_FIXED);
    assert_route("/repos/o/r/commits/main", 60, GHM_ROUTE_SLOW);
    assert_route("/repos/o/r/commits/" HASH_A "/status", 30, GHM_ROUTE_LIVE);
    assert_route("/repos/o/r/commits/" HASH_A "/comments", 60, GHM_ROUTE_SLOW);
    assert_route("/repos/o/r/compare/" HASH_A "..." HASH_B, 3600, GHM_ROUTE_FIXED);
    assert_route("/repos/o/r/compare/" HASH_A ".." HASH_B "?page=2", 3600, GHM_ROUTE_FIXED);
    assert_route("/repos/o/r/compare/" HASH_A "...main", 60, GHM_ROUTE_SLOW);
    assert_route("/repos/o/r/compare/main..." HASH_A, 60, GHM_ROUTE_SLOW);
    assert_route("/repos/o/r/compare/" HASH_A "...." HASH_B, 60, GHM_ROUTE_SLOW);
    assert_route("/repos/o/r/compare/" HASH_A, 60, GHM_ROUTE_SLOW);
    assert_route("/gists/1/" HASH_A, 3600, GHM_ROUTE_FIXED);
    /* Their addresses of a private repository last for minutes only. */
    assert_route("/repos/o/r/contents/a?ref=" HASH_A, 60, GHM_ROUTE_SLOW);
}

static void literals_win_over_placeholders(void **state)
{
    (void)state;
    assert_int_equal(of("/repos/o/r/issues/comments").rule, GHM_ROUTE_COMMENT);
    assert_int_equal(of("/repos/o/r/issues/17").rule, GHM_ROUTE_ISSUE);
    assert_int_equal(of("/repos/actions/runs/issues/17").rule, GHM_ROUTE_ISSUE);
    assert_route("/repos/o/r/actions/runners/downloads", 3600, GHM_ROUTE_SLOW);
}

static void hashes_are_fixed_and_names_are_not(void **state)
{
    (void)state;
    assert_route("/repos/o/r/git/trees/0123456789abcdef0123456789abcdef01234567", 3600,
                 GHM_ROUTE_FIXED);
    assert_unknown("/repos/o/r/git/trees/main");
    assert_unknown("/repos/o/r/git/trees/0123456789ABCDEF0123456789abcdef01234567");
    assert_unknown("/repos/o/r/git/trees/0123456789abcdef0123456789abcdef0123456");
}

static void deep_paths_are_taken_whole(void **state)
{
    (void)state;
    assert_route("/repos/o/r/contents/a/b/c.txt?ref=main", 60, GHM_ROUTE_SLOW);
    assert_route("/repos/o/r/contents/a", 60, GHM_ROUTE_SLOW);
    assert_route("/repos/o/r/git/ref/heads/feature/x", 60, GHM_ROUTE_SLOW);
}

static void numbered_forms_and_enterprise_are_understood(void **state)
{
    (void)state;
    assert_route("/repositories/1296269/actions/runs?page=2", 60, GHM_ROUTE_LIVE);
    assert_route("/repositories/1296269", 300, GHM_ROUTE_SLOW);
    assert_route("/organizations/9/repos?page=2", 300, GHM_ROUTE_SLOW);
    assert_route("/api/v3/repos/o/r/actions/runners", 30, GHM_ROUTE_LIVE);
}

static void unknown_paths_have_the_default(void **state)
{
    (void)state;
    static const char *const unknown[] = {
        "",
        "/",
        "//",
        "?",
        "repos/o/r",
        "/repos",
        "/repos/o",
        "/repos/o/",
        "/repos//r",
        "/repos/o/r/",
        "/repos/o/r/actions/",
        "/repos/o/r/contents/",
        "/repos/o/r/actions/runs/1/jobs/2",
        "/repositories",
        "/repositories/",
        "/organizations",
        "/x",
        "/zzz/y",
        "/{x}",
        "/repos/o/r/actions/{id}",
        "/api/v3",
        "/api/v3/",
    };
    for (size_t i = 0; i < sizeof unknown / sizeof unknown[0]; i++)
        assert_unknown(unknown[i]);
}

static int compare_segments(const char *a, const char *b)
{
    while (*a != '\0' && *b != '\0') {
        struct ghm_bytes first = ghm_bytes(a + 1, strcspn(a + 1, "/"));
        struct ghm_bytes second = ghm_bytes(b + 1, strcspn(b + 1, "/"));
        int order = ghm_bytes_compare(first, second);
        if (order != 0) return order;
        a += 1 + first.len;
        b += 1 + second.len;
    }
    return (*a != '\0') - (*b != '\0');
}

static void table_is_sorted(void **state)
{
    (void)state;
    struct ghm_route route;
    const char *before = ghm_route_template(&route, 0);
    for (size_t i = 1; ghm_route_template(&route, i) != NULL; i++) {
        const char *name = ghm_route_template(&route, i);
        assert_true(compare_segments(before, name) < 0);
        before = name;
    }
    before = ghm_route_op_name(&route, 0);
    for (size_t i = 1; ghm_route_op_name(&route, i) != NULL; i++) {
        assert_true(strcmp(before, ghm_route_op_name(&route, i)) < 0);
        before = ghm_route_op_name(&route, i);
    }
}

/* A path made from a template: its placeholders filled in. */
static void fill(char ret_path[512], const char *template)
{
    size_t len = 0;
    while (*template != '\0') {
        if (*template != '{') {
            ret_path[len++] = *template ++;
            continue;
        }
        bool is_hash = strncmp(template, "{sha}", 5) == 0;
        memset(ret_path + len, 'a', is_hash ? 40 : 3);
        len += is_hash ? 40 : 3;
        template += strcspn(template, "}") + 1;
    }
    ret_path[len] = '\0';
}

static void every_row_is_found_by_its_own_path(void **state)
{
    (void)state;
    struct ghm_route expected;
    for (size_t i = 0; ghm_route_template(&expected, i) != NULL; i++) {
        char path[512];
        fill(path, ghm_route_template(&expected, i));
        struct ghm_route route = of(path);
        assert_int_equal(route.ttl_s, expected.ttl_s);
        assert_int_equal(route.change, expected.change);
        assert_int_equal(route.rule, expected.rule);
    }
    for (size_t i = 0; ghm_route_op_name(&expected, i) != NULL; i++) {
        struct ghm_route route =
            ghm_route_of_op(ghm_bytes_text(ghm_route_op_name(&expected, i)), 77);
        assert_int_equal(route.ttl_s, expected.ttl_s == 0 ? 77 : expected.ttl_s);
        assert_int_equal(route.rule, expected.rule);
    }
}

static void op_has(const char *op, uint32_t ttl_s, enum ghm_route_rule rule)
{
    struct ghm_route route = ghm_route_of_op(ghm_bytes_text(op), 77);
    assert_int_equal(route.ttl_s, ttl_s);
    assert_int_equal(route.rule, rule);
}

/* Source: the TTLs that the Python programs use; "private" and "profile" are no pull requests. */
static void operations_are_compared_whole(void **state)
{
    (void)state;
    op_has("list_repos", 300, GHM_ROUTE_REPO);
    op_has("list_workflow_runs", 60, GHM_ROUTE_WORKFLOW);
    op_has("list_runners", 30, GHM_ROUTE_RUNNER);
    op_has("active_runners", 15, GHM_ROUTE_RUNNER);
    op_has("codeql", 86400, GHM_ROUTE_NO_RULE);
    op_has("copilot_suggest", 300, GHM_ROUTE_NO_RULE);
    op_has("list_issues", 77, GHM_ROUTE_ISSUE);
    op_has("list_private_things", 77, GHM_ROUTE_NO_RULE);
    op_has("get_profile", 77, GHM_ROUTE_NO_RULE);
    op_has("list_project_runners", 77, GHM_ROUTE_NO_RULE);
    op_has("list_repo", 77, GHM_ROUTE_NO_RULE);
    op_has("list_reposs", 77, GHM_ROUTE_NO_RULE);
    op_has("", 77, GHM_ROUTE_NO_RULE);
}

static void template_is_told(void **state)
{
    (void)state;
    assert_string_equal(ghm_route_template_of(ghm_bytes_text("/repos/o/r?page=2")),
                        "/repos/{owner}/{repo}");
    assert_string_equal(ghm_route_template_of(ghm_bytes_text("/api/v3/repositories/1/issues")),
                        "/repos/{owner}/{repo}/issues");
    assert_null(ghm_route_template_of(ghm_bytes_text("/no/such")));
    assert_null(ghm_route_template_of(GHM_BYTES_NONE));
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(paths_have_the_known_ttls),
        cmocka_unit_test(what_mints_secrets_or_leads_elsewhere_is_never_cached),
        cmocka_unit_test(t25_secrets_and_signed_addresses_are_never_cached),
        cmocka_unit_test(what_a_hash_names_is_pinned),
        cmocka_unit_test(literals_win_over_placeholders),
        cmocka_unit_test(hashes_are_fixed_and_names_are_not),
        cmocka_unit_test(deep_paths_are_taken_whole),
        cmocka_unit_test(numbered_forms_and_enterprise_are_understood),
        cmocka_unit_test(unknown_paths_have_the_default),
        cmocka_unit_test(table_is_sorted),
        cmocka_unit_test(every_row_is_found_by_its_own_path),
        cmocka_unit_test(operations_are_compared_whole),
        cmocka_unit_test(template_is_told),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
