/* SPDX-License-Identifier: MIT */
#include "desk.h"

#include "node/away.h"

#define LIMITED "{\"message\":\"API rate limit exceeded\"}"
#define SECONDARY "{\"message\":\"You have exceeded a secondary rate limit\"}"

/* The answers of GitHub's that are counted always add up. */
static void assert_adds_up(struct desk *desk)
{
    assert_int_equal(COUNTED(desk, requests),
                     COUNTED(desk, local_hits) + COUNTED(desk, peer_hits) + COUNTED(desk, misses));
}

/* ---- hit and miss ---- */

static void miss_asks_and_keeps(void **state)
{
    struct desk *desk = *state;
    desk_ask(desk, 1, ROUTE, "t0ken");
    struct ghm_node_event sent = desk_next(desk, GHM_NODE_SEND);
    assert_string_equal(sent.url, "https://api.github.com" ROUTE);
    assert_headers(sent.headers, "Accept:\nAuthorization: token t0ken\nUser-Agent: ghmesh/test\n");
    assert_in_range(sent.timeout_ms, 30000, 30001);
    desk_nothing(desk);
    desk_respond(desk, sent.id, 200, "etag: \"one\"\nx-other: not kept\n", "body");
    struct ghm_node_event event = desk_next(desk, GHM_NODE_NEWS);
    event = desk_next(desk, GHM_NODE_ANSWER);
    assert_int_equal(event.id, 1);
    assert_int_equal(event.answer->status, 200);
    assert_int_equal(event.answer->source, GHM_SOURCE_ORIGIN);
    assert_int_equal(event.answer->age_ms, 0);
    assert_int_equal(event.answer->ttl_s, ROUTE_TTL_S);
    assert_non_null(strstr(event.answer->bytes, "x-other: not kept\n")); /* to this asker: whole */
    assert_string_equal(event.answer->cache_status, "ghmesh; fwd=miss; ttl=300");
    ghm_reply_free(event.answer);
    desk_nothing(desk);
    assert_true(ghm_node_deadline(desk->node) == GHM_NEVER);

    desk_pass(desk, 299 * S);
    desk_ask(desk, 2, ROUTE, "t0ken");
    assert_int_equal(desk_answered(desk, 2, 200, "body"), GHM_SOURCE_LOCAL);
    desk_nothing(desk);
    assert_int_equal(COUNTED(desk, requests), 2);
    assert_int_equal(COUNTED(desk, misses), 1);
    assert_int_equal(COUNTED(desk, local_hits), 1);
    assert_int_equal(COUNTED(desk, api_calls_made), 1);
    assert_int_equal(COUNTED(desk, api_calls_saved), 1);
    assert_int_equal(COUNTED(desk, expirations), 0);
    assert_adds_up(desk);
}

/* NEWS says that the outbox has the entry, under the slot of its identity. */
static void news_is_in_the_outbox(void **state)
{
    struct desk *desk = *state;
    uint64_t number;
    uint8_t id[GHM_VARIANT_ID_LEN], slot[GHM_VARIANT_ID_LEN];
    struct ghm_variant variant;
    struct ghm_identity identity = desk_identity("t0ken");
    desk_fetch(desk, ROUTE, "t0ken", "\"one\"", "body");
    assert_int_equal(ghm_variant_of_name(&variant, TEXT("GET api.github.com" ROUTE)), GHM_OK);
    ghm_local_slot(slot, &variant, &identity);
    assert_int_equal(ghm_store_outbox(desk->place->store, &number, id), GHM_OK);
    assert_memory_equal(id, slot, sizeof id);
    assert_int_equal(ghm_store_outbox_done(desk->place->store, number), GHM_OK);
    assert_int_equal(ghm_store_outbox(desk->place->store, &number, id), GHM_ENOTFOUND);
}

static void without_a_mesh_there_is_no_news(void **state)
{
    struct desk *desk = *state;
    uint64_t number;
    uint8_t id[GHM_VARIANT_ID_LEN];
    struct ghm_node_event event;
    ghm_node_free(desk->node);
    desk->config.has_mesh = false;
    desk_start(desk);
    desk_ask(desk, 1, ROUTE, "t0ken");
    desk_respond(desk, desk_sent(desk), 200, "", "body");
    assert_true(ghm_node_next(desk->node, &event));
    assert_int_equal(event.type, GHM_NODE_ANSWER);
    ghm_reply_free(event.answer);
    assert_int_equal(ghm_store_outbox(desk->place->store, &number, id), GHM_ENOTFOUND);
}

static void variants_do_not_meet(void **state)
{
    struct desk *desk = *state;
    static const struct {
        const char *accept;
        const char *sent;
    } rows[] = {
        {NULL, "Accept:\nUser-Agent: ghmesh/test\n"},
        {"", "Accept: \nUser-Agent: ghmesh/test\n"},
        {"*/*", "Accept: */*\nUser-Agent: ghmesh/test\n"},
        {"application/json", "Accept: application/json\nUser-Agent: ghmesh/test\n"},
    };
    for (int round = 0; round < 2; round++) {
        for (size_t i = 0; i < 4; i++) {
            char body[16];
            (void)snprintf(body, sizeof body, "variant %d", (int)i);
            struct ghm_node_ask *ask = desk_compose(desk, i, ROUTE, NULL);
            ask->request.accept = ghm_bytes_text(rows[i].accept);
            assert_int_equal(ghm_node_ask(desk->node, ask, desk->time), GHM_OK);
            if (round == 0) {
                struct ghm_node_event sent = desk_next(desk, GHM_NODE_SEND);
                assert_headers(sent.headers, rows[i].sent);
                desk_respond(desk, sent.id, 200, "", body);
            }
            assert_int_equal(desk_answered(desk, i, 200, body),
                             round == 0 ? GHM_SOURCE_ORIGIN : GHM_SOURCE_LOCAL);
        }
    }
}

static void malformed_asks_are_refused(void **state)
{
    struct desk *desk = *state;
    struct ghm_node_ask *ask = desk_compose(desk, 1, "no slash", NULL);
    assert_int_equal(ghm_node_ask(desk->node, ask, desk->time), GHM_EINVAL);
    ask = desk_compose(desk, 1, "/a\r\nb", NULL);
    assert_int_equal(ghm_node_ask(desk->node, ask, desk->time), GHM_EINVAL);
    desk_nothing(desk);
    assert_int_equal(COUNTED(desk, requests), 0);
}

static void default_ttl_is_for_unknown_routes(void **state)
{
    struct desk *desk = *state;
    desk_fetch(desk, "/no/such/route", "t0ken", "\"x\"", "body");
    desk_pass(desk, 76 * S);
    desk_ask(desk, 1, "/no/such/route", "t0ken");
    assert_int_equal(desk_answered(desk, 1, 200, "body"), GHM_SOURCE_LOCAL);
    desk_pass(desk, 1 * S);
    desk_ask(desk, 2, "/no/such/route", "t0ken");
    (void)desk_sent(desk);
}

/* ---- the caller's bound ---- */

static void bound_wins_over_the_ttl_both_ways(void **state)
{
    struct desk *desk = *state;
    desk_fetch(desk, ROUTE, "t0ken", "\"one\"", "body");
    desk_pass(desk, 10 * S);
    desk_ask_within(desk, 1, ROUTE, "t0ken", 11); /* smaller than the TTL, and young enough */
    assert_int_equal(desk_answered(desk, 1, 200, "body"), GHM_SOURCE_LOCAL);
    desk_ask_within(desk, 2, ROUTE, "t0ken", 10); /* too old for this one */
    desk_respond(desk, desk_sent(desk), 304, "", "");
    assert_int_equal(desk_answered(desk, 2, 200, "body"), GHM_SOURCE_REVALIDATED);
    desk_ask_within(desk, 3, ROUTE, "t0ken", 0); /* nothing unasked */
    desk_respond(desk, desk_sent(desk), 304, "", "");
    assert_int_equal(desk_answered(desk, 3, 200, "body"), GHM_SOURCE_REVALIDATED);
    desk_pass(desk, 5000 * S);
    desk_ask_within(desk, 4, ROUTE, "t0ken", 5001); /* larger than the TTL */
    assert_int_equal(desk_answered(desk, 4, 200, "body"), GHM_SOURCE_LOCAL);
    desk_ask(desk, 5, ROUTE, "t0ken"); /* who has no bound has the TTL */
    desk_respond(desk, desk_sent(desk), 304, "", "");
    assert_int_equal(desk_answered(desk, 5, 200, "body"), GHM_SOURCE_REVALIDATED);
    desk_nothing(desk);
    assert_adds_up(desk);
}

