/* SPDX-License-Identifier: MIT */
#include "answer/graphql.h"

#include "answer/lexeme.h"
#include "answer/member.h"

bool ghm_graphql_is_target(struct ghm_bytes target)
{
    const uint8_t *query = target.len == 0 ? NULL : memchr(target.ptr, '?', target.len);
    if (query != NULL) target = ghm_bytes_upto(target, (size_t)(query - target.ptr));
    return ghm_bytes_equal(target, ghm_bytes_text("/graphql")) ||
           ghm_bytes_equal(target, ghm_bytes_text("/api/graphql"));
}

/* ---- the document ---- */

/* Where a document is read to: between definitions, or in one. */
struct reader {
    enum ghm_graphql_kind kind;
    bool is_inside;     /* of a definition */
    bool is_operation;  /* some operation was there */
    bool has_selection; /* the definition's outermost braces are open, or were */
    size_t depth;
    char closers[GHM_GRAPHQL_DEPTH_MAX];
};

static bool is(const struct ghm_lexeme *lexeme, const char *text)
{
    return ghm_bytes_equal(lexeme->text, ghm_bytes_text(text));
}

/* The first token of a definition. */
static bool begin(struct reader *reader, const struct ghm_lexeme *lexeme)
{
    bool is_short = is(lexeme, "{");
    bool is_query = is_short || is(lexeme, "query");
    if (!is_query && !is(lexeme, "fragment")) return false;
    if (is_query) reader->is_operation = true;
    reader->is_inside = true;
    reader->has_selection = false;
    return true;
}

static char closer_of(const struct ghm_lexeme *lexeme)
{
    if (lexeme->type != GHM_LEXEME_MARK) return '\0';
    if (is(lexeme, "{")) return '}';
    if (is(lexeme, "(")) return ')';
    return is(lexeme, "[") ? ']' : '\0';
}

static bool enter(struct reader *reader, char closer)
{
    if (reader->depth == GHM_GRAPHQL_DEPTH_MAX) return false;
    if (reader->depth == 0 && closer == '}') reader->has_selection = true;
    reader->closers[reader->depth++] = closer;
    return true;
}

static bool leave(struct reader *reader, char closer)
{
    if (reader->depth == 0 || reader->closers[reader->depth - 1] != closer) return false;
    reader->depth--;
    if (reader->depth == 0 && closer == '}') reader->is_inside = false;
    return true;
}

static bool take(struct reader *reader, const struct ghm_lexeme *lexeme)
{
    bool is_mark = lexeme->type == GHM_LEXEME_MARK && lexeme->text.len == 1;
    if (!reader->is_inside && !begin(reader, lexeme)) return false;
    if (lexeme->type == GHM_LEXEME_NAME && is(lexeme, "rateLimit"))
        reader->kind = GHM_GRAPHQL_MOMENT;
    char closer = closer_of(lexeme);
    if (closer != '\0') return enter(reader, closer);
    bool is_closer = is_mark && strchr(")]}", lexeme->text.ptr[0]) != NULL;
    return !is_closer || leave(reader, (char)lexeme->text.ptr[0]);
}

static enum ghm_graphql_kind kind_of(struct ghm_bytes document)
{
    struct reader reader = {.kind = GHM_GRAPHQL_QUERY};
    for (;;) {
        struct ghm_lexeme lexeme = ghm_lexeme_next(&document);
        if (lexeme.type == GHM_LEXEME_END) break;
        if (lexeme.type == GHM_LEXEME_BAD || !take(&reader, &lexeme)) return GHM_GRAPHQL_WRITE;
    }
    bool is_whole = reader.is_operation && !reader.is_inside;
    return is_whole ? reader.kind : GHM_GRAPHQL_WRITE;
}

/* ---- the body around it ---- */

struct parts {
    struct ghm_bytes document;  /* JSON, with its quotes */
    struct ghm_bytes operation; /* JSON; absent */
    struct ghm_bytes variables; /* JSON; absent */
};

static bool find_optional(struct ghm_bytes *ret_value, struct ghm_bytes body, const char *name,
                          size_t *count)
{
    int error = ghm_member_find(ret_value, body, name);
    if (error == GHM_OK) (*count)++;
    return error == GHM_OK || error == GHM_ENOTFOUND;
}

static bool split(struct parts *parts, struct ghm_bytes body)
{
    size_t count = 0;
    *parts = (struct parts){GHM_BYTES_NONE, GHM_BYTES_NONE, GHM_BYTES_NONE};
    if (body.len > GHM_GRAPHQL_BODY_MAX) return false;
    bool is_body = find_optional(&parts->document, body, "query", &count) &&
                   find_optional(&parts->operation, body, "operationName", &count) &&
                   find_optional(&parts->variables, body, "variables", &count);
    bool is_text = parts->document.len >= 2 && parts->document.ptr[0] == '"';
    return is_body && is_text && ghm_member_count(body) == (int)count;
}

