/* SPDX-License-Identifier: MIT */
#include "answer/pace.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>

#include <cmocka.h>

#define NOW INT64_C(1700000000000)
#define SECOND INT64_C(1000)

static const struct ghm_identity me = {{1}};

static int64_t wait(const struct ghm_pace *pace, int64_t now_ms)
{
    return ghm_pace_wait(pace, &me, GHM_PACE_REST, now_ms);
}

static void spend(struct ghm_pace *pace, unsigned points, int64_t now_ms)
{
    ghm_pace_spend(pace, &me, GHM_PACE_REST, points, now_ms);
}

static void a_minute_has_so_many_points(void **state)
{
    struct ghm_pace pace;
    (void)state;
    ghm_pace_init(&pace);
    for (unsigned i = 0; i < GHM_PACE_REST_MAX; i++) {
        assert_int_equal(wait(&pace, NOW), 0);
        spend(&pace, 1, NOW);
    }
    assert_int_equal(wait(&pace, NOW), NOW + 61 * SECOND);
    assert_int_equal(wait(&pace, NOW + 60 * SECOND), NOW + 61 * SECOND);
    assert_int_equal(wait(&pace, NOW + 61 * SECOND), 0);
}

/* The first second in which enough has been given back. */
static void the_wait_is_no_longer_than_it_must_be(void **state)
{
    struct ghm_pace pace;
    (void)state;
    ghm_pace_init(&pace);
    spend(&pace, 10, NOW);
    spend(&pace, 20, NOW + 5 * SECOND);
    spend(&pace, GHM_PACE_REST_MAX - 30, NOW + 7 * SECOND);
    assert_int_equal(wait(&pace, NOW + 7 * SECOND), NOW + 61 * SECOND);
    spend(&pace, 10, NOW + 8 * SECOND); /* a debt of ten */
    assert_int_equal(wait(&pace, NOW + 8 * SECOND), NOW + 66 * SECOND);
    spend(&pace, 2 * GHM_PACE_REST_MAX, NOW + 9 * SECOND); /* what must not wait */
    assert_int_equal(wait(&pace, NOW + 9 * SECOND), NOW + 70 * SECOND);
}

static void accounts_are_apart(void **state)
{
    struct ghm_pace pace;
    struct ghm_identity other = {{2}};
    (void)state;
    ghm_pace_init(&pace);
    spend(&pace, GHM_PACE_REST_MAX, NOW);
    assert_int_equal(ghm_pace_wait(&pace, &other, GHM_PACE_REST, NOW), 0);
    assert_int_equal(ghm_pace_wait(&pace, &me, GHM_PACE_GRAPHQL, NOW), 0);
    ghm_pace_spend(&pace, &me, GHM_PACE_GRAPHQL, GHM_PACE_GRAPHQL_MAX - 1, NOW);
    assert_int_equal(ghm_pace_wait(&pace, &me, GHM_PACE_GRAPHQL, NOW), 0);
    ghm_pace_spend(&pace, &me, GHM_PACE_GRAPHQL, 1, NOW);
    assert_true(ghm_pace_wait(&pace, &me, GHM_PACE_GRAPHQL, NOW) > 0);
}

static void clocks_that_jump_stop_nobody(void **state)
{
    struct ghm_pace pace;
    (void)state;
    ghm_pace_init(&pace);
    spend(&pace, GHM_PACE_REST_MAX, NOW);
    assert_int_equal(wait(&pace, NOW - 3 * SECOND), NOW + 61 * SECOND); /* back a little */
    spend(&pace, 1, NOW - 3 * SECOND);
    assert_int_equal(wait(&pace, NOW + 60 * SECOND), NOW + 61 * SECOND);
    assert_int_equal(wait(&pace, NOW - 3600 * SECOND), 0); /* back far */
    spend(&pace, GHM_PACE_REST_MAX, NOW - 3600 * SECOND);
    assert_int_equal(wait(&pace, NOW - 3600 * SECOND), NOW - 3539 * SECOND);
    assert_int_equal(wait(&pace, NOW), 0); /* ahead */
    spend(&pace, 1, NOW);
    assert_int_equal(wait(&pace, NOW), 0);
}

