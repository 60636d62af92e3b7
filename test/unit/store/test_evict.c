/* SPDX-License-Identifier: MIT */
#include "place.h"

static void open_with(struct place *place, uint32_t entries_max, uint64_t bytes_max)
{
    place->options.entries_max = entries_max;
    place->options.bytes_max = bytes_max;
    place_reopen(place);
}

static void entries_are_bounded(void **state)
{
    struct place *place = *state;
    open_with(place, 100, 0);
    for (unsigned n = 0; n < 1000; n++) {
        assert_int_equal(put_sample(place->store, n, DATE_MS, 0), GHM_OK);
        assert_int_equal(get_sample(place->store, n, DATE_MS), GHM_OK);
        assert_int_equal(size_of(place->store).entries, n < 100 ? n + 1 : 100);
    }
    assert_int_equal(atomic_load(&place->shared->counters.evictions), 900);
}

static void bytes_are_bounded(void **state)
{
    struct place *place = *state;
    static uint8_t body[5000];
    open_with(place, 0, 100000);
    for (unsigned n = 0; n < 300; n++) {
        struct sample sample;
        sample_init(&sample, n, DATE_MS);
        sample.entry.body = noise(body, 1 + n * 37 % sizeof body, n);
        assert_int_equal(ghm_store_put(place->store, sample.variant.id, &sample.entry, 0, NOW_S),
                         0);
        assert_true(size_of(place->store).bytes <= 100000);
    }
    assert_true(size_of(place->store).bytes > 90000);
    assert_true(size_of(place->store).file_bytes < 1000000);
}

static void replacing_evicts_nothing(void **state)
{
    struct place *place = *state;
    open_with(place, 10, 0);
    for (unsigned n = 0; n < 10; n++) {
        assert_int_equal(put_sample(place->store, n, DATE_MS, 0), GHM_OK);
    }
    for (unsigned n = 0; n < 10; n++) {
        assert_int_equal(put_sample(place->store, n, DATE_MS + 1, 0), GHM_OK);
    }
    assert_int_equal(atomic_load(&place->shared->counters.evictions), 0);
}

/* The one that grows is never the one that leaves: it would be counted twice. */
static void growing_evicts_the_others(void **state)
{
    struct place *place = *state;
    static uint8_t body[1200];
    open_with(place, 0, 2000);
    for (unsigned round = 0; round < 20; round++) {
        struct sample sample;
        int64_t date_ms = DATE_MS + 2 * round;
        for (unsigned n = 0; n < 10; n++) {
            assert_int_equal(put_sample(place->store, n, date_ms, 0), GHM_OK);
        }
        sample_init(&sample, round % 10, date_ms + 1);
        sample.entry.body = ghm_bytes(body, sizeof body);
        assert_int_equal(ghm_store_put(place->store, sample.variant.id, &sample.entry, 0, NOW_S),
                         0);
        struct ghm_store_size size = size_of(place->store);
        assert_true(size.entries > 1 && size.bytes <= 2000);
        assert_int_equal(ghm_store_drop(place->store, sample.variant.id), GHM_OK);
        size_t each = (size.bytes - 16 - ghm_entry_size(&sample.entry)) / (size.entries - 1);
        assert_int_equal(size_of(place->store).bytes, each * (size.entries - 1));
        sample_init(&sample, 1, date_ms);
        assert_int_equal(each, 16 + ghm_entry_size(&sample.entry));
    }
}

static void what_alone_passes_the_bounds_is_refused(void **state)
{
    struct place *place = *state;
    static uint8_t body[2000];
    struct sample sample;
    open_with(place, 0, 2000);
    assert_int_equal(put_sample(place->store, 1, DATE_MS, 0), GHM_OK);
    sample_init(&sample, 2, DATE_MS);
    sample.entry.body = ghm_bytes(body, sizeof body);
    assert_int_equal(ghm_store_put(place->store, sample.variant.id, &sample.entry, 0, NOW_S),
                     GHM_ELIMIT);
    assert_int_equal(get_sample(place->store, 1, DATE_MS), GHM_OK);
    sample.entry.body.len -= ghm_entry_size(&sample.entry) + 16 - 2000;
    assert_int_equal(ghm_store_put(place->store, sample.variant.id, &sample.entry, 0, NOW_S), 0);
    assert_int_equal(size_of(place->store).entries, 1);
    assert_int_equal(size_of(place->store).bytes, 2000);
}