/* The document without JSON's escapes. One with a \\u is not understood: nobody needs it there, and
 * it could hide a word. */
static int unescape(struct ghm_buf *document, struct ghm_bytes json)
{
    static const char letters[] = "\"\\/bfnrt";
    static const char bytes[] = "\"\\/\b\f\n\r\t";
    for (size_t i = 1; i + 1 < json.len; i++) {
        uint8_t byte = json.ptr[i];
        if (byte == '\\') {
            const char *letter = strchr(letters, json.ptr[++i]);
            if (letter == NULL) return GHM_EINVAL;
            byte = (uint8_t)bytes[letter - letters];
        }
        int error = ghm_buf_append(document, ghm_bytes(&byte, 1));
        if (error != GHM_OK) return error;
    }
    return GHM_OK;
}

enum ghm_graphql_kind ghm_graphql_of(struct ghm_mem *mem, struct ghm_bytes body)
{
    struct parts parts;
    struct ghm_buf document;
    enum ghm_graphql_kind kind = GHM_GRAPHQL_WRITE;
    if (!split(&parts, body)) return kind;
    ghm_buf_init(&document, mem, GHM_GRAPHQL_BODY_MAX);
    if (unescape(&document, parts.document) == GHM_OK) kind = kind_of(ghm_buf_bytes(&document));
    ghm_buf_fini(&document);
    return kind;
}

/* ---- the key ---- */

static int append_tokens(struct ghm_buf *buf, struct ghm_bytes document)
{
    for (;;) {
        struct ghm_lexeme lexeme = ghm_lexeme_next(&document);
        if (lexeme.type == GHM_LEXEME_END) return GHM_OK;
        if (lexeme.type == GHM_LEXEME_BAD) return GHM_EINVAL;
        int error = ghm_buf_append(buf, lexeme.text);
        if (error == GHM_OK) error = ghm_buf_append_text(buf, " ");
        if (error != GHM_OK) return error;
    }
}

/* JSON without the blanks outside of its strings. */
static int append_tight(struct ghm_buf *buf, struct ghm_bytes json)
{
    bool is_string = false;
    for (size_t i = 0; i < json.len; i++) {
        uint8_t byte = json.ptr[i];
        if (!is_string && strchr(" \t\r\n", byte) != NULL) continue;
        size_t len = is_string && byte == '\\' ? 2 : 1;
        if (byte == '"') is_string = !is_string;
        int error = ghm_buf_append(buf, ghm_bytes(json.ptr + i, len));
        if (error != GHM_OK) return error;
        i += len - 1;
    }
    return GHM_OK;
}

/* No token and no JSON has a NUL. */
static int append_part(struct ghm_buf *buf, struct ghm_bytes json)
{
    int error = ghm_buf_append(buf, ghm_bytes("", 1));
    return error == GHM_OK ? append_tight(buf, json) : error;
}

int ghm_graphql_key(struct ghm_buf *buf, struct ghm_mem *mem, struct ghm_bytes body)
{
    struct parts parts;
    struct ghm_buf document;
    if (!split(&parts, body)) return GHM_EINVAL;
    ghm_buf_init(&document, mem, GHM_GRAPHQL_BODY_MAX);
    int error = unescape(&document, parts.document);
    if (error == GHM_OK) error = append_tokens(buf, ghm_buf_bytes(&document));
    ghm_buf_fini(&document);
    if (error == GHM_OK) error = append_part(buf, parts.operation);
    if (error == GHM_OK) error = append_part(buf, parts.variables);
    return error;
}

/* ---- the answer ---- */

static bool contains(struct ghm_bytes text, const char *words)
{
    size_t len = strlen(words);
    for (size_t at = 0; at + len <= text.len; at++) {
        if (memcmp(text.ptr + at, words, len) == 0) return true;
    }
    return false;
}

enum ghm_graphql_outcome ghm_graphql_outcome(struct ghm_bytes body)
{
    struct ghm_bytes data;
    struct ghm_bytes errors;
    if (body.len > GHM_GRAPHQL_ANSWER_MAX) return GHM_GRAPHQL_ERRORS;
    int error = ghm_member_find(&errors, body, "errors");
    if (error == GHM_OK)
        return contains(errors, "\"RATE_LIMITED\"") ? GHM_GRAPHQL_LIMITED : GHM_GRAPHQL_ERRORS;
    bool is_whole = error == GHM_ENOTFOUND && ghm_member_find(&data, body, "data") == GHM_OK &&
                    !ghm_bytes_equal(data, ghm_bytes_text("null"));
    return is_whole ? GHM_GRAPHQL_WHOLE : GHM_GRAPHQL_ERRORS;
}

bool ghm_graphql_is_limit(struct ghm_bytes target, int status, struct ghm_bytes body)
{
    return status == 200 && ghm_graphql_is_target(target) &&
           ghm_graphql_outcome(body) == GHM_GRAPHQL_LIMITED;
}
