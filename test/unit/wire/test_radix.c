/* SPDX-License-Identifier: MIT */
#include "wire/radix.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>

#include <cmocka.h>

static const char base36[] = "0123456789abcdefghijklmnopqrstuvwxyz";

static void radix_counts(void **state)
{
    (void)state;
    char text[GHM_RADIX_TEXT_MAX];
    for (unsigned n = 1; n < 65536; n += 7) {
        uint8_t bytes[2] = {(uint8_t)(n >> 8), (uint8_t)n};
        uint8_t back[2];
        size_t from = n < 256 ? 1 : 0;
        size_t len = ghm_radix_encode(text, base36, ghm_bytes(bytes + from, 2 - from));
        assert_int_equal(strtoul(text, NULL, 36), n);
        assert_int_equal(ghm_radix_decode(back, 2, base36, ghm_bytes(text, len)), 2 - from);
        assert_memory_equal(back, bytes + from, 2 - from);
    }
}

static void radix_keeps_leading_zeros(void **state)
{
    (void)state;
    static const uint8_t zeros[GHM_RADIX_BYTES_MAX];
    char text[GHM_RADIX_TEXT_MAX];
    uint8_t back[GHM_RADIX_BYTES_MAX];
    for (size_t n = 0; n <= GHM_RADIX_BYTES_MAX; n++) {
        assert_int_equal(ghm_radix_encode(text, base36, ghm_bytes(zeros, n)), n);
        assert_int_equal(ghm_radix_decode(back, sizeof back, base36, ghm_bytes(text, n)), n);
    }
    memset(text, '0', sizeof text);
    assert_int_equal(
        ghm_radix_decode(back, sizeof back, base36, ghm_bytes(text, GHM_RADIX_BYTES_MAX + 1)),
        GHM_EINVAL);
}

static void radix_stops_at_its_bound(void **state)
{
    (void)state;
    uint8_t back[3] = {0, 0, 0x55};
    assert_int_equal(ghm_radix_decode(back, 2, base36, ghm_bytes_text("1ekf")), 2); /* 65535 */
    assert_int_equal(ghm_radix_decode(back, 2, base36, ghm_bytes_text("1ekg")), GHM_EINVAL);
    assert_int_equal(ghm_radix_decode(back, 2, base36, ghm_bytes_text("01ekf")), GHM_EINVAL);
    assert_int_equal(ghm_radix_decode(back, 2, base36, ghm_bytes_text("1EKF")), GHM_EINVAL);
    assert_int_equal(back[2], 0x55);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(radix_counts),
        cmocka_unit_test(radix_keeps_leading_zeros),
        cmocka_unit_test(radix_stops_at_its_bound),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
