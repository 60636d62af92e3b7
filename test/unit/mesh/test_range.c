/* SPDX-License-Identifier: MIT */
#include "mesh/range.h"

#include "hex.h"
#include "members.h"

static struct ghm_range_place place_at(uint64_t timestamp, const char *id)
{
    struct ghm_range_place place = {.timestamp = timestamp};
    ghm_bytes_copy(place.id, ghm_bytes_text(id));
    return place;
}

static int read_all(struct ghm_bytes message, size_t *ret_count, const char **ret_reason)
{
    struct ghm_range_reader reader;
    struct ghm_range range;
    *ret_count = 0;
    int error = ghm_range_open(&reader, message);
    while (error == GHM_OK && (error = ghm_range_next(&reader, &range)) == GHM_OK)
        ++*ret_count;
    *ret_reason = reader.reason;
    return error;
}

static void numbers_have_one_form(void **state)
{
    (void)state;
    static const struct {
        uint64_t number;
        const char *form;
    } rows[] = {
        {0, "00"},     {1, "01"},       {127, "7f"},       {128, "8100"},
        {300, "822c"}, {16383, "ff7f"}, {16384, "818000"}, {UINT64_MAX, "81ffffffffffffffff7f"}};
    for (size_t i = 0; i < sizeof rows / sizeof rows[0]; i++) {
        uint8_t bytes[GHM_RANGE_NUMBER_MAX];
        struct hex want = hex_of(rows[i].form);
        assert_int_equal(ghm_range_number(bytes, rows[i].number), want.len);
        assert_memory_equal(bytes, want.bytes, want.len);
    }
}

static void what_is_written_is_read(void **state)
{
    (void)state;
    uint8_t bytes[512];
    uint8_t print[GHM_RANGE_FINGERPRINT_LEN] = {1, 2, 3};
    struct ghm_range_writer writer;
    struct ghm_range_reader reader;
    struct ghm_range range;
    struct ghm_range_place a = place_at(7, "abc"), b = place_at(7, "abd"), c = place_at(900, "x");
    struct ghm_range_bound first = ghm_range_between(&a, &b);
    struct ghm_range_bound second = ghm_range_between(&b, &c);
    struct ghm_range_bound end = ghm_range_end();
    assert_int_equal(first.id_len, 3);
    assert_int_equal(second.id_len, 0);
    ghm_range_begin(&writer, bytes, sizeof bytes);
    ghm_range_write_fingerprint(&writer, &first, print);
    ghm_range_write_skip(&writer, &second);
    ghm_range_write_ids(&writer, &end, 2);
    ghm_range_write_id(&writer, a.id);
    ghm_range_write_id(&writer, c.id);

    assert_int_equal(ghm_range_open(&reader, ghm_bytes(bytes, writer.len)), GHM_OK);
    assert_int_equal(ghm_range_next(&reader, &range), GHM_OK);
    assert_int_equal(range.mode, GHM_RANGE_FINGERPRINT);
    assert_memory_equal(range.payload.ptr, print, sizeof print);
    assert_int_equal(ghm_range_compare(&range.upper.place, &b), 0);
    assert_int_equal(ghm_range_next(&reader, &range), GHM_OK);
    assert_int_equal(range.mode, GHM_RANGE_SKIP);
    assert_true(range.upper.place.timestamp == 900 && range.upper.id_len == 0);
    assert_int_equal(ghm_range_next(&reader, &range), GHM_OK);
    assert_int_equal(range.mode, GHM_RANGE_IDS);
    assert_int_equal(range.payload.len, 64);
    assert_memory_equal(range.payload.ptr + 32, c.id, 32);
    assert_true(range.upper.place.timestamp == GHM_RANGE_END);
    assert_int_equal(ghm_range_next(&reader, &range), GHM_ENOTFOUND);
}

/* Two ids that differ in their last byte alone need all of it. */
static void bounds_lie_between(void **state)
{
    (void)state;
    struct ghm_range_place a = place_at(7, "abc"), b = a;
    b.id[31] = 1;
    struct ghm_range_bound bound = ghm_range_between(&a, &b);
    assert_int_equal(bound.id_len, 32);
    assert_true(ghm_range_compare(&bound.place, &a) > 0);
    assert_true(ghm_range_compare(&bound.place, &b) <= 0);
}

static void malformed_is_refused_with_its_reason(void **state)
{
    (void)state;
    static const struct {
        const char *message;
        const char *reason;
    } rows[] = {
        {"", "an empty message"},
        {"59", "no version"},
        {"6101", "cut short"},
        {"610100", "cut short"},
        {"61010001", "cut short"},
        {"6101000100", "cut short"},
        {"618080", "a number not in its shortest form"},
        {"61800100", "a number not in its shortest form"},
        {"6182808080808080808000", "a number past 64 bits"},
        {"61ffffffffffffffffffff00", "a number past 64 bits"},
        /* 2^64 - 1 on top of 0 is the end's own, and on top of 1 past it */
        {"6181ffffffffffffffff7f0000", "cut short"},
        {"61020000"
         "81ffffffffffffffff7f0000",
         "a timestamp past the end"},
        {"610121", "a bound too long"},
        {"610001ff00", "a bound too long"},
        {"61010205050001020504"
         "00",
         "bounds out of order"},
        {"610501ff00"
         "010000",
         "bounds out of order"},
        {"61010003", "an unknown mode"},
        {"61010002018000", "a list shorter than it says"},
        {"6101000281ffffffffffffffff7f", "a list shorter than it says"},
        {"61000000"
         "010000",
         "a range past the end"},
    };
    for (size_t i = 0; i < sizeof rows / sizeof rows[0]; i++) {
        struct hex hex = hex_of(rows[i].message);
        const char *reason;
        size_t count;
        int error = read_all(ghm_bytes(hex.bytes, hex.len), &count, &reason);
        if (strcmp(rows[i].message, "6181ffffffffffffffff7f0000") == 0) {
            assert_int_equal(error, GHM_ENOTFOUND);
            continue;
        }
        assert_int_equal(error, GHM_EPROTO);
        assert_string_equal(reason, rows[i].reason);
    }
}

static void another_version_is_told_apart(void **state)
{
    (void)state;
    struct ghm_range_reader reader;
    for (unsigned byte = 0; byte < 256; byte++) {
        uint8_t message = (uint8_t)byte;
        int want = byte == 0x61 ? GHM_OK : byte >> 4 == 6 ? GHM_ENOTSUP : GHM_EPROTO;
        assert_int_equal(ghm_range_open(&reader, ghm_bytes(&message, 1)), want);
    }
}

static void ranges_are_bounded(void **state)
{
    (void)state;
    uint8_t message[1 + 3 * (GHM_RANGE_COUNT_MAX + 1)];
    const char *reason;
    size_t count;
    message[0] = GHM_RANGE_VERSION;
    for (size_t i = 1; i < sizeof message; i += 3)
        memcpy(message + i, "\1\0\0", 3);
    assert_int_equal(read_all(ghm_bytes(message, sizeof message - 3), &count, &reason),
                     GHM_ENOTFOUND);
    assert_int_equal(count, GHM_RANGE_COUNT_MAX);
    assert_int_equal(read_all(ghm_bytes(message, sizeof message), &count, &reason), GHM_EPROTO);
    assert_string_equal(reason, "too many ranges");
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(numbers_have_one_form),
        cmocka_unit_test(what_is_written_is_read),
        cmocka_unit_test(bounds_lie_between),
        cmocka_unit_test(malformed_is_refused_with_its_reason),
        cmocka_unit_test(another_version_is_told_apart),
        cmocka_unit_test(ranges_are_bounded),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
