/* SPDX-License-Identifier: MIT */
#include "store/idle.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>

#include <cmocka.h>

static void gives_back_what_was_given(void **state)
{
    (void)state;
    struct ghm_idle idle;
    int things[GHM_IDLE_MAX + 1];
    unsigned taken = 0;
    ghm_idle_init(&idle);
    assert_null(ghm_idle_take(&idle));
    for (unsigned i = 0; i < GHM_IDLE_MAX; i++)
        assert_true(ghm_idle_give(&idle, &things[i]));
    assert_false(ghm_idle_give(&idle, &things[GHM_IDLE_MAX]));
    for (int *thing; (thing = ghm_idle_take(&idle)) != NULL; taken++)
        assert_true(thing >= things && thing < things + GHM_IDLE_MAX);
    assert_int_equal(taken, GHM_IDLE_MAX);
}

int main(void)
{
    const struct CMUnitTest tests[] = {cmocka_unit_test(gives_back_what_was_given)};
    return cmocka_run_group_tests(tests, NULL, NULL);
}
