/* SPDX-License-Identifier: MIT */
#include "template/verb.h"

#include "template/rune.h"

#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define NUMBER_SIZE (VERB_PRECISION_MAX + 400)
#define SHORT_EXPONENT_MAX 6 /* from there on, with an exponent */

static int append_many(struct ghm_buf *buf, char c, long count)
{
    int error = GHM_OK;
    for (long i = 0; error == GHM_OK && i < count; i++)
        error = ghm_buf_append(buf, ghm_bytes(&c, 1));
    return error;
}

static int append_padded(struct ghm_buf *buf, const struct verb *verb, struct ghm_bytes text)
{
    long lacking = verb->has_width ? verb->width - (long)rune_count(text) : 0;
    int error = GHM_OK;
    if (!verb->is_minus) error = append_many(buf, verb->is_zero ? '0' : ' ', lacking);
    if (error == GHM_OK) error = ghm_buf_append(buf, text);
    if (error == GHM_OK && verb->is_minus) error = append_many(buf, ' ', lacking);
    return error;
}

static int append_padded_text(struct ghm_buf *buf, const struct verb *verb, const char *text)
{
    return append_padded(buf, verb, ghm_bytes_text(text));
}

/* ---- what a verb is not for ---- */

static int append_bad(struct ghm_buf *buf, struct arena *arena, const struct verb *verb,
                      const struct value *value)
{
    uint8_t letter[4];
    struct verb plain = *verb;
    bool is_null = value->type <= VALUE_NULL;
    plain.letter = 'v';
    int error = ghm_buf_append_text(buf, "%!");
    if (error == GHM_OK)
        error = ghm_buf_append(buf, ghm_bytes(letter, rune_encode(letter, verb->letter)));
    if (error == GHM_OK) error = ghm_buf_append_text(buf, "(");
    if (error == GHM_OK) error = ghm_buf_append_text(buf, value_type_name(value));
    if (error == GHM_OK && !is_null) error = ghm_buf_append_text(buf, "=");
    if (error == GHM_OK && !is_null) error = verb_append(buf, arena, &plain, value);
    return error == GHM_OK ? ghm_buf_append_text(buf, ")") : error;
}

/* ---- quoted ---- */

static int append_escape(struct ghm_buf *buf, uint32_t rune, uint8_t byte, bool is_bad)
{
    static const char values[] = "\a\b\f\n\r\t\v", letters[] = "abfnrtv";
    char room[16];
    const char *value = rune > 0 && rune < 128 ? strchr(values, (int)rune) : NULL;
    if (is_bad)
        (void)snprintf(room, sizeof room, "\\x%02x", byte);
    else if (value != NULL)
        (void)snprintf(room, sizeof room, "\\%c", letters[value - values]);
    else if (rune < ' ' || rune == 0x7f)
        (void)snprintf(room, sizeof room, "\\x%02x", (unsigned)rune);
    else
        (void)snprintf(room, sizeof room, "\\%c%0*x", rune > 0xffff ? 'U' : 'u',
                       rune > 0xffff ? 8 : 4, (unsigned)rune);
    return ghm_buf_append_text(buf, room);
}

static int append_quoted_rune(struct ghm_buf *buf, struct ghm_bytes bytes, const struct verb *verb,
                              char quote)
{
    uint32_t rune;
    size_t len = rune_decode(&rune, bytes);
    bool is_bad = rune == RUNE_BAD && len == 1;
    char escaped[2] = {'\\', (char)rune};
    if (rune == (uint32_t)quote || rune == '\\') return ghm_buf_append(buf, ghm_bytes(escaped, 2));
    bool is_plain = !is_bad && rune_is_printable(rune) && (rune < 0x80 || !verb->is_plus);
    if (is_plain) return ghm_buf_append(buf, ghm_bytes_upto(bytes, len));
    return append_escape(buf, rune, bytes.ptr[0], is_bad);
}

static int quote(struct ghm_buf *buf, struct ghm_bytes text, const struct verb *verb, char mark)
{
    int error = ghm_buf_append(buf, ghm_bytes(&mark, 1));
    while (error == GHM_OK && text.len > 0) {
        uint32_t rune;
        error = append_quoted_rune(buf, text, verb, mark);
        text = ghm_bytes_from(text, rune_decode(&rune, text));
    }
    return error == GHM_OK ? ghm_buf_append(buf, ghm_bytes(&mark, 1)) : error;
}

