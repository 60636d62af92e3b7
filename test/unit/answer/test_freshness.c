/* SPDX-License-Identifier: MIT */
#include "answer/freshness.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#define DATE_MS INT64_C(1700000000000)

static struct ghm_freshness judge_kind(enum ghm_entry_kind kind, uint32_t ttl_s,
                                       struct ghm_freshness_bound bound, int64_t age_ms)
{
    struct ghm_entry entry = {.kind = kind, .date_ms = DATE_MS, .ttl_s = ttl_s};
    return ghm_freshness_of(&entry, &bound, DATE_MS + age_ms);
}

static struct ghm_freshness judge(uint32_t ttl_s, struct ghm_freshness_bound bound, int64_t age_ms)
{
    return judge_kind(GHM_ENTRY_ORIGIN, ttl_s, bound, age_ms);
}

static void assert_state(uint32_t ttl_s, struct ghm_freshness_bound bound, int64_t age_ms,
                         enum ghm_freshness_state expected)
{
    assert_int_equal(judge(ttl_s, bound, age_ms).state, expected);
}

static const struct ghm_freshness_bound none = {.stale_s = GHM_FRESHNESS_STALE_S};

static void fresh_stale_expired_by_age(void **state)
{
    (void)state;
    assert_state(60, none, 0, GHM_FRESHNESS_FRESH);
    assert_state(60, none, 59999, GHM_FRESHNESS_FRESH);
    assert_state(60, none, 60000, GHM_FRESHNESS_STALE);
    assert_state(60, none, 3659999, GHM_FRESHNESS_STALE);
    assert_state(60, none, 3660000, GHM_FRESHNESS_EXPIRED);
    assert_int_equal(judge(60, none, 12345).age_ms, 12345);
}

static void caller_bound_is_never_passed(void **state)
{
    (void)state;
    const struct ghm_freshness_bound ten = {true, 10, GHM_FRESHNESS_STALE_S, 0};
    assert_state(60, ten, 9999, GHM_FRESHNESS_FRESH);
    assert_state(60, ten, 10000, GHM_FRESHNESS_EXPIRED);
    const struct ghm_freshness_bound wide = {true, 100, GHM_FRESHNESS_STALE_S, 0};
    assert_state(60, wide, 100000, GHM_FRESHNESS_EXPIRED);
    const struct ghm_freshness_bound ask = {true, 0, GHM_FRESHNESS_STALE_S, 0};
    assert_state(60, ask, 0, GHM_FRESHNESS_EXPIRED);
}

/* "Accept answers up to this old" is the caller's word about GitHub's answers, longer or shorter
 * than our rule. A value that was put has its owner's word too, and the stricter of the two holds.
 */
static void caller_bound_takes_the_place_of_the_ttl(void **state)
{
    (void)state;
    const struct ghm_freshness_bound wide = {true, 100, 1000, 0};
    const struct ghm_freshness_bound tight = {true, 10, 1000, 0};
    assert_state(60, wide, 60000, GHM_FRESHNESS_FRESH);
    assert_state(60, wide, 99999, GHM_FRESHNESS_FRESH);
    assert_state(60, wide, 100000, GHM_FRESHNESS_EXPIRED);
    assert_state(0, wide, 99999, GHM_FRESHNESS_FRESH);
    const struct {
        const struct ghm_freshness_bound *bound;
        int64_t age_ms;
        enum ghm_freshness_state expected;
    } put[] = {{&none, 59999, GHM_FRESHNESS_FRESH},   {&none, 60000, GHM_FRESHNESS_STALE},
               {&wide, 59999, GHM_FRESHNESS_FRESH},   {&wide, 60000, GHM_FRESHNESS_STALE},
               {&wide, 99999, GHM_FRESHNESS_STALE},   {&wide, 100000, GHM_FRESHNESS_EXPIRED},
               {&tight, 9999, GHM_FRESHNESS_FRESH},   {&tight, 10000, GHM_FRESHNESS_EXPIRED},
               {&tight, 60000, GHM_FRESHNESS_EXPIRED}};
    for (size_t i = 0; i < sizeof put / sizeof put[0]; i++)
        assert_int_equal(judge_kind(GHM_ENTRY_PUT, 60, *put[i].bound, put[i].age_ms).state,
                         put[i].expected);
}

static void ttl_is_the_one_that_counts(void **state)
{
    (void)state;
    const struct ghm_freshness_bound wide = {true, 100, 0, 0};
    const struct ghm_freshness_bound tight = {true, 10, 0, 0};
    struct ghm_entry entry = {.kind = GHM_ENTRY_ORIGIN, .ttl_s = 60};
    assert_int_equal(ghm_freshness_ttl_s(&entry, &none), 60);
    assert_int_equal(ghm_freshness_ttl_s(&entry, &wide), 100);
    assert_int_equal(ghm_freshness_ttl_s(&entry, &tight), 10);
    entry.kind = GHM_ENTRY_PUT;
    assert_int_equal(ghm_freshness_ttl_s(&entry, &none), 60);
    assert_int_equal(ghm_freshness_ttl_s(&entry, &wide), 60);
    assert_int_equal(ghm_freshness_ttl_s(&entry, &tight), 10);
}

