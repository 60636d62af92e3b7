/* SPDX-License-Identifier: MIT */
#include "answer/budget.h"

#include "answer/header.h"
#include "answer/identity.h"

#define WINDOW_MS 3600000   /* GitHub's longest */
#define SAME_WINDOW_MS 2000 /* resets of one window differ by rounding */

void ghm_budget_init(struct ghm_budget *budget)
{
    budget->count = 0;
}

/* ---- the table ---------------------------------------------------------------------------------
 */

/* The line's place, or the count when there is none. */
static size_t place_of(const struct ghm_budget *budget, const struct ghm_identity *identity,
                       const char *resource)
{
    for (size_t i = 0; i < budget->count; i++) {
        const struct ghm_budget_line *line = &budget->lines[i];
        bool is_it = ghm_identity_equal(&line->identity, identity) &&
                     strncmp(line->resource, resource, sizeof line->resource - 1) == 0;
        if (is_it) return i;
    }
    return budget->count;
}

const struct ghm_budget_line *ghm_budget_find(const struct ghm_budget *budget,
                                              const struct ghm_identity *identity,
                                              const char *resource)
{
    size_t at = place_of(budget, identity, resource);
    return at == budget->count ? NULL : &budget->lines[at];
}

/* A hold that is forgotten is broken, so it outweighs any age. */
static bool matters_less(const struct ghm_budget_line *a, const struct ghm_budget_line *b,
                         int64_t now_ms)
{
    bool a_holds = a->hold_until_ms > now_ms;
    bool b_holds = b->hold_until_ms > now_ms;
    if (a_holds != b_holds) return b_holds;
    return a->heard_ms < b->heard_ms;
}

static struct ghm_budget_line *free_place(struct ghm_budget *budget, int64_t now_ms)
{
    if (budget->count < GHM_BUDGET_LINES_MAX) return &budget->lines[budget->count++];
    struct ghm_budget_line *least = &budget->lines[0];
    for (size_t i = 1; i < budget->count; i++) {
        if (matters_less(&budget->lines[i], least, now_ms)) least = &budget->lines[i];
    }
    return least;
}

static struct ghm_budget_line *find_or_add(struct ghm_budget *budget,
                                           const struct ghm_identity *identity,
                                           const char *resource, int64_t now_ms)
{
    size_t at = place_of(budget, identity, resource);
    if (at < budget->count) return &budget->lines[at];
    struct ghm_budget_line *line = free_place(budget, now_ms);
    *line = (struct ghm_budget_line){
        .identity = *identity,
        .limit = GHM_BUDGET_UNKNOWN,
        .remaining = GHM_BUDGET_UNKNOWN,
        .used = GHM_BUDGET_UNKNOWN,
    };
    struct ghm_bytes text = ghm_bytes_upto(ghm_bytes_text(resource), sizeof line->resource - 1);
    memcpy(line->resource, text.ptr, text.len);
    return line;
}

/* ---- windows -----------------------------------------------------------------------------------
 */

/* In one window the remaining only shrinks, whatever order the answers come in. */
static void learn_window(struct ghm_budget_line *line, const struct ghm_budget_line *news)
{
    bool is_newer = news->reset_ms > line->reset_ms + SAME_WINDOW_MS;
    bool is_older = news->reset_ms + SAME_WINDOW_MS < line->reset_ms;
    if (news->reset_ms == 0 || is_older) return;
    bool is_other_limit = news->limit != line->limit;
    bool is_less = line->remaining == GHM_BUDGET_UNKNOWN || news->remaining < line->remaining;
    if (is_newer || is_other_limit || is_less) {
        line->limit = news->limit;
        line->remaining = news->remaining;
        line->used = news->used;
    }
    if (news->reset_ms > line->reset_ms) line->reset_ms = news->reset_ms;
}

static uint32_t header_count(struct ghm_bytes headers, const char *name)
{
    int64_t number;
    int error = ghm_header_number(&number, headers, name);
    return error == GHM_OK && number < GHM_BUDGET_UNKNOWN ? (uint32_t)number : GHM_BUDGET_UNKNOWN;
}

static struct ghm_budget_line window_of(struct ghm_bytes headers, int64_t now_ms)
{
    int64_t reset_s;
    struct ghm_budget_line window = {
        .limit = header_count(headers, "x-ratelimit-limit"),
        .remaining = header_count(headers, "x-ratelimit-remaining"),
        .used = header_count(headers, "x-ratelimit-used"),
    };
    if (ghm_header_number(&reset_s, headers, "x-ratelimit-reset") != GHM_OK) return window;
    bool is_sane = reset_s <= (now_ms + 2 * WINDOW_MS) / 1000;
    if (is_sane && window.remaining != GHM_BUDGET_UNKNOWN) window.reset_ms = reset_s * 1000;
    return window;
}

/* ---- holds -------------------------------------------------------------------------------------
 */

