/* SPDX-License-Identifier: MIT */
#include "template/literal.h"

#include "template/rune.h"

#include <errno.h>
#include <math.h>
#include <stdlib.h>
#include <string.h>

#define NUMBER_LEN_MAX 400

static int digit(int c)
{
    if (c >= '0' && c <= '9') return c - '0';
    if (c >= 'a' && c <= 'f') return c - 'a' + 10;
    if (c >= 'A' && c <= 'F') return c - 'A' + 10;
    return 99;
}

/* `count` digits, which go away. */
static bool take_digits(uint32_t *ret_value, struct ghm_bytes *rest, size_t count, int base)
{
    *ret_value = 0;
    if (rest->len < count) return false;
    for (size_t i = 0; i < count; i++) {
        if (digit(rest->ptr[i]) >= base) return false;
        *ret_value = *ret_value * (uint32_t)base + (uint32_t)digit(rest->ptr[i]);
    }
    *rest = ghm_bytes_from(*rest, count);
    return true;
}

/* After the backslash. `ret_is_byte`: a byte, not a character. */
static bool take_escape(uint32_t *ret_rune, bool *ret_is_byte, struct ghm_bytes *rest, int quote)
{
    static const char letters[] = "abfnrtv\\", values[] = "\a\b\f\n\r\t\v\\";
    if (rest->len == 0) return false;
    int c = rest->ptr[0];
    const char *letter = c == 0 ? NULL : strchr(letters, c);
    *ret_is_byte = c == 'x' || (c >= '0' && c <= '7');
    if (c >= '0' && c <= '7') return take_digits(ret_rune, rest, 3, 8) && *ret_rune < 256;
    *rest = ghm_bytes_from(*rest, 1);
    if (letter != NULL) *ret_rune = (uint32_t)values[letter - letters];
    if (c == quote) *ret_rune = (uint32_t)c;
    if (letter != NULL || c == quote) return true;
    if (c == 'x') return take_digits(ret_rune, rest, 2, 16);
    if (c != 'u' && c != 'U') return false;
    if (!take_digits(ret_rune, rest, c == 'u' ? 4 : 8, 16)) return false;
    return *ret_rune <= 0x10ffff && (*ret_rune < 0xd800 || *ret_rune > 0xdfff);
}

static bool take_char(uint8_t *room, size_t *len, struct ghm_bytes *rest)
{
    uint32_t rune;
    bool is_byte;
    uint8_t c = rest->ptr[0];
    *rest = ghm_bytes_from(*rest, 1);
    if (c != '\\') {
        room[(*len)++] = c;
        return c != '"';
    }
    if (!take_escape(&rune, &is_byte, rest, '"')) return false;
    if (is_byte)
        room[(*len)++] = (uint8_t)rune;
    else
        *len += rune_encode(room + *len, rune);
    return true;
}

bool literal_text(struct arena *arena, struct ghm_bytes *ret_text, struct ghm_bytes quoted)
{
    bool is_raw = quoted.ptr[0] == '`';
    struct ghm_bytes rest = ghm_bytes(quoted.ptr + 1, quoted.len - 2);
    size_t len = 0;
    uint8_t *room = arena_take(arena, quoted.len);
    if (room == NULL) return false;
    for (size_t i = 0; is_raw && i < rest.len; i++) {
        if (rest.ptr[i] != '\r') room[len++] = rest.ptr[i];
    }
    while (!is_raw && rest.len > 0) {
        if (!take_char(room, &len, &rest)) return false;
    }
    *ret_text = ghm_bytes(room, len);
    return true;
}

static void set_int(struct tree_number *number, int64_t value)
{
    *number = (struct tree_number){.is_int = true, .integer = value, .real = (double)value};
}

bool literal_char(struct tree_number *ret_number, struct ghm_bytes quoted)
{
    uint32_t rune;
    bool is_byte;
    struct ghm_bytes rest = ghm_bytes(quoted.ptr + 1, quoted.len - 2);
    if (rest.len == 0) return false;
    if (rest.ptr[0] == '\\') {
        rest = ghm_bytes_from(rest, 1);
        if (!take_escape(&rune, &is_byte, &rest, '\'')) return false;
    } else {
        rest = ghm_bytes_from(rest, rune_decode(&rune, rest));
    }
    set_int(ret_number, rune);
    return rest.len == 0;
}

/* Without underscores, which stand only between digits. */
static bool copy_number(char ret_text[NUMBER_LEN_MAX], struct ghm_bytes text)
{
    size_t len = 0;
    if (text.len >= NUMBER_LEN_MAX) return false;
    for (size_t i = 0; i < text.len; i++) {
        bool is_bar = text.ptr[i] == '_';
        if (is_bar && (i == 0 || i + 1 == text.len || text.ptr[i + 1] == '_')) return false;
        if (!is_bar) ret_text[len++] = (char)text.ptr[i];
    }
    ret_text[len] = '\0';
    return len > 0;
}

static bool read_int(int64_t *ret_value, const char *text)
{
    static const char letters[] = "xXoObB";
    static const int bases[] = {16, 16, 8, 8, 2, 2};
    char *end;
    bool is_negative = *text == '-';
    if (*text == '-' || *text == '+') text++;
    int base = text[0] == '0' && text[1] != '\0' ? 8 : 10;
    const char *letter = base == 8 ? strchr(letters, text[1]) : NULL;
    if (letter != NULL) base = bases[letter - letters];
    if (letter != NULL) text += 2;
    if (digit(*text) >= base) return false;
    errno = 0;
    unsigned long long value = strtoull(text, &end, base);
    if (*end != '\0' || errno != 0 || value > (uint64_t)INT64_MAX + (is_negative ? 1 : 0))
        return false;
    *ret_value = is_negative ? (int64_t)(0 - value) : (int64_t)value;
    return true;
}

static bool is_float_written(const char *text)
{
    bool is_hex = strpbrk(text, "xX") != NULL;
    return strpbrk(text, is_hex ? "pP" : ".eE") != NULL;
}

bool literal_number(struct tree_number *ret_number, struct ghm_bytes text)
{
    char copy[NUMBER_LEN_MAX], *end;
    int64_t integer;
    if (!copy_number(copy, text)) return false;
    if (read_int(&integer, copy)) {
        set_int(ret_number, integer);
        return true;
    }
    if (!is_float_written(copy)) return false;
    double real = strtod(copy, &end);
    if (*end != '\0' || end == copy || !isfinite(real)) return false;
    *ret_number = (struct tree_number){.is_ideal_float = true, .real = real};
    ret_number->is_int = real >= -9.2e18 && real <= 9.2e18 && (double)(int64_t)real == real;
    if (ret_number->is_int) ret_number->integer = (int64_t)real;
    return true;
}
