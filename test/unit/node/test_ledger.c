/* SPDX-License-Identifier: MIT */
#include "node/ledger.h"

#include "desk.h"

#define NOW DATE_MS

/* One process of a directory: what it has heard itself. */
static int64_t learn(struct desk *desk, struct ghm_budget *budget, const char *token,
                     const char *headers, int64_t now_ms)
{
    struct ghm_identity identity = desk_identity(token);
    struct ghm_budget_answer answer = {
        .status = 429, .headers = ghm_bytes_text(headers), .body = TEXT(""), .resource = "core"};
    return ghm_ledger_learn(&desk->config.local, budget, &identity, &answer, now_ms);
}

static int64_t held(struct desk *desk, struct ghm_budget *budget, const char *token,
                    const char *resource, int64_t now_ms)
{
    struct ghm_identity identity = desk_identity(token);
    return ghm_ledger_held(&desk->config.local, budget, &identity, resource, now_ms);
}

static void one_process_hears_for_all(void **state)
{
    struct desk *desk = *state;
    struct ghm_budget one, other;
    ghm_budget_init(&one);
    ghm_budget_init(&other);
    assert_int_equal(held(desk, &other, "t0ken", "core", NOW), 0);
    assert_int_equal(learn(desk, &one, "t0ken", "retry-after: 9\n", NOW), NOW + 9000);
    assert_int_equal(held(desk, &other, "t0ken", "core", NOW), NOW + 9000);
    assert_int_equal(held(desk, &other, "t0ken", "graphql", NOW), NOW + 9000);
    assert_int_equal(held(desk, &other, "t0ken", "core", NOW + 9000), 0);
    assert_int_equal(held(desk, &other, "another", "core", NOW), 0);
    assert_int_equal(held(desk, &other, NULL, "core", NOW), 0);
}

static void what_has_run_out_is_of_one_resource(void **state)
{
    struct desk *desk = *state;
    struct ghm_budget one, other;
    ghm_budget_init(&one);
    ghm_budget_init(&other);
    (void)learn(desk, &one, "t0ken",
                "x-ratelimit-remaining: 0\nx-ratelimit-resource: search\nretry-after: 9\n", NOW);
    assert_int_equal(held(desk, &other, "t0ken", "search", NOW), NOW + 9000);
    assert_int_equal(held(desk, &other, "t0ken", "core", NOW), 0);
}

/* Guard: remember_if_longer, and the recall before one learns. */
static void no_process_shortens_another_s_hold(void **state)
{
    struct desk *desk = *state;
    struct ghm_budget one, other, third;
    ghm_budget_init(&one);
    ghm_budget_init(&other);
    ghm_budget_init(&third);
    (void)learn(desk, &one, "t0ken", "retry-after: 600\n", NOW);
    assert_int_equal(learn(desk, &other, "t0ken", "retry-after: 1\n", NOW), NOW + 600000);
    assert_int_equal(held(desk, &third, "t0ken", "core", NOW), NOW + 600000);
}

/* Guard: the strikes beside the time. A minute, then two, whoever heard the first. */
static void holds_double_over_processes(void **state)
{
    struct desk *desk = *state;
    int64_t now_ms = NOW;
    for (int64_t hold_ms = 60000; hold_ms <= 960000; hold_ms *= 2) {
        struct ghm_budget each;
        ghm_budget_init(&each);
        assert_int_equal(learn(desk, &each, "t0ken", "", now_ms), now_ms + hold_ms);
        now_ms += hold_ms;
    }
    struct ghm_budget late;
    ghm_budget_init(&late);
    now_ms += GHM_BUDGET_HOLD_MS_MAX + 1000; /* that was long ago */
    assert_int_equal(learn(desk, &late, "t0ken", "", now_ms), now_ms + 60000);
}

/* Guard: ghm_ledger_admit: the reserve. What is passed on may use it. */
static void reads_leave_the_last_ones(void **state)
{
    struct desk *desk = *state;
    struct ghm_budget budget;
    struct ghm_identity identity = desk_identity("t0ken");
    char headers[128];
    (void)snprintf(headers, sizeof headers,
                   "x-ratelimit-limit: 5000\nx-ratelimit-remaining: 50\nx-ratelimit-reset: %lld\n",
                   (long long)(NOW / 1000 + 600));
    struct ghm_budget_answer answer = {
        .status = 200, .headers = ghm_bytes_text(headers), .resource = "core"};
    ghm_budget_init(&budget);
    assert_int_equal(ghm_ledger_learn(&desk->config.local, &budget, &identity, &answer, NOW), 0);
    assert_int_equal(ghm_ledger_admit(&desk->config.local, &budget, &identity, "core", NOW),
                     (NOW / 1000 + 600) * 1000);
    assert_int_equal(held(desk, &budget, "t0ken", "core", NOW), 0);
}

/* Guard: node.c: ghm_node_heard. What was passed on counts for the node's own requests, also for
 * those that were ready to leave. */
static void what_is_passed_is_heard(void **state)
{
    struct desk *desk = *state;
    struct ghm_identity identity = desk_identity("t0ken");
    struct ghm_budget_answer answer = {
        .status = 403, .headers = TEXT("retry-after: 30\n"), .resource = "core"};
    assert_int_equal(ghm_node_wait_ms(desk->node, &identity, TEXT(ROUTE), true, desk->time), 0);
    desk_ask(desk, 1, ROUTE, "t0ken");
    ghm_node_heard(desk->node, &identity, &answer, desk->time);
    desk_failed(desk, 1, GHM_ERATE);
    desk_ask(desk, 2, ROUTE, "t0ken");
    desk_failed(desk, 2, GHM_ERATE);
    assert_int_equal(ghm_node_wait_ms(desk->node, &identity, TEXT(ROUTE), true, desk->time), 30000);
    assert_int_equal(ghm_node_wait_ms(desk->node, &identity, TEXT(ROUTE), false, desk->time),
                     30000);
    desk_pass(desk, 30 * S);
    assert_int_equal(ghm_node_wait_ms(desk->node, &identity, TEXT(ROUTE), true, desk->time), 0);
    desk_ask(desk, 3, ROUTE, "t0ken");
    (void)desk_sent(desk);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        DESK_TEST(one_process_hears_for_all),
        DESK_TEST(what_has_run_out_is_of_one_resource),
        DESK_TEST(no_process_shortens_another_s_hold),
        DESK_TEST(holds_double_over_processes),
        DESK_TEST(reads_leave_the_last_ones),
        DESK_TEST(what_is_passed_is_heard),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
