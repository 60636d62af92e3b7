/* SPDX-License-Identifier: MIT */
/* A node with a real store in a directory of its own, and the one who plays its owner: asks, plays
 * GitHub, lets time pass, takes the events. */
#ifndef GHM_TEST_NODE_DESK_H
#define GHM_TEST_NODE_DESK_H

#include "place.h"

#include "answer/identity.h"
#include "crypto/hash.h"
#include "node/node.h"

#include <time.h>

#define ROUTE "/repos/o/r" /* fresh for 300 s by the table of routes */
#define ROUTE_TTL_S 300
#define MS GHM_NS_PER_MS
#define S GHM_NS_PER_S

static const uint8_t desk_key[GHM_IDENTITY_KEY_LEN] = {42};

struct desk {
    struct place *place;
    struct ghm_mem mem;
    struct ghm_log log;
    struct ghm_entropy entropy;
    struct ghm_node *node;
    struct ghm_node_config config;
    struct ghm_node_time time;
    struct ghm_node_ask ask; /* as the last one was */
    char authorization[128];
};

static inline void desk_start(struct desk *desk)
{
    static const uint8_t seed[32] = {5};
    ghm_entropy_init(&desk->entropy, seed);
    assert_int_equal(ghm_node_new(&desk->node, &desk->mem, &desk->config, &desk->entropy), GHM_OK);
}

static inline int desk_setup(void **state)
{
    struct desk *desk = calloc(1, sizeof *desk);
    void *place;
    assert_non_null(desk);
    assert_int_equal(place_setup(&place), 0);
    desk->place = place;
    ghm_mem_init(&desk->mem, NULL, 64 << 20);
    ghm_log_init(&desk->log, GHM_LOG_DEBUG);
    desk->time = (struct ghm_node_time){.now_ns = 1000 * S, .wall_ms = DATE_MS};
    desk->config = (struct ghm_node_config){
        .local = {.store = desk->place->store, .shared = desk->place->shared},
        .url_base = "https://api.github.com",
        .user_agent = "ghmesh/test",
        .ttl_s = 77,
        .has_mesh = true,
        .log = &desk->log,
    };
    desk_start(desk);
    *state = desk;
    return 0;
}

static inline int desk_teardown(void **state)
{
    struct desk *desk = *state;
    void *place = desk->place;
    ghm_node_free(desk->node);
    ghm_mem_fini(&desk->mem);
    assert_int_equal(place_teardown(&place), 0);
    free(desk);
    return 0;
}

#define DESK_TEST(name) cmocka_unit_test_setup_teardown(name, desk_setup, desk_teardown)
#define COUNTED(desk, name) atomic_load(&(desk)->place->shared->counters.name)

static inline void desk_pass(struct desk *desk, uint64_t ns)
{
    desk->time.now_ns += ns;
    desk->time.wall_ms += (int64_t)(ns / MS);
    ghm_node_tick(desk->node, desk->time);
}

/* ---- asking ---- */

static inline struct ghm_identity desk_identity(const char *token)
{
    struct ghm_identity identity;
    ghm_identity_of(&identity, desk_key, ghm_bytes_text(token));
    return identity;
}

/* What desk_ask asks; a test may alter it and give it to the node itself. */
static inline struct ghm_node_ask *desk_compose(struct desk *desk, uint64_t id, const char *target,
                                                const char *token)
{
    desk->ask = (struct ghm_node_ask){
        .id = id,
        .request = {.method = ghm_bytes_text("GET"),
                    .host = ghm_bytes_text("api.github.com"),
                    .target = ghm_bytes_text(target)},
        .identity = desk_identity(token),
        .bound = {.stale_s = GHM_FRESHNESS_STALE_S},
        .timeout_ns = 30 * S,
    };
    if (token != NULL) {
        (void)snprintf(desk->authorization, sizeof desk->authorization, "token %s", token);
        desk->ask.authorization = ghm_bytes_text(desk->authorization);
    }
    return &desk->ask;
}

/* `token` NULL: anonymously. */
static inline void desk_ask(struct desk *desk, uint64_t id, const char *target, const char *token)
{
    struct ghm_node_ask *ask = desk_compose(desk, id, target, token);
    assert_int_equal(ghm_node_ask(desk->node, ask, desk->time), GHM_OK);
}

/* The same, by a caller who accepts answers up to this old. */
static inline void desk_ask_within(struct desk *desk, uint64_t id, const char *target,
                                   const char *token, uint32_t max_age_s)
{
    struct ghm_node_ask *ask = desk_compose(desk, id, target, token);
    ask->bound.has_max_age = true;
    ask->bound.max_age_s = max_age_s;
    assert_int_equal(ghm_node_ask(desk->node, ask, desk->time), GHM_OK);
}

