/* SPDX-License-Identifier: MIT */
#include "answer/lexeme.h"

static bool is_letter(uint8_t byte)
{
    return ((byte | 0x20) >= 'a' && (byte | 0x20) <= 'z') || byte == '_';
}

static bool is_digit(uint8_t byte)
{
    return byte >= '0' && byte <= '9';
}

static bool is_among(uint8_t byte, const char *bytes)
{
    return byte != '\0' && strchr(bytes, byte) != NULL;
}

static struct ghm_bytes skip_comment(struct ghm_bytes rest)
{
    while (rest.len > 0 && rest.ptr[0] != '\n' && rest.ptr[0] != '\r')
        rest = ghm_bytes_from(rest, 1);
    return rest;
}

static struct ghm_bytes skip_ignored(struct ghm_bytes rest)
{
    const struct ghm_bytes mark = ghm_bytes_text("\xef\xbb\xbf");
    for (;;) {
        if (rest.len > 0 && is_among(rest.ptr[0], " \t\r\n,"))
            rest = ghm_bytes_from(rest, 1);
        else if (rest.len > 0 && rest.ptr[0] == '#')
            rest = skip_comment(rest);
        else if (ghm_bytes_starts(rest, mark))
            rest = ghm_bytes_from(rest, mark.len);
        else
            return rest;
    }
}

static size_t word_len(struct ghm_bytes rest, const char *also)
{
    size_t len = 0;
    while (len < rest.len &&
           (is_letter(rest.ptr[len]) || is_digit(rest.ptr[len]) || is_among(rest.ptr[len], also)))
        len++;
    return len;
}

/* Length with the quotes; 0: it does not end. */
static size_t block_len(struct ghm_bytes rest)
{
    const struct ghm_bytes quotes = ghm_bytes_text("\"\"\"");
    const struct ghm_bytes escaped = ghm_bytes_text("\\\"\"\"");
    for (size_t at = quotes.len; at < rest.len; at++) {
        struct ghm_bytes here = ghm_bytes_from(rest, at);
        if (ghm_bytes_starts(here, quotes)) return at + quotes.len;
        if (ghm_bytes_starts(here, escaped)) at += quotes.len;
    }
    return 0;
}

static size_t string_len(struct ghm_bytes rest)
{
    if (ghm_bytes_starts(rest, ghm_bytes_text("\"\"\""))) return block_len(rest);
    for (size_t at = 1; at < rest.len; at++) {
        if (rest.ptr[at] == '"') return at + 1;
        if (rest.ptr[at] == '\n' || rest.ptr[at] == '\r') return 0;
        if (rest.ptr[at] == '\\') at++;
    }
    return 0;
}

static size_t mark_len(struct ghm_bytes rest)
{
    if (ghm_bytes_starts(rest, ghm_bytes_text("..."))) return 3;
    return is_among(rest.ptr[0], "!$&():=@[]{|}") ? 1 : 0;
}

static enum ghm_lexeme_type type_of(uint8_t first)
{
    if (is_letter(first)) return GHM_LEXEME_NAME;
    if (is_digit(first) || first == '-') return GHM_LEXEME_NUMBER;
    return first == '"' ? GHM_LEXEME_STRING : GHM_LEXEME_MARK;
}

static size_t len_of(enum ghm_lexeme_type type, struct ghm_bytes rest)
{
    switch (type) {
    case GHM_LEXEME_NAME:
        return word_len(rest, "");
    case GHM_LEXEME_NUMBER:
        return word_len(rest, "+-.");
    case GHM_LEXEME_STRING:
        return string_len(rest);
    case GHM_LEXEME_MARK:
        return mark_len(rest);
    case GHM_LEXEME_END:
    case GHM_LEXEME_BAD:
        return 0;
    }
    return 0;
}

struct ghm_lexeme ghm_lexeme_next(struct ghm_bytes *walk)
{
    struct ghm_bytes rest = skip_ignored(*walk);
    struct ghm_lexeme lexeme = {GHM_LEXEME_END, ghm_bytes_upto(rest, 0)};
    *walk = rest;
    if (rest.len == 0) return lexeme;
    lexeme.type = type_of(rest.ptr[0]);
    lexeme.text.len = len_of(lexeme.type, rest);
    if (lexeme.text.len == 0) lexeme.type = GHM_LEXEME_BAD;
    *walk = ghm_bytes_from(rest, lexeme.text.len);
    return lexeme;
}
