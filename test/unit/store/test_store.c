/* SPDX-License-Identifier: MIT */
#include "place.h"

#include <lmdb.h>

static void empty_store_has_nothing(void **state)
{
    struct place *place = *state;
    assert_int_equal(get_sample(place->store, 1, DATE_MS), GHM_ENOTFOUND);
    assert_int_equal(size_of(place->store).entries, 0);
    assert_int_equal(size_of(place->store).bytes, 0);
}

static void gives_what_was_put(void **state)
{
    struct place *place = *state;
    assert_int_equal(put_sample(place->store, 1, DATE_MS, 0), GHM_OK);
    assert_int_equal(get_sample(place->store, 1, DATE_MS), GHM_OK);
    assert_int_equal(get_sample(place->store, 2, DATE_MS), GHM_ENOTFOUND);
    place_reopen(place);
    assert_int_equal(get_sample(place->store, 1, DATE_MS), GHM_OK);
}

static void newer_wins_older_and_equal_do_not(void **state)
{
    struct place *place = *state;
    assert_int_equal(put_sample(place->store, 1, DATE_MS, 0), GHM_OK);
    assert_int_equal(put_sample(place->store, 1, DATE_MS, 0), GHM_EOLD);
    assert_int_equal(put_sample(place->store, 1, DATE_MS - 1, 0), GHM_EOLD);
    assert_int_equal(get_sample(place->store, 1, DATE_MS), GHM_OK);
    assert_int_equal(put_sample(place->store, 1, DATE_MS + 1, 0), GHM_OK);
    assert_int_equal(get_sample(place->store, 1, DATE_MS + 1), GHM_OK);
}

static void equal_dates_fall_to_the_larger_hash(void **state)
{
    struct place *place = *state;
    struct sample small;
    struct sample large;
    sample_init(&small, 1, DATE_MS);
    sample_init(&large, 1, DATE_MS);
    large.entry.body_sha256[0] = 1;
    assert_int_equal(ghm_store_put(place->store, large.variant.id, &large.entry, 0, NOW_S), GHM_OK);
    assert_int_equal(ghm_store_put(place->store, small.variant.id, &small.entry, 0, NOW_S),
                     GHM_EOLD);
    assert_int_equal(ghm_store_drop(place->store, large.variant.id), GHM_OK);
    assert_int_equal(ghm_store_put(place->store, small.variant.id, &small.entry, 0, NOW_S), GHM_OK);
    assert_int_equal(ghm_store_put(place->store, large.variant.id, &large.entry, 0, NOW_S), GHM_OK);
}

static int64_t date_of(struct ghm_store *store, unsigned n)
{
    struct sample sample;
    struct ghm_store_read read;
    struct ghm_entry entry;
    sample_init(&sample, n, DATE_MS);
    assert_int_equal(ghm_store_get(store, &read, &entry, sample.variant.id, NOW_S), GHM_OK);
    int64_t date_ms = entry.date_ms;
    ghm_store_done(store, &read);
    return date_ms;
}

static void force_replaces_and_is_made_newer(void **state)
{
    struct place *place = *state;
    assert_int_equal(put_sample(place->store, 1, DATE_MS, 0), GHM_OK);
    assert_int_equal(put_sample(place->store, 1, DATE_MS - 5000, GHM_STORE_FORCE), GHM_OK);
    assert_int_equal(date_of(place->store, 1), DATE_MS + 1);
    assert_int_equal(put_sample(place->store, 1, DATE_MS + 9, GHM_STORE_FORCE), GHM_OK);
    assert_int_equal(date_of(place->store, 1), DATE_MS + 9);
}

/* Guard: is_newer_by_order in store.c. */
static void later_heard_in_one_second_wins(void **state)
{
    struct place *place = *state;
    assert_int_equal(put_sample(place->store, 1, DATE_MS, GHM_STORE_HEARD), GHM_OK);
    assert_int_equal(put_sample(place->store, 1, DATE_MS, GHM_STORE_HEARD), GHM_OK);
    assert_int_equal(date_of(place->store, 1), DATE_MS + 1);
    assert_int_equal(put_sample(place->store, 1, DATE_MS + 7, GHM_STORE_HEARD), GHM_OK);
    assert_int_equal(date_of(place->store, 1), DATE_MS + 7);
    assert_int_equal(put_sample(place->store, 1, DATE_MS - 993, GHM_STORE_HEARD), GHM_EOLD);
    assert_int_equal(put_sample(place->store, 1, DATE_MS - 992, GHM_STORE_HEARD), GHM_OK);
    assert_int_equal(date_of(place->store, 1), DATE_MS + 8);
    assert_int_equal(put_sample(place->store, 1, DATE_MS, 0), GHM_EOLD);
}

