/* SPDX-License-Identifier: MIT */
#include "link/syn.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

static void no_id_is_admitted_twice(void **state)
{
    (void)state;
    struct ghm_syn syn = {0};
    assert_false(ghm_syn_has(&syn, 1));
    for (uint32_t id = 1; id < 2000; id += 2) {
        assert_true(ghm_syn_admit(&syn, id));
        assert_true(ghm_syn_has(&syn, id));
        assert_false(ghm_syn_admit(&syn, id));
        assert_false(ghm_syn_has(&syn, id + 2));
    }
    for (uint32_t id = 1; id < 2000; id += 2)
        assert_false(ghm_syn_admit(&syn, id));
}

static void neighbours_may_come_out_of_order(void **state)
{
    (void)state;
    struct ghm_syn syn = {0};
    assert_true(ghm_syn_admit(&syn, 600));
    assert_true(ghm_syn_admit(&syn, 90)); /* 255 older */
    assert_false(ghm_syn_admit(&syn, 88));
    assert_true(ghm_syn_has(&syn, 88)); /* nobody knows: counts as used */
    assert_false(ghm_syn_has(&syn, 92));
    assert_true(ghm_syn_admit(&syn, 92));
    assert_false(ghm_syn_admit(&syn, 90));
    assert_true(ghm_syn_admit(&syn, UINT32_MAX - 1));
    assert_false(ghm_syn_has(&syn, UINT32_MAX - 3));
    assert_false(ghm_syn_admit(&syn, 600));
}

/* Against a plain table of all ids. */
static void it_agrees_with_a_table(void **state)
{
    (void)state;
    static bool used[8192];
    struct ghm_syn syn = {0};
    uint32_t newest = 0, random = 7;
    memset(used, 0, sizeof used);
    for (int i = 0; i < 20000; i++) {
        random = random * 1664525 + 1013904223;
        uint32_t base = newest > 700 ? newest - 700 : 0;
        uint32_t id = ((base + (random >> 20) % 720) & ~1u) + 1;
        if (id >= 8192) break;
        bool is_old = newest > id && (newest - id) / 2 >= GHM_SYN_SPAN;
        bool is_fresh = !is_old && !used[id];
        assert_int_equal(ghm_syn_has(&syn, id), is_old || used[id]);
        assert_int_equal(ghm_syn_admit(&syn, id), is_fresh);
        used[id] = true;
        if (is_fresh && id > newest) newest = id;
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(no_id_is_admitted_twice),
        cmocka_unit_test(neighbours_may_come_out_of_order),
        cmocka_unit_test(it_agrees_with_a_table),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
