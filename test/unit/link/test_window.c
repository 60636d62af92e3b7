/* SPDX-License-Identifier: MIT */
#include "link/window.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>

#include <cmocka.h>

#define HALF (GHM_WINDOW_MIN / 2)

static void judged_when_half_has_come(void **state)
{
    (void)state;
    struct ghm_window window;
    ghm_window_init(&window, 1000);
    assert_int_equal(window.size, 262144);
    assert_int_equal(ghm_window_push(&window, HALF - 1, 1100, 100), GHM_WINDOW_OPEN);
    assert_int_equal(ghm_window_push(&window, 1, 1200, 100), GHM_WINDOW_FAST);
    assert_int_equal(ghm_window_push(&window, HALF, 1401, 100), GHM_WINDOW_SLOW);
    assert_int_equal(ghm_window_push(&window, HALF, 1601, 100), GHM_WINDOW_FAST);
    assert_int_equal(ghm_window_push(&window, HALF, 1602, 0), GHM_WINDOW_SLOW); /* unknown */
}

int main(void)
{
    const struct CMUnitTest tests[] = {cmocka_unit_test(judged_when_half_has_come)};
    return cmocka_run_group_tests(tests, NULL, NULL);
}