static bool is_raw_possible(struct ghm_bytes text)
{
    for (size_t i = 0; i < text.len; i++) {
        bool is_control = (text.ptr[i] < ' ' && text.ptr[i] != '\t') || text.ptr[i] == 0x7f;
        if (is_control || text.ptr[i] == '`') return false;
    }
    return true;
}

static int append_quoted(struct ghm_buf *buf, const struct verb *verb, struct ghm_bytes text,
                         char mark)
{
    struct ghm_buf room;
    int error;
    ghm_buf_init(&room, NULL, text.len * 10 + 2);
    if (verb->is_sharp && mark == '"' && is_raw_possible(text)) {
        error = ghm_buf_append_text(&room, "`");
        if (error == GHM_OK) error = ghm_buf_append(&room, text);
        if (error == GHM_OK) error = ghm_buf_append_text(&room, "`");
    } else {
        error = quote(&room, text, verb, mark);
    }
    if (error == GHM_OK) error = append_padded(buf, verb, ghm_buf_bytes(&room));
    ghm_buf_fini(&room);
    return error;
}

/* ---- texts ---- */

static struct ghm_bytes cut(const struct verb *verb, struct ghm_bytes text)
{
    struct ghm_bytes rest = text;
    for (int i = 0; verb->has_precision && i < verb->precision && rest.len > 0; i++) {
        uint32_t rune;
        rest = ghm_bytes_from(rest, rune_decode(&rune, rest));
    }
    return verb->has_precision ? ghm_bytes_upto(text, text.len - rest.len) : text;
}

static int append_hex(struct ghm_buf *buf, const struct verb *verb, struct ghm_bytes text)
{
    struct ghm_buf room;
    char digits[8];
    const char *mark = verb->letter == 'X' ? "0X" : "0x";
    const char *hex = verb->letter == 'X' ? "0123456789ABCDEF" : "0123456789abcdef";
    int error = GHM_OK;
    if (verb->has_precision)
        text = ghm_bytes_upto(text, (size_t)verb->precision < text.len ? (size_t)verb->precision
                                                                       : text.len);
    ghm_buf_init(&room, NULL, text.len * 5 + 1);
    for (size_t i = 0; error == GHM_OK && i < text.len; i++) {
        bool is_apart = verb->is_space && i > 0;
        bool is_marked = verb->is_sharp && (i == 0 || verb->is_space);
        (void)snprintf(digits, sizeof digits, "%s%s%c%c", is_apart ? " " : "",
                       is_marked ? mark : "", hex[text.ptr[i] >> 4], hex[text.ptr[i] & 15]);
        error = ghm_buf_append_text(&room, digits);
    }
    if (error == GHM_OK) error = append_padded(buf, verb, ghm_buf_bytes(&room));
    ghm_buf_fini(&room);
    return error;
}

static int append_text(struct ghm_buf *buf, struct arena *arena, const struct verb *verb,
                       const struct value *value)
{
    if (verb->is_syntax) return append_quoted(buf, verb, value->text, '"');
    if (verb->letter == 'v' || verb->letter == 's')
        return append_padded(buf, verb, cut(verb, value->text));
    if (verb->letter == 'x' || verb->letter == 'X') return append_hex(buf, verb, value->text);
    if (verb->letter == 'q') return append_quoted(buf, verb, cut(verb, value->text), '"');
    return append_bad(buf, arena, verb, value);
}

/* ---- numbers ---- */

/* With its sign; zeros go between the two. */
static int append_number(struct ghm_buf *buf, const struct verb *verb, const char *number)
{
    bool is_signed = *number == '-' || verb->is_plus || verb->is_space;
    char sign = *number == '-' ? '-' : verb->is_plus ? '+' : ' ';
    struct verb inner = *verb;
    char room[NUMBER_SIZE + 2];
    if (*number == '-') number++;
    if (!verb->is_zero || !verb->has_width) {
        (void)snprintf(room, sizeof room, "%.*s%s", is_signed ? 1 : 0, &sign, number);
        return append_padded_text(buf, verb, room);
    }
    inner.width -= is_signed ? 1 : 0;
    int error = is_signed ? ghm_buf_append(buf, ghm_bytes(&sign, 1)) : GHM_OK;
    return error == GHM_OK ? append_padded_text(buf, &inner, number) : error;
}