static void empty_and_largest_bodies_come_back(void **state)
{
    struct place *place = *state;
    uint8_t *body = malloc(GHM_ENTRY_BODY_MAX);
    struct sample sample;
    struct ghm_store_read read;
    struct ghm_entry entry;
    assert_non_null(body);
    for (size_t i = 0; i < GHM_ENTRY_BODY_MAX; i++)
        body[i] = (uint8_t)(i * i >> 3);
    sample_init(&sample, 1, DATE_MS);
    sample.entry.body = TEXT("");
    sample.entry.headers = GHM_BYTES_NONE;
    assert_int_equal(ghm_store_put(place->store, sample.variant.id, &sample.entry, 0, NOW_S), 0);
    assert_int_equal(ghm_store_get(place->store, &read, &entry, sample.variant.id, NOW_S), GHM_OK);
    assert_int_equal(entry.body.len, 0);
    ghm_store_done(place->store, &read);
    sample.entry.date_ms++;
    sample.entry.body = ghm_bytes(body, GHM_ENTRY_BODY_MAX);
    assert_int_equal(ghm_store_put(place->store, sample.variant.id, &sample.entry, 0, NOW_S), 0);
    assert_int_equal(ghm_store_get(place->store, &read, &entry, sample.variant.id, NOW_S), GHM_OK);
    assert_true(ghm_bytes_equal(entry.body, sample.entry.body));
    ghm_store_done(place->store, &read);
    sample.entry.body.len++;
    assert_int_equal(ghm_store_put(place->store, sample.variant.id, &sample.entry, 0, NOW_S),
                     GHM_ELIMIT);
    free(body);
}

static void drop_forgets_one(void **state)
{
    struct place *place = *state;
    struct sample sample;
    sample_init(&sample, 1, DATE_MS);
    assert_int_equal(ghm_store_drop(place->store, sample.variant.id), GHM_ENOTFOUND);
    assert_int_equal(put_sample(place->store, 1, DATE_MS, 0), GHM_OK);
    assert_int_equal(put_sample(place->store, 2, DATE_MS, 0), GHM_OK);
    assert_int_equal(ghm_store_drop(place->store, sample.variant.id), GHM_OK);
    assert_int_equal(get_sample(place->store, 1, DATE_MS), GHM_ENOTFOUND);
    assert_int_equal(get_sample(place->store, 2, DATE_MS), GHM_OK);
    assert_int_equal(size_of(place->store).entries, 1);
    assert_int_equal(size_of(place->store).bytes, 16 + ghm_entry_size(&sample.entry));
}

static void drop_prefix_forgets_by_name(void **state)
{
    struct place *place = *state;
    for (unsigned n = 0; n < 120; n++) {
        assert_int_equal(put_sample(place->store, n, DATE_MS, 0), GHM_OK);
    }
    /* 1, 10..19, 100..119 */
    assert_int_equal(ghm_store_drop_prefix(place->store, TEXT("sample:1")), 31);
    assert_int_equal(get_sample(place->store, 1, DATE_MS), GHM_ENOTFOUND);
    assert_int_equal(get_sample(place->store, 119, DATE_MS), GHM_ENOTFOUND);
    assert_int_equal(get_sample(place->store, 2, DATE_MS), GHM_OK);
    assert_int_equal(ghm_store_drop_prefix(place->store, TEXT("other")), 0);
    assert_int_equal(ghm_store_drop_prefix(place->store, TEXT("")), 89);
    assert_int_equal(size_of(place->store).entries, 0);
    assert_int_equal(size_of(place->store).bytes, 0);
    assert_int_equal(ghm_store_drop_prefix(place->store, TEXT("")), 0);
}

