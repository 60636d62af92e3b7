/* SPDX-License-Identifier: MIT */
#include "front/response.h"

#include "answer/validator.h"
#include "base/assert.h"
#include "front/passing.h"
#include "front/reverse.h"

#include <stdio.h>

static void add(struct ghm_response *response, struct ghm_bytes name, struct ghm_bytes value)
{
    size_t bytes = response->headers_bytes + name.len + value.len + 4;
    if (response->headers_count == GHM_RESPONSE_HEADERS_MAX) return;
    if (bytes > GHM_RESPONSE_HEADERS_BYTES_MAX) return;
    response->headers_bytes = bytes;
    response->headers[response->headers_count++] =
        (struct ghm_header){.name = name, .value = value};
}

static void add_text(struct ghm_response *response, const char *name, const char *value)
{
    add(response, ghm_bytes_text(name), ghm_bytes_text(value));
}

/* A header of GitHub's. */
static void add_told(struct ghm_response *response, const struct ghm_site *site,
                     const struct ghm_header *header)
{
    struct ghm_bytes value = header->value;
    char *room = response->ways + response->ways_len;
    if (ghm_reverse_is_way(header->name))
        value = ghm_reverse_value(site, value, room, sizeof response->ways - response->ways_len);
    if (value.ptr == (const uint8_t *)room) response->ways_len += value.len;
    add(response, header->name, value);
}

/* ghproxy's words, for what reads them: a client of its that is told COALESCED or REVALIDATED
 * knows that its call cost nothing. */
static const char *mode_of(enum ghm_source source)
{
    switch (source) {
    case GHM_SOURCE_ORIGIN:
        return "MISS";
    case GHM_SOURCE_REVALIDATED:
        return "REVALIDATED";
    case GHM_SOURCE_LOCAL:
    case GHM_SOURCE_PEER:
    case GHM_SOURCE_STALE:
        return "COALESCED";
    }
    GHM_UNREACHABLE();
}

/* Places of the values that are ours are taken first, so that they are never left out. */
static void add_ours(struct ghm_response *response, const struct ghm_answer *answer)
{
    add_text(response, "Cache-Status", answer->cache_status);
    add_text(response, "X-Cache-Mode", mode_of(answer->source));
    if (answer->source == GHM_SOURCE_ORIGIN) return;
    int64_t age_s = answer->age_ms < 0 ? 0 : answer->age_ms / 1000;
    (void)snprintf(response->age, sizeof response->age, "%lld", (long long)age_s);
    add_text(response, "Age", response->age);
}

/* A strong name for these very bytes, whoever asks. */
static void make_tag(struct ghm_response *response, const struct ghm_answer *answer)
{
    static const char digits[] = "0123456789abcdef";
    char *at = response->tag;
    memcpy(at, "\"ghm-", 5);
    at += 5;
    for (size_t i = 0; i < 16; i++) {
        *at++ = digits[answer->body_sha256[i] >> 4];
        *at++ = digits[answer->body_sha256[i] & 15];
    }
    memcpy(at, "\"", 2);
}

void ghm_response_of_answer(struct ghm_response *ret_response, const struct ghm_intent *intent,
                            const struct ghm_answer *answer)
{
    struct ghm_header header;
    struct ghm_bytes tag = GHM_BYTES_NONE;
    struct ghm_bytes walk = ghm_bytes(answer->bytes, answer->headers_len);
    ret_response->status = answer->status;
    ret_response->headers_count = 0;
    ret_response->headers_bytes = 0;
    ret_response->ways_len = 0;
    add_ours(ret_response, answer);
    if (answer->is_foreign) {
        make_tag(ret_response, answer);
        tag = ghm_bytes_text(ret_response->tag);
        add(ret_response, ghm_bytes_text("ETag"), tag);
    }
    while (ghm_header_next(&walk, &header)) {
        if (!ghm_passing_is_told(header.name)) continue;
        bool is_tag = ghm_asked_is(header.name, "etag");
        if (is_tag && answer->is_foreign) continue;
        if (is_tag) tag = header.value;
        add_told(ret_response, &intent->site, &header);
    }
    bool is_known = answer->status == 200 && tag.ptr != NULL && intent->if_none_match.ptr != NULL &&
                    ghm_validator_match(intent->if_none_match, tag);
    if (is_known) ret_response->status = 304;
    ret_response->has_body = !is_known;
}

void ghm_response_of_head(struct ghm_response *ret_response, const struct ghm_intent *intent,
                          int status, struct ghm_bytes block)
{
    struct ghm_header header;
    ret_response->status = status;
    ret_response->has_body = status != 204 && status != 304;
    ret_response->headers_count = 0;
    ret_response->headers_bytes = 0;
    ret_response->ways_len = 0;
    add_text(ret_response, "Cache-Status",
             intent->is_write ? "ghmesh; fwd=method" : "ghmesh; fwd=bypass");
    add_text(ret_response, "X-Cache-Mode", intent->is_write ? "SKIP" : "NO-STORE");
    while (ghm_header_next(&block, &header)) {
        /* The body is untouched, and so is what it is encoded with; only its framing is new. */
        bool is_untouched = ghm_asked_is(header.name, "content-encoding") ||
                            ghm_asked_is(header.name, "date") || ghm_asked_is(header.name, "age");
        if (is_untouched || ghm_passing_is_told(header.name))
            add_told(ret_response, &intent->site, &header);
    }
}

void ghm_response_of_refusal(struct ghm_response *ret_response, enum ghm_refusal refusal)
{
    ret_response->status = ghm_refusal_row(refusal).status;
    ret_response->has_body = true;
    ret_response->headers_count = 0;
    ret_response->headers_bytes = 0;
    ret_response->ways_len = 0;
    add_text(ret_response, "Content-Type", "application/json; charset=utf-8");
    add_text(ret_response, "Cache-Status", "ghmesh; fwd=bypass; detail=refused");
    add_text(ret_response, "X-Cache-Mode", "ERROR");
    add_text(ret_response, "Cache-Control", "no-store");
}

void ghm_response_retry_after(struct ghm_response *response, int64_t wait_ms)
{
    (void)snprintf(response->retry_after, sizeof response->retry_after, "%lld",
                   (long long)((wait_ms + 999) / 1000));
    add_text(response, "Retry-After", response->retry_after);
}