static uint8_t lower(uint8_t byte)
{
    return byte >= 'A' && byte <= 'Z' ? (uint8_t)(byte + ('a' - 'A')) : byte;
}

static bool contains(struct ghm_bytes text, const char *lower_words)
{
    size_t len = strlen(lower_words);
    for (size_t at = 0; at + len <= text.len; at++) {
        size_t same = 0;
        while (same < len && lower(text.ptr[at + same]) == (uint8_t)lower_words[same])
            same++;
        if (same == len) return true;
    }
    return false;
}

/* Without a look at the body. */
static bool is_told_limit(const struct ghm_budget_answer *answer)
{
    int64_t remaining;
    if (answer->status == 429 || answer->is_limit) return true;
    if (answer->status != 403) return false;
    if (ghm_header_find(answer->headers, "retry-after").ptr != NULL) return true;
    return ghm_header_number(&remaining, answer->headers, "x-ratelimit-remaining") == GHM_OK &&
           remaining == 0;
}

bool ghm_budget_needs_body(const struct ghm_budget_answer *answer)
{
    return answer->status == 403 && !is_told_limit(answer);
}

/* 429 is always a limit. A 403 is one when it says so, in a header or in words. */
static bool is_limit(const struct ghm_budget_answer *answer)
{
    if (!ghm_budget_needs_body(answer)) return is_told_limit(answer);
    if (answer->body.ptr == NULL) return true;
    struct ghm_bytes body = ghm_bytes_upto(answer->body, GHM_BUDGET_BODY_MAX);
    return contains(body, "rate limit") || contains(body, "abuse detection");
}

static int64_t doubled_hold_ms(uint32_t strikes)
{
    int64_t hold_ms = GHM_BUDGET_HOLD_MS;
    for (uint32_t i = 1; i < strikes && hold_ms < GHM_BUDGET_HOLD_MS_MAX; i++)
        hold_ms *= 2;
    return hold_ms < GHM_BUDGET_HOLD_MS_MAX ? hold_ms : GHM_BUDGET_HOLD_MS_MAX;
}

static int64_t hold_end(struct ghm_budget_line *line, const struct ghm_budget_answer *answer,
                        const struct ghm_budget_line *window, int64_t now_ms)
{
    int64_t wait_s;
    if (ghm_header_number(&wait_s, answer->headers, "retry-after") == GHM_OK) {
        bool is_sane = wait_s <= 24 * 3600;
        return now_ms + (is_sane ? wait_s * 1000 : GHM_BUDGET_HOLD_MS_MAX);
    }
    if (window->remaining == 0 && window->reset_ms > now_ms) return window->reset_ms;
    /* Refusals that were already on their way when the hold began are the same refusal. */
    if (line->hold_until_ms > now_ms) return line->hold_until_ms;
    if (line->strikes < UINT32_MAX) line->strikes++;
    return now_ms + doubled_hold_ms(line->strikes);
}

static void hold(struct ghm_budget *budget, const struct ghm_identity *identity,
                 const char *resource, const struct ghm_budget_answer *answer,
                 const struct ghm_budget_line *window, int64_t now_ms)
{
    bool is_own = window->remaining == 0 || answer->is_limit;
    struct ghm_budget_line *line =
        find_or_add(budget, identity, is_own ? resource : GHM_BUDGET_ALL, now_ms);
    int64_t end_ms = hold_end(line, answer, window, now_ms);
    line->heard_ms = now_ms;
    if (end_ms > line->hold_until_ms) line->hold_until_ms = end_ms;
}

static void take_strike_back(struct ghm_budget *budget, const struct ghm_identity *identity,
                             const char *resource)
{
    size_t at = place_of(budget, identity, resource);
    if (at < budget->count && budget->lines[at].strikes > 0) budget->lines[at].strikes--;
}

void ghm_budget_name(char ret_resource[GHM_BUDGET_RESOURCE_MAX],
                     const struct ghm_budget_answer *answer)
{
    struct ghm_bytes named = ghm_header_find(answer->headers, "x-ratelimit-resource");
    if (named.len == 0) named = ghm_bytes_text(answer->resource);
    named = ghm_bytes_upto(named, GHM_BUDGET_RESOURCE_MAX - 1);
    memset(ret_resource, 0, GHM_BUDGET_RESOURCE_MAX);
    ghm_bytes_copy(ret_resource, named);
}

int64_t ghm_budget_learn(struct ghm_budget *budget, const struct ghm_identity *identity,
                         const struct ghm_budget_answer *answer, int64_t now_ms)
{
    char resource[GHM_BUDGET_RESOURCE_MAX];
    ghm_budget_name(resource, answer);
    struct ghm_budget_line *line = find_or_add(budget, identity, resource, now_ms);
    struct ghm_budget_line window = window_of(answer->headers, now_ms);
    line->heard_ms = now_ms;
    learn_window(line, &window);
    bool is_success = answer->status >= 200 && answer->status < 400;
    if (is_limit(answer)) {
        hold(budget, identity, resource, answer, &window, now_ms);
    } else if (is_success) {
        take_strike_back(budget, identity, resource);
        take_strike_back(budget, identity, GHM_BUDGET_ALL);
    }
    return ghm_budget_held(budget, identity, resource, now_ms);
}