/* ---- 304 ---- */

static void not_modified_refreshes(void **state)
{
    struct desk *desk = *state;
    desk_fetch(desk, ROUTE, "t0ken", "W/\"one\"", "body");
    desk_pass(desk, 400 * S);
    desk_ask(desk, 1, ROUTE, "t0ken");
    struct ghm_node_event sent = desk_next(desk, GHM_NODE_SEND);
    assert_headers(sent.headers, "Accept:\nAuthorization: token t0ken\nUser-Agent: ghmesh/test\n"
                                 "If-None-Match: W/\"one\"\n");
    desk_respond(desk, sent.id, 304, "etag: \"one\"\n", "");
    (void)desk_next(desk, GHM_NODE_NEWS); /* its new date is worth telling */
    struct ghm_node_event event = desk_next(desk, GHM_NODE_ANSWER);
    assert_int_equal(event.answer->status, 200);
    assert_int_equal(event.answer->source, GHM_SOURCE_REVALIDATED);
    assert_int_equal(event.answer->age_ms, 0);
    assert_int_equal(event.answer->body_len, 4);
    assert_string_equal(event.answer->cache_status, "ghmesh; fwd=stale; fwd-status=304; ttl=300");
    ghm_reply_free(event.answer);
    desk_pass(desk, 299 * S);
    desk_ask(desk, 2, ROUTE, "t0ken"); /* fresh again from the 304's date on */
    assert_int_equal(desk_answered(desk, 2, 200, "body"), GHM_SOURCE_LOCAL);
    assert_int_equal(COUNTED(desk, api_calls_made), 1);
    assert_int_equal(COUNTED(desk, api_calls_free), 1);
    assert_int_equal(COUNTED(desk, api_calls_saved), 2);
    assert_int_equal(COUNTED(desk, expirations), 1);
    assert_adds_up(desk);
}

static void anonymous_not_modified_is_charged(void **state)
{
    struct desk *desk = *state;
    desk_fetch(desk, ROUTE, NULL, "\"one\"", "body");
    desk_pass(desk, 400 * S);
    desk_ask(desk, 1, ROUTE, NULL);
    struct ghm_node_event sent = desk_next(desk, GHM_NODE_SEND);
    assert_headers(sent.headers, "Accept:\nUser-Agent: ghmesh/test\nIf-None-Match: \"one\"\n");
    desk_respond(desk, sent.id, 304, "", "");
    assert_int_equal(desk_answered(desk, 1, 200, "body"), GHM_SOURCE_REVALIDATED);
    assert_int_equal(COUNTED(desk, api_calls_made), 2);
    assert_int_equal(COUNTED(desk, api_calls_free), 0);
    assert_int_equal(COUNTED(desk, api_calls_saved), 0);
}

/* The tag of one identity is of no use with another's token. */
static void tag_goes_with_its_identity_alone(void **state)
{
    struct desk *desk = *state;
    desk_fetch(desk, ROUTE, "one", "\"of one\"", "body of one");
    desk_fetch(desk, ROUTE, NULL, "\"public\"", "public body");
    desk_pass(desk, 400 * S);
    desk_ask(desk, 1, ROUTE, "two");
    struct ghm_node_event sent = desk_next(desk, GHM_NODE_SEND);
    assert_headers(sent.headers, "Accept:\nAuthorization: token two\nUser-Agent: ghmesh/test\n");
    desk_respond(desk, sent.id, 200, "etag: \"of two\"\n", "body of two");
    (void)desk_answered(desk, 1, 200, "body of two");
}

/* A fresh public answer does not hide one's own validators: asked to ask, we ask for free. */
static void own_tag_is_used_beside_a_public_answer(void **state)
{
    struct desk *desk = *state;
    desk_fetch(desk, ROUTE, "one", "\"of one\"", "body of one");
    desk_pass(desk, 400 * S);
    desk_fetch(desk, ROUTE, NULL, "\"public\"", "public body");
    desk_ask_within(desk, 1, ROUTE, "one", 0);
    struct ghm_node_event sent = desk_next(desk, GHM_NODE_SEND);
    assert_headers(sent.headers, "Accept:\nAuthorization: token one\nUser-Agent: ghmesh/test\n"
                                 "If-None-Match: \"of one\"\n");
    desk_respond(desk, sent.id, 304, "", "");
    assert_int_equal(desk_answered(desk, 1, 200, "body of one"), GHM_SOURCE_REVALIDATED);
}

static void put_in(struct desk *desk, const struct ghm_entry *entry)
{
    assert_int_equal(ghm_node_learn(desk->node, entry, desk->time), GHM_OK);
}

/* While GitHub was asked about one body, a member brought another: the 304 says nothing of it. */
static void not_modified_of_a_replaced_entry_asks_again(void **state)
{
    struct desk *desk = *state;
    desk_fetch(desk, ROUTE, "t0ken", "\"one\"", "old");
    desk_pass(desk, 400 * S);
    desk_ask(desk, 1, ROUTE, "t0ken");
    uint64_t flight = desk_sent(desk);
    struct ghm_entry entry =
        desk_entry("GET api.github.com" ROUTE, "t0ken", "newer", desk->time.wall_ms);
    put_in(desk, &entry);
    desk_respond(desk, flight, 304, "", "");
    struct ghm_node_event sent = desk_next(desk, GHM_NODE_SEND);
    assert_int_equal(sent.id, flight);
    assert_headers(sent.headers, "Accept:\nAuthorization: token t0ken\nUser-Agent: ghmesh/test\n");
    desk_pass(desk, 2 * S);
    desk_respond(desk, flight, 200, "etag: \"two\"\n", "newest");
    assert_int_equal(desk_answered(desk, 1, 200, "newest"), GHM_SOURCE_ORIGIN);
    assert_int_equal(COUNTED(desk, api_calls_free), 1);
    assert_int_equal(COUNTED(desk, api_calls_saved), 0); /* it was paid for in the end */
    assert_int_equal(COUNTED(desk, api_calls_made), 2);
}

static void not_modified_of_an_evicted_entry_asks_again(void **state)
{
    struct desk *desk = *state;
    desk_fetch(desk, ROUTE, "t0ken", "\"one\"", "old");
    desk_pass(desk, 400 * S);
    desk_ask(desk, 1, ROUTE, "t0ken");
    uint64_t flight = desk_sent(desk);
    assert_int_equal(ghm_store_drop_prefix(desk->place->store, TEXT("")), 1);
    desk_respond(desk, flight, 304, "", "");
    struct ghm_node_event sent = desk_next(desk, GHM_NODE_SEND);
    assert_headers(sent.headers, "Accept:\nAuthorization: token t0ken\nUser-Agent: ghmesh/test\n");
    /* A 304 to a request without conditions is GitHub's fault: handed on as it is. */
    desk_respond(desk, flight, 304, "", "");
    assert_int_equal(desk_answered(desk, 1, 304, ""), GHM_SOURCE_ORIGIN);
    desk_nothing(desk);
}

/* ---- flights ---- */

static void two_askers_share_a_flight(void **state)
{
    struct desk *desk = *state;
    desk_ask(desk, 1, ROUTE, "t0ken");
    desk_ask(desk, 2, ROUTE, "t0ken");
    uint64_t flight = desk_sent(desk);
    desk_ask(desk, 3, ROUTE, "t0ken"); /* also while it is under way */
    desk_nothing(desk);
    desk_respond(desk, flight, 200, "", "body");
    for (uint64_t id = 1; id <= 3; id++)
        assert_int_equal(desk_answered(desk, id, 200, "body"), GHM_SOURCE_ORIGIN);
    desk_nothing(desk);
    assert_int_equal(COUNTED(desk, requests), 3);
    assert_int_equal(COUNTED(desk, misses), 3);
    assert_int_equal(COUNTED(desk, api_calls_made), 1);
    assert_int_equal(COUNTED(desk, api_calls_saved), 2);
    desk_respond(desk, flight, 200, "", "again"); /* of a flight that is over */
    desk_nothing(desk);
}

