/* SPDX-License-Identifier: MIT */
#include "gossip/dontwant.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

static const uint8_t seed[16] = {1, 2, 3};

static void dontwant_holds_for_three_heartbeats(void **state)
{
    (void)state;
    struct ghm_mem mem;
    struct ghm_dontwant dontwant;
    struct ghm_bytes id = ghm_bytes_text("a message");
    ghm_mem_init(&mem, NULL, SIZE_MAX);
    ghm_dontwant_init(&dontwant, &mem, seed);
    assert_false(ghm_dontwant_has(&dontwant, id, 0));
    mem.fail_after = 1;
    ghm_dontwant_add(&dontwant, id, 5);
    assert_false(ghm_dontwant_has(&dontwant, id, 5));
    ghm_dontwant_add(&dontwant, id, 5);
    assert_true(ghm_dontwant_has(&dontwant, id, 5));
    assert_true(ghm_dontwant_has(&dontwant, id, 8));
    assert_false(ghm_dontwant_has(&dontwant, id, 9));
    assert_false(ghm_dontwant_has(&dontwant, ghm_bytes_text("another"), 5));
    ghm_dontwant_fini(&dontwant);
    ghm_mem_fini(&mem);
}

static void dontwants_are_bounded(void **state)
{
    (void)state;
    struct ghm_mem mem;
    struct ghm_dontwant dontwant;
    ghm_mem_init(&mem, NULL, SIZE_MAX);
    ghm_dontwant_init(&dontwant, &mem, seed);
    for (uint64_t i = 0; i <= GHM_DONTWANT_MAX; i++)
        ghm_dontwant_add(&dontwant, ghm_bytes(&i, sizeof i), 1);
    uint64_t first = 0, second = 1, last = GHM_DONTWANT_MAX;
    assert_false(ghm_dontwant_has(&dontwant, ghm_bytes(&first, 8), 1));
    assert_true(ghm_dontwant_has(&dontwant, ghm_bytes(&second, 8), 1));
    assert_true(ghm_dontwant_has(&dontwant, ghm_bytes(&last, 8), 1));
    assert_true(mem.used_bytes <= GHM_DONTWANT_MAX * 16);
    ghm_dontwant_fini(&dontwant);
    ghm_mem_fini(&mem);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(dontwant_holds_for_three_heartbeats),
        cmocka_unit_test(dontwants_are_bounded),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