/* More than one change can hold. */
static void drop_prefix_goes_on_after_a_breath(void **state)
{
    struct place *place = *state;
    for (unsigned n = 0; n < 17000; n++) {
        assert_int_equal(put_sample(place->store, n, DATE_MS, 0), GHM_OK);
    }
    assert_int_equal(ghm_store_drop_prefix(place->store, TEXT("sample:16")), 1111);
    assert_int_equal(ghm_store_drop_prefix(place->store, TEXT("")), 17000 - 1111);
    assert_int_equal(size_of(place->store).entries, 0);
    assert_int_equal(size_of(place->store).bytes, 0);
}

static void counters_follow_every_change(void **state)
{
    struct place *place = *state;
    uint64_t bytes = 0;
    for (unsigned n = 0; n < 10; n++) {
        struct sample sample;
        sample_init(&sample, n, DATE_MS);
        bytes += 16 + ghm_entry_size(&sample.entry);
        assert_int_equal(put_sample(place->store, n, DATE_MS, 0), GHM_OK);
        assert_int_equal(size_of(place->store).bytes, bytes);
    }
    assert_int_equal(put_sample(place->store, 3, DATE_MS + 1, 0), GHM_OK);
    assert_int_equal(put_sample(place->store, 3, DATE_MS, 0), GHM_EOLD);
    assert_int_equal(size_of(place->store).bytes, bytes);
    assert_int_equal(size_of(place->store).entries, 10);
    place_reopen(place);
    assert_int_equal(size_of(place->store).bytes, bytes);
    assert_true(size_of(place->store).file_bytes >= bytes);
}

static void open_reads_see_what_they_saw(void **state)
{
    struct place *place = *state;
    struct sample sample;
    struct ghm_store_read read;
    struct ghm_entry entry;
    sample_init(&sample, 1, DATE_MS);
    assert_int_equal(put_sample(place->store, 1, DATE_MS, 0), GHM_OK);
    assert_int_equal(ghm_store_get(place->store, &read, &entry, sample.variant.id, NOW_S), GHM_OK);
    for (unsigned i = 1; i <= 200; i++) {
        assert_int_equal(put_sample(place->store, 1, DATE_MS + i, 0), GHM_OK);
    }
    assert_true(ghm_bytes_equal(entry.body, sample.entry.body));
    ghm_store_done(place->store, &read);
    assert_int_equal(get_sample(place->store, 1, DATE_MS + 200), GHM_OK);
}

/* Past the idle ones reads are begun and ended; past LMDB's bound they are refused, and come back.
 */
static void reads_are_bounded(void **state)
{
    struct place *place = *state;
    enum { READS = 1100 };
    static struct ghm_store_read reads[READS];
    struct sample sample;
    struct ghm_entry entry;
    size_t opened = 0;
    int error = GHM_OK;
    sample_init(&sample, 1, DATE_MS);
    assert_int_equal(put_sample(place->store, 1, DATE_MS, 0), GHM_OK);
    while (error == GHM_OK && opened < READS) {
        error = ghm_store_get(place->store, &reads[opened], &entry, sample.variant.id, NOW_S);
        if (error == GHM_OK) opened++;
    }
    assert_int_equal(error, GHM_ELIMIT);
    assert_int_equal(opened, 1024);
    assert_int_equal(put_sample(place->store, 2, DATE_MS, 0), GHM_OK);
    while (opened > 0)
        ghm_store_done(place->store, &reads[--opened]);
    assert_int_equal(get_sample(place->store, 1, DATE_MS), GHM_OK);
}

/* ---- outbox and facts --------------------------------------------------------------------------
 */