void ghm_budget_hold(struct ghm_budget *budget, const struct ghm_identity *identity,
                     const char *resource, int64_t until_ms, uint32_t strikes, int64_t now_ms)
{
    struct ghm_budget_line *line = find_or_add(budget, identity, resource, now_ms);
    line->heard_ms = now_ms;
    if (until_ms <= line->hold_until_ms) return;
    line->hold_until_ms = until_ms;
    if (strikes > line->strikes) line->strikes = strikes;
}

void ghm_budget_merge(struct ghm_budget *budget, const struct ghm_budget_line *line, int64_t now_ms)
{
    struct ghm_budget_line news = *line;
    news.resource[sizeof news.resource - 1] = '\0';
    int64_t latest_ms = now_ms + 2 * WINDOW_MS;
    if (news.reset_ms > latest_ms || news.hold_until_ms > latest_ms) return;
    ghm_budget_hold(budget, &news.identity, news.resource, news.hold_until_ms, news.strikes,
                    now_ms);
    learn_window(find_or_add(budget, &news.identity, news.resource, now_ms), &news);
}

/* ---- asking ------------------------------------------------------------------------------------
 */

static int64_t line_held(const struct ghm_budget *budget, const struct ghm_identity *identity,
                         const char *resource, int64_t now_ms)
{
    const struct ghm_budget_line *line = ghm_budget_find(budget, identity, resource);
    return line != NULL && line->hold_until_ms > now_ms ? line->hold_until_ms : 0;
}

int64_t ghm_budget_held(const struct ghm_budget *budget, const struct ghm_identity *identity,
                        const char *resource, int64_t now_ms)
{
    int64_t own_ms = line_held(budget, identity, resource, now_ms);
    int64_t all_ms = line_held(budget, identity, GHM_BUDGET_ALL, now_ms);
    return own_ms > all_ms ? own_ms : all_ms;
}

int64_t ghm_budget_admit(const struct ghm_budget *budget, const struct ghm_identity *identity,
                         const char *resource, uint32_t reserve, int64_t now_ms)
{
    const struct ghm_budget_line *line = ghm_budget_find(budget, identity, resource);
    int64_t held_ms = ghm_budget_held(budget, identity, resource, now_ms);
    if (held_ms > 0 || line == NULL) return held_ms;
    bool is_spent = line->remaining != GHM_BUDGET_UNKNOWN && line->remaining <= reserve;
    return is_spent && line->reset_ms > now_ms ? line->reset_ms : 0;
}

uint32_t ghm_budget_reserve(const struct ghm_budget *budget, const struct ghm_identity *identity,
                            const char *resource)
{
    const struct ghm_budget_line *line = ghm_budget_find(budget, identity, resource);
    if (line == NULL || line->limit == GHM_BUDGET_UNKNOWN) return 0;
    uint32_t share = line->limit / 50;
    return share < GHM_BUDGET_RESERVE_MAX ? share : GHM_BUDGET_RESERVE_MAX;
}

uint32_t ghm_budget_stretch(const struct ghm_budget *budget, const struct ghm_identity *identity,
                            const char *resource, int64_t now_ms)
{
    const struct ghm_budget_line *line = ghm_budget_find(budget, identity, resource);
    bool is_known = line != NULL && line->limit != GHM_BUDGET_UNKNOWN &&
                    line->remaining != GHM_BUDGET_UNKNOWN && line->reset_ms > now_ms;
    if (!is_known) return 1;
    int64_t left_ms = line->reset_ms - now_ms;
    if (left_ms > WINDOW_MS) left_ms = WINDOW_MS;
    int64_t even = (int64_t)line->limit * left_ms / WINDOW_MS;
    if ((int64_t)line->remaining * 4 < even) return 4;
    return (int64_t)line->remaining * 2 < even ? 2 : 1;
}

const char *ghm_budget_resource(struct ghm_bytes target)
{
    const struct ghm_bytes enterprise = ghm_bytes_text("/api/v3/");
    if (ghm_bytes_starts(target, enterprise)) target = ghm_bytes_from(target, enterprise.len - 1);
    if (ghm_bytes_starts(target, ghm_bytes_text("/graphql"))) return "graphql";
    if (ghm_bytes_starts(target, ghm_bytes_text("/api/graphql"))) return "graphql";
    if (ghm_bytes_starts(target, ghm_bytes_text("/search/code"))) return "code_search";
    if (ghm_bytes_starts(target, ghm_bytes_text("/search/"))) return "search";
    if (ghm_bytes_equal(target, ghm_bytes_text("/rate_limit"))) return "rate_limit";
    return "core";
}
