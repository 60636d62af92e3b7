/* SPDX-License-Identifier: MIT */
#include "swarm/keeper.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>

#include <cmocka.h>

static void protected_and_young_ones_stay(void **state)
{
    (void)state;
    struct ghm_keeper_view view = {.up_ns = 1000};
    assert_false(ghm_keeper_may_go(&view, 1000 + GHM_KEEPER_GRACE_NS - 1));
    assert_true(ghm_keeper_may_go(&view, 1000 + GHM_KEEPER_GRACE_NS));
    view.is_protected = true;
    assert_false(ghm_keeper_may_go(&view, 1000 + GHM_KEEPER_GRACE_NS));
}

/* Each row goes before all below it. */
static void usefulness_has_an_order(void **state)
{
    (void)state;
    static const struct ghm_keeper_view rows[] = {
        {.streams = 0, .used_ns = 1},
        {.streams = 0, .used_ns = 2},
        {.streams = 0, .is_dialer = true, .used_ns = 1},
        {.streams = 1, .used_ns = 1},
        {.streams = 1, .used_ns = 2},
        {.streams = 2, .used_ns = 1},
        {.streams = 1, .is_dialer = true, .used_ns = 1},
    };
    for (size_t i = 0; i < 7; i++) {
        for (size_t j = 0; j < 7; j++)
            assert_int_equal(ghm_keeper_is_less(&rows[i], &rows[j]), i < j);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(protected_and_young_ones_stay),
        cmocka_unit_test(usefulness_has_an_order),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
