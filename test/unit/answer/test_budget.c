/* SPDX-License-Identifier: MIT */
#include "answer/budget.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#define TEXT(text) ghm_bytes((text), sizeof(text) - 1)

#define NOW INT64_C(1700000000000)
#define SECOND INT64_C(1000)

static const struct ghm_identity me = {{1}};

static const struct ghm_budget_line *learn(struct ghm_budget *budget, unsigned status,
                                           const char *headers, const char *body, int64_t now_ms)
{
    struct ghm_budget_answer answer = {.status = status,
                                       .headers = ghm_bytes_text(headers),
                                       .body = ghm_bytes_text(body),
                                       .resource = "core"};
    char resource[GHM_BUDGET_RESOURCE_MAX];
    int64_t held_ms = ghm_budget_learn(budget, &me, &answer, now_ms);
    ghm_budget_name(resource, &answer);
    assert_int_equal(held_ms, ghm_budget_held(budget, &me, resource, now_ms));
    return ghm_budget_find(budget, &me, resource);
}

static const struct ghm_budget_line *all(const struct ghm_budget *budget)
{
    return ghm_budget_find(budget, &me, GHM_BUDGET_ALL);
}

static int64_t admit(const struct ghm_budget *budget, int64_t now_ms)
{
    return ghm_budget_admit(budget, &me, "core", 0, now_ms);
}

static void accounts_are_read_from_headers(void **state)
{
    (void)state;
    struct ghm_budget budget;
    ghm_budget_init(&budget);
    assert_int_equal(admit(&budget, NOW), 0);
    const struct ghm_budget_line *line =
        learn(&budget, 200,
              "X-RateLimit-Limit: 5000\r\nX-RateLimit-Remaining: 4990\r\nX-RateLimit-Used: 10\r\n"
              "X-RateLimit-Reset: 1700003000\r\nX-RateLimit-Resource: search\r\n",
              NULL, NOW);
    assert_string_equal(line->resource, "search");
    assert_int_equal(line->limit, 5000);
    assert_int_equal(line->remaining, 4990);
    assert_int_equal(line->used, 10);
    assert_int_equal(line->reset_ms, NOW + 3000 * SECOND);
    assert_ptr_equal(ghm_budget_find(&budget, &me, "search"), line);
    assert_null(ghm_budget_find(&budget, &me, "core"));
    struct ghm_identity other = {{2}};
    assert_null(ghm_budget_find(&budget, &other, "search"));
}

static void spent_budget_waits_for_the_reset(void **state)
{
    (void)state;
    struct ghm_budget budget;
    ghm_budget_init(&budget);
    (void)learn(&budget, 200,
                "x-ratelimit-limit: 60\nx-ratelimit-remaining: 0\n"
                "x-ratelimit-reset: 1700000100\n",
                NULL, NOW);
    assert_int_equal(admit(&budget, NOW), NOW + 100 * SECOND);
    assert_int_equal(admit(&budget, NOW + 100 * SECOND), 0);
}

static void reserve_is_kept_for_others(void **state)
{
    (void)state;
    struct ghm_budget budget;
    ghm_budget_init(&budget);
    (void)learn(&budget, 200,
                "x-ratelimit-limit: 60\nx-ratelimit-remaining: 5\n"
                "x-ratelimit-reset: 1700000100\n",
                NULL, NOW);
    assert_int_equal(ghm_budget_admit(&budget, &me, "core", 4, NOW), 0);
    assert_int_equal(ghm_budget_admit(&budget, &me, "core", 5, NOW), NOW + 100 * SECOND);
}

static void retry_after_comes_first(void **state)
{
    (void)state;
    struct ghm_budget budget;
    ghm_budget_init(&budget);
    (void)learn(&budget, 403,
                "retry-after: 7\nx-ratelimit-limit: 60\nx-ratelimit-remaining: 0\n"
                "x-ratelimit-reset: 1700003000\n",
                "", NOW);
    const struct ghm_budget_line *line = ghm_budget_find(&budget, &me, "core");
    assert_int_equal(line->hold_until_ms, NOW + 7 * SECOND);
    assert_int_equal(line->strikes, 0);
}

