/* SPDX-License-Identifier: MIT */
#include "store/record.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

static const uint8_t key[GHM_RECORD_KEY_LEN] = {1, 2, 3, 4, 5, 6, 7, 8};

struct record {
    uint8_t bytes[GHM_RECORD_HEAD_LEN + 300];
};

static void seal(struct record *record)
{
    for (size_t i = 0; i < 300; i++)
        record->bytes[GHM_RECORD_HEAD_LEN + i] = (uint8_t)(7 * i);
    ghm_record_seal(record->bytes, 300, 0, key);
}

static int open(const struct record *record, size_t len)
{
    struct ghm_bytes content;
    return ghm_record_open(&content, ghm_bytes(record->bytes, len), key);
}

/* Source: XXH3_64bits of nothing is 2d06800538d394c2, exclusive-or the key's first 8 bytes. */
static void has_the_known_form(void **state)
{
    (void)state;
    static const uint8_t golden[] = {'G',  'H',  '2',  0,    0,    0,    0,    0,
                                     0x2c, 0x04, 0x83, 0x01, 0x3d, 0xd5, 0x93, 0xca};
    uint8_t record[GHM_RECORD_HEAD_LEN];
    ghm_record_seal(record, 0, 0, key);
    assert_memory_equal(record, golden, sizeof golden);
}

static void opens_what_was_sealed(void **state)
{
    (void)state;
    struct record record;
    struct ghm_bytes content;
    seal(&record);
    assert_int_equal(ghm_record_open(&content, ghm_bytes(record.bytes, sizeof record.bytes), key),
                     GHM_OK);
    assert_int_equal(content.len, 300);
    assert_ptr_equal(content.ptr, record.bytes + GHM_RECORD_HEAD_LEN);
}

static void every_truncation_and_flipped_bit_is_refused(void **state)
{
    (void)state;
    struct record record;
    seal(&record);
    for (size_t len = 0; len < sizeof record.bytes; len++) {
        assert_int_equal(open(&record, len), GHM_ECORRUPT);
    }
    for (size_t bit = 0; bit < 8 * sizeof record.bytes; bit++) {
        record.bytes[bit / 8] ^= (uint8_t)(1U << bit % 8);
        assert_int_equal(open(&record, sizeof record.bytes), GHM_ECORRUPT);
        record.bytes[bit / 8] ^= (uint8_t)(1U << bit % 8);
    }
    assert_int_equal(open(&record, sizeof record.bytes), GHM_OK);
}

/* Its flags are under the checksum too. */
static void says_how_it_lies(void **state)
{
    (void)state;
    struct record record;
    for (unsigned flags = 0; flags < 4; flags++) {
        seal(&record);
        ghm_record_seal(record.bytes, 300, flags, key);
        assert_int_equal(ghm_record_flags(ghm_bytes(record.bytes, sizeof record.bytes)), flags);
        assert_int_equal(open(&record, sizeof record.bytes), GHM_OK);
        record.bytes[3] ^= 1;
        assert_int_equal(open(&record, sizeof record.bytes), GHM_ECORRUPT);
        record.bytes[3] = (uint8_t)(4 | flags);
        assert_int_equal(open(&record, sizeof record.bytes), GHM_ECORRUPT);
    }
    assert_int_equal(ghm_record_flags(ghm_bytes(record.bytes, GHM_RECORD_HEAD_LEN - 1)), 0);
}

struct entry_record {
    uint8_t bytes[400];
    size_t len;
    size_t front_len;
};

/* An entry whose front says a body of `said_len` and which carries one of `body.len`. */
static void write_entry(struct entry_record *record, unsigned flags, struct ghm_bytes body,
                        size_t said_len)
{
    static const uint8_t nothing[64];
    struct ghm_entry entry = {.kind = GHM_ENTRY_ORIGIN,
                              .status = 200,
                              .name = ghm_bytes_text("get_repo:name=x"),
                              .headers = ghm_bytes_text("etag: \"x\"\n"),
                              .body = ghm_bytes(nothing, said_len)};
    uint8_t *content = record->bytes + GHM_RECORD_HEAD_LEN;
    ghm_entry_write_front(content, &entry);
    record->front_len = ghm_entry_front_size(&entry);
    ghm_bytes_copy(content + record->front_len, body);
    record->len = GHM_RECORD_HEAD_LEN + record->front_len + body.len;
    ghm_record_seal(record->bytes, record->front_len + body.len, flags, key);
}

static int read_entry(const struct entry_record *record, struct ghm_entry *ret_entry,
                      size_t *ret_unpacked_len)
{
    return ghm_record_entry(ret_entry, ret_unpacked_len, ghm_bytes(record->bytes, record->len),
                            key);
}

static void entries_are_viewed_as_they_lie(void **state)
{
    (void)state;
    struct entry_record record;
    struct ghm_entry entry;
    size_t unpacked_len;
    struct ghm_bytes body = ghm_bytes_text("body");
    write_entry(&record, 0, body, 4);
    assert_int_equal(read_entry(&record, &entry, &unpacked_len), GHM_OK);
    assert_int_equal(unpacked_len, 0);
    assert_true(ghm_bytes_equal(entry.body, body));
    write_entry(&record, GHM_RECORD_PACKED, body, 60);
    assert_int_equal(read_entry(&record, &entry, &unpacked_len), GHM_OK);
    assert_int_equal(unpacked_len, 60);
    assert_true(ghm_bytes_equal(entry.body, body));
}

static void entries_of_two_lengths_are_refused(void **state)
{
    (void)state;
    struct entry_record record;
    struct ghm_entry entry;
    size_t unpacked_len;
    write_entry(&record, 0, ghm_bytes_text("body"), 5);
    assert_int_equal(read_entry(&record, &entry, &unpacked_len), GHM_ECORRUPT);
    write_entry(&record, GHM_RECORD_PACKED, ghm_bytes_text("body"), 0);
    assert_int_equal(read_entry(&record, &entry, &unpacked_len), GHM_ECORRUPT);
    write_entry(&record, GHM_RECORD_PACKED, ghm_bytes_text("body"), 60);
    ghm_store_be32(record.bytes + GHM_RECORD_HEAD_LEN + 24, GHM_ENTRY_BODY_MAX + 1);
    ghm_record_seal(record.bytes, record.len - GHM_RECORD_HEAD_LEN, GHM_RECORD_PACKED, key);
    assert_int_equal(read_entry(&record, &entry, &unpacked_len), GHM_ECORRUPT);
}

static void belongs_to_its_key(void **state)
{
    (void)state;
    struct record record;
    struct ghm_bytes content;
    uint8_t other[GHM_RECORD_KEY_LEN] = {9};
    seal(&record);
    assert_int_equal(ghm_record_open(&content, ghm_bytes(record.bytes, sizeof record.bytes), other),
                     GHM_ECORRUPT);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(has_the_known_form),
        cmocka_unit_test(opens_what_was_sealed),
        cmocka_unit_test(every_truncation_and_flipped_bit_is_refused),
        cmocka_unit_test(says_how_it_lies),
        cmocka_unit_test(entries_are_viewed_as_they_lie),
        cmocka_unit_test(entries_of_two_lengths_are_refused),
        cmocka_unit_test(belongs_to_its_key),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
