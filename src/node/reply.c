/* SPDX-License-Identifier: MIT */
#include "node/reply.h"

#include "base/assert.h"
#include "base/mem.h"

/* ---- Cache-Status (RFC 9211 section 2) ---- */

static size_t put_text(char *out, size_t at, const char *text)
{
    size_t len = strlen(text);
    memcpy(out + at, text, len);
    return at + len;
}

static size_t put_number(char *out, size_t at, int64_t number)
{
    char digits[20];
    size_t count = 0;
    uint64_t left = number < 0 ? 0 - (uint64_t)number : (uint64_t)number;
    if (number < 0) out[at++] = '-';
    do {
        digits[count++] = (char)('0' + left % 10);
        left /= 10;
    } while (left > 0);
    while (count > 0)
        out[at++] = digits[--count];
    return at;
}

/* Before and after the remaining seconds of freshness. */
struct words {
    const char *before;
    const char *after;
};

static struct words words_of(enum ghm_source source)
{
    switch (source) {
    case GHM_SOURCE_ORIGIN:
        return (struct words){"ghmesh; fwd=miss; ttl=", ""};
    case GHM_SOURCE_REVALIDATED:
        return (struct words){"ghmesh; fwd=stale; fwd-status=304; ttl=", ""};
    case GHM_SOURCE_LOCAL:
        return (struct words){"ghmesh; hit; ttl=", ""};
    case GHM_SOURCE_PEER:
        return (struct words){"ghmesh; hit; ttl=", "; detail=peer"};
    case GHM_SOURCE_STALE:
        return (struct words){"ghmesh; hit; ttl=", "; detail=stale"};
    }
    GHM_UNREACHABLE();
}

static void write_cache_status(struct ghm_answer *answer)
{
    struct words words = words_of(answer->source);
    int64_t left_s = answer->ttl_s - answer->age_ms / 1000;
    size_t at = put_text(answer->cache_status, 0, words.before);
    at = put_number(answer->cache_status, at, left_s);
    at = put_text(answer->cache_status, at, words.after);
    answer->cache_status[at] = '\0';
}

/* ---- the face ---- */

int ghm_reply_new(struct ghm_answer **ret_answer, const struct ghm_reply *reply)
{
    size_t size = sizeof(struct ghm_answer) + reply->headers.len + reply->body.len + 2;
    struct ghm_answer *answer = ghm_mem_alloc_unset(NULL, size);
    if (answer == NULL) return GHM_ENOMEM;
    answer->size = size;
    answer->status = reply->status;
    answer->source = reply->source;
    answer->age_ms = reply->age_ms;
    answer->ttl_s = reply->ttl_s;
    answer->saves_call = reply->saves_call;
    answer->is_foreign = reply->foreign_sha256 != NULL;
    if (answer->is_foreign) memcpy(answer->body_sha256, reply->foreign_sha256, 32);
    answer->headers_len = reply->headers.len;
    answer->body_len = reply->body.len;
    ghm_bytes_copy(answer->bytes, reply->headers);
    ghm_bytes_copy(answer->bytes + reply->headers.len + 1, reply->body);
    answer->bytes[reply->headers.len] = '\0';
    answer->bytes[reply->headers.len + 1 + reply->body.len] = '\0';
    write_cache_status(answer);
    *ret_answer = answer;
    return GHM_OK;
}

int ghm_reply_copy(struct ghm_answer **ret_answer, const struct ghm_answer *answer)
{
    struct ghm_answer *copy = ghm_mem_alloc_unset(NULL, answer->size);
    if (copy == NULL) return GHM_ENOMEM;
    memcpy(copy, answer, answer->size);
    *ret_answer = copy;
    return GHM_OK;
}

void ghm_reply_free(struct ghm_answer *answer)
{
    if (answer != NULL) ghm_mem_free(NULL, answer, answer->size);
}