static void identities_have_flights_of_their_own(void **state)
{
    struct desk *desk = *state;
    desk_ask(desk, 1, ROUTE, "one");
    desk_ask(desk, 2, ROUTE, "two");
    desk_ask(desk, 3, ROUTE, NULL);
    uint64_t one = desk_sent(desk), nobody = desk_sent(desk);
    desk_respond(desk, nobody, 404, "", "not public");
    desk_respond(desk, one, 404, "", "not for one");
    (void)desk_answered(desk, 3, 404, "not public");
    (void)desk_answered(desk, 1, 404, "not for one");
    desk_pass(desk, 0);
    desk_respond(desk, desk_sent(desk), 200, "", "body of two");
    (void)desk_answered(desk, 2, 200, "body of two");
    desk_nothing(desk);
}

static void anonymous_answers_are_for_all(void **state)
{
    struct desk *desk = *state;
    desk_fetch(desk, ROUTE, NULL, "\"public\"", "public body");
    desk_ask(desk, 1, ROUTE, "one");
    assert_int_equal(desk_answered(desk, 1, 200, "public body"), GHM_SOURCE_LOCAL);
    desk_ask(desk, 2, ROUTE, NULL);
    assert_int_equal(desk_answered(desk, 2, 200, "public body"), GHM_SOURCE_LOCAL);
}

/* P2, at length: many identities, few routes, everything that can happen in any order. Every body
 * says for whom GitHub made it; nobody ever gets one that was made for another. */
static void no_identity_sees_anothers_body(void **state)
{
    enum { IDENTITIES = 12, TARGETS = 3, TURNS = 20000 };
    struct desk *desk = *state;
    struct ghm_entropy entropy;
    static const uint8_t seed[32] = {0x1e, 0xa4};
    static struct {
        int identity, target;
    } flights[TURNS + 1], waiters[TURNS + 1];
    uint64_t pending[256];
    size_t pending_count = 0, answers = 0, foreign_public = 0;
    ghm_entropy_init(&entropy, seed);
    for (uint64_t turn = 1; turn <= TURNS; turn++) {
        char target[32], token[16], body[64];
        int who = (int)ghm_entropy_below(&entropy, IDENTITIES);
        int what = (int)ghm_entropy_below(&entropy, TARGETS);
        (void)snprintf(target, sizeof target, "/repos/o/r%d", what);
        (void)snprintf(token, sizeof token, "token%d", who);
        uint64_t dice = ghm_entropy_below(&entropy, 10);
        if (dice < 4 && pending_count < 200) {
            waiters[turn].identity = who;
            waiters[turn].target = what;
            struct ghm_node_ask *ask = desk_compose(desk, turn, target, who == 0 ? NULL : token);
            ask->bound.has_max_age = ghm_entropy_below(&entropy, 3) == 0;
            ask->bound.max_age_s = (uint32_t)ghm_entropy_below(&entropy, 400);
            (void)!ghm_node_ask(desk->node, ask, desk->time);
        } else if (dice < 7 && pending_count > 0) {
            size_t at = (size_t)ghm_entropy_below(&entropy, pending_count);
            uint64_t flight = pending[at];
            pending[at] = pending[--pending_count];
            static const int statuses[] = {200, 200, 200, 304, 304, 404, 500, 403};
            int status = statuses[ghm_entropy_below(&entropy, 8)];
            (void)snprintf(body, sizeof body, "%d %d %llu", flights[flight].identity,
                           flights[flight].target, (unsigned long long)turn);
            char etag[80];
            (void)snprintf(etag, sizeof etag, "etag: \"%s\"\n", body);
            desk_respond(desk, flight, status, etag, status == 304 ? "" : body);
        } else if (dice == 7) {
            char name[64];
            (void)snprintf(name, sizeof name, "GET api.github.com%s", target);
            (void)snprintf(body, sizeof body, "%d %d peer", who, what);
            struct ghm_entry entry =
                desk_entry(name, who == 0 ? NULL : token, body, desk->time.wall_ms);
            (void)!ghm_node_learn(desk->node, &entry, desk->time);
        } else if (dice == 8) {
            desk_pass(desk, ghm_entropy_below(&entropy, 60) * S);
        }
        for (struct ghm_node_event event; ghm_node_next(desk->node, &event);) {
            if (event.type == GHM_NODE_SEND) {
                /* Who is meant is told by the token alone. */
                const char *at = memmem(event.headers.ptr, event.headers.len, "token token", 11);
                flights[event.id].identity = at == NULL ? 0 : atoi(at + 11);
                flights[event.id].target =
                    atoi(event.url + strlen("https://api.github.com/repos/o/r"));
                assert_true(pending_count < 256);
                pending[pending_count++] = event.id;
            }
            if (event.type != GHM_NODE_ANSWER || event.answer == NULL) continue;
            if (event.answer->body_len == 0) { /* GitHub's 304, which we did not ask for */
                ghm_reply_free(event.answer);
                continue;
            }
            const char *got = event.answer->bytes + event.answer->headers_len + 1;
            int made_for = atoi(got), made_of = atoi(strchr(got, ' '));
            assert_true(made_for == waiters[event.id].identity || made_for == 0);
            assert_int_equal(made_of, waiters[event.id].target);
            foreign_public += made_for != waiters[event.id].identity;
            answers++;
            ghm_reply_free(event.answer);
        }
    }
    assert_true(answers > 5000 && foreign_public > 100);
    assert_adds_up(desk);
}

/* ---- GitHub's limits ---- */

static void hold_serves_the_stale_or_the_refusal(void **state)
{
    static const int statuses[] = {403, 429};
    struct desk *desk = *state;
    for (int i = 0; i < 2; i++) {
        char token[8];
        (void)snprintf(token, sizeof token, "t%d", i);
        desk_fetch(desk, ROUTE, token, "\"one\"", "body");
        desk_pass(desk, 400 * S);
        desk_ask(desk, 1, ROUTE, token);
        desk_ask_within(desk, 2, ROUTE, token, 10); /* the bound of this one is never passed */
        desk_respond(desk, desk_sent(desk), statuses[i], "retry-after: 60\n", SECONDARY);
        assert_int_equal(desk_answered(desk, 1, 200, "body"), GHM_SOURCE_STALE);
        assert_int_equal(desk_answered(desk, 2, statuses[i], SECONDARY), GHM_SOURCE_ORIGIN);
        /* While it holds, nothing goes out for this identity: what is there, or ERATE. */
        for (int s = 0; s < 60; s += 20) {
            desk_ask(desk, 3, ROUTE, token);
            assert_int_equal(desk_answered(desk, 3, 200, "body"), GHM_SOURCE_STALE);
            desk_ask(desk, 4, "/repos/o/another", token);
            desk_failed(desk, 4, GHM_ERATE);
            desk_nothing(desk);
            desk_pass(desk, 19 * S);
        }
        desk_ask(desk, 5, "/repos/o/another", "somebody else"); /* another account */
        desk_respond(desk, desk_sent(desk), 200, "", "other");
        (void)desk_answered(desk, 5, 200, "other");
        desk_pass(desk, 3 * S);
        desk_ask(desk, 6, "/repos/o/another", token);
        desk_respond(desk, desk_sent(desk), 200, "", "after the hold");
        (void)desk_answered(desk, 6, 200, "after the hold");
        ghm_store_drop_prefix(desk->place->store, TEXT("")) > 0 ? (void)0 : fail();
    }
    assert_int_equal(COUNTED(desk, stale_hits), 8);
    assert_int_equal(COUNTED(desk, origin_errors), 2);
    assert_adds_up(desk);
}

/* Past its stale time an answer is not served, whatever holds. */
static void stale_time_is_bounded(void **state)
{
    struct desk *desk = *state;
    desk_fetch(desk, ROUTE, "t0ken", "\"one\"", "body");
    desk_pass(desk, (ROUTE_TTL_S + GHM_FRESHNESS_STALE_S - 1) * S);
    desk_ask(desk, 1, ROUTE, "t0ken");
    desk_respond(desk, desk_sent(desk), 429, "retry-after: 60\n", SECONDARY);
    struct ghm_node_event event = desk_next(desk, GHM_NODE_ANSWER);
    assert_int_equal(event.answer->source, GHM_SOURCE_STALE);
    assert_string_equal(event.answer->cache_status, "ghmesh; hit; ttl=-3599; detail=stale");
    ghm_reply_free(event.answer);
    desk_pass(desk, 1 * S);
    desk_ask(desk, 2, ROUTE, "t0ken");
    desk_failed(desk, 2, GHM_ERATE);
}

