/* SPDX-License-Identifier: MIT */
#include "store/walk.h"

#include "place.h"

#define SAMPLES 700

static struct ghm_walk_row rows[GHM_WALK_ROWS_MAX];

/* Which sample a row is of: its date says it. */
static void note(bool *seen, size_t count)
{
    for (size_t i = 0; i < count; i++) {
        struct sample sample;
        unsigned n = (unsigned)(rows[i].entry.date_ms - DATE_MS);
        assert_true(n < SAMPLES);
        assert_false(seen[n]);
        seen[n] = true;
        sample_init(&sample, n, DATE_MS + n);
        assert_memory_equal(rows[i].slot, sample.variant.id, sizeof rows[i].slot);
        assert_int_equal(rows[i].entry.kind, GHM_ENTRY_ORIGIN);
        assert_int_equal(rows[i].entry.ttl_s, 60);
        assert_null(rows[i].entry.body.ptr);
    }
}

static void all_are_seen_once(void **state)
{
    struct place *place = *state;
    struct ghm_walk walk = {.is_begun = false};
    bool seen[SAMPLES] = {false};
    size_t count, steps = 0;
    assert_int_equal(ghm_store_walk(place->store, &walk, rows, &count), GHM_OK);
    assert_int_equal(count, 0);
    for (unsigned n = 0; n < SAMPLES; n++)
        assert_int_equal(put_sample(place->store, n, DATE_MS + n, 0), GHM_OK);
    do {
        assert_int_equal(ghm_store_walk(place->store, &walk, rows, &count), GHM_OK);
        note(seen, count);
        steps++;
    } while (count > 0);
    assert_int_equal(steps, 4); /* 256, 256, 188 and none */
    for (unsigned n = 0; n < SAMPLES; n++)
        assert_true(seen[n]);
}

/* The entry at the walk's place leaves between two steps: what is behind it is still found. */
static void others_may_write_meanwhile(void **state)
{
    struct place *place = *state;
    struct ghm_walk walk = {.is_begun = false};
    bool seen[SAMPLES] = {false};
    size_t count;
    for (unsigned n = 0; n < SAMPLES; n++)
        assert_int_equal(put_sample(place->store, n, DATE_MS + n, 0), GHM_OK);
    for (;;) {
        assert_int_equal(ghm_store_walk(place->store, &walk, rows, &count), GHM_OK);
        if (count == 0) break;
        note(seen, count);
        assert_int_equal(ghm_store_drop(place->store, rows[count - 1].slot), GHM_OK);
    }
    for (unsigned n = 0; n < SAMPLES; n++)
        assert_true(seen[n]);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup_teardown(all_are_seen_once, place_setup, place_teardown),
        cmocka_unit_test_setup_teardown(others_may_write_meanwhile, place_setup, place_teardown),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
