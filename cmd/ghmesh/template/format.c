/* SPDX-License-Identifier: MIT */
#include "template/format.h"

#include "template/rune.h"
#include "template/verb.h"

#include <string.h>

static int append_value(struct ghm_buf *buf, struct arena *arena, const struct value *value)
{
    return verb_append(buf, arena, &(struct verb){.letter = 'v'}, value);
}

int format_print(struct ghm_buf *buf, struct arena *arena, struct format_args args)
{
    int error = GHM_OK;
    for (size_t i = 0; error == GHM_OK && i < args.count; i++) {
        bool is_apart =
            i > 0 && args.values[i].type != VALUE_TEXT && args.values[i - 1].type != VALUE_TEXT;
        if (is_apart) error = ghm_buf_append_text(buf, " ");
        if (error == GHM_OK) error = append_value(buf, arena, &args.values[i]);
    }
    return error;
}

int format_println(struct ghm_buf *buf, struct arena *arena, struct format_args args)
{
    int error = GHM_OK;
    for (size_t i = 0; error == GHM_OK && i < args.count; i++) {
        if (i > 0) error = ghm_buf_append_text(buf, " ");
        if (error == GHM_OK) error = append_value(buf, arena, &args.values[i]);
    }
    return error == GHM_OK ? ghm_buf_append_text(buf, "\n") : error;
}

/* ---- by a format ---- */

struct formatter {
    struct ghm_buf *buf;
    struct arena *arena;
    struct ghm_bytes rest;
    struct format_args args;
    size_t at;         /* the next argument */
    bool is_reordered; /* "%[2]d" */
    bool is_bad_index;
};

static int peek(const struct formatter *f)
{
    return f->rest.len > 0 ? f->rest.ptr[0] : -1;
}

static void skip(struct formatter *f)
{
    f->rest = ghm_bytes_from(f->rest, 1);
}

static void read_flags(struct formatter *f, struct verb *verb)
{
    for (;; skip(f)) {
        int c = peek(f);
        if (c == '-')
            verb->is_minus = true;
        else if (c == '+')
            verb->is_plus = true;
        else if (c == '#')
            verb->is_sharp = true;
        else if (c == ' ')
            verb->is_space = true;
        else if (c == '0')
            verb->is_zero = true;
        else
            break;
    }
    if (verb->is_minus) verb->is_zero = false;
}

/* Digits; false: there are none, or too many. */
static bool read_number(struct formatter *f, int *ret_number)
{
    bool is_number = false;
    *ret_number = 0;
    for (; peek(f) >= '0' && peek(f) <= '9'; skip(f)) {
        is_number = *ret_number <= VERB_WIDTH_MAX;
        if (is_number) *ret_number = *ret_number * 10 + (peek(f) - '0');
    }
    return is_number && *ret_number <= VERB_WIDTH_MAX;
}

/* "[2]": the argument that comes next. */
static void read_index(struct formatter *f)
{
    int number;
    if (peek(f) != '[') return;
    f->is_reordered = true;
    skip(f);
    bool is_good =
        read_number(f, &number) && peek(f) == ']' && number >= 1 && (size_t)number <= f->args.count;
    while (peek(f) != ']' && peek(f) != -1)
        skip(f);
    if (peek(f) == ']') skip(f);
    f->is_bad_index = !is_good;
    if (is_good) f->at = (size_t)number - 1;
}

/* "*": an argument says. */
static bool read_star(struct formatter *f, int *ret_number, int max)
{
    bool is_good = f->at < f->args.count && f->args.values[f->at].type == VALUE_INT;
    int64_t number = is_good ? f->args.values[f->at].integer : 0;
    skip(f);
    if (f->at < f->args.count) f->at++;
    *ret_number = is_good && number >= -max && number <= max ? (int)number : 0;
    return is_good && number >= -max && number <= max;
}

static int read_width(struct formatter *f, struct verb *verb)
{
    read_index(f);
    if (peek(f) != '*') {
        verb->has_width = read_number(f, &verb->width);
        return GHM_OK;
    }
    verb->has_width = read_star(f, &verb->width, VERB_WIDTH_MAX);
    if (verb->width < 0) {
        verb->width = -verb->width;
        verb->is_minus = true;
        verb->is_zero = false;
    }
    return verb->has_width ? GHM_OK : ghm_buf_append_text(f->buf, "%!(BADWIDTH)");
}

