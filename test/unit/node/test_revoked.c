/* SPDX-License-Identifier: MIT */
#include "node/revoked.h"

#include "desk.h"

static void what_is_from_before_the_refusal_is_known(void **state)
{
    struct desk *desk = *state;
    const struct ghm_local *local = &desk->config.local;
    uint8_t slot[GHM_VARIANT_ID_LEN] = {1}, other[GHM_VARIANT_ID_LEN] = {2};
    assert_false(ghm_revoked_is(local, slot, DATE_MS));
    ghm_revoked_note(local, slot, DATE_MS);
    assert_true(ghm_revoked_is(local, slot, DATE_MS - 1));
    assert_true(ghm_revoked_is(local, slot, DATE_MS)); /* dates are whole seconds */
    assert_false(ghm_revoked_is(local, slot, DATE_MS + 1));
    assert_false(ghm_revoked_is(local, other, DATE_MS));
    ghm_revoked_note(local, slot, DATE_MS + 5);
    assert_true(ghm_revoked_is(local, slot, DATE_MS + 5));
}

static void other_facts_are_no_refusals(void **state)
{
    struct desk *desk = *state;
    uint8_t slot[GHM_VARIANT_ID_LEN] = {1};
    assert_int_equal(ghm_store_fact_put(desk->place->store, slot, TEXT("abc")), GHM_OK);
    assert_false(ghm_revoked_is(&desk->config.local, slot, 0));
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        DESK_TEST(what_is_from_before_the_refusal_is_known),
        DESK_TEST(other_facts_are_no_refusals),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
