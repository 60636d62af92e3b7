/* SPDX-License-Identifier: MIT */
/* Queries of GraphQL on their way through the node. */
#include "desk.h"

#include "node/wrote.h"

#define QUERY "{\"query\":\"query Q { viewer { login } }\",\"variables\":{\"n\": 1}}"
#define SAME "{\"variables\":{\"n\":1},\"query\":\"# again\\nquery Q{viewer{login}}\"}"
#define OTHER "{\"query\":\"query Q{viewer{login}}\",\"variables\":{\"n\":2}}"
#define DATA "{\"data\":{\"viewer\":{\"login\":\"x\"}}}"
#define NEWER "{\"data\":{\"viewer\":{\"login\":\"y\"}}}"
#define LIMITED "{\"errors\":[{\"type\":\"RATE_LIMITED\",\"message\":\"API rate limit exceeded\"}]}"

static int try_query(struct desk *desk, uint64_t id, const char *method, const char *body,
                     const char *token)
{
    struct ghm_node_ask *ask = desk_compose(desk, id, "/graphql", token);
    ask->request.method = ghm_bytes_text(method);
    ask->request.body = ghm_bytes_text(body);
    return ghm_node_ask(desk->node, ask, desk->time);
}

static void query(struct desk *desk, uint64_t id, const char *body, const char *token)
{
    assert_int_equal(try_query(desk, id, "POST", body, token), GHM_OK);
}

static void queries_are_kept_by_what_they_ask(void **state)
{
    struct desk *desk = *state;
    query(desk, 1, QUERY, "t0ken");
    struct ghm_node_event sent = desk_next(desk, GHM_NODE_SEND);
    assert_string_equal(sent.url, "https://api.github.com/graphql");
    assert_true(ghm_bytes_equal(sent.body, TEXT(QUERY))); /* as it came */
    assert_headers(sent.headers, "Accept:\nAuthorization: token t0ken\nUser-Agent: ghmesh/test\n"
                                 "Content-Type: application/json\n");
    query(desk, 2, SAME, "t0ken"); /* the same flight */
    desk_nothing(desk);
    desk_respond(desk, sent.id, 200, "", DATA);
    (void)desk_answered(desk, 1, 200, DATA);
    (void)desk_answered(desk, 2, 200, DATA);
    query(desk, 3, SAME, "t0ken");
    assert_int_equal(desk_answered(desk, 3, 200, DATA), GHM_SOURCE_LOCAL);
    query(desk, 4, OTHER, "t0ken");
    desk_respond(desk, desk_sent(desk), 200, "", NEWER);
    (void)desk_answered(desk, 4, 200, NEWER);
    query(desk, 5, QUERY, "other"); /* by identity */
    desk_respond(desk, desk_sent(desk), 200, "", NEWER);
    (void)desk_answered(desk, 5, 200, NEWER);
    desk_pass(desk, 60 * S); /* and for a minute */
    query(desk, 6, QUERY, "t0ken");
    (void)desk_sent(desk);
}

/* Guard: flight.c: write_headers; errand.c: append_features. */
static void t24_features_are_sent_and_make_another_answer(void **state)
{
    struct desk *desk = *state;
    query(desk, 1, QUERY, "t0ken");
    desk_respond(desk, desk_sent(desk), 200, "", DATA);
    (void)desk_answered(desk, 1, 200, DATA);
    struct ghm_node_ask *ask = desk_compose(desk, 2, "/graphql", "t0ken");
    ask->request.method = TEXT("POST");
    ask->request.body = TEXT(QUERY);
    ask->request.features = TEXT("merge_queue");
    assert_int_equal(ghm_node_ask(desk->node, ask, desk->time), GHM_OK);
    assert_headers(desk_next(desk, GHM_NODE_SEND).headers,
                   "Accept:\nAuthorization: token t0ken\nUser-Agent: ghmesh/test\n"
                   "Content-Type: application/json\nGraphQL-Features: merge_queue\n");
}