/* ---- events ---- */

/* The next event, which is of this type; NEWS is passed over unless it is asked for. */
static inline struct ghm_node_event desk_next(struct desk *desk, enum ghm_node_event_type type)
{
    struct ghm_node_event event;
    do {
        assert_true(ghm_node_next(desk->node, &event));
    } while (event.type == GHM_NODE_NEWS && type != GHM_NODE_NEWS);
    assert_int_equal(event.type, type);
    return event;
}

static inline void desk_nothing(struct desk *desk)
{
    struct ghm_node_event event;
    while (ghm_node_next(desk->node, &event))
        assert_int_equal(event.type, GHM_NODE_NEWS);
}

static inline uint64_t desk_sent(struct desk *desk)
{
    return desk_next(desk, GHM_NODE_SEND).id;
}

static inline void assert_headers(struct ghm_bytes headers, const char *want)
{
    if (ghm_bytes_equal(headers, ghm_bytes_text(want))) return;
    fail_msg("sent\n%.*swanted\n%s", (int)headers.len, (const char *)headers.ptr, want);
}

/* The next answer is for this waiter, with this body; gives where it came from. */
static inline enum ghm_source desk_answered(struct desk *desk, uint64_t id, int status,
                                            const char *body)
{
    size_t len;
    struct ghm_node_event event = desk_next(desk, GHM_NODE_ANSWER);
    assert_int_equal(event.id, id);
    assert_int_equal(event.error, GHM_OK);
    assert_non_null(event.answer);
    assert_int_equal(event.answer->status, status);
    const char *bytes = event.answer->bytes + event.answer->headers_len + 1;
    len = event.answer->body_len;
    assert_true(ghm_bytes_equal(ghm_bytes(bytes, len), ghm_bytes_text(body)));
    enum ghm_source source = event.answer->source;
    ghm_reply_free(event.answer);
    return source;
}

static inline void desk_failed(struct desk *desk, uint64_t id, int error)
{
    struct ghm_node_event event = desk_next(desk, GHM_NODE_ANSWER);
    assert_int_equal(event.id, id);
    assert_int_equal(event.error, error);
    assert_null(event.answer);
}

/* ---- GitHub ---- */

static inline void desk_date(char ret_text[64], int64_t date_ms)
{
    struct tm tm;
    time_t date_s = (time_t)(date_ms / 1000);
    assert_non_null(gmtime_r(&date_s, &tm));
    (void)strftime(ret_text, 64, "%a, %d %b %Y %H:%M:%S GMT", &tm);
}

/* GitHub answers, at its time `date_ms`. */
static inline void desk_respond_at(struct desk *desk, uint64_t flight, int status,
                                   const char *headers, const char *body, int64_t date_ms)
{
    char date[64], block[1024];
    desk_date(date, date_ms);
    (void)snprintf(block, sizeof block, "date: %s\n%s", date, headers);
    struct ghm_node_response response = {.flight = flight,
                                         .status = status,
                                         .headers = ghm_bytes_text(block),
                                         .body = ghm_bytes_text(body)};
    ghm_node_response(desk->node, &response, desk->time);
}

static inline void desk_respond(struct desk *desk, uint64_t flight, int status, const char *headers,
                                const char *body)
{
    desk_respond_at(desk, flight, status, headers, body, desk->time.wall_ms);
}

static inline void desk_break(struct desk *desk, uint64_t flight, int error)
{
    struct ghm_node_response response = {.flight = flight, .error = error, .reason = "no route"};
    ghm_node_response(desk->node, &response, desk->time);
}

/* Ask, be sent, be answered 200: what a cold request does. */
static inline void desk_fetch(struct desk *desk, const char *target, const char *token,
                              const char *etag, const char *body)
{
    char headers[256];
    (void)snprintf(headers, sizeof headers, "etag: %s\ncontent-type: application/json\n", etag);
    desk_ask(desk, 999, target, token);
    desk_respond(desk, desk_sent(desk), 200, headers, body);
    assert_int_equal(desk_answered(desk, 999, 200, body), GHM_SOURCE_ORIGIN);
    desk_nothing(desk);
}

/* ---- members ---- */

static inline struct ghm_entry desk_entry(const char *name, const char *token, const char *body,
                                          int64_t date_ms)
{
    struct ghm_entry entry = {
        .kind = GHM_ENTRY_ORIGIN,
        .status = 200,
        .date_ms = date_ms,
        .ttl_s = 86400,
        .identity = desk_identity(token),
        .name = ghm_bytes_text(name),
        .headers = TEXT("etag: \"peer\"\n"),
        .body = ghm_bytes_text(body),
    };
    ghm_hash_sha256(entry.body_sha256, entry.body);
    return entry;
}

#endif