/* A hold is for the requests that are ready, too. */
static void hold_stops_what_is_ready(void **state)
{
    struct desk *desk = *state;
    desk_ask(desk, 1, "/repos/o/a", "t0ken");
    uint64_t first = desk_sent(desk);
    desk_ask(desk, 2, "/repos/o/b", "t0ken");
    desk_ask(desk, 3, "/repos/o/c", "another");
    desk_ask(desk, 4, "/repos/o/d", "t0ken");
    desk_respond(desk, first, 403, "retry-after: 60\n", SECONDARY);
    (void)desk_answered(desk, 1, 403, SECONDARY);
    desk_failed(desk, 2, GHM_ERATE);
    desk_failed(desk, 4, GHM_ERATE);
    struct ghm_node_event sent = desk_next(desk, GHM_NODE_SEND);
    assert_string_equal(sent.url, "https://api.github.com/repos/o/c");
    desk_nothing(desk);
}

/* The budget is spent, says a 200: nothing goes out before the window ends. */
static void spent_budget_holds(void **state)
{
    struct desk *desk = *state;
    char headers[200];
    (void)snprintf(headers, sizeof headers,
                   "x-ratelimit-limit: 60\nx-ratelimit-remaining: 0\nx-ratelimit-reset: %lld\n"
                   "x-ratelimit-resource: core\n",
                   (long long)(DATE_MS / 1000 + 100));
    desk_ask(desk, 1, "/repos/o/a", "t0ken");
    desk_respond(desk, desk_sent(desk), 200, headers, "the last");
    (void)desk_answered(desk, 1, 200, "the last");
    desk_ask(desk, 2, "/repos/o/b", "t0ken");
    desk_failed(desk, 2, GHM_ERATE);
    desk_ask(desk, 3, "/search/issues?q=x", "t0ken"); /* another resource */
    desk_respond(desk, desk_sent(desk), 200, "x-ratelimit-resource: search\n", "found");
    (void)desk_answered(desk, 3, 200, "found");
    desk_pass(desk, 101 * S);
    desk_ask(desk, 4, "/repos/o/b", "t0ken");
    (void)desk_sent(desk);
}

/* A 403 that only says "not you" holds nothing. */
static void forbidden_is_an_answer(void **state)
{
    struct desk *desk = *state;
    const char *body = "{\"message\":\"Resource not accessible by integration\"}";
    desk_ask(desk, 1, ROUTE, "t0ken");
    desk_respond(desk, desk_sent(desk), 403, "x-ratelimit-remaining: 4000\n", body);
    assert_int_equal(desk_answered(desk, 1, 403, body), GHM_SOURCE_ORIGIN);
    desk_ask(desk, 2, ROUTE, "t0ken");
    (void)desk_sent(desk);
    assert_int_equal(COUNTED(desk, origin_errors), 0);
}

/* ---- failures ---- */

static void broken_answers_are_tried_again(void **state)
{
    static const int failures[] = {500, 502, 503, 504, GHM_EORIGIN, GHM_ETIMEOUT};
    struct desk *desk = *state;
    for (size_t i = 0; i < sizeof failures / sizeof failures[0]; i++) {
        uint64_t made = COUNTED(desk, api_calls_made), errors = COUNTED(desk, origin_errors);
        desk_ask(desk, 1, ROUTE, "t0ken");
        uint64_t flight = 0, waited_ms = 0;
        for (uint64_t try = 1; try <= GHM_NODE_TRIES_MAX; try++) {
            flight = desk_sent(desk);
            if (failures[i] > 0)
                desk_respond(desk, flight, failures[i], "", "broken");
            else
                desk_break(desk, flight, failures[i]);
            if (try == GHM_NODE_TRIES_MAX) break;
            desk_nothing(desk);
            /* First 250 ms and as much again at most, drawn; then twice that. */
            uint64_t wait_ns = ghm_node_deadline(desk->node) - desk->time.now_ns;
            assert_in_range(wait_ns, (250 * MS) << (try - 1), (500 * MS) << (try - 1));
            waited_ms += wait_ns / MS;
            desk_pass(desk, wait_ns - 1);
            desk_nothing(desk);
            desk_pass(desk, 1);
        }
        if (failures[i] > 0)
            assert_int_equal(desk_answered(desk, 1, failures[i], "broken"), 1);
        else
            desk_failed(desk, 1, failures[i]);
        assert_true(waited_ms >= 750);
        assert_int_equal(COUNTED(desk, retries), 2 * (i + 1));
        assert_int_equal(COUNTED(desk, origin_errors), errors + 3);
        assert_int_equal(COUNTED(desk, api_calls_made), made + (failures[i] > 0 ? 3 : 0));
        desk_nothing(desk);
    }
    assert_adds_up(desk);
}

static void second_try_may_succeed(void **state)
{
    struct desk *desk = *state;
    desk_fetch(desk, ROUTE, "t0ken", "\"one\"", "body");
    desk_pass(desk, 400 * S);
    desk_ask(desk, 1, ROUTE, "t0ken");
    desk_break(desk, desk_sent(desk), GHM_EORIGIN);
    desk_pass(desk, 600 * MS);
    struct ghm_node_event sent = desk_next(desk, GHM_NODE_SEND);
    assert_headers(sent.headers, "Accept:\nAuthorization: token t0ken\nUser-Agent: ghmesh/test\n"
                                 "If-None-Match: \"one\"\n");
    desk_respond(desk, sent.id, 304, "", "");
    assert_int_equal(desk_answered(desk, 1, 200, "body"), GHM_SOURCE_REVALIDATED);
}

/* An answer to a try that is over says nothing. */
static void second_word_of_a_try_is_ignored(void **state)
{
    struct desk *desk = *state;
    desk_ask(desk, 1, ROUTE, "t0ken");
    uint64_t flight = desk_sent(desk);
    desk_break(desk, flight, GHM_EORIGIN);
    desk_break(desk, flight, GHM_EORIGIN);
    desk_respond(desk, flight, 404, "", "of the first try");
    desk_nothing(desk);
    desk_pass(desk, 1 * S);
    assert_int_equal(desk_sent(desk), flight);
    desk_respond(desk, flight, 200, "", "of the second");
    (void)desk_answered(desk, 1, 200, "of the second");
    assert_int_equal(COUNTED(desk, retries), 1);
}

static void waits_are_drawn(void **state)
{
    struct desk *desk = *state;
    uint64_t seen[8];
    for (size_t i = 0; i < 8; i++) {
        char target[32];
        (void)snprintf(target, sizeof target, "/repos/o/%d", (int)i);
        desk_ask(desk, i, target, "t0ken");
        desk_break(desk, desk_sent(desk), GHM_EORIGIN);
        seen[i] = ghm_node_deadline(desk->node) - desk->time.now_ns;
        ghm_node_stop(desk->node);
        desk_failed(desk, i, GHM_ECLOSED);
    }
    size_t same = 0;
    for (size_t i = 1; i < 8; i++)
        same += seen[i] == seen[0];
    assert_true(same < 7);
}

static void stale_is_served_when_github_is_away(void **state)
{
    struct desk *desk = *state;
    desk_fetch(desk, ROUTE, "t0ken", "\"one\"", "body");
    desk_pass(desk, 400 * S);
    desk_ask(desk, 1, ROUTE, "t0ken");
    for (int try = 0; try < GHM_NODE_TRIES_MAX; try++) {
        desk_break(desk, desk_sent(desk), GHM_EORIGIN);
        desk_pass(desk, 1 * S);
    }
    assert_int_equal(desk_answered(desk, 1, 200, "body"), GHM_SOURCE_STALE);
    desk_pass(desk, GHM_AWAY_S * S);
    desk_ask(desk, 2, ROUTE, "t0ken");
    for (int try = 0; try < GHM_NODE_TRIES_MAX; try++) {
        desk_respond(desk, desk_sent(desk), 502, "", "bad gateway");
        desk_pass(desk, 1 * S);
    }
    assert_int_equal(desk_answered(desk, 2, 200, "body"), GHM_SOURCE_STALE);
    assert_int_equal(COUNTED(desk, stale_hits), 2);
}

/* Came in from a member meanwhile: then it is fresh, and said to be. */
static void fresh_by_now_is_not_called_stale(void **state)
{
    struct desk *desk = *state;
    desk_ask(desk, 1, ROUTE, "t0ken");
    uint64_t flight = desk_sent(desk);
    struct ghm_entry entry =
        desk_entry("GET api.github.com" ROUTE, "t0ken", "of a member", DATE_MS);
    put_in(desk, &entry);
    desk_respond(desk, flight, 429, "retry-after: 60\n", SECONDARY);
    assert_int_equal(desk_answered(desk, 1, 200, "of a member"), GHM_SOURCE_PEER);
    assert_int_equal(COUNTED(desk, stale_hits), 0);
}