static int read_precision(struct formatter *f, struct verb *verb)
{
    if (peek(f) != '.') return GHM_OK;
    skip(f);
    read_index(f);
    if (peek(f) != '*') {
        verb->has_precision = true;
        (void)read_number(f, &verb->precision);
    } else {
        verb->has_precision =
            read_star(f, &verb->precision, VERB_WIDTH_MAX) && verb->precision >= 0;
        if (!verb->has_precision) return ghm_buf_append_text(f->buf, "%!(BADPREC)");
    }
    if (verb->precision > VERB_PRECISION_MAX) verb->precision = VERB_PRECISION_MAX;
    return GHM_OK;
}

static int append_wrong(struct formatter *f, const struct verb *verb, const char *why)
{
    uint8_t letter[4];
    int error = ghm_buf_append_text(f->buf, "%!");
    if (error == GHM_OK)
        error = ghm_buf_append(f->buf, ghm_bytes(letter, rune_encode(letter, verb->letter)));
    return error == GHM_OK ? ghm_buf_append_text(f->buf, why) : error;
}

static int append_verb(struct formatter *f, struct verb *verb)
{
    if (f->rest.len == 0) return ghm_buf_append_text(f->buf, "%!(NOVERB)");
    f->rest = ghm_bytes_from(f->rest, rune_decode(&verb->letter, f->rest));
    if (verb->letter == '%') return ghm_buf_append_text(f->buf, "%");
    if (f->is_bad_index) return append_wrong(f, verb, "(BADINDEX)");
    if (f->at >= f->args.count) return append_wrong(f, verb, "(MISSING)");
    if (verb->letter == 'v') {
        verb->is_syntax = verb->is_sharp;
        verb->is_sharp = false;
        verb->is_plus = false;
    }
    return verb_append(f->buf, f->arena, verb, &f->args.values[f->at++]);
}

static int append_next(struct formatter *f)
{
    struct verb verb = {.letter = 0};
    const uint8_t *percent = memchr(f->rest.ptr, '%', f->rest.len);
    size_t len = percent == NULL ? f->rest.len : (size_t)(percent - f->rest.ptr);
    int error = ghm_buf_append(f->buf, ghm_bytes_upto(f->rest, len));
    f->rest = ghm_bytes_from(f->rest, len);
    if (error != GHM_OK || percent == NULL) return error;
    skip(f);
    f->is_bad_index = false;
    read_flags(f, &verb);
    error = read_width(f, &verb);
    if (error == GHM_OK) error = read_precision(f, &verb);
    read_index(f);
    return error == GHM_OK ? append_verb(f, &verb) : error;
}

/* Arguments that the format does not name. */
static int append_extra(struct formatter *f)
{
    if (f->is_reordered || f->at >= f->args.count) return GHM_OK;
    int error = ghm_buf_append_text(f->buf, "%!(EXTRA ");
    for (size_t first = f->at; error == GHM_OK && f->at < f->args.count; f->at++) {
        const struct value *value = &f->args.values[f->at];
        if (f->at > first) error = ghm_buf_append_text(f->buf, ", ");
        if (error == GHM_OK) error = ghm_buf_append_text(f->buf, value_type_name(value));
        if (error == GHM_OK && value->type > VALUE_NULL) error = ghm_buf_append_text(f->buf, "=");
        if (error == GHM_OK && value->type > VALUE_NULL)
            error = append_value(f->buf, f->arena, value);
    }
    return error == GHM_OK ? ghm_buf_append_text(f->buf, ")") : error;
}

int format_printf(struct ghm_buf *buf, struct arena *arena, struct ghm_bytes format,
                  struct format_args args)
{
    struct formatter f = {.buf = buf, .arena = arena, .rest = format, .args = args};
    int error = GHM_OK;
    while (error == GHM_OK && f.rest.len > 0)
        error = append_next(&f);
    return error == GHM_OK ? append_extra(&f) : error;
}