static void outbox_is_in_order_and_numbers_are_not_used_twice(void **state)
{
    struct place *place = *state;
    uint64_t first;
    uint64_t number;
    uint8_t id[GHM_VARIANT_ID_LEN];
    struct sample sample;
    assert_int_equal(ghm_store_outbox(place->store, &number, id), GHM_ENOTFOUND);
    assert_int_equal(put_sample(place->store, 1, DATE_MS, GHM_STORE_ANNOUNCE), GHM_OK);
    assert_int_equal(put_sample(place->store, 2, DATE_MS, 0), GHM_OK);
    assert_int_equal(put_sample(place->store, 3, DATE_MS, GHM_STORE_ANNOUNCE), GHM_OK);
    assert_int_equal(put_sample(place->store, 3, DATE_MS, GHM_STORE_ANNOUNCE), GHM_EOLD);
    place_reopen(place);
    assert_int_equal(ghm_store_outbox(place->store, &first, id), GHM_OK);
    sample_init(&sample, 1, DATE_MS);
    assert_memory_equal(id, sample.variant.id, sizeof id);
    assert_int_equal(ghm_store_outbox_done(place->store, first), GHM_OK);
    assert_int_equal(ghm_store_outbox_done(place->store, first), GHM_ENOTFOUND);
    assert_int_equal(ghm_store_outbox(place->store, &number, id), GHM_OK);
    sample_init(&sample, 3, DATE_MS);
    assert_memory_equal(id, sample.variant.id, sizeof id);
    assert_int_equal(ghm_store_outbox_done(place->store, number), GHM_OK);
    assert_int_equal(ghm_store_outbox(place->store, &number, id), GHM_ENOTFOUND);
    assert_int_equal(put_sample(place->store, 4, DATE_MS, GHM_STORE_ANNOUNCE), GHM_OK);
    assert_int_equal(ghm_store_outbox(place->store, &number, id), GHM_OK);
    assert_true(number > first + 1);
}

static void outbox_is_bounded(void **state)
{
    struct place *place = *state;
    uint64_t number;
    uint8_t id[GHM_VARIANT_ID_LEN];
    struct sample sample;
    for (unsigned n = 0; n < 4096 + 10; n++) {
        assert_int_equal(put_sample(place->store, n, DATE_MS, GHM_STORE_ANNOUNCE), GHM_OK);
    }
    for (unsigned n = 10; n < 4096 + 10; n++) {
        assert_int_equal(ghm_store_outbox(place->store, &number, id), GHM_OK);
        sample_init(&sample, n, DATE_MS);
        assert_memory_equal(id, sample.variant.id, sizeof id);
        assert_int_equal(ghm_store_outbox_done(place->store, number), GHM_OK);
    }
    assert_int_equal(ghm_store_outbox(place->store, &number, id), GHM_ENOTFOUND);
}

static int fact_is(struct ghm_store *store, unsigned n, struct ghm_bytes expected)
{
    uint8_t key[32] = {(uint8_t)n, (uint8_t)(n >> 8)};
    uint8_t value[64];
    size_t len;
    int error = ghm_store_fact(store, value, &len, key);
    if (error != GHM_OK) return error;
    return ghm_bytes_equal(ghm_bytes(value, len), expected) ? GHM_OK : GHM_EPROTO;
}

static int put_fact(struct ghm_store *store, unsigned n, struct ghm_bytes value)
{
    uint8_t key[32] = {(uint8_t)n, (uint8_t)(n >> 8)};
    return ghm_store_fact_put(store, key, value);
}

static void facts_are_remembered(void **state)
{
    struct place *place = *state;
    uint8_t long_value[65] = {7};
    assert_int_equal(fact_is(place->store, 1, TEXT("")), GHM_ENOTFOUND);
    assert_int_equal(put_fact(place->store, 1, TEXT("one")), GHM_OK);
    assert_int_equal(put_fact(place->store, 2, TEXT("")), GHM_OK);
    assert_int_equal(put_fact(place->store, 3, ghm_bytes(long_value, 64)), GHM_OK);
    assert_int_equal(put_fact(place->store, 4, ghm_bytes(long_value, 65)), GHM_ELIMIT);
    assert_int_equal(put_fact(place->store, 1, TEXT("uno")), GHM_OK);
    place_reopen(place);
    assert_int_equal(fact_is(place->store, 1, TEXT("uno")), GHM_OK);
    assert_int_equal(fact_is(place->store, 2, TEXT("")), GHM_OK);
    assert_int_equal(fact_is(place->store, 3, ghm_bytes(long_value, 64)), GHM_OK);
}

static void facts_are_bounded_and_the_oldest_leaves(void **state)
{
    struct place *place = *state;
    for (unsigned n = 0; n < 1024; n++) {
        assert_int_equal(put_fact(place->store, n, TEXT("x")), GHM_OK);
    }
    assert_int_equal(put_fact(place->store, 0, TEXT("again")), GHM_OK);
    assert_int_equal(put_fact(place->store, 1024, TEXT("new")), GHM_OK);
    assert_int_equal(fact_is(place->store, 0, TEXT("again")), GHM_OK);
    assert_int_equal(fact_is(place->store, 1, TEXT("x")), GHM_ENOTFOUND);
    assert_int_equal(fact_is(place->store, 2, TEXT("x")), GHM_OK);
    assert_int_equal(fact_is(place->store, 1024, TEXT("new")), GHM_OK);
}