static void errors_that_no_retry_mends_end_at_once(void **state)
{
    struct desk *desk = *state;
    desk_ask(desk, 1, ROUTE, "t0ken");
    desk_break(desk, desk_sent(desk), GHM_ENOMEM);
    desk_failed(desk, 1, GHM_ENOMEM);
    desk_nothing(desk);
}

static void refusals_pass_and_are_not_kept(void **state)
{
    static const int statuses[] = {201, 204, 301, 302, 400, 401, 404, 410, 422, 451, 501};
    struct desk *desk = *state;
    for (size_t i = 0; i < sizeof statuses / sizeof statuses[0]; i++) {
        for (int round = 0; round < 2; round++) {
            desk_ask(desk, 1, ROUTE, "t0ken");
            desk_respond(desk, desk_sent(desk), statuses[i], "etag: \"no\"\n", "no");
            assert_int_equal(desk_answered(desk, 1, statuses[i], "no"), GHM_SOURCE_ORIGIN);
            desk_nothing(desk);
            desk_pass(desk, 5 * S); /* for which what is not there is told again: test_absent.c */
        }
    }
    assert_int_equal(size_of(desk->place->store).entries, 0);
    assert_adds_up(desk);
}

/* What GitHub no longer shows is forgotten: it is not what a day without GitHub brings back. */
static void what_is_gone_is_forgotten(void **state)
{
    struct desk *desk = *state;
    desk_fetch(desk, ROUTE, "t0ken", "\"v1\"", "there");
    assert_int_equal(size_of(desk->place->store).entries, 1);
    desk_pass(desk, 600 * S);
    desk_ask(desk, 1, ROUTE, "t0ken");
    desk_respond(desk, desk_sent(desk), 404, "", "gone");
    (void)desk_answered(desk, 1, 404, "gone");
    assert_int_equal(size_of(desk->place->store).entries, 0);
}

/* ---- timeouts ---- */

static void flight_times_out(void **state)
{
    struct desk *desk = *state;
    desk_ask(desk, 1, ROUTE, "t0ken");
    uint64_t flight = desk_sent(desk);
    assert_true(ghm_node_deadline(desk->node) == desk->time.now_ns + 30 * S);
    desk_pass(desk, 30 * S - 1);
    desk_nothing(desk);
    desk_pass(desk, 1);
    desk_failed(desk, 1, GHM_ETIMEOUT);
    assert_true(ghm_node_deadline(desk->node) == GHM_NEVER);
    desk_respond(desk, flight, 200, "", "too late");
    desk_nothing(desk);
}

/* The joiner's own time counts for the joiner: shorter or longer than the first's. */
static void every_waiter_has_its_own_time(void **state)
{
    static const uint64_t timeouts[] = {10 * S, 2 * S, 20 * S, 2 * S};
    struct desk *desk = *state;
    for (uint64_t id = 0; id < 4; id++) {
        struct ghm_node_ask *ask = desk_compose(desk, id, ROUTE, "t0ken");
        ask->timeout_ns = timeouts[id];
        assert_int_equal(ghm_node_ask(desk->node, ask, desk->time), GHM_OK);
    }
    uint64_t flight = desk_sent(desk);
    desk_pass(desk, 2 * S);
    desk_failed(desk, 1, GHM_ETIMEOUT);
    desk_failed(desk, 3, GHM_ETIMEOUT);
    desk_nothing(desk);
    desk_pass(desk, 8 * S);
    desk_failed(desk, 0, GHM_ETIMEOUT);
    desk_nothing(desk);
    desk_pass(desk, 9 * S);
    desk_respond(desk, flight, 200, "", "for the patient");
    (void)desk_answered(desk, 2, 200, "for the patient");
    assert_int_equal(COUNTED(desk, api_calls_made), 1);
}

static void waiter_that_times_out_gets_the_stale(void **state)
{
    struct desk *desk = *state;
    desk_fetch(desk, ROUTE, "t0ken", "\"one\"", "body");
    desk_pass(desk, 400 * S);
    desk_ask(desk, 1, ROUTE, "t0ken");
    (void)desk_sent(desk);
    desk_ask_within(desk, 2, ROUTE, "t0ken", 100);
    desk_pass(desk, 30 * S);
    assert_int_equal(desk_answered(desk, 1, 200, "body"), GHM_SOURCE_STALE);
    desk_failed(desk, 2, GHM_ETIMEOUT);
}

/* No pause is begun that the deadline would cut, and a late tick sends nothing. */
static void no_try_outlives_the_deadline(void **state)
{
    struct desk *desk = *state;
    struct ghm_node_ask *ask = desk_compose(desk, 1, ROUTE, "t0ken");
    ask->timeout_ns = 200 * MS;
    assert_int_equal(ghm_node_ask(desk->node, ask, desk->time), GHM_OK);
    desk_break(desk, desk_sent(desk), GHM_EORIGIN);
    desk_failed(desk, 1, GHM_EORIGIN);
    ask = desk_compose(desk, 2, ROUTE, "t0ken");
    ask->timeout_ns = 1 * S;
    assert_int_equal(ghm_node_ask(desk->node, ask, desk->time), GHM_OK);
    desk_break(desk, desk_sent(desk), GHM_EORIGIN);
    desk_pass(desk, 5 * S);
    desk_failed(desk, 2, GHM_ETIMEOUT);
    desk_nothing(desk);
    /* An answer that makes another try, when there is no time for one any more. */
    desk_fetch(desk, "/repos/o/a", "t0ken", "\"one\"", "old");
    desk_pass(desk, 400 * S);
    desk_ask(desk, 3, "/repos/o/a", "t0ken");
    uint64_t flight = desk_sent(desk);
    assert_int_equal(ghm_store_drop_prefix(desk->place->store, TEXT("")), 1);
    desk->time.now_ns += 31 * S; /* the tick comes later */
    desk_respond(desk, flight, 304, "", "");
    desk_failed(desk, 3, GHM_ETIMEOUT);
    desk_nothing(desk);
}

static void time_left_is_told_to_each_try(void **state)
{
    struct desk *desk = *state;
    desk_ask(desk, 1, ROUTE, "t0ken");
    desk_break(desk, desk_sent(desk), GHM_EORIGIN);
    desk_pass(desk, 10 * S);
    struct ghm_node_event sent = desk_next(desk, GHM_NODE_SEND);
    assert_in_range(sent.timeout_ms, 20000, 20001);
}

/* ---- what is never kept ---- */

static void never_routes_are_neither_read_nor_kept(void **state)
{
    static const char *const targets[] = {
        "/rate_limit",
        "/repos/o/r/actions/runners/registration-token",
        "/orgs/o/actions/runners/registration-token",
        "/app/installations/1/access_tokens",
        "/zen",
    };
    struct desk *desk = *state;
    for (size_t i = 0; i < sizeof targets / sizeof targets[0]; i++) {
        /* A member's entry of such a kind is not taken either. */
        char name[128];
        (void)snprintf(name, sizeof name, "GET api.github.com%s", targets[i]);
        struct ghm_entry entry = desk_entry(name, NULL, "minted", DATE_MS);
        assert_int_equal(ghm_node_learn(desk->node, &entry, desk->time), GHM_EINVAL);
        for (int round = 0; round < 2; round++) {
            desk_ask(desk, 1, targets[i], NULL);
            desk_ask(desk, 2, targets[i], NULL); /* and nobody shares it */
            struct ghm_node_event first = desk_next(desk, GHM_NODE_SEND);
            assert_headers(first.headers, "Accept:\nUser-Agent: ghmesh/test\n");
            uint64_t second = desk_sent(desk);
            desk_respond(desk, first.id, 200, "etag: \"s\"\n", "secret one");
            desk_respond(desk, second, 200, "etag: \"s\"\n", "secret two");
            (void)desk_answered(desk, 1, 200, "secret one");
            (void)desk_answered(desk, 2, 200, "secret two");
        }
    }
    assert_int_equal(size_of(desk->place->store).entries, 0);
    assert_int_equal(COUNTED(desk, local_hits), 0);
    assert_adds_up(desk);
}

