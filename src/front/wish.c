/* SPDX-License-Identifier: MIT */
#include "front/wish.h"

static void accept_upto(struct ghm_wish *wish, uint64_t max_age_s)
{
    uint32_t bounded_s = max_age_s > UINT32_MAX ? UINT32_MAX : (uint32_t)max_age_s;
    if (wish->bound.has_max_age && wish->bound.max_age_s <= bounded_s) return;
    wish->bound.has_max_age = true;
    wish->bound.max_age_s = bounded_s;
}

/* Digits in front; false when there is none. A number too large for any bound stays large. */
static bool take_number(struct ghm_bytes *walk, uint64_t *ret_number)
{
    uint64_t number = 0;
    size_t count = 0;
    for (; walk->len > 0 && walk->ptr[0] >= '0' && walk->ptr[0] <= '9'; count++) {
        if (number <= UINT32_MAX) number = 10 * number + (uint64_t)(walk->ptr[0] - '0');
        *walk = ghm_bytes_from(*walk, 1);
    }
    *ret_number = number;
    return count > 0;
}

static void read_word(struct ghm_wish *wish, struct ghm_bytes word)
{
    uint64_t seconds;
    if (ghm_asked_is(word, "no-cache")) accept_upto(wish, 0);
    if (ghm_asked_is(word, "no-store")) wish->is_no_store = true;
    if (ghm_asked_is(word, "only-if-cached")) wish->is_only_stored = true;
    if (!ghm_asked_is(ghm_bytes_upto(word, strlen("max-age=")), "max-age=")) return;
    word = ghm_bytes_from(word, strlen("max-age="));
    if (word.len > 0 && word.ptr[0] == '"') word = ghm_bytes_from(word, 1);
    if (take_number(&word, &seconds)) accept_upto(wish, seconds);
}

static void read_words(struct ghm_wish *wish, struct ghm_bytes walk)
{
    while (walk.len > 0) {
        const uint8_t *comma = memchr(walk.ptr, ',', walk.len);
        size_t len = comma == NULL ? walk.len : (size_t)(comma - walk.ptr);
        struct ghm_bytes word = ghm_bytes_upto(walk, len);
        walk = ghm_bytes_from(walk, len + 1);
        while (word.len > 0 && (word.ptr[0] == ' ' || word.ptr[0] == '\t'))
            word = ghm_bytes_from(word, 1);
        while (word.len > 0 && (word.ptr[word.len - 1] == ' ' || word.ptr[word.len - 1] == '\t'))
            word.len--;
        read_word(wish, word);
    }
}

/* A duration as Go prints it: "1h0m0s", "90s". Fractions and smaller units are not understood. */
static void read_duration(struct ghm_wish *wish, struct ghm_bytes walk)
{
    uint64_t total_s = 0;
    uint64_t number;
    if (walk.len == 0) return;
    while (walk.len > 0) {
        if (!take_number(&walk, &number) || walk.len == 0) return;
        if (walk.len > 1 && walk.ptr[0] == 'm' && walk.ptr[1] == 's') return;
        uint64_t unit_s = walk.ptr[0] == 'h'   ? 3600
                          : walk.ptr[0] == 'm' ? 60
                          : walk.ptr[0] == 's' ? 1
                                               : 0;
        if (unit_s == 0) return;
        total_s += number * unit_s;
        walk = ghm_bytes_from(walk, 1);
    }
    accept_upto(wish, total_s);
}

struct ghm_wish ghm_wish_of(const struct ghm_asked *asked)
{
    struct ghm_wish wish = {.bound = {.stale_s = GHM_FRESHNESS_STALE_S}};
    bool has_control = false;
    for (size_t i = 0; i < asked->headers_count; i++) {
        const struct ghm_header *header = &asked->headers[i];
        if (ghm_asked_is(header->name, "cache-control")) {
            has_control = true;
            read_words(&wish, header->value);
        } else if (ghm_asked_is(header->name, "x-gh-cache-ttl")) {
            read_duration(&wish, header->value);
        }
    }
    /* Only for those who know nothing newer. Spec: RFC 9111 section 5.4 */
    if (!has_control && ghm_asked_lists(asked, "pragma", "no-cache")) accept_upto(&wish, 0);
    return wish;
}
