/* SPDX-License-Identifier: MIT */
/* How the node lives within what GitHub allows. */
#include "desk.h"

#include "answer/pace.h"

static void learn_budget(struct desk *desk, const char *token, int limit, int remaining)
{
    char headers[256];
    (void)snprintf(headers, sizeof headers,
                   "etag: \"one\"\nx-ratelimit-limit: %d\nx-ratelimit-remaining: %d\n"
                   "x-ratelimit-reset: %lld\nx-ratelimit-resource: core\n",
                   limit, remaining, (long long)(desk->time.wall_ms / 1000 + 3600));
    desk_ask(desk, 900, ROUTE, token);
    desk_respond(desk, desk_sent(desk), 200, headers, "body");
    (void)desk_answered(desk, 900, 200, "body");
}

/* Guard: takeoff.c: the reserve. Reads go on from the store, and no request leaves until the reset.
 */
static void reads_stop_before_the_last_ones(void **state)
{
    struct desk *desk = *state;
    learn_budget(desk, "t0ken", 5000, 50);
    desk_pass(desk, 2000 * S);
    desk_ask(desk, 1, ROUTE, "t0ken");
    assert_int_equal(desk_answered(desk, 1, 200, "body"), GHM_SOURCE_STALE);
    desk_ask(desk, 2, "/repos/o/other", "t0ken");
    desk_failed(desk, 2, GHM_ERATE);
    desk_nothing(desk);
    desk_pass(desk, 1600 * S);
    desk_ask(desk, 3, ROUTE, "t0ken");
    (void)desk_sent(desk);
}

/* Guard: budget lines are an identity's own: none lives off another's. */
static void t34_identities_are_not_pooled(void **state)
{
    struct desk *desk = *state;
    learn_budget(desk, "poor", 5000, 0);
    learn_budget(desk, "rich", 5000, 4000);
    desk_ask(desk, 1, "/repos/o/other", "poor");
    desk_failed(desk, 1, GHM_ERATE);
    desk_ask(desk, 2, "/repos/o/other", "rich");
    struct ghm_node_event sent = desk_next(desk, GHM_NODE_SEND);
    assert_non_null(memmem(sent.headers.ptr, sent.headers.len, "token rich", 10));
    desk_nothing(desk);
}

/* Guard: node.c: stretched. */
static void ttls_stretch_as_the_budget_runs_down(void **state)
{
    struct desk *desk = *state;
    learn_budget(desk, "t0ken", 5000, 1500); /* too little for a whole hour */
    desk_pass(desk, (ROUTE_TTL_S + 100) * S);
    desk_ask(desk, 1, ROUTE, "t0ken");
    assert_int_equal(desk_answered(desk, 1, 200, "body"), GHM_SOURCE_LOCAL);
    desk_ask_within(desk, 2, ROUTE, "t0ken", ROUTE_TTL_S); /* who says how old is heard */
    desk_respond(desk, desk_sent(desk), 304, "", "");
    (void)desk_answered(desk, 2, 200, "body");
    learn_budget(desk, "other", 5000, 4999);
    desk_pass(desk, (ROUTE_TTL_S + 1) * S);
    desk_ask(desk, 3, ROUTE, "other");
    (void)desk_sent(desk);
}

/* Guard: hearing.c: on_refused and on_broken drop nothing. */
static void t31_errors_evict_nothing(void **state)
{
    static const struct {
        int status;
        const char *headers;
        const char *body;
    } rows[] = {
        {403, "retry-after: 1\n", "{\"message\":\"secondary rate limit\"}"},
        {429, "retry-after: 1\n", ""},
        {500, "", ""},
        {502, "", ""},
        {503, "", ""},
        {0, "", ""},
    };
    struct desk *desk = *state;
    desk_fetch(desk, ROUTE, "t0ken", "\"one\"", "body");
    for (size_t i = 0; i < sizeof rows / sizeof rows[0]; i++) {
        desk_pass(desk, 320 * S);
        desk_ask(desk, i, ROUTE, "t0ken");
        int tries = rows[i].status == 403 || rows[i].status == 429 ? 1 : GHM_NODE_TRIES_MAX;
        for (int j = 0; j < tries; j++) {
            if (rows[i].status == 0)
                desk_break(desk, desk_sent(desk), GHM_ETIMEOUT);
            else
                desk_respond(desk, desk_sent(desk), rows[i].status, rows[i].headers, rows[i].body);
            if (tries > 1) desk_pass(desk, 2 * S);
        }
        assert_int_equal(desk_answered(desk, i, 200, "body"), GHM_SOURCE_STALE);
    }
    desk_pass(desk, 10 * S);
    desk_ask(desk, 99, ROUTE, "t0ken");
    struct ghm_node_event sent = desk_next(desk, GHM_NODE_SEND);
    assert_non_null(memmem(sent.headers.ptr, sent.headers.len, "\"one\"", 5));
}

