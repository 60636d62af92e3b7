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

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(t18_what_each_request_is_for),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