/* T34. Guard: budget.c: hold. */
static void a_secondary_limit_stops_the_identity_everywhere(void **state)
{
    (void)state;
    struct ghm_budget budget;
    const struct ghm_identity other = {{2}};
    ghm_budget_init(&budget);
    (void)learn(&budget, 403, "retry-after: 7\nx-ratelimit-resource: search\n", "", NOW);
    static const char *const resources[] = {"core", "search", "graphql"};
    for (size_t i = 0; i < 3; i++) {
        assert_int_equal(ghm_budget_held(&budget, &me, resources[i], NOW), NOW + 7 * SECOND);
        assert_int_equal(ghm_budget_held(&budget, &me, resources[i], NOW + 7 * SECOND), 0);
        assert_int_equal(ghm_budget_held(&budget, &other, resources[i], NOW), 0);
    }
    /* What has run out is the resource's own. */
    (void)learn(&budget, 403,
                "x-ratelimit-remaining: 0\nx-ratelimit-reset: 1700003000\n"
                "x-ratelimit-resource: search\n",
                "", NOW + 8 * SECOND);
    assert_int_equal(ghm_budget_held(&budget, &me, "search", NOW + 8 * SECOND),
                     NOW + 3000 * SECOND);
    assert_int_equal(ghm_budget_held(&budget, &me, "core", NOW + 8 * SECOND), 0);
}

/* Guard: budget.c: hold, ghm_budget_hold. */
static void no_answer_shortens_a_hold(void **state)
{
    (void)state;
    struct ghm_budget budget;
    ghm_budget_init(&budget);
    (void)learn(&budget, 429, "retry-after: 600\n", "", NOW);
    (void)learn(&budget, 429, "retry-after: 1\n", "", NOW + SECOND);
    (void)learn(&budget, 200, "", "", NOW + SECOND);
    ghm_budget_hold(&budget, &me, GHM_BUDGET_ALL, NOW + 5 * SECOND, 9, NOW);
    assert_int_equal(admit(&budget, NOW + 2 * SECOND), NOW + 600 * SECOND);
    assert_int_equal(all(&budget)->strikes, 0);
    ghm_budget_hold(&budget, &me, GHM_BUDGET_ALL, NOW + 700 * SECOND, 9, NOW);
    assert_int_equal(admit(&budget, NOW + 2 * SECOND), NOW + 700 * SECOND);
    assert_int_equal(all(&budget)->strikes, 9);
}

static void reset_counts_only_when_nothing_remains(void **state)
{
    (void)state;
    struct ghm_budget budget;
    ghm_budget_init(&budget);
    (void)learn(&budget, 403,
                "x-ratelimit-limit: 60\nx-ratelimit-remaining: 0\n"
                "x-ratelimit-reset: 1700003000\n",
                "", NOW);
    assert_int_equal(admit(&budget, NOW), NOW + 3000 * SECOND);
    ghm_budget_init(&budget);
    (void)learn(&budget, 429,
                "x-ratelimit-limit: 60\nx-ratelimit-remaining: 10\n"
                "x-ratelimit-reset: 1700003000\n",
                "", NOW);
    assert_int_equal(admit(&budget, NOW), NOW + 60 * SECOND);
}

static void holds_double_to_an_hour_and_decay(void **state)
{
    (void)state;
    static const int64_t holds_s[] = {60, 120, 240, 480, 960, 1920, 3600, 3600, 3600};
    struct ghm_budget budget;
    int64_t now_ms = NOW;
    ghm_budget_init(&budget);
    for (size_t i = 0; i < sizeof holds_s / sizeof holds_s[0]; i++) {
        (void)learn(&budget, 429, "", "", now_ms);
        assert_int_equal(admit(&budget, now_ms), now_ms + holds_s[i] * SECOND);
        now_ms += holds_s[i] * SECOND;
        assert_int_equal(admit(&budget, now_ms), 0);
    }
    for (int i = 0; i < 8; i++)
        (void)learn(&budget, 200, "", "", now_ms);
    (void)learn(&budget, 429, "", "", now_ms);
    assert_int_equal(admit(&budget, now_ms), now_ms + 120 * SECOND);
    now_ms += 120 * SECOND;
    for (int i = 0; i < 8; i++)
        (void)learn(&budget, 304, "", "", now_ms);
    (void)learn(&budget, 429, "", "", now_ms);
    assert_int_equal(admit(&budget, now_ms), now_ms + 60 * SECOND);
}

static void refusals_already_under_way_do_not_lengthen_a_hold(void **state)
{
    (void)state;
    struct ghm_budget budget;
    ghm_budget_init(&budget);
    for (int i = 0; i < 10; i++)
        (void)learn(&budget, 429, "", "", NOW + i);
    assert_int_equal(admit(&budget, NOW), NOW + 60 * SECOND);
    assert_int_equal(all(&budget)->strikes, 1);
}

static void missing_permission_holds_nothing(void **state)
{
    (void)state;
    struct ghm_budget budget;
    ghm_budget_init(&budget);
    (void)learn(&budget, 403,
                "x-ratelimit-limit: 60\nx-ratelimit-remaining: 10\n"
                "x-ratelimit-reset: 1700003000\n",
                "{\"message\":\"Resource not accessible by integration\"}", NOW);
    assert_int_equal(admit(&budget, NOW), 0);
    (void)learn(&budget, 404, "", "rate limit", NOW);
    assert_int_equal(admit(&budget, NOW), 0);
    (void)learn(&budget, 403, "", "{\"message\":\"You have exceeded a secondary Rate Limit\"}",
                NOW);
    assert_int_equal(admit(&budget, NOW), NOW + 60 * SECOND);
}