static void headers_of_the_caller_bypass(void **state)
{
    struct desk *desk = *state;
    desk_fetch(desk, ROUTE, "t0ken", "\"one\"", "body");
    struct ghm_node_ask *ask = desk_compose(desk, 1, ROUTE, "t0ken");
    ask->headers = TEXT("If-None-Match: \"theirs\"\n");
    ask->is_bypass = true;
    assert_int_equal(ghm_node_ask(desk->node, ask, desk->time), GHM_OK);
    struct ghm_node_event sent = desk_next(desk, GHM_NODE_SEND);
    assert_headers(sent.headers, "Accept:\nAuthorization: token t0ken\nUser-Agent: ghmesh/test\n"
                                 "If-None-Match: \"theirs\"\n");
    desk_respond(desk, sent.id, 304, "", ""); /* their own business */
    assert_int_equal(desk_answered(desk, 1, 304, ""), GHM_SOURCE_ORIGIN);
    assert_int_equal(ghm_node_ask(desk->node, ask, desk->time), GHM_OK);
    desk_respond(desk, desk_sent(desk), 200, "etag: \"x\"\n", "a range of it");
    (void)desk_answered(desk, 1, 200, "a range of it");
    desk_ask(desk, 2, ROUTE, "t0ken");
    assert_int_equal(desk_answered(desk, 2, 200, "body"), GHM_SOURCE_LOCAL);
    /* When GitHub is away, what is stored is no answer to it. */
    ask = desk_compose(desk, 1, ROUTE, "t0ken");
    ask->is_bypass = true;
    assert_int_equal(ghm_node_ask(desk->node, ask, desk->time), GHM_OK);
    desk_respond(desk, desk_sent(desk), 429, "retry-after: 9\n", SECONDARY);
    assert_int_equal(desk_answered(desk, 1, 429, SECONDARY), GHM_SOURCE_ORIGIN);
}

/* Not even a flight that is under way for the same thing is theirs. */
static void bypass_joins_nobody(void **state)
{
    struct desk *desk = *state;
    desk_ask(desk, 1, ROUTE, "t0ken");
    uint64_t usual = desk_sent(desk);
    struct ghm_node_ask *ask = desk_compose(desk, 2, ROUTE, "t0ken");
    ask->headers = TEXT("Range: bytes=0-1\n");
    ask->is_bypass = true;
    assert_int_equal(ghm_node_ask(desk->node, ask, desk->time), GHM_OK);
    uint64_t theirs = desk_sent(desk);
    desk_respond(desk, theirs, 206, "", "bo");
    (void)desk_answered(desk, 2, 206, "bo");
    desk_respond(desk, usual, 200, "", "body");
    (void)desk_answered(desk, 1, 200, "body");
}

static void too_large_a_body_passes_unkept(void **state)
{
    struct desk *desk = *state;
    size_t len = (size_t)GHM_ENTRY_BODY_MAX + 1;
    uint8_t *body = calloc(1, len);
    assert_non_null(body);
    desk_ask(desk, 1, ROUTE, "t0ken");
    struct ghm_node_response response = {
        .flight = desk_sent(desk), .status = 200, .body = ghm_bytes(body, len)};
    ghm_node_response(desk->node, &response, desk->time);
    struct ghm_node_event event = desk_next(desk, GHM_NODE_ANSWER);
    assert_int_equal(event.answer->body_len, len);
    ghm_reply_free(event.answer);
    assert_int_equal(size_of(desk->place->store).entries, 0);
    struct ghm_log_record record;
    assert_false(ghm_log_take(&desk->log, &record)); /* it was not even tried */
    free(body);
}

/* The store refuses it (its bound is smaller): the caller has its answer all the same. */
static void full_store_fails_open(void **state)
{
    struct desk *desk = *state;
    place_close(desk->place);
    desk->place->options.bytes_max = 100;
    assert_int_equal(place_open(desk->place), GHM_OK);
    desk->config.local.store = desk->place->store;
    ghm_node_free(desk->node);
    desk_start(desk);
    static char body[100000];
    memset(body, 'x', sizeof body - 1);
    for (int round = 0; round < 2; round++) {
        desk_ask(desk, 1, ROUTE, "t0ken");
        desk_respond(desk, desk_sent(desk), 200, "etag: \"x\"\n", body);
        assert_int_equal(desk_answered(desk, 1, 200, body), GHM_SOURCE_ORIGIN);
    }
    struct ghm_log_record record;
    assert_true(ghm_log_take(&desk->log, &record));
    assert_non_null(strstr(record.text, "could not be kept"));
}

/* ---- time ---- */

static void skew_is_learned_from_the_date(void **state)
{
    static const int64_t skews_ms[] = {3600000, -86400000, 0};
    struct desk *desk = *state;
    for (int is_shared = 1; is_shared >= 0; is_shared--) {
        if (!is_shared) {
            ghm_node_free(desk->node);
            desk->config.local.shared = NULL;
            desk_start(desk);
        }
        for (size_t i = 0; i < 3; i++) {
            assert_true(ghm_store_drop_prefix(desk->place->store, TEXT("")) >= 0);
            desk_ask(desk, 1, ROUTE, "t0ken");
            int64_t github_ms = desk->time.wall_ms + skews_ms[i];
            desk_respond_at(desk, desk_sent(desk), 200, "etag: \"x\"\n", "body", github_ms);
            (void)desk_answered(desk, 1, 200, "body");
            assert_true(ghm_node_github_ms(desk->node, desk->time) == github_ms);
            /* Ages are in GitHub's time: its 300 s are 300 s here. */
            desk_pass(desk, 299 * S);
            desk_ask(desk, 2, ROUTE, "t0ken");
            assert_int_equal(desk_answered(desk, 2, 200, "body"), GHM_SOURCE_LOCAL);
            desk_pass(desk, 1 * S);
            desk_ask(desk, 3, ROUTE, "t0ken");
            desk_respond_at(desk, desk_sent(desk), 409, "", "", github_ms + 300000);
            (void)desk_answered(desk, 3, 409, "");
            if (is_shared)
                assert_true(atomic_load(&desk->place->shared->github_skew_ms) == skews_ms[i]);
        }
    }
}

/* Date has whole seconds: what looks like less than a second and a half is no skew. */
static void noise_of_the_date_is_no_skew(void **state)
{
    struct desk *desk = *state;
    static const int64_t noises_ms[] = {-1500, -999, 999, 1500};
    for (size_t i = 0; i < 4; i++) {
        desk_ask(desk, 1, ROUTE, "t0ken");
        desk->time.wall_ms = DATE_MS - noises_ms[i];
        desk_respond_at(desk, desk_sent(desk), 409, "", "", DATE_MS);
        (void)desk_answered(desk, 1, 409, "");
        assert_true(atomic_load(&desk->place->shared->github_skew_ms) == 0);
    }
}

static void answer_without_a_date_is_of_now(void **state)
{
    struct desk *desk = *state;
    static const char *const blocks[] = {"", "date: yesterday\n"};
    for (size_t i = 0; i < 2; i++) {
        assert_true(ghm_store_drop_prefix(desk->place->store, TEXT("")) >= 0);
        desk_ask(desk, 1, ROUTE, "t0ken");
        struct ghm_node_response response = {.flight = desk_sent(desk),
                                             .status = 200,
                                             .headers = ghm_bytes_text(blocks[i]),
                                             .body = TEXT("body")};
        ghm_node_response(desk->node, &response, desk->time);
        (void)desk_answered(desk, 1, 200, "body");
        desk_pass(desk, 299 * S);
        desk_ask(desk, 2, ROUTE, "t0ken");
        assert_int_equal(desk_answered(desk, 2, 200, "body"), GHM_SOURCE_LOCAL);
    }
}

/* ---- what members say ---- */

static int learn(struct desk *desk, const char *body, int64_t date_ms)
{
    struct ghm_entry entry = desk_entry("GET api.github.com" ROUTE, "t0ken", body, date_ms);
    return ghm_node_learn(desk->node, &entry, desk->time);
}

static void newer_wins_and_older_is_refused(void **state)
{
    struct desk *desk = *state;
    assert_int_equal(learn(desk, "second", DATE_MS - 1000), GHM_OK);
    assert_int_equal(learn(desk, "first", DATE_MS - 2000), GHM_EOLD);
    assert_int_equal(learn(desk, "second", DATE_MS - 1000), GHM_EOLD);
    desk_ask(desk, 1, ROUTE, "t0ken");
    assert_int_equal(desk_answered(desk, 1, 200, "second"), GHM_SOURCE_PEER);
    assert_int_equal(learn(desk, "third", DATE_MS), GHM_OK);
    desk_ask(desk, 2, ROUTE, "t0ken");
    assert_int_equal(desk_answered(desk, 2, 200, "third"), GHM_SOURCE_PEER);
    desk_ask(desk, 3, ROUTE, "another"); /* of another identity it proves nothing */
    (void)desk_sent(desk);
    assert_int_equal(COUNTED(desk, announces_stored), 2);
    assert_int_equal(COUNTED(desk, peer_hits), 2);
    assert_int_equal(COUNTED(desk, api_calls_saved), 2);
    /* What a member told is not told again. */
    uint64_t number;
    uint8_t id[GHM_VARIANT_ID_LEN];
    assert_int_equal(ghm_store_outbox(desk->place->store, &number, id), GHM_ENOTFOUND);
    desk_nothing(desk);
}

