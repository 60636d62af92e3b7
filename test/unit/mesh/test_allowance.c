/* SPDX-License-Identifier: MIT */
#include "mesh/allowance.h"

#include "members.h"

/* One in 10, three at once. */
static const struct ghm_allowance_rule rule = {.each_ns = 10, .ahead_ns = 30};

static void what_was_not_used_can_be_used_at_once(void **state)
{
    (void)state;
    struct ghm_allowance allowance = {.paid_ns = 0};
    for (uint64_t left = 3; left > 0; left--) {
        assert_int_equal(ghm_allowance_left(&allowance, &rule, 100), left);
        ghm_allowance_use(&allowance, &rule, 1, 100);
    }
    assert_int_equal(ghm_allowance_left(&allowance, &rule, 100), 0);
    assert_int_equal(ghm_allowance_left(&allowance, &rule, 109), 0);
    assert_int_equal(ghm_allowance_left(&allowance, &rule, 110), 1);
    assert_int_equal(ghm_allowance_left(&allowance, &rule, 130), 3);
    assert_int_equal(ghm_allowance_left(&allowance, &rule, UINT64_MAX), 3); /* and no more */
}

static void what_was_taken_beyond_is_paid_for(void **state)
{
    (void)state;
    struct ghm_allowance allowance = {.paid_ns = 0};
    ghm_allowance_use(&allowance, &rule, 10, 100);
    assert_int_equal(ghm_allowance_left(&allowance, &rule, 179), 0);
    assert_int_equal(ghm_allowance_left(&allowance, &rule, 180), 1);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(what_was_not_used_can_be_used_at_once),
        cmocka_unit_test(what_was_taken_beyond_is_paid_for),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
