/* SPDX-License-Identifier: MIT */
#include "answer/page.h"

#include "answer/header.h"

/* ---- per_page ---- */

static struct ghm_bytes take_parameter(struct ghm_bytes *query)
{
    const uint8_t *end = query->len == 0 ? NULL : memchr(query->ptr, '&', query->len);
    size_t len = end == NULL ? query->len : (size_t)(end - query->ptr);
    struct ghm_bytes parameter = ghm_bytes_upto(*query, len);
    *query = ghm_bytes_from(*query, end == NULL ? len : len + 1);
    return parameter;
}

/* 0 for what is no number; past the bound, the bound. */
static unsigned number_of(struct ghm_bytes text)
{
    unsigned number = 0;
    for (size_t i = 0; i < text.len; i++) {
        if (text.ptr[i] < '0' || text.ptr[i] > '9') return 0;
        number = 10 * number + (unsigned)(text.ptr[i] - '0');
        if (number > GHM_PAGE_SIZE_MAX) number = GHM_PAGE_SIZE_MAX;
    }
    return number;
}

unsigned ghm_page_size(struct ghm_bytes target)
{
    const struct ghm_bytes name = ghm_bytes_text("per_page=");
    const uint8_t *mark = target.len == 0 ? NULL : memchr(target.ptr, '?', target.len);
    if (mark == NULL) return GHM_PAGE_SIZE;
    struct ghm_bytes query = ghm_bytes_from(target, (size_t)(mark - target.ptr) + 1);
    while (query.len > 0) {
        struct ghm_bytes parameter = take_parameter(&query);
        if (!ghm_bytes_starts(parameter, name)) continue;
        unsigned size = number_of(ghm_bytes_from(parameter, name.len));
        return size == 0 ? GHM_PAGE_SIZE : size;
    }
    return GHM_PAGE_SIZE;
}

/* ---- items ---- */

static bool is_blank(uint8_t byte)
{
    return byte == ' ' || byte == '\t' || byte == '\n' || byte == '\r';
}

/* Past the string that begins at `at`. */
static size_t skip_string(struct ghm_bytes text, size_t at)
{
    for (at++; at < text.len && text.ptr[at] != '"'; at++) {
        if (text.ptr[at] == '\\') at++;
    }
    return at;
}

unsigned ghm_page_items(struct ghm_bytes body)
{
    unsigned commas = 0;
    int depth = 0;
    bool is_empty = true;
    size_t at = 0;
    while (at < body.len && is_blank(body.ptr[at]))
        at++;
    if (at == body.len || body.ptr[at] != '[') return 0;
    for (at++; at < body.len; at++) {
        uint8_t byte = body.ptr[at];
        if (is_blank(byte)) continue;
        if (byte == ']' && depth == 0) break;
        is_empty = false;
        if (byte == '"') at = skip_string(body, at);
        if (byte == '[' || byte == '{') depth++;
        if (byte == ']' || byte == '}') depth--;
        commas += byte == ',' && depth == 0;
    }
    return is_empty ? 0 : commas + 1;
}

/* ---- Link ---- */

static bool has_next(struct ghm_bytes link)
{
    const struct ghm_bytes next = ghm_bytes_text("rel=\"next\"");
    for (size_t at = 0; at + next.len <= link.len; at++) {
        if (ghm_bytes_starts(ghm_bytes_from(link, at), next)) return true;
    }
    return false;
}

bool ghm_page_is_full_last(struct ghm_bytes target, struct ghm_bytes headers, struct ghm_bytes body)
{
    struct ghm_bytes link = ghm_header_find(headers, "link");
    if (link.ptr != NULL && has_next(link)) return false;
    return ghm_page_items(body) >= ghm_page_size(target);
}
