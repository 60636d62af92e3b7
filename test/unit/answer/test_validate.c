/* SPDX-License-Identifier: MIT */
#include "answer/canon.h"
#include "answer/validate.h"

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

static void assert_fields(enum ghm_route_rule rule, const char *json, const char *expected)
{
    struct ghm_mem mem;
    struct ghm_buf buf;
    json_t *fields;
    json_t *data = parse(json);
    ghm_mem_init(&mem, NULL, 8192);
    ghm_buf_init(&buf, &mem, 1024);
    assert_int_equal(ghm_validate_fields(&fields, rule, data), GHM_OK);
    assert_int_equal(ghm_canon_append(&buf, fields), GHM_OK);
    assert_true(ghm_bytes_equal(ghm_buf_bytes(&buf), ghm_bytes_text(expected)));
    json_decref(fields);
    json_decref(data);
    ghm_buf_fini(&buf);
    ghm_mem_fini(&mem);
}

static void assert_none(enum ghm_route_rule rule, const char *json)
{
    json_t *fields;
    json_t *data = parse(json);
    assert_int_equal(ghm_validate_fields(&fields, rule, data), GHM_ENOTFOUND);
    json_decref(data);
}

/* Source of all that follows: the rules of the Python system, run by hand. */
static void repositories(void **state)
{
    (void)state;
    assert_fields(GHM_ROUTE_REPO, "{\"name\":\"x\",\"updatedAt\":\"u\"}",
                  "{\"pushedAt\": null, \"updatedAt\": \"u\"}");
    assert_fields(GHM_ROUTE_REPO,
                  "[{\"name\":\"\",\"url\":\"w\"},{\"name\":\"n\",\"url\":\"w\"},7]",
                  "{\"n\": {\"pushedAt\": null, \"updatedAt\": null}, "
                  "\"w\": {\"pushedAt\": null, \"updatedAt\": null}}");
}

static void issues_and_pulls(void **state)
{
    (void)state;
    assert_fields(GHM_ROUTE_ISSUE,
                  "[{\"number\":3,\"state\":\"open\",\"updatedAt\":\"\",\"updated_at\":\"u\"}]",
                  "{\"3\": {\"comments\": 0, \"state\": \"open\", \"updatedAt\": \"u\"}}");
    assert_fields(GHM_ROUTE_ISSUE, "{\"comments\":null}",
                  "{\"comments\": null, \"state\": null, \"updatedAt\": null}");
    assert_fields(GHM_ROUTE_PULL,
                  "[{\"id\":9,\"mergeable\":false,\"mergeableState\":\"dirty\",\"reviews\":"
                  "{\"totalCount\":2}},{\"number\":null,\"reviews\":5}]",
                  "{\"9\": {\"mergeable\": \"dirty\", \"reviews\": 2, \"state\": null, "
                  "\"updatedAt\": null}, \"None\": {\"mergeable\": null, \"reviews\": 0, "
                  "\"state\": null, \"updatedAt\": null}}");
}

static void comments_count_code_points(void **state)
{
    (void)state;
    assert_fields(GHM_ROUTE_COMMENT, "[{\"id\":1,\"body\":\"a\xc3\xa9\xf0\x9f\x98\x80\"}]",
                  "{\"1\": {\"bodyLength\": 3, \"updatedAt\": null}}");
    assert_fields(GHM_ROUTE_COMMENT, "{\"updated_at\":\"u\"}",
                  "{\"bodyLength\": 0, \"updatedAt\": \"u\"}");
}

static void commits(void **state)
{
    (void)state;
    assert_fields(GHM_ROUTE_COMMIT,
                  "[{\"sha\":\"a1\",\"commit\":{\"committer\":{\"date\":\"d\"}}},{\"oid\":\"b2\","
                  "\"committedDate\":\"e\"}]",
                  "{\"a1\": {\"date\": \"d\", \"sha\": \"a1\"}, "
                  "\"b2\": {\"date\": \"e\", \"sha\": \"b2\"}}");
    assert_fields(GHM_ROUTE_COMMIT, "{\"x\":1}", "{\"date\": null, \"sha\": \"\"}");
}

static void releases_and_workflows(void **state)
{
    (void)state;
    assert_fields(GHM_ROUTE_RELEASE, "[{\"tagName\":\"v1\",\"published_at\":\"p\"}]",
                  "{\"v1\": {\"publishedAt\": \"p\", \"tagName\": \"v1\"}}");
    assert_fields(GHM_ROUTE_WORKFLOW,
                  "[{\"databaseId\":12345,\"id\":1,\"status\":\"in_progress\",\"conclusion\":null,"
                  "\"updatedAt\":\"u\"}]",
                  "{\"12345\": {\"conclusion\": null, \"status\": \"in_progress\", "
                  "\"updatedAt\": \"u\"}}");
}

static void runners_branches_and_tags(void **state)
{
    (void)state;
    assert_fields(GHM_ROUTE_RUNNER, "[{\"name\":\"r\",\"status\":\"online\",\"busy\":true}]",
                  "{\"r\": {\"busy\": true, \"status\": \"online\"}}");
    assert_fields(GHM_ROUTE_BRANCH,
                  "[{\"name\":\"main\",\"commit\":{\"sha\":\"s\"}},{\"commit\":7}]",
                  "{\"\": {\"name\": \"\", \"protected\": false, \"sha\": \"\"}, "
                  "\"main\": {\"name\": \"main\", \"protected\": false, \"sha\": \"s\"}}");
    assert_fields(GHM_ROUTE_TAG, "{\"name\":\"v1\"}", "{\"name\": \"v1\", \"sha\": \"\"}");
}

static void deployments_and_checks(void **state)
{
    (void)state;
    assert_fields(GHM_ROUTE_DEPLOYMENT, "[{\"id\":5,\"updated_at\":\"u\"}]",
                  "{\"5\": {\"id\": \"5\", \"state\": null, \"updatedAt\": \"u\"}}");
    assert_fields(GHM_ROUTE_DEPLOYMENT, "[{\"id\":1.5},{\"id\":true},{}]",
                  "{\"\": {\"id\": \"\", \"state\": null, \"updatedAt\": null}, "
                  "\"1.5\": {\"id\": \"1.5\", \"state\": null, \"updatedAt\": null}, "
                  "\"True\": {\"id\": \"True\", \"state\": null, \"updatedAt\": null}}");
    assert_fields(GHM_ROUTE_CHECK, "[{\"id\":1,\"status\":\"completed\",\"completed_at\":\"c\"}]",
                  "{\"1\": {\"completedAt\": \"c\", \"conclusion\": null, "
                  "\"status\": \"completed\"}}");
}

static void nothing_vouches_for_nothing(void **state)
{
    (void)state;
    assert_none(GHM_ROUTE_NO_RULE, "{\"name\":\"x\"}");
    assert_none(GHM_ROUTE_REPO, "{}");
    assert_none(GHM_ROUTE_REPO, "[]");
    assert_none(GHM_ROUTE_REPO, "[1,2]");
    assert_none(GHM_ROUTE_REPO, "\"text\"");
    assert_none(GHM_ROUTE_REPO, "null");
    assert_none(GHM_ROUTE_REPO, "7");
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(repositories),
        cmocka_unit_test(issues_and_pulls),
        cmocka_unit_test(comments_count_code_points),
        cmocka_unit_test(commits),
        cmocka_unit_test(releases_and_workflows),
        cmocka_unit_test(runners_branches_and_tags),
        cmocka_unit_test(deployments_and_checks),
        cmocka_unit_test(nothing_vouches_for_nothing),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
