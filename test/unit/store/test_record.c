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
    ghm_record_seal(record->bytes, 300, key);
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
    static const uint8_t golden[] = {'G',  'H',  'R',  '1',  0,    0,    0,    0,
                                     0x2c, 0x04, 0x83, 0x01, 0x3d, 0xd5, 0x93, 0xca};
    uint8_t record[GHM_RECORD_HEAD_LEN];
    ghm_record_seal(record, 0, key);
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
        cmocka_unit_test(belongs_to_its_key),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
