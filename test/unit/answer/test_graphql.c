/* SPDX-License-Identifier: MIT */
#include "answer/graphql.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>

#include <cmocka.h>

static enum ghm_graphql_kind of(const char *body)
{
    return ghm_graphql_of(NULL, ghm_bytes_text(body));
}

#define BODY(document) "{\"query\":\"" document "\"}"
#define Q GHM_GRAPHQL_QUERY
#define M GHM_GRAPHQL_MOMENT
#define W GHM_GRAPHQL_WRITE

/* Guard: graphql.c: begin lets only queries and fragments start. */
static void t18_only_what_surely_reads_is_a_query(void **state)
{
    static const struct {
        const char *body;
        enum ghm_graphql_kind kind;
    } rows[] = {
        {BODY("{viewer{login}}"), Q},
        {BODY("query{viewer{login}}"), Q},
        {BODY("query A($x:I={a:1})@d(y:{z:[1]}){a(b:{c:2}){d}} fragment F on T{e}"), Q},
        {BODY("query A{a} query B{b}"), Q},
        {BODY("# mutation\\n{a}"), Q},
        {BODY("{a(b:\\\"} mutation {\\\")}"), Q},
        {BODY("{mutation{query}}"), Q}, /* a field may have that name */
        {" {\"variables\":{\"a\":1},\"operationName\":null,\"query\":\"{a}\"} ", Q},
        {BODY("query{rateLimit{remaining}}"), M},
        {BODY("mutation{a}"), W},
        {BODY("mutation M($a:A!){a(b:$a){c}}"), W},
        {BODY("subscription{a}"), W},
        {BODY("query A{a} mutation B{b}"), W},
        {BODY("#\\nmutation{a}"), W},
        {BODY("# query\\r\\n,mutation{a}"), W},
        {BODY("\\\"query\\\" mutation{a}"), W},
        {BODY("\\u006dutation{a}"), W},
        {BODY("{a}}mutation{b}"), W},
        {BODY("{a}mutation{b}"), W},
        {BODY("{a(b:\\\"\\\"\\\" \\\\\\\"\\\"\\\" \\\"\\\"\\\")}mutation{b}"), W},
        {BODY("query A"), W},
        {BODY("query A{a"), W},
        {BODY("{a)}"), W},
        {BODY("{a(b:[1)]}"), W},
        {BODY("{a #\\u0041\\n}"), W},
        {BODY("fragment F on T{e}"), W},
        {BODY("type T{a:I}"), W},
        {BODY("schema{query:Q}"), W},
        {BODY(""), W},
        {"{\"query\":\"{a}\",\"query\":\"mutation{b}\"}", W},
        {"{\"query\":\"{a}\",\"\\u0071uery\":\"mutation{b}\"}", W},
        {"{\"query\":\"{a}\",\"extensions\":{}}", W},
        {"{\"query\":\"{a}\",\"id\":1}", W},
        {"{\"query\":1}", W},
        {"{\"variables\":{}}", W},
        {"[{\"query\":\"{a}\"}]", W},
        {"{\"query\":\"{a}\"} x", W},
        {"query{a}", W},
        {"", W},
    };
    (void)state;
    for (size_t i = 0; i < sizeof rows / sizeof rows[0]; i++) {
        if (of(rows[i].body) != rows[i].kind) print_message("%s\n", rows[i].body);
        assert_int_equal(of(rows[i].body), rows[i].kind);
    }
}

static void bounds_are_kept(void **state)
{
    size_t len = GHM_GRAPHQL_BODY_MAX;
    char *body = malloc(len + 2);
    (void)state;
    assert_non_null(body);
    for (size_t size = len; size <= len + 1; size++) {
        memset(body, ' ', size);
        memcpy(body, "{\"query\":\"{a}\"", 14);
        body[size - 1] = '}';
        body[size] = '\0';
        assert_int_equal(of(body), size <= len ? Q : W);
    }
    for (int depth = GHM_GRAPHQL_DEPTH_MAX; depth <= GHM_GRAPHQL_DEPTH_MAX + 1; depth++) {
        size_t at = (size_t)sprintf(body, "{\"query\":\"");
        for (int i = 0; i < depth; i++)
            at += (size_t)sprintf(body + at, "{a");
        for (int i = 0; i < depth; i++)
            at += (size_t)sprintf(body + at, "}");
        (void)sprintf(body + at, "\"}");
        assert_int_equal(of(body), depth <= GHM_GRAPHQL_DEPTH_MAX ? Q : W);
    }
    free(body);
}

static void every_truncation_is_a_write(void **state)
{
    const char *body = "{\"query\":\"query A($x:I){a(b:\\\"c\\\"){d}}\",\"variables\":{\"x\":[1]}}";
    (void)state;
    assert_int_equal(of(body), Q);
    for (size_t len = 0; len < strlen(body); len++)
        assert_int_equal(ghm_graphql_of(NULL, ghm_bytes(body, len)), W);
}

static bool same(const char *a, const char *b)
{
    struct ghm_buf keys[2];
    const char *bodies[2] = {a, b};
    for (int i = 0; i < 2; i++) {
        ghm_buf_init(&keys[i], NULL, GHM_GRAPHQL_KEY_MAX);
        assert_int_equal(ghm_graphql_key(&keys[i], NULL, ghm_bytes_text(bodies[i])), GHM_OK);
    }
    bool is_same = ghm_bytes_equal(ghm_buf_bytes(&keys[0]), ghm_buf_bytes(&keys[1]));
    ghm_buf_fini(&keys[0]);
    ghm_buf_fini(&keys[1]);
    return is_same;
}

