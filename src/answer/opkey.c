/* SPDX-License-Identifier: MIT */
#include "answer/opkey.h"

#include "answer/number.h"

#include <inttypes.h>
#include <stdio.h>

/* One argument between its two forms. */
struct item {
    struct ghm_bytes name; /* absent: positional */
    struct ghm_bytes text; /* without escapes and quote */
    bool is_string;        /* else a token of another type, kept as it is written */
};

struct key {
    struct ghm_bytes op;
    size_t count;
    struct item items[GHM_OPKEY_ARGS_MAX];
};

/* A bounded text under construction; past its end it only remembers that. */
struct out {
    char *text;
    size_t len;
    bool is_over;
};

static void put(struct out *out, uint8_t byte)
{
    if (out->len == GHM_OPKEY_TEXT_MAX) {
        out->is_over = true;
        return;
    }
    out->text[out->len++] = (char)byte;
}

static bool is_reserved(uint8_t byte)
{
    return byte <= ' ' || byte == 0x7f || byte == '%' || byte == ':' || byte == '=';
}

static void put_all(struct out *out, struct ghm_bytes text)
{
    if (text.len > GHM_OPKEY_TEXT_MAX - out->len) {
        out->is_over = true;
        return;
    }
    ghm_bytes_copy(out->text + out->len, text);
    out->len += text.len;
}

static size_t plain_len(struct ghm_bytes text)
{
    size_t len = 0;
    while (len < text.len && !is_reserved(text.ptr[len]))
        len++;
    return len;
}

static void put_escaped(struct out *out, struct ghm_bytes text)
{
    static const char digits[] = "0123456789ABCDEF";
    for (size_t len = plain_len(text);; len = plain_len(text)) {
        put_all(out, ghm_bytes_upto(text, len));
        if (len == text.len) return;
        put(out, '%');
        put(out, (uint8_t)digits[text.ptr[len] >> 4]);
        put(out, (uint8_t)digits[text.ptr[len] & 15]);
        text = ghm_bytes_from(text, len + 1);
    }
}

/* ---- what an unquoted token means --------------------------------------------------------------
 */

static size_t skip_digits(struct ghm_bytes text, size_t at)
{
    while (at < text.len && text.ptr[at] >= '0' && text.ptr[at] <= '9')
        at++;
    return at;
}

static size_t skip_byte(struct ghm_bytes text, size_t at, const char *any_of)
{
    bool is_there = at < text.len && text.ptr[at] != '\0' && strchr(any_of, text.ptr[at]) != NULL;
    return is_there ? at + 1 : at;
}

/* -?digits, then .digits, then e[+-]digits, each of the last two or not. */
static bool is_number(struct ghm_bytes text)
{
    size_t first = skip_byte(text, 0, "-");
    size_t at = skip_digits(text, first);
    if (at == first) return false;
    size_t point = skip_byte(text, at, ".");
    if (point > at) {
        at = skip_digits(text, point);
        if (at == point) return false;
    }
    size_t letter = skip_byte(text, at, "eE");
    if (letter > at) {
        size_t digits = skip_byte(text, letter, "+-");
        at = skip_digits(text, digits);
        if (at == digits) return false;
    }
    return at == text.len;
}

static bool is_other_type(struct ghm_bytes text)
{
    /* Most values are plain strings, and every hit passes here. */
    if (text.len == 0 || memchr("NTFni-0123456789", text.ptr[0], 16) == NULL) return false;
    static const char *const words[] = {"None", "True", "False", "nan", "inf", "-inf"};
    for (size_t i = 0; i < sizeof words / sizeof words[0]; i++) {
        if (ghm_bytes_equal(text, ghm_bytes_text(words[i]))) return true;
    }
    return is_number(text);
}

static bool needs_quote(struct ghm_bytes text)
{
    return (text.len > 0 && text.ptr[0] == '\'') || is_other_type(text);
}

/* ---- writing -----------------------------------------------------------------------------------
 */

/* Positional ones stay as they are, before the named ones. */
static bool is_before(const struct item *a, const struct item *b)
{
    if (b->name.ptr == NULL) return false;
    return a->name.ptr == NULL || ghm_bytes_compare(a->name, b->name) < 0;
}

static void sort(struct key *key)
{
    for (size_t i = 1; i < key->count; i++) {
        struct item item = key->items[i];
        size_t at = i;
        for (; at > 0 && is_before(&item, &key->items[at - 1]); at--) {
            key->items[at] = key->items[at - 1];
        }
        key->items[at] = item;
    }
}

static int check(const struct key *key)
{
    if (key->op.len == 0) return GHM_EINVAL;
    for (size_t i = 0; i < key->count; i++) {
        struct ghm_bytes name = key->items[i].name;
        if (name.ptr == NULL) continue;
        if (name.len == 0) return GHM_EINVAL;
        if (i > 0 && ghm_bytes_equal(name, key->items[i - 1].name)) return GHM_EINVAL;
    }
    return GHM_OK;
}

static int write_key(char ret_text[GHM_OPKEY_TEXT_MAX], struct key *key)
{
    sort(key);
    int error = check(key);
    if (error != GHM_OK) return error;
    struct out out = {.text = ret_text};
    put_escaped(&out, key->op);
    for (size_t i = 0; i < key->count; i++) {
        const struct item *item = &key->items[i];
        put(&out, ':');
        put_escaped(&out, item->name);
        if (item->name.ptr != NULL) put(&out, '=');
        if (item->is_string && needs_quote(item->text)) put(&out, '\'');
        put_escaped(&out, item->text);
    }
    return out.is_over ? GHM_ELIMIT : (int)out.len;
}

