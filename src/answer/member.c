/* SPDX-License-Identifier: MIT */
#include "answer/member.h"

#include "answer/json.h"

/* The text is JSON: nothing below is checked again. */

static size_t skip_blanks(struct ghm_bytes text, size_t at)
{
    while (at < text.len && text.ptr[at] != '\0' && strchr(" \t\r\n", text.ptr[at]) != NULL)
        at++;
    return at;
}

static size_t skip_string(struct ghm_bytes text, size_t at)
{
    for (at++; at < text.len && text.ptr[at] != '"'; at++) {
        if (text.ptr[at] == '\\') at++;
    }
    return at + 1;
}

/* Past a value of any type: up to the ',' or bracket that ends it. */
static size_t skip_value(struct ghm_bytes text, size_t at)
{
    size_t depth = 0;
    while (at < text.len) {
        uint8_t byte = text.ptr[at];
        if (depth == 0 && (byte == ',' || byte == '}')) return at;
        if (byte == '"') {
            at = skip_string(text, at);
            continue;
        }
        if (byte == '{' || byte == '[') depth++;
        if (byte == '}' || byte == ']') depth--;
        at++;
    }
    return at;
}

struct member {
    struct ghm_bytes name; /* between its quotes */
    struct ghm_bytes value;
};

/* The member that starts at `at`; gives where the next one does, or 0 after the last. */
static size_t read_member(struct member *ret_member, struct ghm_bytes text, size_t at)
{
    size_t end = skip_string(text, at);
    ret_member->name = ghm_bytes(text.ptr + at + 1, end - at - 2);
    size_t value = skip_blanks(text, skip_blanks(text, end) + 1);
    end = skip_value(text, value);
    size_t len = end - value;
    while (len > 0 && strchr(" \t\r\n", text.ptr[value + len - 1]) != NULL)
        len--;
    ret_member->value = ghm_bytes(text.ptr + value, len);
    return text.ptr[end] == ',' ? skip_blanks(text, end + 1) : 0;
}

int ghm_member_find(struct ghm_bytes *ret_value, struct ghm_bytes text, const char *name)
{
    struct ghm_bytes found = GHM_BYTES_NONE;
    struct member member;
    size_t at = skip_blanks(text, 0);
    if (at == text.len || text.ptr[at] != '{' || !ghm_json_is_text(text)) return GHM_EINVAL;
    at = skip_blanks(text, at + 1);
    if (text.ptr[at] == '}') return GHM_ENOTFOUND;
    while (at > 0) {
        at = read_member(&member, text, at);
        if (member.name.len > 0 && memchr(member.name.ptr, '\\', member.name.len) != NULL)
            return GHM_EINVAL;
        if (!ghm_bytes_equal(member.name, ghm_bytes_text(name))) continue;
        if (found.ptr != NULL) return GHM_EINVAL;
        found = member.value;
    }
    if (found.ptr == NULL) return GHM_ENOTFOUND;
    *ret_value = found;
    return GHM_OK;
}

int ghm_member_count(struct ghm_bytes text)
{
    struct member member;
    int count = 0;
    size_t at = skip_blanks(text, 0);
    if (at == text.len || text.ptr[at] != '{' || !ghm_json_is_text(text)) return GHM_EINVAL;
    at = skip_blanks(text, at + 1);
    if (text.ptr[at] == '}') return 0;
    for (; at > 0; count++)
        at = read_member(&member, text, at);
    return count;
}

bool ghm_member_is(struct ghm_bytes value, const char *text)
{
    if (value.len < 2 || value.ptr[0] != '"') return false;
    return ghm_bytes_equal(ghm_bytes(value.ptr + 1, value.len - 2), ghm_bytes_text(text));
}