/* Source: sha256(b"token t0ken:" + b"body") by Python. */
#define TAG_OF_BODY "\"23bc7acc427ced7f4e804f557e0d25c4544f7e02e16280c7bd4eb6be15cc078e\""

/* Guard: GHM_STORE_HEARD in hearing.c. The hash of one of the two bodies is the smaller. */
static void of_one_second_the_later_is_kept(void **state)
{
    struct desk *desk = *state;
    desk_fetch(desk, ROUTE, "t", "\"1\"", "one");
    for (int i = 0; i < 2; i++) {
        const char *body = i == 0 ? "two" : "one";
        desk_ask_within(desk, 1, ROUTE, "t", 0);
        desk_respond(desk, desk_sent(desk), 200, "etag: \"2\"\n", body);
        assert_int_equal(desk_answered(desk, 1, 200, body), GHM_SOURCE_ORIGIN);
        desk_ask(desk, 2, ROUTE, "t");
        assert_int_equal(desk_answered(desk, 2, 200, body), GHM_SOURCE_LOCAL);
    }
}

static void our_ttl_counts(void **state)
{
    struct desk *desk = *state;
    assert_int_equal(learn(desk, "body", DATE_MS), GHM_OK); /* it says a day */
    desk_pass(desk, 299 * S);
    desk_ask(desk, 1, ROUTE, "t0ken");
    assert_int_equal(desk_answered(desk, 1, 200, "body"), GHM_SOURCE_PEER);
    desk_pass(desk, 1 * S);
    desk_ask(desk, 2, ROUTE, "t0ken");
    struct ghm_node_event sent = desk_next(desk, GHM_NODE_SEND);
    /* Of the same identity, but a member said so: by the tag of the body that came with it. */
    assert_headers(sent.headers, "Accept:\nAuthorization: token t0ken\nUser-Agent: ghmesh/test\n"
                                 "If-None-Match: " TAG_OF_BODY "\n");
    desk_respond(desk, sent.id, 304, "", "");
    assert_int_equal(desk_answered(desk, 2, 200, "body"), GHM_SOURCE_REVALIDATED);
    desk_ask(desk, 3, ROUTE, "t0ken"); /* ours since GitHub said so to us */
    assert_int_equal(desk_answered(desk, 3, 200, "body"), GHM_SOURCE_LOCAL);
}

static struct ghm_entry learned_put(const char *name, uint32_t ttl_s)
{
    struct ghm_entry entry = desk_entry(name, NULL, "1", DATE_MS);
    entry.kind = GHM_ENTRY_PUT;
    entry.headers = GHM_BYTES_NONE;
    entry.ttl_s = ttl_s;
    return entry;
}

static void ttl_of_a_value_is_bounded(void **state)
{
    struct desk *desk = *state;
    struct ghm_local_found found;
    struct ghm_variant variant;
    struct ghm_identity anonymous = desk_identity(NULL);
    struct ghm_freshness_bound bound = {0};
    static const uint32_t ttls_s[][2] = {
        {5, 5}, {30 * 86400, 30 * 86400}, {UINT32_MAX, 30 * 86400}};
    for (size_t i = 0; i < 3; i++) {
        char name[32];
        (void)snprintf(name, sizeof name, "op:n=%d", (int)i);
        struct ghm_entry entry = learned_put(name, ttls_s[i][0]);
        put_in(desk, &entry);
        assert_int_equal(ghm_variant_of_name(&variant, ghm_bytes_text(name)), GHM_OK);
        assert_int_equal(
            ghm_local_find(&desk->config.local, &found, &variant, &anonymous, &bound, DATE_MS),
            GHM_OK);
        assert_int_equal(found.entry.ttl_s, ttls_s[i][1]);
        ghm_local_done(&desk->config.local, &found);
    }
}

static void kinds_that_are_never_shared_are_refused(void **state)
{
    struct desk *desk = *state;
    struct ghm_entry entry = desk_entry("GET api.github.com" ROUTE, "t0ken", "body", DATE_MS);
    entry.status = 404;
    assert_int_equal(ghm_node_learn(desk->node, &entry, desk->time), GHM_EINVAL);
    entry = desk_entry("", "t0ken", "body", DATE_MS);
    assert_int_equal(ghm_node_learn(desk->node, &entry, desk->time), GHM_EINVAL);
    /* A value under the name of a request would live by its sender's TTL. */
    entry = learned_put("GET api.github.com" ROUTE, 86400);
    assert_int_equal(ghm_node_learn(desk->node, &entry, desk->time), GHM_EINVAL);
    assert_int_equal(size_of(desk->place->store).entries, 0);
    assert_int_equal(COUNTED(desk, announces_stored), 0);
}

/* ---- bounds ---- */

static void bound_of_flights_is_reached_and_not_passed(void **state)
{
    struct desk *desk = *state;
    char target[32];
    for (unsigned i = 0; i < GHM_NODE_FLIGHTS_MAX; i++) {
        (void)snprintf(target, sizeof target, "/repos/o/%u", i);
        struct ghm_node_ask *ask = desk_compose(desk, i, target, "t0ken");
        ask->is_bypass = i % 2 == 0;
        assert_int_equal(ghm_node_ask(desk->node, ask, desk->time), GHM_OK);
    }
    size_t used = desk->mem.used_bytes;
    struct ghm_node_ask *ask = desk_compose(desk, 9000, "/repos/o/more", "t0ken");
    assert_int_equal(ghm_node_ask(desk->node, ask, desk->time), GHM_ELIMIT);
    assert_int_equal(desk->mem.used_bytes, used);
    desk_ask(desk, 9001, "/repos/o/1", "t0ken"); /* who joins needs no flight */
    desk_respond(desk, desk_sent(desk), 404, "", "");
    (void)desk_answered(desk, 0, 404, "");
    desk_ask(desk, 9002, "/repos/o/more", "t0ken"); /* one is over, one may start */
    ask = desk_compose(desk, 9003, "/repos/o/evenmore", "t0ken");
    assert_int_equal(ghm_node_ask(desk->node, ask, desk->time), GHM_ELIMIT);
}

static void bound_of_waiters_is_reached_and_not_passed(void **state)
{
    struct desk *desk = *state;
    for (unsigned i = 0; i < GHM_NODE_WAITERS_MAX; i++)
        desk_ask(desk, i, ROUTE, "t0ken");
    struct ghm_node_ask *ask = desk_compose(desk, 9000, ROUTE, "t0ken");
    assert_int_equal(ghm_node_ask(desk->node, ask, desk->time), GHM_ELIMIT);
    /* Answers that were not taken count too. */
    desk_respond(desk, desk_sent(desk), 200, "", "body");
    assert_int_equal(ghm_node_ask(desk->node, ask, desk->time), GHM_ELIMIT);
    (void)desk_answered(desk, 0, 200, "body");
    assert_int_equal(ghm_node_ask(desk->node, ask, desk->time), GHM_OK);
    assert_int_equal(ghm_node_ask(desk->node, ask, desk->time), GHM_ELIMIT);
    ghm_node_forget(desk->node, 1);
    assert_int_equal(ghm_node_ask(desk->node, ask, desk->time), GHM_OK);
    assert_int_equal(ghm_node_ask(desk->node, ask, desk->time), GHM_ELIMIT);
}

/* ---- going away ---- */

static void forgotten_waiters_get_nothing(void **state)
{
    struct desk *desk = *state;
    desk_ask(desk, 1, ROUTE, "t0ken");
    desk_ask(desk, 2, ROUTE, "t0ken");
    desk_ask(desk, 3, "/repos/o/other", "t0ken");
    ghm_node_forget(desk->node, 1);
    ghm_node_forget(desk->node, 3);
    ghm_node_forget(desk->node, 77); /* nobody */
    uint64_t flight = desk_sent(desk), other = desk_sent(desk);
    desk_respond(desk, flight, 200, "", "body");
    ghm_node_forget(desk->node, 2); /* even when its answer is there */
    desk_respond(desk, other, 200, "", "for the store's sake");
    desk_nothing(desk);
    desk_ask(desk, 4, "/repos/o/other", "t0ken");
    assert_int_equal(desk_answered(desk, 4, 200, "for the store's sake"), GHM_SOURCE_LOCAL);
    /* A flight that nobody waits for ends in its time, like any other. */
    desk_ask(desk, 5, "/repos/o/third", "t0ken");
    ghm_node_forget(desk->node, 5);
    (void)desk_sent(desk);
    desk_pass(desk, 60 * S);
    desk_nothing(desk);
    assert_true(ghm_node_deadline(desk->node) == GHM_NEVER);
}