/* ---- from typed arguments ----------------------------------------------------------------------
 */

struct number_text {
    char text[GHM_NUMBER_TEXT_MAX];
};

static struct ghm_bytes text_of(struct number_text *ret_room, const struct ghm_opkey_arg *arg)
{
    switch (arg->type) {
    case GHM_OPKEY_STRING:
        return arg->value.string;
    case GHM_OPKEY_INTEGER:
        (void)snprintf(ret_room->text, sizeof ret_room->text, "%" PRId64, arg->value.integer);
        return ghm_bytes_text(ret_room->text);
    case GHM_OPKEY_REAL:
        return ghm_bytes(ret_room->text, ghm_number_text(ret_room->text, arg->value.real));
    case GHM_OPKEY_TRUTH:
        return ghm_bytes_text(arg->value.truth ? "True" : "False");
    case GHM_OPKEY_NULL:
        return ghm_bytes_text("None");
    }
    return GHM_BYTES_NONE;
}

int ghm_opkey_encode(struct ghm_buf *buf, const char *op, const struct ghm_opkey_arg *args,
                     size_t count)
{
    struct key key = {.op = ghm_bytes_text(op), .count = count};
    struct number_text rooms[GHM_OPKEY_ARGS_MAX];
    char text[GHM_OPKEY_TEXT_MAX];
    if (count > GHM_OPKEY_ARGS_MAX) return GHM_ELIMIT;
    for (size_t i = 0; i < count; i++) {
        key.items[i].name = ghm_bytes_text(args[i].name);
        key.items[i].text = text_of(&rooms[i], &args[i]);
        key.items[i].is_string = args[i].type == GHM_OPKEY_STRING;
    }
    int len = write_key(text, &key);
    if (len < 0) return len;
    return ghm_buf_append(buf, ghm_bytes(text, (size_t)len));
}

/* ---- from text ---------------------------------------------------------------------------------
 */

/* Where unescaped bytes are kept while a key is rewritten; never longer than the key. */
struct scratch {
    size_t used;
    uint8_t bytes[GHM_OPKEY_TEXT_MAX];
};

static int hex_value(uint8_t digit)
{
    if (digit >= '0' && digit <= '9') return digit - '0';
    if (digit >= 'A' && digit <= 'F') return digit - 'A' + 10;
    if (digit >= 'a' && digit <= 'f') return digit - 'a' + 10;
    return -1;
}

static int unescape(struct scratch *scratch, struct ghm_bytes *ret_text, struct ghm_bytes raw)
{
    uint8_t *start = scratch->bytes + scratch->used;
    size_t len = 0;
    *ret_text = raw;
    if (raw.len == 0 || memchr(raw.ptr, '%', raw.len) == NULL) return GHM_OK;
    for (size_t i = 0; i < raw.len; i++) {
        start[len] = raw.ptr[i];
        if (raw.ptr[i] == '%') {
            int high = i + 2 < raw.len ? hex_value(raw.ptr[i + 1]) : -1;
            int low = i + 2 < raw.len ? hex_value(raw.ptr[i + 2]) : -1;
            if (high < 0 || low < 0) return GHM_EINVAL;
            start[len] = (uint8_t)(high << 4 | low);
            i += 2;
        }
        len++;
    }
    scratch->used += len;
    *ret_text = ghm_bytes(start, len);
    return GHM_OK;
}

/* The part before the next `separator`; false when there is none, and then the part is all. */
static bool cut(struct ghm_bytes *rest, struct ghm_bytes *ret_part, char separator)
{
    const uint8_t *at = rest->len == 0 ? NULL : memchr(rest->ptr, separator, rest->len);
    size_t len = at == NULL ? rest->len : (size_t)(at - rest->ptr);
    *ret_part = ghm_bytes_upto(*rest, len);
    *rest = ghm_bytes_from(*rest, at == NULL ? len : len + 1);
    return at != NULL;
}

static int read_item(struct scratch *scratch, struct item *ret_item, struct ghm_bytes part)
{
    struct ghm_bytes name;
    struct ghm_bytes value = part;
    struct item item = {.name = GHM_BYTES_NONE};
    if (cut(&value, &name, '=')) {
        int error = unescape(scratch, &item.name, name);
        if (error != GHM_OK) return error;
    } else {
        value = part;
    }
    bool is_quoted = value.len > 0 && value.ptr[0] == '\'';
    item.is_string = is_quoted || !is_other_type(value);
    int error = unescape(scratch, &item.text, ghm_bytes_from(value, is_quoted ? 1 : 0));
    if (error != GHM_OK) return error;
    *ret_item = item;
    return GHM_OK;
}

int ghm_opkey_canon(char ret_text[GHM_OPKEY_TEXT_MAX], struct ghm_bytes key)
{
    GHM_UNSET struct key parsed;
    GHM_UNSET struct scratch scratch;
    struct ghm_bytes part;
    parsed.count = 0;
    scratch.used = 0;
    if (key.len > GHM_OPKEY_TEXT_MAX) return GHM_ELIMIT;
    bool is_more = cut(&key, &part, ':');
    int error = unescape(&scratch, &parsed.op, part);
    while (error == GHM_OK && is_more) {
        if (parsed.count == GHM_OPKEY_ARGS_MAX) return GHM_ELIMIT;
        is_more = cut(&key, &part, ':');
        error = read_item(&scratch, &parsed.items[parsed.count++], part);
    }
    return error == GHM_OK ? write_key(ret_text, &parsed) : error;
}

struct ghm_bytes ghm_opkey_op(struct ghm_bytes key)
{
    struct ghm_bytes op;
    (void)cut(&key, &op, ':');
    return op;
}
