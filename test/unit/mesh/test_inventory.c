/* SPDX-License-Identifier: MIT */
#include "mesh/inventory.h"

#include "place.h"

#define NOW_MS (DATE_MS + 30000)

static struct ghm_inventory build(struct ghm_store *store, struct ghm_mem *mem)
{
    struct ghm_inventory inventory;
    int error;
    assert_int_equal(ghm_inventory_init(&inventory, mem, size_of(store).entries), GHM_OK);
    do
        error = ghm_inventory_step(&inventory, store, NOW_MS);
    while (error == GHM_EAGAIN);
    assert_int_equal(error, GHM_OK);
    assert_null(inventory.spare);
    return inventory;
}

static void assert_ordered(const struct ghm_inventory *inventory)
{
    for (size_t i = 1; i < inventory->count; i++)
        assert_true(ghm_range_compare(&inventory->items[i - 1].place, &inventory->items[i].place) <
                    0);
}

/* The newest first; what is past its 60 s is left out. */
static void it_has_what_is_fresh_newest_first(void **state)
{
    struct place *place = *state;
    struct ghm_mem mem;
    ghm_mem_init(&mem, NULL, 4 << 20);
    for (unsigned n = 0; n < 700; n++)
        assert_int_equal(put_sample(place->store, n, DATE_MS - 60000 + n * 100, 0), GHM_OK);
    struct ghm_inventory inventory = build(place->store, &mem);
    assert_int_equal(inventory.count, 399); /* dated in the last 60 s */
    assert_ordered(&inventory);
    /* Ten share each second: which of them comes first is up to their ids. */
    for (unsigned n = 301; n < 700; n++) {
        size_t i = (699 - n) / 10 * 10;
        struct sample sample;
        sample_init(&sample, n, DATE_MS - 60000 + n * 100);
        while (memcmp(inventory.slots[inventory.items[i].mark], sample.variant.id, 32) != 0)
            assert_true(++i < (699 - n) / 10 * 10 + 10);
        struct ghm_range_place want;
        ghm_inventory_place(&want, sample.variant.id, &sample.entry);
        assert_int_equal(ghm_range_compare(&inventory.items[i].place, &want), 0);
    }
    ghm_inventory_fini(&inventory);
    ghm_mem_fini(&mem);
}

static void equal_places_are_equal_answers(void **state)
{
    (void)state;
    struct sample sample;
    struct ghm_range_place a, b;
    sample_init(&sample, 1, DATE_MS);
    ghm_inventory_place(&a, sample.variant.id, &sample.entry);
    ghm_inventory_place(&b, sample.variant.id, &sample.entry);
    assert_int_equal(ghm_range_compare(&a, &b), 0);
    sample.entry.date_ms++;
    ghm_inventory_place(&b, sample.variant.id, &sample.entry);
    assert_true(a.timestamp == b.timestamp);
    assert_int_not_equal(memcmp(a.id, b.id, 32), 0);
    sample.entry.date_ms--;
    sample.entry.body_sha256[31] ^= 1;
    ghm_inventory_place(&b, sample.variant.id, &sample.entry);
    assert_int_not_equal(memcmp(a.id, b.id, 32), 0);
    sample.entry.body_sha256[31] ^= 1;
    sample.variant.id[0] ^= 1;
    ghm_inventory_place(&b, sample.variant.id, &sample.entry);
    assert_int_not_equal(memcmp(a.id, b.id, 32), 0);
    sample.entry.date_ms = INT64_MAX;
    ghm_inventory_place(&b, sample.variant.id, &sample.entry);
    assert_true(b.timestamp == 0);
}

/* Every number of items, so that every last run is too short in its own way. */
static void any_number_is_put_in_order(void **state)
{
    struct place *place = *state;
    struct ghm_mem mem;
    ghm_mem_init(&mem, NULL, 4 << 20);
    for (unsigned count = 0; count < 70; count++) {
        struct ghm_inventory inventory;
        int error;
        assert_int_equal(ghm_inventory_init(&inventory, &mem, count), GHM_OK);
        for (unsigned n = 0; n < count + 3; n++) { /* three more than there is room for */
            struct sample sample;
            sample_init(&sample, n, DATE_MS + n * 7919 % 5000);
            ghm_inventory_add(&inventory, sample.variant.id, &sample.entry, NOW_MS);
        }
        size_t size = count == 0 ? 1 : count;
        assert_int_equal(inventory.count, size);
        do /* the store is empty: the walk ends at once */
            error = ghm_inventory_step(&inventory, place->store, NOW_MS);
        while (error == GHM_EAGAIN);
        assert_int_equal(error, GHM_OK);
        assert_int_equal(inventory.count, size);
        assert_ordered(&inventory);
        ghm_inventory_fini(&inventory);
    }
    ghm_mem_fini(&mem);
}

static void without_memory_there_is_none(void **state)
{
    struct place *place = *state;
    struct ghm_mem mem;
    struct ghm_inventory inventory;
    ghm_mem_init(&mem, NULL, 4 << 20);
    for (uint64_t n = 1; n <= 2; n++) {
        mem.fail_after = n;
        assert_int_equal(ghm_inventory_init(&inventory, &mem, 10), GHM_ENOMEM);
    }
    mem.fail_after = 3; /* to put it in order */
    assert_int_equal(ghm_inventory_init(&inventory, &mem, 10), GHM_OK);
    assert_int_equal(ghm_inventory_step(&inventory, place->store, NOW_MS), GHM_ENOMEM);
    ghm_inventory_fini(&inventory);
    ghm_mem_fini(&mem);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup_teardown(it_has_what_is_fresh_newest_first, place_setup,
                                        place_teardown),
        cmocka_unit_test(equal_places_are_equal_answers),
        cmocka_unit_test_setup_teardown(any_number_is_put_in_order, place_setup, place_teardown),
        cmocka_unit_test_setup_teardown(without_memory_there_is_none, place_setup, place_teardown),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