static void stop_answers_everybody(void **state)
{
    struct desk *desk = *state;
    desk_ask(desk, 1, "/repos/o/ready", "t0ken");
    desk_ask(desk, 2, "/repos/o/ready", "t0ken");
    desk_ask(desk, 3, "/repos/o/sent", "t0ken");
    (void)desk_sent(desk);
    (void)desk_sent(desk);
    desk_ask(desk, 4, "/repos/o/paused", "t0ken");
    desk_break(desk, desk_sent(desk), GHM_EORIGIN);
    desk_ask(desk, 5, "/repos/o/untaken", "t0ken");
    ghm_node_stop(desk->node);
    unsigned seen = 0;
    for (struct ghm_node_event event; ghm_node_next(desk->node, &event);) {
        assert_int_equal(event.type, GHM_NODE_ANSWER);
        assert_int_equal(event.error, GHM_ECLOSED);
        seen |= 1U << event.id;
    }
    assert_int_equal(seen, 0x3e);
    ghm_node_stop(desk->node);
    desk_nothing(desk);
}

/* Freed in the middle of everything: teardown finds no byte left. */
static void free_in_the_middle_leaks_nothing(void **state)
{
    struct desk *desk = *state;
    desk_fetch(desk, ROUTE, "t0ken", "\"x\"", "body");
    desk_ask(desk, 1, ROUTE, "t0ken"); /* an answer that nobody takes */
    desk_ask(desk, 2, "/repos/o/ready", "t0ken");
    desk_ask(desk, 3, "/repos/o/paused", "t0ken");
    ghm_node_free(NULL);
}

/* ---- memory ---- */

/* A whole conversation: cold, joined, stale, 304, replaced, limited, broken, learned. Answers do
 * not matter here, only that each waiter gets one and nothing leaks. */
static void converse(struct desk *desk)
{
    size_t asked = 0, answered = 0;
    char target[32];
    for (unsigned turn = 0; turn < 12; turn++) {
        (void)snprintf(target, sizeof target, "/repos/o/%u", turn % 4);
        for (uint64_t i = 0; i < 2; i++) {
            struct ghm_node_ask *ask =
                desk_compose(desk, i, target, turn % 3 == 0 ? NULL : "t0ken");
            asked += ghm_node_ask(desk->node, ask, desk->time) == GHM_OK;
        }
        struct ghm_entry entry =
            desk_entry("GET api.github.com/repos/o/1", "t0ken", "peer", desk->time.wall_ms);
        (void)!ghm_node_learn(desk->node, &entry, desk->time);
        static const int statuses[] = {200, 200, 304, 500, 404, 200, 304, 429};
        for (struct ghm_node_event event; ghm_node_next(desk->node, &event);) {
            if (event.type == GHM_NODE_ANSWER) {
                answered++;
                ghm_reply_free(event.answer);
            } else if (event.type == GHM_NODE_SEND && turn == 5) {
                desk_break(desk, event.id, GHM_EORIGIN);
            } else if (event.type == GHM_NODE_SEND) {
                desk_respond(desk, event.id, statuses[turn % 8], "etag: \"x\"\nretry-after: 5\n",
                             LIMITED);
            }
        }
        desk_pass(desk, 200 * S);
    }
    ghm_node_stop(desk->node);
    for (struct ghm_node_event event; ghm_node_next(desk->node, &event);) {
        if (event.type != GHM_NODE_ANSWER) continue;
        answered++;
        ghm_reply_free(event.answer);
    }
    assert_int_equal(answered, asked);
}

static void refused_memory_is_survived(void **state)
{
    struct desk *desk = *state;
    ghm_node_free(desk->node);
    desk->node = NULL;
    bool is_over = false;
    uint64_t fail = 0;
    while (!is_over) {
        assert_true(++fail < 1000);
        assert_int_equal(desk->mem.used_bytes, 0);
        assert_true(ghm_store_drop_prefix(desk->place->store, TEXT("")) >= 0);
        static const uint8_t seed[32] = {5};
        ghm_entropy_init(&desk->entropy, seed);
        desk->mem.fail_after = fail;
        int error = ghm_node_new(&desk->node, &desk->mem, &desk->config, &desk->entropy);
        assert_int_equal(error, fail == 1 ? GHM_ENOMEM : GHM_OK);
        if (error != GHM_OK) continue;
        converse(desk);
        is_over = desk->mem.fail_after > 0;
        desk->mem.fail_after = 0;
        ghm_node_free(desk->node);
        desk->node = NULL;
    }
    assert_true(fail > 50);
    assert_adds_up(desk);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        DESK_TEST(miss_asks_and_keeps),
        DESK_TEST(news_is_in_the_outbox),
        DESK_TEST(without_a_mesh_there_is_no_news),
        DESK_TEST(variants_do_not_meet),
        DESK_TEST(malformed_asks_are_refused),
        DESK_TEST(default_ttl_is_for_unknown_routes),
        DESK_TEST(bound_wins_over_the_ttl_both_ways),
        DESK_TEST(not_modified_refreshes),
        DESK_TEST(anonymous_not_modified_is_charged),
        DESK_TEST(tag_goes_with_its_identity_alone),
        DESK_TEST(own_tag_is_used_beside_a_public_answer),
        DESK_TEST(not_modified_of_a_replaced_entry_asks_again),
        DESK_TEST(not_modified_of_an_evicted_entry_asks_again),
        DESK_TEST(two_askers_share_a_flight),
        DESK_TEST(identities_have_flights_of_their_own),
        DESK_TEST(anonymous_answers_are_for_all),
        DESK_TEST(no_identity_sees_anothers_body),
        DESK_TEST(hold_serves_the_stale_or_the_refusal),
        DESK_TEST(stale_time_is_bounded),
        DESK_TEST(hold_stops_what_is_ready),
        DESK_TEST(spent_budget_holds),
        DESK_TEST(forbidden_is_an_answer),
        DESK_TEST(broken_answers_are_tried_again),
        DESK_TEST(second_try_may_succeed),
        DESK_TEST(second_word_of_a_try_is_ignored),
        DESK_TEST(waits_are_drawn),
        DESK_TEST(stale_is_served_when_github_is_away),
        DESK_TEST(fresh_by_now_is_not_called_stale),
        DESK_TEST(errors_that_no_retry_mends_end_at_once),
        DESK_TEST(refusals_pass_and_are_not_kept),
        DESK_TEST(what_is_gone_is_forgotten),
        DESK_TEST(flight_times_out),
        DESK_TEST(every_waiter_has_its_own_time),
        DESK_TEST(waiter_that_times_out_gets_the_stale),
        DESK_TEST(no_try_outlives_the_deadline),
        DESK_TEST(time_left_is_told_to_each_try),
        DESK_TEST(never_routes_are_neither_read_nor_kept),
        DESK_TEST(headers_of_the_caller_bypass),
        DESK_TEST(bypass_joins_nobody),
        DESK_TEST(too_large_a_body_passes_unkept),
        DESK_TEST(full_store_fails_open),
        DESK_TEST(skew_is_learned_from_the_date),
        DESK_TEST(noise_of_the_date_is_no_skew),
        DESK_TEST(answer_without_a_date_is_of_now),
        DESK_TEST(newer_wins_and_older_is_refused),
        DESK_TEST(of_one_second_the_later_is_kept),
        DESK_TEST(our_ttl_counts),
        DESK_TEST(ttl_of_a_value_is_bounded),
        DESK_TEST(kinds_that_are_never_shared_are_refused),
        DESK_TEST(bound_of_flights_is_reached_and_not_passed),
        DESK_TEST(bound_of_waiters_is_reached_and_not_passed),
        DESK_TEST(forgotten_waiters_get_nothing),
        DESK_TEST(stop_answers_everybody),
        DESK_TEST(free_in_the_middle_leaks_nothing),
        DESK_TEST(refused_memory_is_survived),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