/* ---- large bodies ------------------------------------------------------------------------------
 */

/* Numbered lines: what GitHub's lists are to zstd. */
static struct ghm_bytes large_body(char ret_text[20000], unsigned n)
{
    size_t len = 0;
    for (unsigned line = 0; len < 19900; line++)
        len += (size_t)snprintf(ret_text + len, 20000 - len, "{\"id\":%u,\"of\":%u},", line, n);
    return ghm_bytes(ret_text, len);
}

static void large_bodies_take_less_room(void **state)
{
    struct place *place = *state;
    static char text[20000];
    struct sample sample;
    struct ghm_store_read reads[3];
    struct ghm_entry entries[3];
    for (unsigned n = 0; n < 3; n++) {
        sample_init(&sample, n, DATE_MS);
        sample.entry.body = large_body(text, n);
        assert_int_equal(ghm_store_put(place->store, sample.variant.id, &sample.entry, 0, NOW_S),
                         GHM_OK);
    }
    assert_true(size_of(place->store).bytes < 20000);
    place_reopen(place);
    for (unsigned n = 0; n < 3; n++) {
        sample_init(&sample, n, DATE_MS);
        assert_int_equal(
            ghm_store_get(place->store, &reads[n], &entries[n], sample.variant.id, NOW_S), GHM_OK);
    }
    for (unsigned n = 0; n < 3; n++) {
        assert_true(ghm_bytes_equal(entries[n].body, large_body(text, n)));
        ghm_store_done(place->store, &reads[n]);
    }
    /* Older and newer are told apart without unpacking. */
    sample_init(&sample, 1, DATE_MS - 1);
    assert_int_equal(ghm_store_put(place->store, sample.variant.id, &sample.entry, 0, NOW_S),
                     GHM_EOLD);
    assert_int_equal(ghm_store_drop_prefix(place->store, TEXT("sample:")), 3);
    assert_int_equal(size_of(place->store).bytes, 0);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup_teardown(large_bodies_take_less_room, place_setup, place_teardown),
        cmocka_unit_test_setup_teardown(empty_store_has_nothing, place_setup, place_teardown),
        cmocka_unit_test_setup_teardown(gives_what_was_put, place_setup, place_teardown),
        cmocka_unit_test_setup_teardown(newer_wins_older_and_equal_do_not, place_setup,
                                        place_teardown),
        cmocka_unit_test_setup_teardown(equal_dates_fall_to_the_larger_hash, place_setup,
                                        place_teardown),
        cmocka_unit_test_setup_teardown(later_heard_in_one_second_wins, place_setup,
                                        place_teardown),
        cmocka_unit_test_setup_teardown(force_replaces_and_is_made_newer, place_setup,
                                        place_teardown),
        cmocka_unit_test_setup_teardown(empty_and_largest_bodies_come_back, place_setup,
                                        place_teardown),
        cmocka_unit_test_setup_teardown(drop_forgets_one, place_setup, place_teardown),
        cmocka_unit_test_setup_teardown(drop_prefix_forgets_by_name, place_setup, place_teardown),
        cmocka_unit_test_setup_teardown(drop_prefix_goes_on_after_a_breath, place_setup,
                                        place_teardown),
        cmocka_unit_test_setup_teardown(counters_follow_every_change, place_setup, place_teardown),
        cmocka_unit_test_setup_teardown(open_reads_see_what_they_saw, place_setup, place_teardown),
        cmocka_unit_test_setup_teardown(reads_are_bounded, place_setup, place_teardown),
        cmocka_unit_test_setup_teardown(outbox_is_in_order_and_numbers_are_not_used_twice,
                                        place_setup, place_teardown),
        cmocka_unit_test_setup_teardown(outbox_is_bounded, place_setup, place_teardown),
        cmocka_unit_test_setup_teardown(facts_are_remembered, place_setup, place_teardown),
        cmocka_unit_test_setup_teardown(facts_are_bounded_and_the_oldest_leaves, place_setup,
                                        place_teardown),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