static void a_403_without_its_body_is_taken_for_a_limit(void **state)
{
    (void)state;
    struct ghm_budget budget;
    ghm_budget_init(&budget);
    (void)learn(&budget, 403, "", NULL, NOW);
    assert_int_equal(admit(&budget, NOW), NOW + 60 * SECOND);
}

static void answers_out_of_order_never_raise_what_remains(void **state)
{
    (void)state;
    struct ghm_budget budget;
    ghm_budget_init(&budget);
    (void)learn(&budget, 200,
                "x-ratelimit-limit: 60\nx-ratelimit-remaining: 10\n"
                "x-ratelimit-reset: 1700003000\n",
                NULL, NOW);
    const struct ghm_budget_line *line = learn(&budget, 200,
                                               "x-ratelimit-limit: 60\nx-ratelimit-remaining: 11\n"
                                               "x-ratelimit-reset: 1700003001\n",
                                               NULL, NOW);
    assert_int_equal(line->remaining, 10);
    line = learn(&budget, 200,
                 "x-ratelimit-limit: 60\nx-ratelimit-remaining: 59\n"
                 "x-ratelimit-reset: 1700000500\n",
                 NULL, NOW);
    assert_int_equal(line->remaining, 10);
    line = learn(&budget, 200,
                 "x-ratelimit-limit: 60\nx-ratelimit-remaining: 59\n"
                 "x-ratelimit-reset: 1700006600\n",
                 NULL, NOW);
    assert_int_equal(line->remaining, 59);
}

static void absurd_times_are_not_believed(void **state)
{
    (void)state;
    struct ghm_budget budget;
    ghm_budget_init(&budget);
    (void)learn(&budget, 403,
                "x-ratelimit-limit: 60\nx-ratelimit-remaining: 0\n"
                "x-ratelimit-reset: 999999999999\n",
                "", NOW);
    assert_int_equal(admit(&budget, NOW), NOW + 60 * SECOND);
    ghm_budget_init(&budget);
    (void)learn(&budget, 429, "retry-after: 999999999999999999\n", "", NOW);
    assert_int_equal(admit(&budget, NOW), NOW + 3600 * SECOND);
    struct ghm_budget_line line = *all(&budget);
    ghm_budget_init(&budget);
    line.hold_until_ms = NOW + 8000 * SECOND;
    ghm_budget_merge(&budget, &line, NOW);
    assert_int_equal(admit(&budget, NOW), 0);
}

static void members_share_holds_and_windows(void **state)
{
    (void)state;
    struct ghm_budget ours;
    struct ghm_budget theirs;
    ghm_budget_init(&ours);
    ghm_budget_init(&theirs);
    (void)learn(&theirs, 429, "", "", NOW);
    ghm_budget_merge(&ours, all(&theirs), NOW);
    assert_int_equal(admit(&ours, NOW), NOW + 60 * SECOND);
    assert_int_equal(all(&ours)->strikes, 1);
}

static void table_is_bounded_and_keeps_its_holds(void **state)
{
    (void)state;
    struct ghm_budget budget;
    struct ghm_budget_answer answer = {.status = 200, .resource = "core"};
    ghm_budget_init(&budget);
    (void)learn(&budget, 429, "", "", NOW);
    for (uint8_t i = 0; i < 200; i++) {
        struct ghm_identity identity = {{9, i}};
        (void)ghm_budget_learn(&budget, &identity, &answer, NOW + 1 + i);
        assert_non_null(ghm_budget_find(&budget, &identity, "core"));
        assert_true(budget.count <= GHM_BUDGET_LINES_MAX);
    }
    assert_int_equal(budget.count, GHM_BUDGET_LINES_MAX);
    assert_int_equal(admit(&budget, NOW + 300), NOW + 60 * SECOND);
    struct ghm_identity first = {{9, 0}};
    assert_null(ghm_budget_find(&budget, &first, "core"));
}

static void resources_have_their_names(void **state)
{
    (void)state;
    assert_string_equal(ghm_budget_resource(TEXT("/repos/o/r")), "core");
    assert_string_equal(ghm_budget_resource(TEXT("/search/issues?q=x")), "search");
    assert_string_equal(ghm_budget_resource(TEXT("/api/v3/search/issues")), "search");
    assert_string_equal(ghm_budget_resource(TEXT("/search/code?q=x")), "code_search");
    assert_string_equal(ghm_budget_resource(TEXT("/graphql")), "graphql");
    assert_string_equal(ghm_budget_resource(TEXT("/api/graphql")), "graphql");
    assert_string_equal(ghm_budget_resource(TEXT("/rate_limit")), "rate_limit");
}