static void make_digits(char *ret_text, uint64_t value, unsigned base, bool is_upper)
{
    const char *digits = is_upper ? "0123456789ABCDEF" : "0123456789abcdef";
    char room[66];
    size_t at = sizeof room;
    room[--at] = '\0';
    do {
        room[--at] = digits[value % base];
        value /= base;
    } while (value > 0);
    memcpy(ret_text, room + at, sizeof room - at);
}

static int append_based(struct ghm_buf *buf, const struct verb *verb, int64_t value, unsigned base)
{
    char digits[66], text[NUMBER_SIZE];
    struct verb inner = *verb;
    uint64_t size = value < 0 ? 0 - (uint64_t)value : (uint64_t)value;
    const char *mark = "";
    make_digits(digits, size, base, verb->letter == 'X');
    if (verb->is_sharp && base == 16) mark = verb->letter == 'X' ? "0X" : "0x";
    if (verb->is_sharp && base == 8) mark = "0";
    if (verb->is_sharp && base == 2) mark = "0b";
    if (verb->letter == 'O') mark = "0o";
    int lacking = verb->has_precision ? verb->precision - (int)strlen(digits) : 0;
    if (verb->has_precision) inner.is_zero = false;
    if (verb->has_precision && verb->precision == 0 && value == 0) digits[0] = '\0';
    (void)snprintf(text, sizeof text, "%s%s%.*s%s", value < 0 ? "-" : "", mark,
                   lacking > 0 ? lacking : 0, "", digits);
    if (lacking > 0)
        (void)snprintf(text, sizeof text, "%s%s%0*d%s", value < 0 ? "-" : "", mark, lacking, 0,
                       digits);
    return append_number(buf, &inner, text);
}

static int append_rune(struct ghm_buf *buf, const struct verb *verb, int64_t value)
{
    uint8_t bytes[4];
    uint32_t rune = value < 0 || value > 0x10ffff ? RUNE_BAD : (uint32_t)value;
    struct ghm_bytes text = ghm_bytes(bytes, rune_encode(bytes, rune));
    char code[32];
    if (verb->letter == 'c') return append_padded(buf, verb, text);
    if (verb->letter == 'q') return append_quoted(buf, verb, text, '\'');
    (void)snprintf(code, sizeof code, "U+%04llX", (unsigned long long)value);
    return append_padded_text(buf, verb, code);
}

static int append_int(struct ghm_buf *buf, struct arena *arena, const struct verb *verb,
                      const struct value *value)
{
    switch (verb->letter) {
    case 'v':
        if (verb->is_syntax && value->type == VALUE_BYTE)
            return append_based(buf, &(struct verb){.letter = 'x', .is_sharp = true},
                                value->integer, 16);
        return append_based(buf, verb, value->integer, 10);
    case 'd':
        return append_based(buf, verb, value->integer, 10);
    case 'b':
        return append_based(buf, verb, value->integer, 2);
    case 'o':
    case 'O':
        return append_based(buf, verb, value->integer, 8);
    case 'x':
    case 'X':
        return append_based(buf, verb, value->integer, 16);
    case 'c':
    case 'q':
    case 'U':
        return append_rune(buf, verb, value->integer);
    }
    return append_bad(buf, arena, verb, value);
}

/* The fewest digits that are this number and no other. */
static int shortest(double real)
{
    char text[64];
    for (int digits = 0; digits < 16; digits++) {
        (void)snprintf(text, sizeof text, "%.*e", digits, real);
        if (strtod(text, NULL) == real) return digits;
    }
    return 16;
}

static void make_shortest(char text[NUMBER_SIZE], double real, bool is_upper)
{
    char scientific[64];
    int digits = shortest(real);
    (void)snprintf(scientific, sizeof scientific, "%.*e", digits, real);
    const char *mark = strchr(scientific, 'e');
    int exponent = mark == NULL ? 0 : (int)strtol(mark + 1, NULL, 10);
    if (exponent < -4 || exponent >= SHORT_EXPONENT_MAX)
        (void)snprintf(text, NUMBER_SIZE, is_upper ? "%.*E" : "%.*e", digits, real);
    else
        (void)snprintf(text, NUMBER_SIZE, "%.*f", digits > exponent ? digits - exponent : 0, real);
}

