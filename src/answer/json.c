/* SPDX-License-Identifier: MIT */
#include "answer/json.h"

#define EACH_BYTE UINT64_C(0x0101010101010101)
#define EACH_TOP UINT64_C(0x8080808080808080)

/* What is left of the text, and which of the open brackets are objects: one bit for each. */
struct walk {
    const uint8_t *at;
    const uint8_t *end;
    unsigned depth;
    uint8_t is_object[GHM_JSON_DEPTH_MAX / 8];
};

static void skip_blanks(struct walk *walk)
{
    while (walk->at < walk->end &&
           (*walk->at == ' ' || *walk->at == '\n' || *walk->at == '\r' || *walk->at == '\t'))
        walk->at++;
}

static bool take(struct walk *walk, uint8_t byte)
{
    if (walk->at == walk->end || *walk->at != byte) return false;
    walk->at++;
    return true;
}

/* ---- strings -----------------------------------------------------------------------------------
 */

/* Eight bytes that stand for themselves: no quote, no backslash, no control character, ASCII. */
static bool is_plain(const uint8_t *at)
{
    uint64_t eight;
    memcpy(&eight, at, sizeof eight);
    uint64_t quote = eight ^ (EACH_BYTE * '"');
    uint64_t slash = eight ^ (EACH_BYTE * '\\');
    uint64_t below = eight - EACH_BYTE * ' ';
    return (((quote - EACH_BYTE) | (slash - EACH_BYTE) | below | eight) & EACH_TOP) == 0;
}

static bool is_hex(uint8_t byte)
{
    uint8_t letter = byte | 0x20;
    return (byte >= '0' && byte <= '9') || (letter >= 'a' && letter <= 'f');
}

/* What follows a backslash. */
static bool skip_escape(struct walk *walk)
{
    if (walk->at == walk->end) return false;
    uint8_t byte = *walk->at++;
    if (byte != 'u') return byte != '\0' && strchr("\"\\/bfnrt", byte) != NULL;
    for (int i = 0; i < 4; i++) {
        if (walk->at == walk->end || !is_hex(*walk->at++)) return false;
    }
    return true;
}

/* A character of two to four bytes, in its shortest form and no surrogate. Spec: RFC 3629 section 4
 */
static bool skip_wide(struct walk *walk)
{
    uint8_t first = *walk->at++;
    size_t more = first < 0xe0 ? 1 : first < 0xf0 ? 2 : 3;
    uint8_t least = first == 0xe0 ? 0xa0 : first == 0xf0 ? 0x90 : 0x80;
    uint8_t most = first == 0xed ? 0x9f : first == 0xf4 ? 0x8f : 0xbf;
    if (first < 0xc2 || first > 0xf4 || (size_t)(walk->end - walk->at) < more) return false;
    if (*walk->at < least || *walk->at > most) return false;
    for (size_t i = 1; i < more; i++) {
        if ((walk->at[i] & 0xc0) != 0x80) return false;
    }
    walk->at += more;
    return true;
}

static bool skip_string(struct walk *walk)
{
    if (!take(walk, '"')) return false;
    while (walk->at < walk->end) {
        if (walk->end - walk->at >= 8 && is_plain(walk->at)) {
            walk->at += 8;
            continue;
        }
        uint8_t byte = *walk->at;
        if (byte >= 0x80) {
            if (!skip_wide(walk)) return false;
            continue;
        }
        walk->at++;
        if (byte == '"') return true;
        if (byte < ' ' || (byte == '\\' && !skip_escape(walk))) return false;
    }
    return false;
}

/* ---- numbers and words -------------------------------------------------------------------------
 */

static bool skip_digits(struct walk *walk)
{
    const uint8_t *start = walk->at;
    while (walk->at < walk->end && *walk->at >= '0' && *walk->at <= '9')
        walk->at++;
    return walk->at > start;
}

static bool skip_number(struct walk *walk)
{
    (void)take(walk, '-');
    if (!take(walk, '0') && !skip_digits(walk)) return false;
    if (take(walk, '.') && !skip_digits(walk)) return false;
    if (!take(walk, 'e') && !take(walk, 'E')) return true;
    if (!take(walk, '+')) (void)take(walk, '-');
    return skip_digits(walk);
}

static bool skip_word(struct walk *walk, const char *word)
{
    size_t len = strlen(word);
    if ((size_t)(walk->end - walk->at) < len || memcmp(walk->at, word, len) != 0) return false;
    walk->at += len;
    return true;
}

static bool skip_scalar(struct walk *walk)
{
    if (walk->at == walk->end) return false;
    switch (*walk->at) {
    case '"':
        return skip_string(walk);
    case 't':
        return skip_word(walk, "true");
    case 'f':
        return skip_word(walk, "false");
    case 'n':
        return skip_word(walk, "null");
    default:
        return skip_number(walk);
    }
}

/* ---- arrays and objects ------------------------------------------------------------------------
 */

static bool is_in_object(const struct walk *walk)
{
    unsigned top = walk->depth - 1;
    return (walk->is_object[top / 8] >> (top % 8) & 1) != 0;
}

static bool enter(struct walk *walk, bool is_object)
{
    unsigned top = walk->depth;
    if (top == GHM_JSON_DEPTH_MAX) return false;
    uint8_t bit = (uint8_t)(1U << (top % 8));
    if (is_object)
        walk->is_object[top / 8] |= bit;
    else
        walk->is_object[top / 8] &= (uint8_t)~bit;
    walk->depth++;
    walk->at++;
    skip_blanks(walk);
    return true;
}

static bool skip_name(struct walk *walk)
{
    if (!is_in_object(walk)) return true;
    if (!skip_string(walk)) return false;
    skip_blanks(walk);
    if (!take(walk, ':')) return false;
    skip_blanks(walk);
    return true;
}

/* After a value: close what ends here, up to the comma before the next value. */
static bool skip_ends(struct walk *walk)
{
    skip_blanks(walk);
    while (walk->depth > 0) {
        if (take(walk, ',')) {
            skip_blanks(walk);
            return skip_name(walk);
        }
        if (!take(walk, is_in_object(walk) ? '}' : ']')) return false;
        walk->depth--;
        skip_blanks(walk);
    }
    return true;
}

/* One value, or the opening bracket of one that is not empty: then its first value comes next. */
static bool skip_some(struct walk *walk)
{
    bool is_object = walk->at < walk->end && *walk->at == '{';
    bool is_array = walk->at < walk->end && *walk->at == '[';
    if (!is_object && !is_array) return skip_scalar(walk) && skip_ends(walk);
    if (!enter(walk, is_object)) return false;
    if (walk->at == walk->end) return false;
    if (*walk->at == (is_object ? '}' : ']')) return skip_ends(walk);
    return skip_name(walk);
}

bool ghm_json_is_text(struct ghm_bytes text)
{
    struct walk walk = {.at = text.ptr, .end = text.ptr + text.len};
    if (text.len == 0) return false;
    skip_blanks(&walk);
    do {
        if (!skip_some(&walk)) return false;
    } while (walk.depth > 0);
    return walk.at == walk.end;
}