/* Guard: errand.c: ghm_errand_variant. */
static void t18_only_queries_are_asked(void **state)
{
    struct desk *desk = *state;
    static const char *const refused[] = {"{\"query\":\"mutation{a}\"}", "", NULL,
                                          "{\"query\":\"{rateLimit{cost}}\"}"};
    for (size_t i = 0; i < sizeof refused / sizeof refused[0]; i++)
        assert_int_equal(try_query(desk, 1, "POST", refused[i], "t0ken"), GHM_EINVAL);
    assert_int_equal(try_query(desk, 1, "GET", QUERY, "t0ken"), GHM_EINVAL);
    assert_int_equal(try_query(desk, 1, "PUT", QUERY, "t0ken"), GHM_EINVAL);
    struct ghm_node_ask *ask = desk_compose(desk, 1, "/repos/o/r/issues", "t0ken");
    ask->request.method = TEXT("DELETE");
    assert_int_equal(ghm_node_ask(desk->node, ask, desk->time), GHM_EINVAL);
    desk_nothing(desk);
    assert_int_equal(COUNTED(desk, requests), 0);
}

static void t18_a_write_anywhere_expires_queries(void **state)
{
    struct desk *desk = *state;
    query(desk, 1, QUERY, "t0ken");
    desk_respond(desk, desk_sent(desk), 200, "", DATA);
    (void)desk_answered(desk, 1, 200, DATA);
    ghm_wrote_begin(&desk->config.local, TEXT("/repos/o/r/issues"),
                    ghm_node_github_ms(desk->node, desk->time));
    query(desk, 2, QUERY, "t0ken");
    (void)desk_sent(desk);
}

/* Guard: inside.c: ghm_inside_is_whole. */
static void t16_errors_of_graphql_are_not_kept(void **state)
{
    static const char *const broken[] = {
        "{\"data\":{\"viewer\":null},\"errors\":[{\"type\":\"X\"}]}", "{\"data\":null}",
        "not json"};
    struct desk *desk = *state;
    for (size_t i = 0; i < sizeof broken / sizeof broken[0]; i++) {
        query(desk, i, QUERY, "t0ken");
        desk_respond(desk, desk_sent(desk), 200, "", broken[i]);
        assert_int_equal(desk_answered(desk, i, 200, broken[i]), GHM_SOURCE_ORIGIN);
    }
    struct ghm_entry entry =
        desk_entry("POST api.github.com/graphql body=00", "t0ken", LIMITED, desk->time.wall_ms);
    assert_int_equal(ghm_node_learn(desk->node, &entry, desk->time), GHM_EINVAL);
}

/* Guard: hearing.c: is_graphql_limit; budget.c: is_limit. */
static void t16_a_limit_of_graphql_holds_and_evicts_nothing(void **state)
{
    struct desk *desk = *state;
    query(desk, 1, QUERY, "t0ken");
    desk_respond(desk, desk_sent(desk), 200, "", DATA);
    (void)desk_answered(desk, 1, 200, DATA);
    desk_pass(desk, 100 * S);
    query(desk, 2, QUERY, "t0ken");
    desk_respond(desk, desk_sent(desk), 200, "x-ratelimit-resource: graphql\n", LIMITED);
    assert_int_equal(desk_answered(desk, 2, 200, DATA), GHM_SOURCE_STALE);
    query(desk, 3, OTHER, "t0ken"); /* nothing leaves until the hold is over */
    desk_failed(desk, 3, GHM_ERATE);
    desk_ask(desk, 4, ROUTE, "t0ken"); /* REST has an account of its own */
    desk_respond(desk, desk_sent(desk), 200, "", "rest");
    (void)desk_answered(desk, 4, 200, "rest");
    desk_pass(desk, 61 * S);
    query(desk, 5, OTHER, "t0ken");
    (void)desk_sent(desk);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        DESK_TEST(queries_are_kept_by_what_they_ask),
        DESK_TEST(t24_features_are_sent_and_make_another_answer),
        DESK_TEST(t18_only_queries_are_asked),
        DESK_TEST(t18_a_write_anywhere_expires_queries),
        DESK_TEST(t16_errors_of_graphql_are_not_kept),
        DESK_TEST(t16_a_limit_of_graphql_holds_and_evicts_nothing),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