static void seconds_have_a_most(void **state)
{
    struct ghm_pace pace;
    (void)state;
    ghm_pace_init(&pace);
    for (int i = 0; i < 65540 / 5; i++) /* 4, if they went round */
        spend(&pace, 5, NOW);
    assert_int_equal(wait(&pace, NOW), NOW + 61 * SECOND);
}

static void the_table_is_bounded(void **state)
{
    struct ghm_pace pace;
    (void)state;
    ghm_pace_init(&pace);
    spend(&pace, GHM_PACE_REST_MAX, NOW);
    for (uint8_t i = 0; i < 200; i++) {
        struct ghm_identity identity = {{9, i}};
        ghm_pace_spend(&pace, &identity, GHM_PACE_REST, GHM_PACE_REST_MAX, NOW + i * SECOND / 10);
        assert_true(pace.count <= GHM_PACE_LINES_MAX);
        assert_true(ghm_pace_wait(&pace, &identity, GHM_PACE_REST, NOW + 20 * SECOND) > 0);
    }
    assert_int_equal(pace.count, GHM_PACE_LINES_MAX);
    assert_int_equal(wait(&pace, NOW + 20 * SECOND), 0); /* it was idle longest */
}

/* Against the plain reckoning: every request and its second remembered. */
static void any_minute_holds(void **state)
{
    static int64_t at_s[20000];
    struct ghm_pace pace;
    size_t count = 0, first = 0, waits = 0;
    int64_t now_ms = NOW;
    (void)state;
    srand(7);
    ghm_pace_init(&pace);
    while (count < sizeof at_s / sizeof at_s[0]) {
        int64_t until_ms = wait(&pace, now_ms);
        if (until_ms == 0) {
            spend(&pace, 1, now_ms);
            at_s[count++] = now_ms / 1000;
            now_ms += rand() % (rand() % 40 == 0 ? 2000 : 30);
        } else {
            assert_true(until_ms > now_ms && until_ms <= now_ms + 61 * SECOND);
            now_ms = until_ms;
            waits++;
        }
        while (first < count && at_s[first] <= now_ms / 1000 - 61)
            first++;
        assert_true(count - first <= GHM_PACE_REST_MAX);
    }
    assert_true(waits > 10);
}

static void what_a_request_costs(void **state)
{
    static const struct {
        const char *method;
        const char *target;
        enum ghm_errand errand;
        unsigned points;
    } rows[] = {
        {"GET", "/repos/o/r", GHM_ERRAND_READ, 1},
        {"GET", "/rate_limit", GHM_ERRAND_PASS, 1},
        {"HEAD", "/repos/o/r", GHM_ERRAND_PASS, 1},
        {"OPTIONS", "/repos/o/r", GHM_ERRAND_PASS, 1},
        {"POST", "/repos/o/r/issues", GHM_ERRAND_WRITE, 5},
        {"PATCH", "/repos/o/r", GHM_ERRAND_WRITE, 5},
        {"PUT", "/repos/o/r", GHM_ERRAND_WRITE, 5},
        {"DELETE", "/repos/o/r", GHM_ERRAND_WRITE, 5},
        {"POST", "/markdown", GHM_ERRAND_PASS, 5}, /* by its method */
        {"POST", "/graphql", GHM_ERRAND_QUERY, 1},
        {"POST", "/graphql", GHM_ERRAND_PASS, 1},
        {"POST", "/api/graphql", GHM_ERRAND_WRITE, 5},
    };
    (void)state;
    for (size_t i = 0; i < sizeof rows / sizeof rows[0]; i++) {
        struct ghm_request request = {.method = ghm_bytes_text(rows[i].method),
                                      .target = ghm_bytes_text(rows[i].target)};
        assert_int_equal(ghm_pace_points(&request, rows[i].errand), rows[i].points);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_minute_has_so_many_points),
        cmocka_unit_test(the_wait_is_no_longer_than_it_must_be),
        cmocka_unit_test(accounts_are_apart),
        cmocka_unit_test(clocks_that_jump_stop_nobody),
        cmocka_unit_test(seconds_have_a_most),
        cmocka_unit_test(the_table_is_bounded),
        cmocka_unit_test(any_minute_holds),
        cmocka_unit_test(what_a_request_costs),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