static void without_stale_time_it_expires_at_once(void **state)
{
    (void)state;
    const struct ghm_freshness_bound strict = {.stale_s = 0};
    assert_state(60, strict, 59999, GHM_FRESHNESS_FRESH);
    assert_state(60, strict, 60000, GHM_FRESHNESS_EXPIRED);
    assert_state(0, strict, 0, GHM_FRESHNESS_EXPIRED);
}

static void dates_ahead_have_age_zero(void **state)
{
    (void)state;
    assert_int_equal(judge(60, none, -4000).age_ms, 0);
    assert_int_equal(judge(60, none, -3600000).age_ms, 0);
    assert_state(60, none, -3600000, GHM_FRESHNESS_FRESH);
}

static void extreme_times_do_not_overflow(void **state)
{
    (void)state;
    struct ghm_entry entry = {.date_ms = INT64_MIN, .ttl_s = UINT32_MAX};
    const struct ghm_freshness_bound widest = {true, UINT32_MAX, UINT32_MAX, 0};
    struct ghm_freshness freshness = ghm_freshness_of(&entry, &widest, INT64_MAX);
    assert_int_equal(freshness.state, GHM_FRESHNESS_EXPIRED);
    assert_int_equal(freshness.age_ms, INT64_MAX);
}

/* Guard: ghm_freshness_after. */
static void t20_a_write_bounds_what_is_dated_around_it(void **state)
{
    static const struct {
        int64_t date_ms;
        int64_t age_ms;
        enum ghm_freshness_state is;
    } rows[] = {
        {99999, 0, GHM_FRESHNESS_EXPIRED},
        {100000, 0, GHM_FRESHNESS_EXPIRED}, /* in its second, for all we know */
        {100001, 0, GHM_FRESHNESS_FRESH},
        {100001, GHM_FRESHNESS_LAGGING_MS - 1, GHM_FRESHNESS_FRESH},
        {100001, GHM_FRESHNESS_LAGGING_MS, GHM_FRESHNESS_STALE},
        {100000 + GHM_FRESHNESS_LAG_MS, GHM_FRESHNESS_LAGGING_MS, GHM_FRESHNESS_STALE},
        {100001 + GHM_FRESHNESS_LAG_MS, GHM_FRESHNESS_LAGGING_MS, GHM_FRESHNESS_FRESH},
    };
    (void)state;
    for (size_t i = 0; i < sizeof rows / sizeof rows[0]; i++) {
        struct ghm_freshness freshness = {GHM_FRESHNESS_FRESH, rows[i].age_ms};
        ghm_freshness_after(&freshness, rows[i].date_ms, 100000);
        assert_int_equal(freshness.state, rows[i].is);
        freshness.state = GHM_FRESHNESS_EXPIRED; /* it makes nothing better */
        ghm_freshness_after(&freshness, rows[i].date_ms, 100000);
        assert_int_equal(freshness.state, GHM_FRESHNESS_EXPIRED);
        freshness.state = GHM_FRESHNESS_FRESH;
        ghm_freshness_after(&freshness, rows[i].date_ms, 0);
        assert_int_equal(freshness.state, GHM_FRESHNESS_FRESH);
    }
}

static void a_stretched_ttl_is_bounded(void **state)
{
    struct ghm_entry entry = {.kind = GHM_ENTRY_ORIGIN, .ttl_s = 300};
    struct ghm_freshness_bound bound = {.stretch = 4};
    (void)state;
    assert_int_equal(ghm_freshness_ttl_s(&entry, &bound), 1200);
    bound.stretch = 0;
    assert_int_equal(ghm_freshness_ttl_s(&entry, &bound), 300);
    bound.stretch = 4;
    entry.ttl_s = GHM_FRESHNESS_STRETCHED_S / 4;
    assert_int_equal(ghm_freshness_ttl_s(&entry, &bound), GHM_FRESHNESS_STRETCHED_S);
    entry.ttl_s++; /* left as it is */
    assert_int_equal(ghm_freshness_ttl_s(&entry, &bound), entry.ttl_s);
    entry.ttl_s = 300;
    bound.has_max_age = true; /* who says how old it may be is taken at his word */
    bound.max_age_s = 10;
    assert_int_equal(ghm_freshness_ttl_s(&entry, &bound), 10);
    bound.has_max_age = false;
    entry.kind = GHM_ENTRY_PUT;
    assert_int_equal(ghm_freshness_ttl_s(&entry, &bound), 300);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(fresh_stale_expired_by_age),
        cmocka_unit_test(caller_bound_is_never_passed),
        cmocka_unit_test(caller_bound_takes_the_place_of_the_ttl),
        cmocka_unit_test(ttl_is_the_one_that_counts),
        cmocka_unit_test(without_stale_time_it_expires_at_once),
        cmocka_unit_test(dates_ahead_have_age_zero),
        cmocka_unit_test(extreme_times_do_not_overflow),
        cmocka_unit_test(t20_a_write_bounds_what_is_dated_around_it),
        cmocka_unit_test(a_stretched_ttl_is_bounded),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