static void note_use(struct place *place, unsigned n, int64_t now_s)
{
    struct sample sample;
    struct ghm_store_read read;
    struct ghm_entry entry;
    sample_init(&sample, n, DATE_MS);
    if (ghm_store_get(place->store, &read, &entry, sample.variant.id, now_s) != GHM_OK) return;
    ghm_store_done(place->store, &read);
}

static unsigned count_there(struct place *place, unsigned first, unsigned end)
{
    unsigned there = 0;
    for (unsigned n = first; n < end; n++) {
        there += get_sample(place->store, n, DATE_MS) == GHM_OK ? 1 : 0;
    }
    return there;
}

/* Of 1000, half is used again; then 300 more come. Without regard to use 150 of the used ones would
 * leave; with a sample of 16 very few do. */
static void what_is_used_stays(void **state)
{
    struct place *place = *state;
    open_with(place, 1000, 0);
    for (unsigned n = 0; n < 1000; n++) {
        assert_int_equal(put_sample(place->store, n, DATE_MS, 0), GHM_OK);
    }
    for (unsigned n = 0; n < 500; n++)
        note_use(place, n, NOW_S + 100);
    for (unsigned n = 1000; n < 1300; n++) {
        struct sample sample;
        sample_init(&sample, n, DATE_MS);
        assert_int_equal(
            ghm_store_put(place->store, sample.variant.id, &sample.entry, 0, NOW_S + 200), GHM_OK);
    }
    assert_true(count_there(place, 0, 500) > 480);
    assert_true(count_there(place, 500, 1000) <= 220);
    assert_true(count_there(place, 1000, 1300) >= 295);
}

static void without_uses_the_oldest_leaves(void **state)
{
    struct place *place = *state;
    place->options.shared = NULL;
    open_with(place, 200, 0);
    for (unsigned n = 0; n < 400; n++) {
        assert_int_equal(put_sample(place->store, n, DATE_MS + n, 0), GHM_OK);
    }
    unsigned old = 0;
    for (unsigned n = 0; n < 200; n++)
        old += get_sample(place->store, n, DATE_MS + n) == GHM_OK;
    assert_true(old < 40);
}

static void smaller_bounds_are_reached_by_the_next_put(void **state)
{
    struct place *place = *state;
    for (unsigned n = 0; n < 300; n++) {
        assert_int_equal(put_sample(place->store, n, DATE_MS, 0), GHM_OK);
    }
    open_with(place, 50, 0);
    assert_int_equal(size_of(place->store).entries, 300);
    assert_int_equal(put_sample(place->store, 300, DATE_MS, 0), GHM_OK);
    assert_int_equal(size_of(place->store).entries, 50);
}

/* ---- what is over, and what is pinned ----------------------------------------------------------
 */

static int put_commit(struct place *place, unsigned n, int64_t date_ms)
{
    struct sample sample;
    commit_init(&sample, n, date_ms);
    return ghm_store_put(place->store, sample.variant.id, &sample.entry, 0, NOW_S);
}

static unsigned count_commits(struct place *place, unsigned end)
{
    unsigned there = 0;
    for (unsigned n = 0; n < end; n++) {
        struct sample sample;
        struct ghm_store_read read;
        struct ghm_entry entry;
        commit_init(&sample, n, DATE_MS);
        if (ghm_store_get(place->store, &read, &entry, sample.variant.id, 0) != GHM_OK) continue;
        there++;
        ghm_store_done(place->store, &read);
    }
    return there;
}

/* However lately it was used: its time and the hour in which it may be stale are over. */
static void what_is_over_leaves_first(void **state)
{
    struct place *place = *state;
    open_with(place, 100, 0);
    for (unsigned n = 0; n < 50; n++)
        assert_int_equal(put_sample(place->store, n, DATE_MS, 0), GHM_OK);
    for (unsigned n = 50; n < 100; n++)
        assert_int_equal(put_sample(place->store, n, DATE_MS - 3700 * 1000, 0), GHM_OK);
    for (unsigned n = 50; n < 100; n++)
        note_use(place, n, NOW_S + 1000);
    for (unsigned n = 100; n < 130; n++)
        assert_int_equal(put_sample(place->store, n, DATE_MS, 0), GHM_OK);
    assert_int_equal(count_there(place, 0, 50), 50);
    assert_int_equal(size_of(place->store).entries, 100);
}