/* Guard: ghm_budget_reserve. */
static void reads_leave_some_for_writes(void **state)
{
    struct ghm_budget budget;
    (void)state;
    ghm_budget_init(&budget);
    assert_int_equal(ghm_budget_reserve(&budget, &me, "core"), 0);
    static const struct {
        const char *headers;
        uint32_t reserve;
    } rows[] = {
        {"x-ratelimit-limit: 60\nx-ratelimit-remaining: 60\nx-ratelimit-reset: 3600\n", 1},
        {"x-ratelimit-limit: 1000\nx-ratelimit-remaining: 60\nx-ratelimit-reset: 3600\n", 20},
        {"x-ratelimit-limit: 5000\nx-ratelimit-remaining: 60\nx-ratelimit-reset: 3600\n", 50},
    };
    for (size_t i = 0; i < sizeof rows / sizeof rows[0]; i++) {
        (void)learn(&budget, 200, rows[i].headers, "", 1000);
        assert_int_equal(ghm_budget_reserve(&budget, &me, "core"), rows[i].reserve);
    }
    (void)learn(&budget, 200,
                "x-ratelimit-limit: 5000\nx-ratelimit-remaining: 50\nx-ratelimit-reset: 3600\n", "",
                1000);
    assert_int_equal(ghm_budget_admit(&budget, &me, "core", 50, 1000), 3600000);
    assert_int_equal(ghm_budget_admit(&budget, &me, "core", 0, 1000), 0); /* a write */
}

/* Guard: ghm_budget_stretch. */
static void answers_last_longer_before_the_budget_ends(void **state)
{
    static const struct {
        int64_t now_ms; /* of a window that ends at 3600000 */
        const char *headers;
        uint32_t stretch;
    } rows[] = {
        {0, "x-ratelimit-limit: 1000\nx-ratelimit-remaining: 500\nx-ratelimit-reset: 3600\n", 1},
        {0, "x-ratelimit-limit: 1000\nx-ratelimit-remaining: 499\nx-ratelimit-reset: 3600\n", 2},
        {0, "x-ratelimit-limit: 1000\nx-ratelimit-remaining: 249\nx-ratelimit-reset: 3600\n", 4},
        {1800000, "x-ratelimit-limit: 1000\nx-ratelimit-remaining: 249\nx-ratelimit-reset: 3600\n",
         2},
        {3000000, "x-ratelimit-limit: 1000\nx-ratelimit-remaining: 249\nx-ratelimit-reset: 3600\n",
         1},
        {0, "x-ratelimit-limit: 1000\nx-ratelimit-remaining: 0\nx-ratelimit-reset: 3600\n", 4},
        {3600000, "x-ratelimit-limit: 1000\nx-ratelimit-remaining: 0\nx-ratelimit-reset: 3600\n",
         1}, /* the window is over */
        {0, "", 1},
    };
    (void)state;
    for (size_t i = 0; i < sizeof rows / sizeof rows[0]; i++) {
        struct ghm_budget budget;
        ghm_budget_init(&budget);
        assert_int_equal(ghm_budget_stretch(&budget, &me, "core", rows[i].now_ms), 1);
        (void)learn(&budget, 200, rows[i].headers, "", rows[i].now_ms);
        assert_int_equal(ghm_budget_stretch(&budget, &me, "core", rows[i].now_ms), rows[i].stretch);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(accounts_are_read_from_headers),
        cmocka_unit_test(spent_budget_waits_for_the_reset),
        cmocka_unit_test(reserve_is_kept_for_others),
        cmocka_unit_test(retry_after_comes_first),
        cmocka_unit_test(a_secondary_limit_stops_the_identity_everywhere),
        cmocka_unit_test(no_answer_shortens_a_hold),
        cmocka_unit_test(reset_counts_only_when_nothing_remains),
        cmocka_unit_test(holds_double_to_an_hour_and_decay),
        cmocka_unit_test(refusals_already_under_way_do_not_lengthen_a_hold),
        cmocka_unit_test(missing_permission_holds_nothing),
        cmocka_unit_test(a_403_without_its_body_is_taken_for_a_limit),
        cmocka_unit_test(answers_out_of_order_never_raise_what_remains),
        cmocka_unit_test(absurd_times_are_not_believed),
        cmocka_unit_test(members_share_holds_and_windows),
        cmocka_unit_test(table_is_bounded_and_keeps_its_holds),
        cmocka_unit_test(resources_have_their_names),
        cmocka_unit_test(reads_leave_some_for_writes),
        cmocka_unit_test(answers_last_longer_before_the_budget_ends),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