static int append_float(struct ghm_buf *buf, struct arena *arena, const struct verb *verb,
                        const struct value *value)
{
    char text[NUMBER_SIZE];
    int precision = verb->has_precision ? verb->precision : 6;
    bool is_general = verb->letter == 'v' || verb->letter == 'g' || verb->letter == 'G';
    if (is_general && !verb->has_precision)
        make_shortest(text, value->real, verb->letter == 'G');
    else if (is_general)
        (void)snprintf(text, sizeof text, verb->letter == 'G' ? "%.*G" : "%.*g", precision,
                       value->real);
    else if (verb->letter == 'e' || verb->letter == 'E')
        (void)snprintf(text, sizeof text, verb->letter == 'E' ? "%.*E" : "%.*e", precision,
                       value->real);
    else if (verb->letter == 'f' || verb->letter == 'F')
        (void)snprintf(text, sizeof text, "%.*f", precision, value->real);
    else
        return append_bad(buf, arena, verb, value);
    return append_number(buf, verb, text);
}

/* ---- what holds others ---- */

/* null inside of something */
static int append_inner(struct ghm_buf *buf, struct arena *arena, const struct verb *verb,
                        const struct value *value)
{
    if (value->type > VALUE_NULL) return verb_append(buf, arena, verb, value);
    return ghm_buf_append_text(buf, verb->is_syntax ? "interface {}(nil)" : "<nil>");
}

static int append_start(struct ghm_buf *buf, const struct verb *verb, const struct value *value)
{
    if (!verb->is_syntax) return ghm_buf_append_text(buf, value->type == VALUE_MAP ? "map[" : "[");
    int error = ghm_buf_append_text(buf, value_type_name(value));
    return error == GHM_OK ? ghm_buf_append_text(buf, "{") : error;
}

static const char *gap(const struct verb *verb, size_t i)
{
    if (i == 0) return "";
    return verb->is_syntax ? ", " : " ";
}

static int append_items(struct ghm_buf *buf, struct arena *arena, const struct verb *verb,
                        const struct value *list)
{
    int error = GHM_OK;
    for (size_t i = 0; error == GHM_OK && i < list->count; i++) {
        struct value item = value_of_item(list, i);
        error = ghm_buf_append_text(buf, gap(verb, i));
        if (error == GHM_OK) error = append_inner(buf, arena, verb, &item);
    }
    return error;
}

static int append_pairs(struct ghm_buf *buf, struct arena *arena, const struct verb *verb,
                        const struct value *map)
{
    const char **keys = value_keys(arena, map->json);
    int error = keys == NULL ? GHM_ENOMEM : GHM_OK;
    for (size_t i = 0; error == GHM_OK && i < map->count; i++) {
        struct value key = value_of_text(ghm_bytes_text(keys[i]));
        struct value value = value_of_key(map, key.text);
        error = ghm_buf_append_text(buf, gap(verb, i));
        if (error == GHM_OK) error = verb_append(buf, arena, verb, &key);
        if (error == GHM_OK) error = ghm_buf_append_text(buf, ":");
        if (error == GHM_OK) error = append_inner(buf, arena, verb, &value);
    }
    return error;
}

static int append_many_values(struct ghm_buf *buf, struct arena *arena, const struct verb *verb,
                              const struct value *value)
{
    int error = append_start(buf, verb, value);
    if (error == GHM_OK)
        error = value->type == VALUE_MAP ? append_pairs(buf, arena, verb, value)
                                         : append_items(buf, arena, verb, value);
    return error == GHM_OK ? ghm_buf_append_text(buf, verb->is_syntax ? "}" : "]") : error;
}

int verb_append(struct ghm_buf *buf, struct arena *arena, const struct verb *verb,
                const struct value *value)
{
    if (verb->letter == 'T') {
        struct verb plain = *verb;
        plain.letter = 's';
        return append_padded_text(buf, &plain, value_type_name(value));
    }
    if (verb->letter == 'p') return append_bad(buf, arena, verb, value);
    switch (value->type) {
    case VALUE_NONE:
    case VALUE_NULL:
        return verb->letter == 'v' ? append_padded_text(buf, verb, "<nil>")
                                   : append_bad(buf, arena, verb, value);
    case VALUE_BOOL:
        return verb->letter == 'v' || verb->letter == 't'
                   ? append_padded_text(buf, verb, value->truth ? "true" : "false")
                   : append_bad(buf, arena, verb, value);
    case VALUE_INT:
    case VALUE_BYTE:
        return append_int(buf, arena, verb, value);
    case VALUE_FLOAT:
        return append_float(buf, arena, verb, value);
    case VALUE_TEXT:
        return append_text(buf, arena, verb, value);
    case VALUE_LIST:
    case VALUE_MAP:
        return append_many_values(buf, arena, verb, value);
    }
    return GHM_OK;
}
