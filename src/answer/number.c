/* SPDX-License-Identifier: MIT */
#include "answer/number.h"

#include <math.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define DIGITS_MAX 17 /* enough for any double */

/* d.ddd times ten to the power of `exponent`, without sign. */
struct decimal {
    int exponent;
    size_t count;
    char digits[DIGITS_MAX];
};

/* printf and strtod use the locale's decimal point, whatever its length: take the digits only. */
static void take_digits(struct decimal *ret_decimal, const char *text)
{
    ret_decimal->count = 0;
    for (; *text != 'e'; text++) {
        if (*text >= '0' && *text <= '9') ret_decimal->digits[ret_decimal->count++] = *text;
    }
    ret_decimal->exponent = (int)strtol(text + 1, NULL, 10);
}

/* Written without a decimal point, so that the locale does not matter. */
static bool reads_back(const struct decimal *decimal, double value)
{
    char text[48];
    int point = decimal->exponent - (int)decimal->count + 1;
    (void)snprintf(text, sizeof text, "%.*se%d", (int)decimal->count, decimal->digits, point);
    double back = strtod(text, NULL);
    return !(back < value) && !(back > value);
}

static void raise_last_digit(struct decimal *decimal)
{
    size_t at = decimal->count - 1;
    for (; at > 0 && decimal->digits[at] == '9'; at--)
        decimal->digits[at] = '0';
    if (decimal->digits[at] < '9') decimal->digits[at]++;
}

/* The first count of digits that suffices. Above a power of two the numbers lie twice as far apart
 * as below it: there the next higher decimal may read back when the nearest one does not. */
static void shortest(struct decimal *ret_decimal, double value)
{
    char text[48];
    for (int places = 0; places < DIGITS_MAX; places++) {
        (void)snprintf(text, sizeof text, "%.*e", places, value);
        take_digits(ret_decimal, text);
        if (reads_back(ret_decimal, value)) return;
        struct decimal higher = *ret_decimal;
        raise_last_digit(&higher);
        if (!reads_back(&higher, value)) continue;
        *ret_decimal = higher;
        return;
    }
}

static size_t add(char *text, size_t len, const char *more, size_t count)
{
    memcpy(text + len, more, count);
    return len + count;
}

static size_t add_zeros(char *text, size_t len, size_t count)
{
    memset(text + len, '0', count);
    return len + count;
}

static size_t scientific(char *text, size_t len, const struct decimal *decimal)
{
    len = add(text, len, decimal->digits, 1);
    if (decimal->count > 1) len = add(text, len, ".", 1);
    len = add(text, len, decimal->digits + 1, decimal->count - 1);
    int written = snprintf(text + len, GHM_NUMBER_TEXT_MAX - len, "e%+03d", decimal->exponent);
    return len + (size_t)written;
}

static size_t small(char *text, size_t len, const struct decimal *decimal)
{
    len = add(text, len, "0.", 2);
    len = add_zeros(text, len, (size_t)(-decimal->exponent - 1));
    return add(text, len, decimal->digits, decimal->count);
}

static size_t plain(char *text, size_t len, const struct decimal *decimal)
{
    size_t whole = (size_t)decimal->exponent + 1;
    size_t given = whole < decimal->count ? whole : decimal->count;
    len = add(text, len, decimal->digits, given);
    len = add_zeros(text, len, whole - given);
    len = add(text, len, ".", 1);
    if (given == decimal->count) return add(text, len, "0", 1);
    return add(text, len, decimal->digits + given, decimal->count - given);
}

static size_t named(char *ret_text, const char *name)
{
    size_t len = strlen(name);
    memcpy(ret_text, name, len + 1);
    return len;
}

size_t ghm_number_text(char ret_text[GHM_NUMBER_TEXT_MAX], double value)
{
    if (isnan(value)) return named(ret_text, "nan");
    if (isinf(value)) return named(ret_text, value < 0 ? "-inf" : "inf");
    struct decimal decimal;
    shortest(&decimal, fabs(value));
    size_t len = signbit(value) ? add(ret_text, 0, "-", 1) : 0;
    if (decimal.exponent < -4 || decimal.exponent >= 16)
        len = scientific(ret_text, len, &decimal);
    else if (decimal.exponent < 0)
        len = small(ret_text, len, &decimal);
    else
        len = plain(ret_text, len, &decimal);
    ret_text[len] = '\0';
    return len;
}
