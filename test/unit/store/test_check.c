/* SPDX-License-Identifier: MIT */
#include "place.h"

#include "store/check.h"
#include "store/record.h"

#define SAMPLES 600

static void fill(struct place *place)
{
    for (unsigned n = 0; n < SAMPLES; n++)
        assert_int_equal(put_sample(place->store, n, DATE_MS, GHM_STORE_ANNOUNCE), GHM_OK);
}

static struct ghm_check_report check(struct place *place)
{
    struct ghm_check check;
    int error;
    assert_int_equal(ghm_store_check(place->store, &check), GHM_OK);
    while ((error = ghm_check_step(&check)) == GHM_EAGAIN)
        assert_true(check.looked_at > 0 && check.looked_at <= check.records);
    assert_int_equal(error, GHM_OK);
    assert_int_equal(check.looked_at, check.records);
    ghm_check_end(&check);
    return check.report;
}

static void a_sound_store_is_sound(void **state)
{
    struct place *place = *state;
    static char body[30000];
    struct ghm_check_report report = check(place);
    assert_true(ghm_check_is_sound(&report));
    assert_int_equal(report.entries, 0);
    fill(place);
    struct sample sample;
    sample_init(&sample, SAMPLES, DATE_MS);
    sample.entry.body = ghm_bytes(body, sizeof body);
    sample.entry.kind = GHM_ENTRY_PUT;
    assert_int_equal(ghm_store_put(place->store, sample.variant.id, &sample.entry, 0, NOW_S), 0);
    assert_int_equal(ghm_store_fact_put(place->store, sample.variant.id, TEXT("x")), 0);
    report = check(place);
    assert_true(ghm_check_is_sound(&report));
    assert_int_equal(report.entries, SAMPLES + 1);
    assert_int_equal(report.packed, 1);
    assert_int_equal(report.bytes, size_of(place->store).bytes);
    assert_int_equal(report.index_rows, SAMPLES);
    assert_int_equal(report.index_strays, 0);
    assert_int_equal(report.index_missing, 0);
}

/* ---- breaking it -------------------------------------------------------------------------------
 */

struct breaking {
    struct ghm_mount mount;
    struct ghm_write write;
};

static void break_begin(struct breaking *breaking, struct place *place)
{
    struct ghm_mount_wish wish = {place->dir, ghm_form_of(GHM_FORM_NOW), "boot one", 256 << 20};
    place_close(place);
    assert_int_equal(ghm_mount_open(&breaking->mount, &wish), GHM_OK);
    assert_int_equal(ghm_write_begin(&breaking->write, &breaking->mount), GHM_OK);
}

static void break_end(struct breaking *breaking, struct place *place)
{
    assert_int_equal(ghm_write_commit(&breaking->write), GHM_OK);
    ghm_mount_close(&breaking->mount);
    assert_int_equal(place_open(place), GHM_OK);
}

/* One byte of the record of answer number `n`, `at` bytes from its end. */
static void flip(struct breaking *breaking, unsigned n, size_t at)
{
    struct sample sample;
    uint8_t copy[1000];
    MDB_val record;
    sample_init(&sample, n, DATE_MS);
    MDB_val key = ghm_env_value(sample.variant.id, GHM_VARIANT_ID_LEN);
    assert_int_equal(mdb_get(breaking->write.txn, breaking->mount.env.entries, &key, &record), 0);
    memcpy(copy, record.mv_data, record.mv_size);
    copy[record.mv_size - at] ^= 1;
    record.mv_data = copy;
    assert_int_equal(mdb_put(breaking->write.txn, breaking->mount.env.entries, &key, &record, 0),
                     0);
}

static void put_raw(struct breaking *breaking, MDB_dbi table, struct ghm_bytes key,
                    struct ghm_bytes value)
{
    MDB_val name = ghm_env_value(key.ptr, key.len);
    MDB_val data = ghm_env_value(value.ptr, value.len);
    assert_int_equal(mdb_put(breaking->write.txn, table, &name, &data, 0), 0);
}

static void repair(struct place *place, uint64_t expected)
{
    uint64_t dropped;
    assert_int_equal(ghm_store_repair(place->store, &dropped), GHM_OK);
    assert_int_equal(dropped, expected);
    struct ghm_check_report report = check(place);
    assert_true(ghm_check_is_sound(&report));
    assert_int_equal(report.index_rows, report.entries);
    assert_int_equal(report.index_missing, 0);
}

static void damaged_records_are_found_and_dropped(void **state)
{
    struct place *place = *state;
    struct breaking breaking;
    fill(place);
    break_begin(&breaking, place);
    flip(&breaking, 1, 1);
    flip(&breaking, 2, 60);
    put_raw(&breaking, breaking.mount.env.entries, TEXT("short key"), TEXT("no record"));
    put_raw(&breaking, breaking.mount.env.outbox, TEXT("\0\0\0\0\0\0\7\7"), TEXT("short"));
    put_raw(&breaking, breaking.mount.env.facts, TEXT("fact"), TEXT("none"));
    break_end(&breaking, place);
    struct ghm_check_report report = check(place);
    assert_false(ghm_check_is_sound(&report));
    assert_int_equal(report.damaged, 5);
    assert_int_equal(report.entries, SAMPLES - 2);
    repair(place, 5);
    assert_int_equal(size_of(place->store).entries, SAMPLES - 2);
    assert_int_equal(get_sample(place->store, 1, DATE_MS), GHM_ENOTFOUND);
    assert_int_equal(get_sample(place->store, 3, DATE_MS), GHM_OK);
}

