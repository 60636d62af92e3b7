/* SPDX-License-Identifier: MIT */
#include "link/rtt.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>

#include <cmocka.h>

#define MS GHM_NS_PER_MS

static void one_ping_is_under_way_and_answers_stay_fresh(void **state)
{
    (void)state;
    struct ghm_rtt rtt;
    ghm_rtt_init(&rtt);
    assert_true(ghm_rtt_ask(&rtt, 5 * MS));
    assert_false(ghm_rtt_ask(&rtt, 6 * MS));
    ghm_rtt_answered(&rtt, 0, 25 * MS);
    assert_int_equal(rtt.estimate_ns, 20 * MS);
    assert_false(ghm_rtt_ask(&rtt, 25 * MS + GHM_RTT_FRESH_NS - 1));
    assert_true(ghm_rtt_ask(&rtt, 25 * MS + GHM_RTT_FRESH_NS));
}

static void other_answers_mean_nothing(void **state)
{
    (void)state;
    struct ghm_rtt rtt;
    ghm_rtt_init(&rtt);
    ghm_rtt_answered(&rtt, 0, 9 * MS); /* to a ping never sent */
    assert_int_equal(rtt.estimate_ns, 0);
    assert_true(ghm_rtt_ask(&rtt, 0));
    ghm_rtt_answered(&rtt, 7, 9 * MS);
    assert_int_equal(rtt.estimate_ns, 0);
    ghm_rtt_ask_anew(&rtt, 100 * MS);
    ghm_rtt_answered(&rtt, 0, 101 * MS); /* to the one given up */
    assert_int_equal(rtt.estimate_ns, 0);
    ghm_rtt_answered(&rtt, 1, 103 * MS);
    assert_int_equal(rtt.estimate_ns, 3 * MS);
    ghm_rtt_answered(&rtt, 1, 104 * MS); /* twice */
    assert_int_equal(rtt.estimate_ns, 3 * MS);
}

static void measure(struct ghm_rtt *rtt, uint64_t took_ns)
{
    ghm_rtt_ask_anew(rtt, GHM_NS_PER_S);
    ghm_rtt_answered(rtt, rtt->number, GHM_NS_PER_S + took_ns);
}

static void smaller_counts_at_once_and_larger_slowly(void **state)
{
    (void)state;
    struct ghm_rtt rtt;
    ghm_rtt_init(&rtt);
    measure(&rtt, 80 * MS);
    measure(&rtt, 160 * MS);
    assert_int_equal(rtt.estimate_ns, 90 * MS);
    measure(&rtt, 10 * MS);
    assert_int_equal(rtt.estimate_ns, 10 * MS);
    measure(&rtt, 0); /* the clock did not move: known all the same */
    assert_int_equal(rtt.estimate_ns, 1);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(one_ping_is_under_way_and_answers_stay_fresh),
        cmocka_unit_test(other_answers_mean_nothing),
        cmocka_unit_test(smaller_counts_at_once_and_larger_slowly),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