static void what_is_pinned_stays(void **state)
{
    struct place *place = *state;
    open_with(place, 200, 0);
    for (unsigned n = 0; n < 80; n++)
        assert_int_equal(put_commit(place, n, DATE_MS - 1), GHM_OK);
    for (unsigned n = 0; n < 2000; n++)
        assert_int_equal(put_sample(place->store, n, DATE_MS, 0), GHM_OK);
    /* Now and then a sample has nothing else. */
    assert_in_range(count_commits(place, 80), 75, 80);
    assert_int_equal(size_of(place->store).entries, 200);
    assert_int_equal(size_of(place->store).pinned, count_commits(place, 80));
}

/* Past half of either bound it leaves like all else. */
static void what_is_pinned_leaves_room(void **state)
{
    struct place *place = *state;
    open_with(place, 200, 0);
    for (unsigned n = 0; n < 400; n++)
        assert_int_equal(put_commit(place, n, DATE_MS), GHM_OK);
    assert_int_equal(size_of(place->store).pinned, 200);
    for (unsigned n = 0; n < 2000; n++)
        assert_int_equal(put_sample(place->store, n, DATE_MS + 1, 0), GHM_OK);
    assert_in_range(size_of(place->store).pinned, 90, 100);
    assert_int_equal(ghm_store_drop_prefix(place->store, TEXT("")), 200);
    open_with(place, 0, 40000);
    for (unsigned n = 0; n < 400; n++)
        assert_int_equal(put_commit(place, n, DATE_MS), GHM_OK);
    uint64_t all = size_of(place->store).pinned;
    for (unsigned n = 0; n < 2000; n++)
        assert_int_equal(put_sample(place->store, n, DATE_MS + 1, 0), GHM_OK);
    assert_true(size_of(place->store).bytes <= 40000);
    assert_in_range(size_of(place->store).pinned, all / 3, all / 2);
}

/* The counts of what is pinned follow every way in and out. */
static void pinned_counts_are_right(void **state)
{
    struct place *place = *state;
    for (unsigned n = 0; n < 30; n++)
        assert_int_equal(put_commit(place, n, DATE_MS), GHM_OK);
    for (unsigned n = 0; n < 30; n++)
        assert_int_equal(put_commit(place, n, DATE_MS + 1), GHM_OK);
    assert_int_equal(size_of(place->store).pinned, 30);
    assert_int_equal(size_of(place->store).pinned_bytes, size_of(place->store).bytes);
    struct sample sample;
    commit_init(&sample, 7, DATE_MS);
    assert_int_equal(ghm_store_drop(place->store, sample.variant.id), GHM_OK);
    assert_int_equal(size_of(place->store).pinned, 29);
    assert_int_equal(put_sample(place->store, 1, DATE_MS, 0), GHM_OK);
    assert_int_equal(ghm_store_drop_prefix(place->store, TEXT("GET api.github.com/")), 29);
    assert_int_equal(size_of(place->store).pinned, 0);
    assert_int_equal(size_of(place->store).pinned_bytes, 0);
    assert_int_equal(put_commit(place, 1, DATE_MS), GHM_OK);
    assert_int_equal(ghm_store_drop_prefix(place->store, TEXT("")), 2);
    assert_int_equal(size_of(place->store).pinned, 0);
    assert_int_equal(size_of(place->store).pinned_bytes, 0);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup_teardown(what_is_over_leaves_first, place_setup, place_teardown),
        cmocka_unit_test_setup_teardown(what_is_pinned_stays, place_setup, place_teardown),
        cmocka_unit_test_setup_teardown(what_is_pinned_leaves_room, place_setup, place_teardown),
        cmocka_unit_test_setup_teardown(pinned_counts_are_right, place_setup, place_teardown),
        cmocka_unit_test_setup_teardown(entries_are_bounded, place_setup, place_teardown),
        cmocka_unit_test_setup_teardown(bytes_are_bounded, place_setup, place_teardown),
        cmocka_unit_test_setup_teardown(replacing_evicts_nothing, place_setup, place_teardown),
        cmocka_unit_test_setup_teardown(growing_evicts_the_others, place_setup, place_teardown),
        cmocka_unit_test_setup_teardown(what_alone_passes_the_bounds_is_refused, place_setup,
                                        place_teardown),
        cmocka_unit_test_setup_teardown(what_is_used_stays, place_setup, place_teardown),
        cmocka_unit_test_setup_teardown(without_uses_the_oldest_leaves, place_setup,
                                        place_teardown),
        cmocka_unit_test_setup_teardown(smaller_bounds_are_reached_by_the_next_put, place_setup,
                                        place_teardown),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
