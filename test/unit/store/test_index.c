/* SPDX-License-Identifier: MIT */
#include "store/index.h"

#include "answer/identity.h"
#include "place.h"

#define NAME "GET api.github.com/repos/o/r"

static struct ghm_variant variant_of(const char *name)
{
    struct ghm_variant variant;
    assert_int_equal(ghm_variant_of_name(&variant, ghm_bytes_text(name)), GHM_OK);
    return variant;
}

static struct ghm_identity nth(unsigned n)
{
    struct ghm_identity identity = {{0}};
    ghm_store_be32(identity.fp, n);
    return identity;
}

static void slot_of(uint8_t ret_slot[GHM_VARIANT_ID_LEN], unsigned identity)
{
    struct ghm_variant variant = variant_of(NAME);
    struct ghm_identity who = nth(identity);
    ghm_identity_slot(ret_slot, variant.id, &who);
}

static void put(struct place *place, unsigned identity, int64_t date_ms, enum ghm_entry_kind kind)
{
    uint8_t slot[GHM_VARIANT_ID_LEN];
    struct ghm_entry entry = {.kind = kind,
                              .status = 200,
                              .date_ms = date_ms,
                              .identity = nth(identity),
                              .name = TEXT(NAME),
                              .body = TEXT("body")};
    slot_of(slot, identity);
    assert_int_equal(ghm_store_put(place->store, slot, &entry, 0, NOW_S), GHM_OK);
}

static void assert_slots(struct place *place, size_t count, const unsigned *identities)
{
    uint8_t slots[GHM_STORE_SLOTS_MAX][GHM_VARIANT_ID_LEN], want[GHM_VARIANT_ID_LEN];
    size_t found;
    struct ghm_variant variant = variant_of(NAME);
    assert_int_equal(ghm_store_slots(place->store, slots, &found, variant.id), GHM_OK);
    assert_int_equal(found, count);
    for (size_t i = 0; i < count; i++) {
        slot_of(want, identities[i]);
        assert_memory_equal(slots[i], want, sizeof want);
    }
}

static void newest_comes_first(void **state)
{
    struct place *place = *state;
    assert_slots(place, 0, NULL);
    put(place, 1, DATE_MS, GHM_ENTRY_ORIGIN);
    put(place, 2, DATE_MS + 2000, GHM_ENTRY_ORIGIN);
    put(place, 0, DATE_MS + 1000, GHM_ENTRY_ORIGIN); /* nobody's, too */
    assert_slots(place, 3, (const unsigned[]){2, 0, 1});
    put(place, 1, DATE_MS + 3000, GHM_ENTRY_ORIGIN); /* replaced: one row, at its new place */
    assert_slots(place, 3, (const unsigned[]){1, 2, 0});
    place_reopen(place);
    assert_slots(place, 3, (const unsigned[]){1, 2, 0});
}

static void values_of_programs_are_not_in_it(void **state)
{
    struct place *place = *state;
    put(place, 1, DATE_MS, GHM_ENTRY_PUT);
    assert_slots(place, 0, NULL);
    put(place, 1, DATE_MS + 1, GHM_ENTRY_ORIGIN);
    assert_slots(place, 1, (const unsigned[]){1});
    put(place, 1, DATE_MS + 2, GHM_ENTRY_PUT);
    assert_slots(place, 0, NULL);
}

static void rows_leave_with_their_entries(void **state)
{
    struct place *place = *state;
    uint8_t slot[GHM_VARIANT_ID_LEN];
    for (unsigned n = 1; n <= 3; n++)
        put(place, n, DATE_MS + n, GHM_ENTRY_ORIGIN);
    slot_of(slot, 2);
    assert_int_equal(ghm_store_drop(place->store, slot), GHM_OK);
    assert_slots(place, 2, (const unsigned[]){3, 1});
    assert_int_equal(ghm_store_drop_prefix(place->store, TEXT("GET ")), 2);
    assert_slots(place, 0, NULL);
    put(place, 1, DATE_MS, GHM_ENTRY_ORIGIN);
    assert_int_equal(ghm_store_drop_prefix(place->store, TEXT("")), 1);
    assert_slots(place, 0, NULL);
}

static void rows_leave_with_what_is_evicted(void **state)
{
    struct place *place = *state;
    place_close(place);
    place->options.entries_max = 4;
    assert_int_equal(place_open(place), GHM_OK);
    for (unsigned n = 1; n <= 40; n++)
        put(place, n, DATE_MS + n, GHM_ENTRY_ORIGIN);
    uint8_t slots[GHM_STORE_SLOTS_MAX][GHM_VARIANT_ID_LEN];
    size_t found;
    struct ghm_variant variant = variant_of(NAME);
    assert_int_equal(ghm_store_slots(place->store, slots, &found, variant.id), GHM_OK);
    assert_int_equal(found, 4);
}

static void bound_of_a_variant_is_reached_and_not_passed(void **state)
{
    struct place *place = *state;
    unsigned newest[GHM_STORE_SLOTS_MAX];
    for (unsigned n = 1; n <= 40; n++)
        put(place, n, DATE_MS + n, GHM_ENTRY_ORIGIN);
    for (unsigned i = 0; i < GHM_STORE_SLOTS_MAX; i++)
        newest[i] = 40 - i;
    assert_slots(place, GHM_STORE_SLOTS_MAX, newest);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup_teardown(newest_comes_first, place_setup, place_teardown),
        cmocka_unit_test_setup_teardown(values_of_programs_are_not_in_it, place_setup,
                                        place_teardown),
        cmocka_unit_test_setup_teardown(rows_leave_with_their_entries, place_setup, place_teardown),
        cmocka_unit_test_setup_teardown(rows_leave_with_what_is_evicted, place_setup,
                                        place_teardown),
        cmocka_unit_test_setup_teardown(bound_of_a_variant_is_reached_and_not_passed, place_setup,
                                        place_teardown),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
