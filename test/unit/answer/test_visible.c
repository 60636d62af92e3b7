/* SPDX-License-Identifier: MIT */
#include "answer/visible.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

/* Every byte at every place of texts of every length up to three words of eight. */
static void judges_each_byte_alone(void **state)
{
    (void)state;
    uint8_t text[24];
    for (size_t len = 1; len <= sizeof text; len++) {
        for (size_t at = 0; at < len; at++) {
            for (unsigned byte = 0; byte < 256; byte++) {
                memset(text, 'a', sizeof text);
                text[at] = (uint8_t)byte;
                bool is_word = byte > ' ' && byte != 0x7f;
                bool is_line = is_word || byte == ' ' || byte == '\t';
                assert_int_equal(ghm_visible_is_word(ghm_bytes(text, len)), is_word);
                assert_int_equal(ghm_visible_is_line(ghm_bytes(text, len)), is_line);
            }
        }
    }
    assert_true(ghm_visible_is_word(GHM_BYTES_NONE));
    assert_true(ghm_visible_is_line(GHM_BYTES_NONE));
}

static void judges_neighbours_alone(void **state)
{
    (void)state;
    uint8_t pair[2];
    for (unsigned both = 0; both < 65536; both++) {
        ghm_store_be16(pair, (uint16_t)both);
        bool is_first = pair[0] > ' ' && pair[0] != 0x7f;
        bool is_second = pair[1] > ' ' && pair[1] != 0x7f;
        assert_int_equal(ghm_visible_is_word(ghm_bytes(pair, 2)), is_first && is_second);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(judges_each_byte_alone),
        cmocka_unit_test(judges_neighbours_alone),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
