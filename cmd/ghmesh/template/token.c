/* SPDX-License-Identifier: MIT */
#include "template/token.h"

#include <string.h>

void tokens_init(struct tokens *tokens, struct ghm_bytes text, struct problem *problem)
{
    *tokens = (struct tokens){.rest = text, .problem = problem};
}

static bool is_space(int c)
{
    return c == ' ' || c == '\t' || c == '\r' || c == '\n';
}

static bool is_digit(int c)
{
    return c >= '0' && c <= '9';
}

/* Of a name. What is not ASCII is taken for a letter. */
static bool is_word(int c)
{
    return c == '_' || is_digit(c) || (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || c >= 0x80;
}

static int at(struct ghm_bytes bytes, size_t i)
{
    return i < bytes.len ? bytes.ptr[i] : -1;
}

static bool has(struct ghm_bytes bytes, size_t start, const char *text)
{
    size_t len = strlen(text);
    return start <= bytes.len && bytes.len - start >= len &&
           memcmp(bytes.ptr + start, text, len) == 0;
}

/* The first place of `text`, or the length. */
static size_t find(struct ghm_bytes bytes, const char *text)
{
    size_t i = 0;
    while (i < bytes.len && !has(bytes, i, text))
        i++;
    return i;
}

static struct token take(struct tokens *tokens, enum token_type type, size_t len)
{
    struct token token = {.type = type, .text = ghm_bytes_upto(tokens->rest, len)};
    tokens->rest = ghm_bytes_from(tokens->rest, len);
    return token;
}

static struct token fail(struct tokens *tokens, const char *problem)
{
    (void)problem_note(tokens->problem, "%s", problem);
    tokens->rest = ghm_bytes_upto(tokens->rest, 0);
    return (struct token){.type = TOKEN_ERROR, .text = tokens->rest};
}

static void skip_space(struct tokens *tokens)
{
    while (is_space(at(tokens->rest, 0)))
        tokens->rest = ghm_bytes_from(tokens->rest, 1);
}

/* The length of "}}" or " -}}" here; 0: neither. */
static size_t close_len(struct ghm_bytes rest)
{
    if (is_space(at(rest, 0)) && has(rest, 1, "-}}")) return 4;
    return has(rest, 0, "}}") ? 2 : 0;
}

static size_t open_len(struct ghm_bytes rest)
{
    return at(rest, 2) == '-' && is_space(at(rest, 3)) ? 4 : 2;
}

/* ---- between actions ---- */

/* "{{" and a comment are here. false: it does not end as it should. */
static bool skip_comment(struct tokens *tokens)
{
    tokens->rest = ghm_bytes_from(tokens->rest, open_len(tokens->rest) + 2);
    size_t end = find(tokens->rest, "*/");
    if (end == tokens->rest.len) return problem_note(tokens->problem, "unclosed comment");
    tokens->rest = ghm_bytes_from(tokens->rest, end + 2);
    size_t len = close_len(tokens->rest);
    if (len == 0) return problem_note(tokens->problem, "comment ends before closing delimiter");
    tokens->rest = ghm_bytes_from(tokens->rest, len);
    if (len == 4) skip_space(tokens);
    return true;
}

static struct token open_action(struct tokens *tokens)
{
    tokens->is_inside = true;
    tokens->parens = 0;
    return take(tokens, TOKEN_OPEN, open_len(tokens->rest));
}

static struct token next_outside(struct tokens *tokens)
{
    for (;;) {
        size_t len = find(tokens->rest, "{{");
        struct ghm_bytes open = ghm_bytes_from(tokens->rest, len);
        size_t kept = len;
        while (open.len > 0 && open_len(open) == 4 && kept > 0 &&
               is_space(at(tokens->rest, kept - 1)))
            kept--;
        struct token text = take(tokens, TOKEN_TEXT, kept);
        tokens->rest = open;
        if (kept > 0) return text;
        if (open.len == 0) return take(tokens, TOKEN_END, 0);
        if (!has(open, open_len(open), "/*")) return open_action(tokens);
        if (!skip_comment(tokens)) return fail(tokens, "comment");
    }
}

/* ---- inside of one ---- */

static struct token close_action(struct tokens *tokens, size_t len)
{
    if (tokens->parens > 0) return fail(tokens, "unclosed left paren");
    struct token token = take(tokens, TOKEN_CLOSE, len);
    tokens->is_inside = false;
    if (len == 4) skip_space(tokens);
    return token;
}

static struct token next_space(struct tokens *tokens)
{
    size_t len = 0;
    while (is_space(at(tokens->rest, len)) && close_len(ghm_bytes_from(tokens->rest, len)) == 0)
        len++;
    return take(tokens, TOKEN_SPACE, len);
}

/* May a name end here? */
static bool is_end_of_word(struct ghm_bytes rest, size_t i)
{
    int c = at(rest, i);
    return c == -1 || is_space(c) || strchr(".,|:)(}", c) != NULL;
}

static struct token next_word(struct tokens *tokens, enum token_type type, size_t start)
{
    size_t len = start;
    while (is_word(at(tokens->rest, len)))
        len++;
    if (!is_end_of_word(tokens->rest, len)) return fail(tokens, "bad character in a name");
    if (len == 1 && type == TOKEN_FIELD) type = TOKEN_DOT;
    return take(tokens, type, len);
}

/* Quoted with escapes, on one line. */
static struct token next_quoted(struct tokens *tokens, enum token_type type, int quote)
{
    for (size_t i = 1; i < tokens->rest.len; i++) {
        int c = at(tokens->rest, i);
        if (c == '\\') c = at(tokens->rest, ++i) == '\n' ? '\n' : ' ';
        if (c == '\n') break;
        if (c == quote && i < tokens->rest.len) return take(tokens, type, i + 1);
    }
    return fail(tokens, "unterminated quoted string");
}

static struct token next_raw(struct tokens *tokens)
{
    size_t len = find(ghm_bytes_from(tokens->rest, 1), "`") + 2;
    if (len > tokens->rest.len) return fail(tokens, "unterminated raw quoted string");
    return take(tokens, TOKEN_RAW, len);
}

static bool is_in(int c, const char *set)
{
    return c > 0 && strchr(set, c) != NULL;
}

static size_t skip_in(struct ghm_bytes rest, size_t i, const char *set)
{
    while (is_in(at(rest, i), set))
        i++;
    return i;
}

static const char *digits_of(struct ghm_bytes rest, size_t *i)
{
    int letter = at(rest, *i + 1);
    if (at(rest, *i) != '0' || !is_in(letter, "xXoObB")) return "0123456789_";
    *i += 2;
    if (is_in(letter, "oO")) return "01234567_";
    return is_in(letter, "bB") ? "01_" : "0123456789abcdefABCDEF_";
}

static struct token next_number(struct tokens *tokens)
{
    struct ghm_bytes rest = tokens->rest;
    size_t i = is_in(at(rest, 0), "+-") ? 1 : 0;
    const char *digits = digits_of(rest, &i);
    i = skip_in(rest, i, digits);
    if (at(rest, i) == '.') i = skip_in(rest, i + 1, digits);
    bool is_power = (strlen(digits) == 11 && is_in(at(rest, i), "eE")) ||
                    (strlen(digits) == 23 && is_in(at(rest, i), "pP"));
    if (is_power && is_in(at(rest, ++i), "+-")) i++;
    if (is_power) i = skip_in(rest, i, "0123456789_");
    if (is_word(at(rest, i)) || is_in(at(rest, i), "+-")) return fail(tokens, "bad number syntax");
    return take(tokens, TOKEN_NUMBER, i);
}

static struct token next_paren(struct tokens *tokens)
{
    if (at(tokens->rest, 0) == '(') {
        tokens->parens++;
        return take(tokens, TOKEN_LEFT, 1);
    }
    if (tokens->parens == 0) return fail(tokens, "unexpected right paren");
    tokens->parens--;
    return take(tokens, TOKEN_RIGHT, 1);
}

static struct token next_inside(struct tokens *tokens)
{
    int c = at(tokens->rest, 0);
    size_t len = close_len(tokens->rest);
    if (len > 0) return close_action(tokens, len);
    if (c == -1) return fail(tokens, "unclosed action");
    if (is_space(c)) return next_space(tokens);
    if (c == '=') return take(tokens, TOKEN_ASSIGN, 1);
    if (c == ':' && at(tokens->rest, 1) == '=') return take(tokens, TOKEN_DECLARE, 2);
    if (c == '|') return take(tokens, TOKEN_PIPE, 1);
    if (c == ',') return take(tokens, TOKEN_COMMA, 1);
    if (c == '"') return next_quoted(tokens, TOKEN_STRING, c);
    if (c == '\'') return next_quoted(tokens, TOKEN_CHAR, c);
    if (c == '`') return next_raw(tokens);
    if (c == '$') return next_word(tokens, TOKEN_VARIABLE, 1);
    if (c == '.' && !is_digit(at(tokens->rest, 1))) return next_word(tokens, TOKEN_FIELD, 1);
    if (c == '.' || c == '+' || c == '-' || is_digit(c)) return next_number(tokens);
    if (is_word(c)) return next_word(tokens, TOKEN_NAME, 0);
    if (c == '(' || c == ')') return next_paren(tokens);
    return fail(tokens, "unrecognized character in action");
}

struct token tokens_next(struct tokens *tokens)
{
    if (tokens->problem->text[0] != '\0') return fail(tokens, "stopped");
    return tokens->is_inside ? next_inside(tokens) : next_outside(tokens);
}
