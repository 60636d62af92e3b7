/* SPDX-License-Identifier: MIT */
#include "crypto/der.h"

#include "hex.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

static uint8_t room[70000];

/* An element with the given head and `len` bytes behind it: the length taken, or -1. */
static long take(const char *head, size_t len)
{
    struct hex hex = hex_of(head);
    struct ghm_bytes value;
    memset(room, 0, sizeof room);
    memcpy(room, hex.bytes, hex.len);
    struct ghm_bytes left = ghm_bytes(room, hex.len + len);
    if (!ghm_der_take(&left, GHM_DER_OCTET_STRING, &value)) {
        assert_ptr_equal(left.ptr, room);
        return -1;
    }
    assert_ptr_equal(value.ptr, room + hex.len);
    assert_ptr_equal(left.ptr, value.ptr + value.len);
    return (long)value.len;
}

static void der_has_one_form_of_a_length(void **state)
{
    (void)state;
    static const struct {
        const char *head;
        size_t len;
        long want;
    } cases[] = {
        {"0400", 0, 0},
        {"0401", 1, 1},
        {"0401", 9, 1},
        {"047f", 127, 127},
        {"048180", 128, 128},
        {"0481ff", 255, 255},
        {"04820100", 256, 256},
        {"0482ffff", 65535, 65535},
        {"", 0, -1},
        {"04", 0, -1},
        {"0401", 0, -1},
        {"0481", 0, -1},
        {"048100", 0, -1},
        {"04817f", 127, -1},
        {"04820000", 0, -1},
        {"048200ff", 255, -1},
        {"0482", 1, -1},
        {"0483010000", 65536, -1},
        {"0483000100", 256, -1},
        {"0480", 200, -1},
        {"04ff", 200, -1},
        {"0500", 0, -1},
        {"2400", 0, -1},
    };
    for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++)
        assert_int_equal(take(cases[i].head, cases[i].len), cases[i].want);
}

static void der_last_is_the_last(void **state)
{
    (void)state;
    struct ghm_bytes value;
    static const uint8_t in[] = {0x30, 0x01, 0x55, 0x00};
    assert_true(ghm_der_take_last(ghm_bytes(in, 3), GHM_DER_SEQUENCE, &value));
    assert_int_equal(value.len, 1);
    assert_false(ghm_der_take_last(ghm_bytes(in, 4), GHM_DER_SEQUENCE, &value));
    assert_false(ghm_der_take_last(ghm_bytes(in, 2), GHM_DER_SEQUENCE, &value));
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(der_has_one_form_of_a_length),
        cmocka_unit_test(der_last_is_the_last),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