static void one_question_has_one_spelling(void **state)
{
    (void)state;
    const char *plain = "{\"query\":\"query A{a(b:1,c:2){d}}\",\"variables\":{\"x\":[1,\"y z\"]}}";
    assert_true(same(plain, "{ \"variables\" : {\"x\": [1, \"y z\"]} ,\n\"query\":"
                            "\"# hello\\nquery A {\\n  a(b: 1 c: 2) { d, }\\n}\"}"));
    static const char *const others[] = {
        "{\"query\":\"query A{a(b:1,c:3){d}}\",\"variables\":{\"x\":[1,\"y z\"]}}",
        "{\"query\":\"query A{a(b:1,c:2){d}}\",\"variables\":{\"x\":[1,\"yz\"]}}",
        "{\"query\":\"query A{a(b:1,c:2){d}}\"}",
        "{\"query\":\"query A{a(b:1,c:2){d}}\",\"operationName\":{\"x\":[1,\"y z\"]}}",
        "{\"query\":\"query A{a(b:12){d}}\",\"variables\":{\"x\":[1,\"y z\"]}}",
        "{\"query\":\"query A{a(b:1,c:2){d e}}\",\"variables\":{\"x\":[1,\"y z\"]}}",
        "{\"query\":\"query A{a(b:1,c:2){de}}\",\"variables\":{\"x\":[1,\"y z\"]}}",
    };
    for (size_t i = 0; i < sizeof others / sizeof others[0]; i++) {
        assert_false(same(plain, others[i]));
        for (size_t j = 0; j < i; j++)
            assert_false(same(others[j], others[i]));
    }
    /* What is in a string is not spelling. */
    assert_false(same(BODY("{a(b:\\\"x y\\\")}"), BODY("{a(b:\\\"x  y\\\")}")));
    assert_false(same(BODY("{a(b:\\\"x,y\\\")}"), BODY("{a(b:\\\"x y\\\")}")));
    assert_false(same("{\"query\":\"{a}\",\"variables\":{\"x\":\"\\\" \"}}",
                      "{\"query\":\"{a}\",\"variables\":{\"x\":\"\\\"\"}}"));
    struct ghm_buf buf;
    ghm_buf_init(&buf, NULL, GHM_GRAPHQL_KEY_MAX);
    assert_int_equal(ghm_graphql_key(&buf, NULL, ghm_bytes_text("[]")), GHM_EINVAL);
    assert_int_equal(ghm_graphql_key(&buf, NULL, ghm_bytes_text(BODY("{%}"))), GHM_EINVAL);
    ghm_buf_fini(&buf);
}

/* Guard: graphql.c: ghm_graphql_outcome looks for errors. */
static void t16_errors_are_no_answer(void **state)
{
    static const struct {
        const char *body;
        enum ghm_graphql_outcome outcome;
    } rows[] = {
        {"{\"data\":{\"viewer\":{\"login\":\"x\"}}}", GHM_GRAPHQL_WHOLE},
        {"{\"data\":{\"errors\":[]},\"extensions\":{}}", GHM_GRAPHQL_WHOLE},
        {"{\"data\":{\"a\":\"RATE_LIMITED\"}}", GHM_GRAPHQL_WHOLE},
        {"{\"data\":{\"a\":null},\"errors\":[{\"type\":\"NOT_FOUND\"}]}", GHM_GRAPHQL_ERRORS},
        {"{\"data\":{},\"errors\":[]}", GHM_GRAPHQL_ERRORS},
        {"{\"errors\":[{\"type\":\"RATE_LIMITED\",\"message\":\"x\"}]}", GHM_GRAPHQL_LIMITED},
        {"{\"data\":null}", GHM_GRAPHQL_ERRORS},
        {"{}", GHM_GRAPHQL_ERRORS},
        {"{\"data\":{}", GHM_GRAPHQL_ERRORS},
        {"{\"data\":{},\"\\u0065rrors\":[1]}", GHM_GRAPHQL_ERRORS},
        {"", GHM_GRAPHQL_ERRORS},
        {"[]", GHM_GRAPHQL_ERRORS},
    };
    (void)state;
    for (size_t i = 0; i < sizeof rows / sizeof rows[0]; i++)
        assert_int_equal(ghm_graphql_outcome(ghm_bytes_text(rows[i].body)), rows[i].outcome);
}

static void targets(void **state)
{
    (void)state;
    assert_true(ghm_graphql_is_target(ghm_bytes_text("/graphql")));
    assert_true(ghm_graphql_is_target(ghm_bytes_text("/api/graphql?x")));
    assert_false(ghm_graphql_is_target(ghm_bytes_text("/graphql/")));
    assert_false(ghm_graphql_is_target(ghm_bytes_text("/graphqlx")));
    assert_false(ghm_graphql_is_target(GHM_BYTES_NONE));
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(t18_only_what_surely_reads_is_a_query),
        cmocka_unit_test(bounds_are_kept),
        cmocka_unit_test(every_truncation_is_a_write),
        cmocka_unit_test(one_question_has_one_spelling),
        cmocka_unit_test(t16_errors_are_no_answer),
        cmocka_unit_test(targets),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
