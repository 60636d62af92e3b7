/* SPDX-License-Identifier: MIT */
#include "store/uses.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

static struct ghm_shared shared;

static void latest_use_is_kept(void **state)
{
    (void)state;
    const uint8_t id[32] = {[31] = 1};
    const uint8_t other[32] = {[31] = 2};
    assert_int_equal(ghm_uses_last(&shared, id), 0);
    ghm_uses_note(&shared, id, 100);
    ghm_uses_note(&shared, id, 99);
    assert_int_equal(ghm_uses_last(&shared, id), 100);
    assert_int_equal(ghm_uses_last(&shared, other), 0);
    ghm_uses_note(&shared, id, UINT32_MAX);
    assert_int_equal(ghm_uses_last(&shared, id), UINT32_MAX);
}

static void absurd_times_and_no_table_are_accepted(void **state)
{
    (void)state;
    const uint8_t id[32] = {[30] = 3};
    ghm_uses_note(&shared, id, -1);
    ghm_uses_note(&shared, id, INT64_MAX);
    assert_int_equal(ghm_uses_last(&shared, id), 0);
    ghm_uses_note(NULL, id, 5);
    assert_int_equal(ghm_uses_last(NULL, id), 0);
}

static void last_place_is_in_the_table(void **state)
{
    (void)state;
    const uint8_t id[32] = {[30] = 0xff, [31] = 0xff};
    ghm_uses_note(&shared, id, 7);
    assert_int_equal(shared.uses[GHM_SHARED_USES - 1], 7);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(latest_use_is_kept),
        cmocka_unit_test(absurd_times_and_no_table_are_accepted),
        cmocka_unit_test(last_place_is_in_the_table),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
