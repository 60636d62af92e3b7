/* SPDX-License-Identifier: MIT */
#include "answer/pace.h"

void ghm_pace_init(struct ghm_pace *pace)
{
    pace->count = 0;
}

/* ---- what costs what ---- */

enum ghm_pace_api ghm_pace_api_of(struct ghm_bytes target)
{
    return ghm_graphql_is_target(target) ? GHM_PACE_GRAPHQL : GHM_PACE_REST;
}

unsigned ghm_pace_points(const struct ghm_request *request, enum ghm_errand errand)
{
    static const char *const reads[] = {"GET", "HEAD", "OPTIONS"};
    bool is_read =
        ghm_pace_api_of(request->target) == GHM_PACE_GRAPHQL && errand != GHM_ERRAND_WRITE;
    for (size_t i = 0; i < sizeof reads / sizeof reads[0]; i++)
        is_read = is_read || ghm_bytes_equal(request->method, ghm_bytes_text(reads[i]));
    return is_read ? GHM_PACE_READ_POINTS : GHM_PACE_WRITE_POINTS;
}

static unsigned most(enum ghm_pace_api api)
{
    return api == GHM_PACE_GRAPHQL ? GHM_PACE_GRAPHQL_MAX : GHM_PACE_REST_MAX;
}

/* ---- the table ---- */

static size_t place_of(const struct ghm_pace *pace, const struct ghm_identity *identity,
                       enum ghm_pace_api api)
{
    size_t at = 0;
    while (at < pace->count &&
           (pace->lines[at].api != api || !ghm_identity_equal(&pace->lines[at].identity, identity)))
        at++;
    return at;
}

static struct ghm_pace_line *free_place(struct ghm_pace *pace)
{
    if (pace->count < GHM_PACE_LINES_MAX) return &pace->lines[pace->count++];
    struct ghm_pace_line *idle = &pace->lines[0];
    for (size_t i = 1; i < pace->count; i++) {
        if (pace->lines[i].last_s < idle->last_s) idle = &pace->lines[i];
    }
    return idle;
}

static struct ghm_pace_line *find_or_add(struct ghm_pace *pace, const struct ghm_identity *identity,
                                         enum ghm_pace_api api, int64_t now_s)
{
    size_t at = place_of(pace, identity, api);
    if (at < pace->count) return &pace->lines[at];
    struct ghm_pace_line *line = free_place(pace);
    *line = (struct ghm_pace_line){.identity = *identity, .api = api, .last_s = now_s};
    return line;
}

/* ---- the last minute ---- */

static size_t index_of(int64_t second)
{
    return (size_t)(((second % GHM_PACE_WINDOW_S) + GHM_PACE_WINDOW_S) % GHM_PACE_WINDOW_S);
}

/* A clock that is set back by more than the window makes what was spent meaningless; by less, it
 * was spent just now. */
static int64_t second_of(const struct ghm_pace_line *line, int64_t now_ms)
{
    int64_t now_s = now_ms / 1000;
    bool is_before = now_s < line->last_s && now_s > line->last_s - GHM_PACE_WINDOW_S;
    return is_before ? line->last_s : now_s;
}

static bool is_in_window(const struct ghm_pace_line *line, int64_t second, int64_t now_s)
{
    return second <= line->last_s && second > line->last_s - GHM_PACE_WINDOW_S &&
           second > now_s - GHM_PACE_WINDOW_S && now_s >= line->last_s;
}

static unsigned sum(const struct ghm_pace_line *line, int64_t now_s)
{
    unsigned total = 0;
    for (int64_t second = now_s - GHM_PACE_WINDOW_S + 1; second <= now_s; second++)
        total += is_in_window(line, second, now_s) ? line->spent[index_of(second)] : 0;
    return total;
}

int64_t ghm_pace_wait(const struct ghm_pace *pace, const struct ghm_identity *identity,
                      enum ghm_pace_api api, int64_t now_ms)
{
    size_t at = place_of(pace, identity, api);
    if (at == pace->count) return 0;
    const struct ghm_pace_line *line = &pace->lines[at];
    int64_t now_s = second_of(line, now_ms);
    unsigned left = sum(line, now_s);
    int64_t second = now_s - GHM_PACE_WINDOW_S;
    while (left + GHM_PACE_READ_POINTS > most(api)) {
        second++;
        left -= is_in_window(line, second, now_s) ? line->spent[index_of(second)] : 0;
    }
    bool is_free = second == now_s - GHM_PACE_WINDOW_S;
    return is_free ? 0 : (second + GHM_PACE_WINDOW_S) * 1000;
}

/* The seconds between the last one spent in and this one were idle. */
static void move_on(struct ghm_pace_line *line, int64_t now_s)
{
    int64_t first = line->last_s + 1;
    bool is_far = now_s < line->last_s || now_s - line->last_s >= GHM_PACE_WINDOW_S;
    if (is_far) first = now_s - GHM_PACE_WINDOW_S + 1;
    for (int64_t second = first; second <= now_s; second++)
        line->spent[index_of(second)] = 0;
    line->last_s = now_s;
}

void ghm_pace_spend(struct ghm_pace *pace, const struct ghm_identity *identity,
                    enum ghm_pace_api api, unsigned points, int64_t now_ms)
{
    struct ghm_pace_line *line = find_or_add(pace, identity, api, now_ms / 1000);
    int64_t now_s = second_of(line, now_ms);
    move_on(line, now_s);
    uint16_t *spent = &line->spent[index_of(now_s)];
    *spent = points > (unsigned)UINT16_MAX - *spent ? UINT16_MAX : (uint16_t)(*spent + points);
}
