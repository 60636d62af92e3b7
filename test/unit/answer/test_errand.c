/* SPDX-License-Identifier: MIT */
#include "answer/errand.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#define R GHM_ERRAND_READ
#define Q GHM_ERRAND_QUERY
#define P GHM_ERRAND_PASS
#define W GHM_ERRAND_WRITE

/* Guard: errand.c: what is not listed is a write. */
static void t18_what_each_request_is_for(void **state)
{
    static const struct {
        const char *method;
        const char *target;
        const char *body;
        enum ghm_errand errand;
    } rows[] = {
        {"GET", "/repos/o/r", NULL, R},
        {"GET", "/rate_limit", NULL, P},
        {"GET", "/repos/o/r/actions/artifacts/1/zip", NULL, P},
        {"HEAD", "/repos/o/r", NULL, P},
        {"OPTIONS", "/repos/o/r", NULL, P},
        {"get", "/repos/o/r", NULL, W}, /* methods have their case */
        {"POST", "/repos/o/r/issues", "{}", W},
        {"PATCH", "/repos/o/r", "{}", W},
        {"PUT", "/repos/o/r/contents/x", "{}", W},
        {"DELETE", "/repos/o/r/actions/runners/1", NULL, W},
        {"PURGE", "/repos/o/r", NULL, W},
        {"POST", "/graphql", "{\"query\":\"{a}\"}", Q},
        {"POST", "/api/graphql", "{\"query\":\"{a}\"}", Q},
        {"POST", "/graphql", "{\"query\":\"{rateLimit{cost}}\"}", P},
        {"POST", "/graphql", "{\"query\":\"mutation{a}\"}", W},
        {"POST", "/graphql", NULL, W},
        {"PUT", "/graphql", "{\"query\":\"{a}\"}", W},
        {"POST", "/markdown", "{}", P},
        {"POST", "/api/v3/markdown/raw?x", "x", P},
        {"POST", "/repos/o/r/releases/generate-notes", "{}", P},
        {"POST", "/app/installations/1/access_tokens", "{}", P},
        {"DELETE", "/installation/token", NULL, P},
        {"POST", "/orgs/o/actions/runners/registration-token", NULL, P},
        {"POST", "/orgs/o/actions/runners/generate-jitconfig", "{}", W}, /* makes a runner */
        {"PUT", "/repos/o/r/contents/markdown", "{}", W},
        {"PUT", "/repos/o/r/contents/releases/generate-notes", "{}", W},
        {"POST", "/repos/o/r/releases/generate-notes/x", "{}", W},
        {"POST", "/repos//r/releases/generate-notes", "{}", W},
        {"POST", "/markdow", "{}", W},
        {"POST", "/app/installations//access_tokens", "{}", W},
    };
    (void)state;
    for (size_t i = 0; i < sizeof rows / sizeof rows[0]; i++) {
        struct ghm_request request = {.method = ghm_bytes_text(rows[i].method),
                                      .host = ghm_bytes_text("api.github.com"),
                                      .target = ghm_bytes_text(rows[i].target),
                                      .body = ghm_bytes_text(rows[i].body)};
        enum ghm_errand errand = ghm_errand_of(NULL, &request);
        if (errand != rows[i].errand) print_message("%s %s\n", rows[i].method, rows[i].target);
        assert_int_equal(errand, rows[i].errand);
    }
}

static int name(struct ghm_variant *variant, const char *method, const char *body,
                const char *features)
{
    struct ghm_request request = {.method = ghm_bytes_text(method),
                                  .host = ghm_bytes_text("h"),
                                  .target = ghm_bytes_text("/graphql")};
    if (body != NULL) request.body = ghm_bytes_text(body);
    if (features != NULL) request.features = ghm_bytes_text(features);
    return ghm_errand_variant(variant, NULL, &request);
}

/* T24; one spelling of a query is one variant, each wish for features another. */
static void what_may_be_kept_has_a_name(void **state)
{
    (void)state;
    struct ghm_variant one, other;
    assert_int_equal(name(&one, "POST", "{\"query\":\"{a b}\"}", NULL), GHM_OK);
    assert_int_equal(name(&other, "POST", "{\"query\":\"{a,b} # same\"}", NULL), GHM_OK);
    assert_memory_equal(one.id, other.id, sizeof one.id);
    static const char *const features[] = {"", "x", "y"};
    for (size_t i = 0; i < 3; i++) {
        assert_int_equal(name(&other, "POST", "{\"query\":\"{a b}\"}", features[i]), GHM_OK);
        assert_memory_not_equal(one.id, other.id, sizeof one.id);
        one = other;
    }
    assert_int_equal(name(&other, "POST", "{\"query\":\"{a}\"}", "x\r\ny"), GHM_EINVAL);
    assert_int_equal(name(&other, "POST", "{\"query\":\"mutation{a}\"}", NULL), GHM_EINVAL);
    assert_int_equal(name(&other, "POST", NULL, NULL), GHM_EINVAL);
    assert_int_equal(name(&other, "GET", "{\"query\":\"{a}\"}", NULL), GHM_EINVAL);
    assert_int_equal(name(&other, "GET", NULL, NULL), GHM_OK);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(t18_what_each_request_is_for),
        cmocka_unit_test(what_may_be_kept_has_a_name),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