/* What only looks packed: under a right checksum, it opens to nothing. */
static void bodies_that_do_not_unpack_are_found(void **state)
{
    struct place *place = *state;
    static char body[30000];
    struct breaking breaking;
    struct sample sample;
    uint8_t copy[5000];
    MDB_val record;
    sample_init(&sample, 1, DATE_MS);
    sample.entry.body = ghm_bytes(body, sizeof body);
    assert_int_equal(ghm_store_put(place->store, sample.variant.id, &sample.entry, 0, NOW_S), 0);
    break_begin(&breaking, place);
    MDB_val key = ghm_env_value(sample.variant.id, GHM_VARIANT_ID_LEN);
    assert_int_equal(mdb_get(breaking.write.txn, breaking.mount.env.entries, &key, &record), 0);
    memcpy(copy, record.mv_data, record.mv_size);
    size_t len = record.mv_size - GHM_RECORD_HEAD_LEN;
    copy[GHM_RECORD_HEAD_LEN + 27] ^= 1; /* the length that the entry says */
    ghm_record_seal(copy, len, GHM_RECORD_PACKED, sample.variant.id);
    put_raw(&breaking, breaking.mount.env.entries, ghm_bytes(sample.variant.id, GHM_VARIANT_ID_LEN),
            ghm_bytes(copy, record.mv_size));
    break_end(&breaking, place);
    struct ghm_check_report report = check(place);
    assert_int_equal(report.damaged, 1);
    struct ghm_store_read read;
    struct ghm_entry entry;
    assert_int_equal(ghm_store_get(place->store, &read, &entry, sample.variant.id, NOW_S),
                     GHM_ECORRUPT);
    repair(place, 1);
}

static void wrong_sums_are_found_and_made_right(void **state)
{
    struct place *place = *state;
    fill(place);
    for (int i = 0; i < 3; i++) {
        struct breaking breaking;
        break_begin(&breaking, place);
        if (i == 0) breaking.write.state.entry_bytes++;
        if (i == 1) breaking.write.state.pinned_bytes++;
        if (i == 2) breaking.write.state.pinned_entries++;
        break_end(&breaking, place);
        struct ghm_check_report report = check(place);
        assert_true(report.are_sums_wrong);
        assert_false(ghm_check_is_sound(&report));
        repair(place, 0);
    }
}

static void the_index_is_compared_and_made_anew(void **state)
{
    struct place *place = *state;
    struct breaking breaking;
    static const uint8_t row[40] = {7};
    fill(place);
    break_begin(&breaking, place);
    struct sample sample;
    sample_init(&sample, 1, DATE_MS);
    MDB_val key = ghm_env_value(sample.variant.id, GHM_VARIANT_ID_LEN);
    assert_int_equal(mdb_del(breaking.write.txn, breaking.mount.env.index, &key, NULL), 0);
    sample_init(&sample, SAMPLES, DATE_MS);
    put_raw(&breaking, breaking.mount.env.index, ghm_bytes(sample.variant.id, GHM_VARIANT_ID_LEN),
            ghm_bytes(row, sizeof row));
    break_end(&breaking, place);
    struct ghm_check_report report = check(place);
    assert_true(ghm_check_is_sound(&report));
    assert_int_equal(report.index_rows, SAMPLES);
    assert_int_equal(report.index_strays, 1);
    assert_int_equal(report.index_missing, 1);
    repair(place, 0);
}

/* A check sees the store of one moment, whatever others do meanwhile. */
static void others_go_on_meanwhile(void **state)
{
    struct place *place = *state;
    struct ghm_check check;
    int error;
    unsigned n = SAMPLES;
    fill(place);
    assert_int_equal(ghm_store_check(place->store, &check), GHM_OK);
    while ((error = ghm_check_step(&check)) == GHM_EAGAIN) {
        assert_int_equal(put_sample(place->store, n++, DATE_MS, 0), GHM_OK);
        assert_true(ghm_store_drop_prefix(place->store, TEXT("sample:1")) >= 0);
    }
    assert_int_equal(error, GHM_OK);
    assert_true(ghm_check_is_sound(&check.report));
    assert_int_equal(check.report.entries, SAMPLES);
    ghm_check_end(&check);
}

int main(void)
{
#define CHECK_TEST(name) cmocka_unit_test_setup_teardown(name, place_setup, place_teardown)
    const struct CMUnitTest tests[] = {
        CHECK_TEST(a_sound_store_is_sound),
        CHECK_TEST(damaged_records_are_found_and_dropped),
        CHECK_TEST(bodies_that_do_not_unpack_are_found),
        CHECK_TEST(wrong_sums_are_found_and_made_right),
        CHECK_TEST(the_index_is_compared_and_made_anew),
        CHECK_TEST(others_go_on_meanwhile),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