/* Guard: node.c: next_send. GitHub's limit is 100 at once, over REST and GraphQL. */
static void no_more_leave_at_once_than_github_allows(void **state)
{
    struct desk *desk = *state;
    uint64_t flights[GHM_NODE_SENT_MAX];
    for (uint64_t i = 0; i < GHM_NODE_SENT_MAX + 2; i++) {
        char target[64];
        (void)snprintf(target, sizeof target, "/repos/o/r%d", (int)i);
        desk_ask(desk, i, target, "t0ken");
    }
    for (size_t i = 0; i < GHM_NODE_SENT_MAX; i++)
        flights[i] = desk_sent(desk);
    desk_nothing(desk);
    desk_respond(desk, flights[5], 200, "", "body");
    (void)desk_answered(desk, 5, 200, "body");
    (void)desk_sent(desk);
    desk_nothing(desk);
    desk_break(desk, flights[6], GHM_EORIGIN); /* one that pauses makes room, too */
    (void)desk_sent(desk);
    desk_nothing(desk);
}

/* Guard: node.c: sent_most. What is passed on is under way too, and leaves the others a few. */
static void what_is_passed_takes_places(void **state)
{
    static const struct {
        size_t passing;
        size_t sent;
    } rows[] = {{0, GHM_NODE_SENT_MAX}, {10, GHM_NODE_SENT_MAX - 10}, {60, 20}, {128, 20}};
    struct desk *desk = *state;
    struct ghm_identity identity = desk_identity("t0ken");
    struct ghm_request request = {.method = TEXT("GET"), .target = TEXT("/x")};
    for (size_t row = 0; row < sizeof rows / sizeof rows[0]; row++) {
        for (size_t i = 0; i < rows[row].passing; i++)
            ghm_node_passed(desk->node, &identity, &request, GHM_ERRAND_PASS, desk->time);
        for (uint64_t i = 0; i < GHM_NODE_SENT_MAX + 2; i++) {
            char target[64];
            (void)snprintf(target, sizeof target, "/repos/o/r%d", (int)i);
            desk_ask(desk, i, target, "t0ken");
        }
        for (size_t i = 0; i < rows[row].sent; i++)
            (void)desk_sent(desk);
        desk_nothing(desk);
        if (rows[row].passing > 0 && rows[row].passing < 128) {
            ghm_node_passed_end(desk->node);
            (void)desk_sent(desk);
            desk_nothing(desk);
        }
        ghm_node_free(desk->node);
        desk_start(desk);
    }
}

/* One minute's points but `left`, spent by what is passed on. */
static void spend_points(struct desk *desk, const char *token, const char *target, unsigned left)
{
    struct ghm_identity identity = desk_identity(token);
    struct ghm_request request = {.method = TEXT("POST"), .target = ghm_bytes_text(target)};
    bool is_graphql = ghm_graphql_is_target(request.target);
    unsigned most = is_graphql ? GHM_PACE_GRAPHQL_MAX : GHM_PACE_REST_MAX;
    for (unsigned spent = 0; spent + left < most; spent += GHM_PACE_WRITE_POINTS)
        ghm_node_passed(desk->node, &identity, &request, GHM_ERRAND_WRITE, desk->time);
}

static void restart_paced(struct desk *desk)
{
    ghm_node_free(desk->node);
    desk->config.is_paced = true;
    desk_start(desk);
}

