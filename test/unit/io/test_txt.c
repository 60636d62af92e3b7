/* SPDX-License-Identifier: MIT */
#include "io/txt.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>

#include <cmocka.h>

/* An answer for a.example: a CNAME, a TXT of two strings, one with a NUL, one of another class, and
 * an additional TXT, which is no answer. */
#define NAME "\1a\7example\0"
#define TXT "\0\x10\0\1\0\0\0\7"
#define MESSAGE                                                                                    \
    "\0\1\x81\x80\0\1\0\5\0\0\0\1" NAME "\0\x10\0\1"                                               \
    "\xc0\x0c\0\5\0\1\0\0\0\7\0\2\xc0\x0c"                                                         \
    "\xc0\x0c" TXT "\0\x08\4one \2to"                                                              \
    "\xc0\x0c" TXT "\0\4\3x\0y"                                                                    \
    "\xc0\x0c\0\x10\0\3\0\0\0\7\0\2\1c"                                                            \
    "\xc0\x0c" TXT "\0\6\5three"                                                                   \
    "\xc0\x0c" TXT "\0\2\1d"

static void strings_of_a_record_are_one_text(void **state)
{
    (void)state;
    struct ghm_buf texts;
    ghm_buf_init(&texts, NULL, GHM_TXT_LEN_MAX);
    assert_int_equal(ghm_txt_read(&texts, ghm_bytes(MESSAGE, sizeof MESSAGE - 1)), GHM_OK);
    assert_true(ghm_bytes_equal(ghm_buf_bytes(&texts), ghm_bytes("one to\0three", 13)));
    ghm_buf_fini(&texts);
}

static void truncations_and_flips_are_survived(void **state)
{
    (void)state;
    for (size_t bit = 0; bit < (sizeof MESSAGE - 1) * 8; bit++) {
        struct ghm_buf texts;
        char *copy = malloc(sizeof MESSAGE - 1); /* so that a read past its end is seen */
        memcpy(copy, MESSAGE, sizeof MESSAGE - 1);
        copy[bit / 8] ^= (char)(1 << bit % 8);
        ghm_buf_init(&texts, NULL, GHM_TXT_LEN_MAX);
        (void)!ghm_txt_read(&texts, ghm_bytes(copy, sizeof MESSAGE - 1));
        ghm_buf_fini(&texts);
        ghm_buf_init(&texts, NULL, GHM_TXT_LEN_MAX);
        (void)!ghm_txt_read(&texts, ghm_bytes(copy, bit / 8));
        ghm_buf_fini(&texts);
        free(copy);
    }
}

static void texts_are_bounded(void **state)
{
    (void)state;
    static const char record[] = "\0" TXT "\0\3\2ab";
    struct ghm_buf message, texts;
    ghm_buf_init(&message, NULL, 65536);
    assert_int_equal(ghm_buf_append(&message, ghm_bytes("\0\1\x81\x80\0\0\0\xc8\0\0\0\0", 12)),
                     GHM_OK);
    for (int i = 0; i < 200; i++)
        assert_int_equal(ghm_buf_append(&message, ghm_bytes(record, sizeof record - 1)), GHM_OK);
    ghm_buf_init(&texts, NULL, GHM_TXT_LEN_MAX);
    assert_int_equal(ghm_txt_read(&texts, ghm_buf_bytes(&message)), GHM_OK);
    assert_int_equal(ghm_buf_len(&texts), GHM_TXT_COUNT_MAX * 3);
    ghm_buf_fini(&texts);
    ghm_buf_init(&texts, NULL, 10); /* what does not fit is left out */
    assert_int_equal(ghm_txt_read(&texts, ghm_buf_bytes(&message)), GHM_OK);
    assert_int_equal(ghm_buf_len(&texts), 9);
    ghm_buf_fini(&texts);
    ghm_buf_fini(&message);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(strings_of_a_record_are_one_text),
        cmocka_unit_test(truncations_and_flips_are_survived),
        cmocka_unit_test(texts_are_bounded),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
