/* SPDX-License-Identifier: MIT */
#include "base/error.h"

#include "base/assert.h"
#include "base/deadline.h"
#include "death.h"

#include <limits.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>

struct row {
    int value;
    const char *text;
};

static const struct row rows[] = {
#define ROW(name, value, text) {value, text},
    GHM_ERROR_MAP(ROW)
#undef ROW
};

#define ROWS_COUNT (sizeof rows / sizeof rows[0])

static void every_error_has_its_text(void **state)
{
    (void)state;
    for (size_t i = 0; i < ROWS_COUNT; i++) {
        assert_int_equal(rows[i].value, -(int)i); /* dense: a gap is a number nobody can name */
        assert_string_equal(ghm_error_text(rows[i].value), rows[i].text);
        for (size_t j = 0; j < i; j++)
            assert_string_not_equal(rows[i].text, rows[j].text);
    }
}

static void other_numbers_are_unknown(void **state)
{
    (void)state;
    static const int numbers[] = {1, 42, -(int)ROWS_COUNT, INT_MAX, INT_MIN};
    for (size_t i = 0; i < sizeof numbers / sizeof numbers[0]; i++)
        assert_string_equal(ghm_error_text(numbers[i]), "unknown error");
}

static void deadlines_are_ordered(void **state)
{
    (void)state;
    assert_true(ghm_deadline_first(1, 2) == 1);
    assert_true(ghm_deadline_first(2, 1) == 1);
    assert_true(ghm_deadline_first(GHM_NEVER, 7) == 7);
    assert_true(ghm_deadline_first(GHM_NEVER, GHM_NEVER) == GHM_NEVER);
}

static void assert_false_thing(void)
{
    GHM_ASSERT(1 == 2);
}

static void assert_true_thing(void)
{
    GHM_ASSERT(1 == 1);
}

static void reach(void)
{
    GHM_UNREACHABLE();
}

static void assertions_are_on(void **state)
{
    (void)state;
    assert_true(dies(assert_false_thing));
    assert_true(dies(reach));
    assert_false(dies(assert_true_thing));
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(every_error_has_its_text),
        cmocka_unit_test(other_numbers_are_unknown),
        cmocka_unit_test(deadlines_are_ordered),
        cmocka_unit_test(assertions_are_on),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