/* Guard: takeoff.c: take_point. It waits, joined by others, and goes; hits do not wait. */
static void a_request_waits_for_its_point(void **state)
{
    struct desk *desk = *state;
    restart_paced(desk);
    desk_fetch(desk, ROUTE, "t0ken", "\"one\"", "body");
    spend_points(desk, "t0ken", "/repos/o/r/issues", 5);
    for (uint64_t i = 0; i < 4; i++) {
        char target[64];
        (void)snprintf(target, sizeof target, "/repos/o/r%d", (int)i);
        desk_ask(desk, i, target, "t0ken");
        desk_respond(desk, desk_sent(desk), 200, "", "there");
        (void)desk_answered(desk, i, 200, "there");
    }
    struct ghm_node_ask *ask = desk_compose(desk, 10, "/repos/o/late", "t0ken");
    ask->timeout_ns = 100 * S;
    assert_int_equal(ghm_node_ask(desk->node, ask, desk->time), GHM_OK);
    desk_ask(desk, 11, "/repos/o/late", "t0ken");
    desk_nothing(desk);
    assert_int_equal(COUNTED(desk, paced), 1);
    desk_ask(desk, 12, ROUTE, "t0ken");
    assert_int_equal(desk_answered(desk, 12, 200, "body"), GHM_SOURCE_LOCAL);
    desk_ask(desk, 13, "/repos/o/late", "another"); /* its own points */
    desk_respond(desk, desk_sent(desk), 200, "", "soon");
    (void)desk_answered(desk, 13, 200, "soon");
    desk_pass(desk, 30 * S); /* this one's time is over */
    desk_failed(desk, 11, GHM_ETIMEOUT);
    desk_pass(desk, 32 * S);
    desk_respond(desk, desk_sent(desk), 200, "", "late");
    (void)desk_answered(desk, 10, 200, "late");
    desk_nothing(desk);
}

/* Guard: node.c: tick_flight. Whoever cannot wait gets what is there. */
static void who_waits_in_vain_gets_the_stale(void **state)
{
    struct desk *desk = *state;
    restart_paced(desk);
    desk_fetch(desk, ROUTE, "t0ken", "\"one\"", "body");
    desk_pass(desk, (ROUTE_TTL_S + 1) * S);
    spend_points(desk, "t0ken", "/repos/o/r/issues", 0);
    desk_ask(desk, 1, ROUTE, "t0ken");
    desk_nothing(desk);
    desk_pass(desk, 31 * S);
    assert_int_equal(desk_answered(desk, 1, 200, "body"), GHM_SOURCE_STALE);
}

/* Every one of the points is used, none twice: a storm goes out in two minutes' portions. */
static void a_storm_goes_out_in_portions(void **state)
{
    struct desk *desk = *state;
    size_t sent = 0;
    restart_paced(desk);
    spend_points(desk, "t0ken", "/repos/o/r/issues", 100);
    for (uint64_t i = 0; i < 200; i++) {
        char target[64];
        (void)snprintf(target, sizeof target, "/repos/o/r%d", (int)i);
        struct ghm_node_ask *ask = desk_compose(desk, i, target, "t0ken");
        ask->timeout_ns = 1000 * S;
        assert_int_equal(ghm_node_ask(desk->node, ask, desk->time), GHM_OK);
    }
    struct ghm_node_event event;
    for (int minute = 0; minute < 2; minute++) {
        while (ghm_node_next(desk->node, &event)) {
            if (event.type != GHM_NODE_SEND) {
                ghm_reply_free(event.answer);
                continue;
            }
            desk_respond(desk, event.id, 404, "", "no");
            sent++;
        }
        assert_int_equal(sent, minute == 0 ? 100 : 200);
        desk_pass(desk, 61 * S);
    }
}

/* GraphQL has points of its own, and off is off. */
static void points_are_of_one_api_and_of_github(void **state)
{
    struct desk *desk = *state;
    spend_points(desk, "t0ken", "/repos/o/r/issues", 0);
    desk_ask(desk, 1, ROUTE, "t0ken");
    (void)desk_sent(desk);
    restart_paced(desk);
    spend_points(desk, "t0ken", "/graphql", 0);
    desk_ask(desk, 2, ROUTE, "t0ken");
    (void)desk_sent(desk);
    struct ghm_node_ask *ask = desk_compose(desk, 3, "/graphql", "t0ken");
    ask->request.method = TEXT("POST");
    ask->request.body = TEXT("{\"query\":\"{a}\"}");
    assert_int_equal(ghm_node_ask(desk->node, ask, desk->time), GHM_OK);
    desk_nothing(desk);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        DESK_TEST(reads_stop_before_the_last_ones),
        DESK_TEST(t34_identities_are_not_pooled),
        DESK_TEST(ttls_stretch_as_the_budget_runs_down),
        DESK_TEST(t31_errors_evict_nothing),
        DESK_TEST(no_more_leave_at_once_than_github_allows),
        DESK_TEST(what_is_passed_takes_places),
        DESK_TEST(a_request_waits_for_its_point),
        DESK_TEST(who_waits_in_vain_gets_the_stale),
        DESK_TEST(a_storm_goes_out_in_portions),
        DESK_TEST(points_are_of_one_api_and_of_github),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
