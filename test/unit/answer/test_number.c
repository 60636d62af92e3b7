/* SPDX-License-Identifier: MIT */
#include "answer/number.h"
#include <locale.h>
#include <math.h>
#include <string.h>

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

static void assert_text(double value, const char *expected)
{
    char text[GHM_NUMBER_TEXT_MAX];
    assert_int_equal(ghm_number_text(text, value), strlen(expected));
    assert_string_equal(text, expected);
}

/* Source: Python 3.11, repr(). */
static void prints_as_python_does(void **state)
{
    (void)state;
    assert_text(0.0, "0.0");
    assert_text(-0.0, "-0.0");
    assert_text(1.0, "1.0");
    assert_text(-1.5, "-1.5");
    assert_text(0.1, "0.1");
    assert_text(100.0, "100.0");
    assert_text(1.0 / 3.0, "0.3333333333333333");
    assert_text(123456789012345.6, "123456789012345.6");
    assert_text(9999999999999998.0, "9999999999999998.0");
    assert_text(1e16, "1e+16");
    assert_text(1.5e300, "1.5e+300");
    assert_text(0.0001, "0.0001");
    assert_text(0.00012, "0.00012");
    assert_text(0.00001, "1e-05");
    assert_text(1e22, "1e+22");
    assert_text(1e23, "1e+23");
    assert_text(5e-324, "5e-324");
    assert_text(2.2250738585072014e-308, "2.2250738585072014e-308");
    assert_text(-1.7976931348623157e308, "-1.7976931348623157e+308");
    assert_text((double)INFINITY, "inf");
    assert_text(-(double)INFINITY, "-inf");
    assert_text((double)NAN, "nan");
}

/* Above a power of two numbers lie twice as far apart: the nearest decimal is not the shortest. */
static void powers_of_two_are_shortest_too(void **state)
{
    (void)state;
    assert_text(ldexp(1.0, -1017), "7.120236347223045e-307");
    assert_text(ldexp(1.0, -44), "5.684341886080802e-14");
    assert_text(ldexp(1.0, 89), "6.189700196426902e+26");
}

static void locale_does_not_matter(void **state)
{
    (void)state;
    const char *const locales[] = {"de_DE.UTF-8", "fr_FR.UTF-8", "C.UTF-8"};
    for (size_t i = 0; i < 3 && setlocale(LC_NUMERIC, locales[i]) == NULL; i++)
        continue;
    assert_text(1.5, "1.5");
    assert_text(7.120236347223045e-307, "7.120236347223045e-307");
    assert_non_null(setlocale(LC_NUMERIC, "C"));
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(prints_as_python_does),
        cmocka_unit_test(powers_of_two_are_shortest_too),
        cmocka_unit_test(locale_does_not_matter),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
