/* SPDX-License-Identifier: MIT */
#include "answer/validator.h"

#include "answer/header.h"

struct ghm_validator ghm_validator_of(const struct ghm_entry *entry)
{
    struct ghm_validator validator = {.etag = ghm_header_find(entry->headers, "etag")};
    if (entry->kind != GHM_ENTRY_ORIGIN) return (struct ghm_validator){.etag = GHM_BYTES_NONE};
    if (validator.etag.len > 0) return validator;
    validator.etag = GHM_BYTES_NONE;
    if (entry->status < 300) {
        validator.last_modified = ghm_header_find(entry->headers, "last-modified");
    }
    return validator;
}

static struct ghm_bytes without_weak(struct ghm_bytes tag)
{
    return ghm_bytes_starts(tag, ghm_bytes_text("W/")) ? ghm_bytes_from(tag, 2) : tag;
}

bool ghm_validator_equal(struct ghm_bytes a, struct ghm_bytes b)
{
    if (a.len == 0 || b.len == 0) return false;
    return ghm_bytes_equal(without_weak(a), without_weak(b));
}

static bool is_between_tags(uint8_t byte)
{
    return byte == ' ' || byte == '\t' || byte == ',';
}

/* A tag is W/"..." or "..."; commas may be inside the quotes. Empty when the list is not well
 * formed from here on. */
static struct ghm_bytes take_tag(struct ghm_bytes *list)
{
    size_t start = 0;
    while (start < list->len && is_between_tags(list->ptr[start]))
        start++;
    struct ghm_bytes rest = ghm_bytes_from(*list, start);
    size_t open = ghm_bytes_starts(rest, ghm_bytes_text("W/")) ? 2 : 0;
    *list = GHM_BYTES_NONE;
    if (rest.len <= open || rest.ptr[open] != '"') return GHM_BYTES_NONE;
    const uint8_t *close = memchr(rest.ptr + open + 1, '"', rest.len - open - 1);
    if (close == NULL) return GHM_BYTES_NONE;
    size_t len = (size_t)(close - rest.ptr) + 1;
    *list = ghm_bytes_from(rest, len);
    return ghm_bytes_upto(rest, len);
}

bool ghm_validator_match(struct ghm_bytes if_none_match, struct ghm_bytes etag)
{
    if (ghm_bytes_equal(if_none_match, ghm_bytes_text("*"))) return true;
    while (if_none_match.len > 0) {
        if (ghm_validator_equal(take_tag(&if_none_match), etag)) return true;
    }
    return false;
}
