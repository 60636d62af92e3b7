/* SPDX-License-Identifier: MIT */
#include "node/vouch.h"

#include "answer/etag.h"
#include "desk.h"

#define LIST "/repos/o/r/labels?per_page=2"
#define VARY "vary: Accept, Authorization, Cookie, X-GitHub-OTP\n"

/* GitHub's tag for this token and body, by the formula. */
static const char *tag_of(const char *token, const char *body)
{
    static char tag[GHM_ETAG_TEXT_MAX];
    char request[128];
    (void)snprintf(request, sizeof request, "Authorization: token %s\n", token);
    ghm_etag_compute(tag, GHM_ETAG_ALL, ghm_bytes_text(request), ghm_bytes_text(body));
    return tag;
}

/* What a token is sent with, and these tags. */
static void assert_offers(struct ghm_bytes headers, const char *token, const char *tags)
{
    char want[1024];
    (void)snprintf(want, sizeof want,
                   "Accept:\nAuthorization: token %s\nUser-Agent: ghmesh/test\n%s%s%s", token,
                   tags == NULL ? "" : "If-None-Match: ", tags == NULL ? "" : tags,
                   tags == NULL ? "" : "\n");
    assert_headers(headers, want);
}

static struct ghm_node_event sent_with(struct desk *desk, const char *token, const char *tags)
{
    struct ghm_node_event event = desk_next(desk, GHM_NODE_SEND);
    assert_offers(event.headers, token, tags);
    return event;
}

static void respond(struct desk *desk, uint64_t flight, const char *token, const char *more,
                    const char *body)
{
    char headers[600];
    (void)snprintf(headers, sizeof headers, VARY "etag: %s\n%s", tag_of(token, body), more);
    desk_respond(desk, flight, 200, headers, body);
}

static void fetch_more(struct desk *desk, const char *target, const char *token, const char *more,
                       const char *body)
{
    desk_ask(desk, 900, target, token);
    respond(desk, desk_sent(desk), token, more, body);
    assert_int_equal(desk_answered(desk, 900, 200, body), GHM_SOURCE_ORIGIN);
    desk_nothing(desk);
}

static void fetch(struct desk *desk, const char *target, const char *token, const char *body)
{
    fetch_more(desk, target, token, "content-type: application/json\n", body);
}

static void first_read_of_another_identity_is_a_304(void **state)
{
    struct desk *desk = *state;
    fetch(desk, ROUTE, "A", "body of A");
    desk_ask(desk, 1, ROUTE, "B");
    uint64_t flight = sent_with(desk, "B", tag_of("B", "body of A")).id;
    desk_respond(desk, flight, 304, "", "");
    (void)desk_next(desk, GHM_NODE_NEWS);
    struct ghm_node_event event = desk_next(desk, GHM_NODE_ANSWER);
    assert_int_equal(event.answer->source, GHM_SOURCE_REVALIDATED);
    assert_string_equal(event.answer->bytes + event.answer->headers_len + 1, "body of A");
    /* T5: the tag that B is told is B's. */
    assert_non_null(strstr(event.answer->bytes, tag_of("B", "body of A")));
    assert_null(strstr(event.answer->bytes, tag_of("A", "body of A")));
    assert_non_null(strstr(event.answer->bytes, "content-type: application/json"));
    ghm_reply_free(event.answer);
    desk_ask(desk, 2, ROUTE, "B"); /* proven */
    assert_int_equal(desk_answered(desk, 2, 200, "body of A"), GHM_SOURCE_LOCAL);
    assert_int_equal(COUNTED(desk, api_calls_made), 1);
    assert_int_equal(COUNTED(desk, api_calls_free), 1);
}

/* The proof lasts as long as the route's TTL, from the 304 on. */
static void proof_ends_with_the_ttl(void **state)
{
    struct desk *desk = *state;
    fetch(desk, ROUTE, "A", "body");
    desk_ask(desk, 1, ROUTE, "B");
    desk_respond(desk, desk_sent(desk), 304, "", "");
    (void)desk_answered(desk, 1, 200, "body");
    desk_pass(desk, (ROUTE_TTL_S - 1) * S);
    desk_ask(desk, 2, ROUTE, "B");
    assert_int_equal(desk_answered(desk, 2, 200, "body"), GHM_SOURCE_LOCAL);
    desk_pass(desk, 1 * S);
    desk_ask(desk, 3, ROUTE, "B");
    (void)sent_with(desk, "B", tag_of("B", "body"));
}

/* T4: B without access gets GitHub's own refusal, and leaves no trace. */
static void t4_refused_gets_the_refusal(void **state)
{
    struct desk *desk = *state;
    fetch(desk, ROUTE, "A", "secret of A");
    static const int statuses[] = {404, 403, 401, 451};
    for (uint64_t i = 0; i < 4; i++) {
        desk_ask(desk, i, ROUTE, "B");
        desk_respond(desk, sent_with(desk, "B", tag_of("B", "secret of A")).id, statuses[i], "",
                     "refused");
        assert_int_equal(desk_answered(desk, i, statuses[i], "refused"), GHM_SOURCE_ORIGIN);
        desk_pass(desk, 6 * S); /* a 404 is told again for a while */
    }
    desk_ask(desk, 9, ROUTE, "A"); /* and A's is as it was */
    assert_int_equal(desk_answered(desk, 9, 200, "secret of A"), GHM_SOURCE_LOCAL);
}

/* T4: when GitHub cannot be asked, what is not proven is not shown. */
static void t4_unproven_is_not_served_stale(void **state)
{
    struct desk *desk = *state;
    fetch(desk, ROUTE, "A", "secret of A");
    desk_ask(desk, 1, ROUTE, "B");
    desk_break(desk, desk_sent(desk), GHM_ECONFIG);
    desk_failed(desk, 1, GHM_ECONFIG);
    desk_ask(desk, 2, ROUTE, "B");
    desk_respond(desk, desk_sent(desk), 429, "retry-after: 60\n", "slow down");
    assert_int_equal(desk_answered(desk, 2, 429, "slow down"), GHM_SOURCE_ORIGIN);
}

/* T4: a proof ends with GitHub's refusal, also when a member still tells of it. */
static void t4_revoked_proof_is_gone(void **state)
{
    struct desk *desk = *state;
    static const int statuses[] = {401, 403, 404};
    for (uint64_t i = 0; i < 3; i++) {
        fetch(desk, ROUTE, "B", "body");
        struct ghm_entry before =
            desk_entry("GET api.github.com" ROUTE, "B", "body", desk->time.wall_ms);
        desk_pass(desk, 10 * S);
        desk_ask_within(desk, 1, ROUTE, "B", 0);
        desk_respond(desk, desk_sent(desk), statuses[i], "", "refused");
        (void)desk_answered(desk, 1, statuses[i], "refused");
        assert_int_equal(ghm_node_learn(desk->node, &before, desk->time), GHM_EOLD);
        desk_pass(desk, 6 * S);
        desk_ask(desk, 2, ROUTE, "B");
        desk_respond(desk, desk_sent(desk), 404, "", "refused");
        (void)desk_answered(desk, 2, 404, "refused");
        desk_pass(desk, 10 * S);
    }
}

/* T29: a member altered the body, its hash with it, and left the tag: found out by the 304 that
 * does not come. */
static void t29_tampered_body_is_fetched_again(void **state)
{
    struct desk *desk = *state;
    static const char *const tokens[] = {"B", "A"}; /* the right one's own token, too */
    for (uint64_t i = 0; i < 2; i++) {
        struct ghm_entry entry =
            desk_entry("GET api.github.com" ROUTE, "A", "tampered", desk->time.wall_ms);
        entry.headers = TEXT(VARY "etag: \"the right one\"\n");
        assert_int_equal(ghm_node_learn(desk->node, &entry, desk->time), GHM_OK);
        desk_pass(desk, 400 * S);
        desk_ask(desk, 1, ROUTE, tokens[i]);
        uint64_t flight = sent_with(desk, tokens[i], tag_of(tokens[i], "tampered")).id;
        respond(desk, flight, tokens[i], "", "the truth");
        assert_int_equal(desk_answered(desk, 1, 200, "the truth"), GHM_SOURCE_ORIGIN);
        desk_pass(desk, 1 * S);
        desk_ask(desk, 2, ROUTE, "C"); /* the newest is offered first */
        struct ghm_node_event event = desk_next(desk, GHM_NODE_SEND);
        assert_non_null(memmem(event.headers.ptr, event.headers.len, tag_of("C", "the truth"), 66));
        desk_respond(desk, event.id, 404, "", "no");
        (void)desk_answered(desk, 2, 404, "no");
        assert_int_equal(ghm_store_drop_prefix(desk->place->store, TEXT("")) > 0, true);
    }
}

/* T29: headers that no answer has here are no member's to bring. */
static void t29_foreign_headers_are_refused(void **state)
{
    struct desk *desk = *state;
    static const char *const blocks[] = {"set-cookie: a=b\n", "location: https://evil\n",
                                         "etag: \"x\"\ntransfer-encoding: chunked\n"};
    for (size_t i = 0; i < 3; i++) {
        struct ghm_entry entry = desk_entry("GET api.github.com" ROUTE, "A", "b", DATE_MS);
        entry.headers = ghm_bytes_text(blocks[i]);
        assert_int_equal(ghm_node_learn(desk->node, &entry, desk->time), GHM_EINVAL);
    }
    assert_int_equal(size_of(desk->place->store).entries, 0);
}

/* With tags that nobody can compute each identity pays once and then asks by its own. */
static void opaque_tags_cost_a_call_each(void **state)
{
    struct desk *desk = *state;
    desk_fetch(desk, ROUTE, "A", "\"opaque of A\"", "body");
    desk_ask(desk, 1, ROUTE, "B");
    desk_respond(desk, sent_with(desk, "B", NULL).id, 200, "etag: \"opaque of B\"\n", "body");
    (void)desk_answered(desk, 1, 200, "body");
    desk_pass(desk, 400 * S);
    desk_ask(desk, 2, ROUTE, "B");
    desk_respond(desk, sent_with(desk, "B", "\"opaque of B\"").id, 304, "", "");
    assert_int_equal(desk_answered(desk, 2, 200, "body"), GHM_SOURCE_REVALIDATED);
}

/* Each 200 is held against the formula, and one that fits brings the trust back. */
static void confidence_follows_the_last_answer(void **state)
{
    struct desk *desk = *state;
    desk_fetch(desk, ROUTE "/x", "A", "\"opaque\"", "body");
    fetch(desk, "/no/route", "A", "body"); /* another route of its own */
    desk_ask(desk, 1, "/no/route", "B");
    respond(desk, sent_with(desk, "B", tag_of("B", "body")).id, "B", "", "new");
    (void)desk_answered(desk, 1, 200, "new");
    desk_fetch(desk, "/no/other", "A", "\"opaque\"", "body");
    desk_ask(desk, 2, "/no/route", "C");
    respond(desk, sent_with(desk, "C", NULL).id, "C", "", "new");
    (void)desk_answered(desk, 2, 200, "new");
    desk_ask(desk, 3, "/no/route", "D");
    char tags[200]; /* the two newest that differ, for D may see either */
    (void)snprintf(tags, sizeof tags, "%s, ", tag_of("D", "new"));
    (void)strcat(tags, tag_of("D", "body"));
    (void)sent_with(desk, "D", tags);
}

/* T3: the other spelling of one's token has another tag; both are sent. */
static void t3_tag_is_of_the_header_that_is_sent(void **state)
{
    struct desk *desk = *state;
    char want[300], bearer[GHM_ETAG_TEXT_MAX];
    fetch(desk, ROUTE, "A", "body");
    desk_pass(desk, 400 * S);
    struct ghm_node_ask *ask = desk_compose(desk, 1, ROUTE, "A");
    ask->authorization = TEXT("Bearer A");
    assert_int_equal(ghm_node_ask(desk->node, ask, desk->time), GHM_OK);
    struct ghm_node_event event = desk_next(desk, GHM_NODE_SEND);
    ghm_etag_compute(bearer, GHM_ETAG_ALL, TEXT("Authorization: Bearer A\n"), TEXT("body"));
    (void)snprintf(
        want, sizeof want,
        "Accept:\nAuthorization: Bearer A\nUser-Agent: ghmesh/test\nIf-None-Match: %s, %s\n",
        tag_of("A", "body"), bearer);
    assert_headers(event.headers, want);
    desk_respond(desk, event.id, 304, "", ""); /* both are of one body: no need to say which */
    assert_int_equal(desk_answered(desk, 1, 200, "body"), GHM_SOURCE_REVALIDATED);
}

static void two_bodies(struct desk *desk, char ret_tags[200])
{
    fetch(desk, ROUTE, "C", "seen before"); /* older than one's own: never asked about */
    desk_pass(desk, 1 * S);
    fetch(desk, ROUTE, "B", "seen by B");
    desk_pass(desk, 200 * S);
    fetch(desk, ROUTE, "A", "seen by A");
    desk_pass(desk, 200 * S);
    (void)snprintf(ret_tags, 200, "%s, ", tag_of("B", "seen by B"));
    (void)strcat(ret_tags, tag_of("B", "seen by A"));
}

/* Tokens of different rights see different bodies: the newest of others does not displace one's
 * own. */
static void own_and_newer_of_others_go_together(void **state)
{
    struct desk *desk = *state;
    char tags[200], told[200];
    two_bodies(desk, tags);
    desk_ask(desk, 1, ROUTE, "B");
    uint64_t flight = sent_with(desk, "B", tags).id;
    (void)snprintf(told, sizeof told, "etag: W/%s\n", tag_of("B", "seen by A")); /* T7 */
    desk_respond(desk, flight, 304, told, "");
    assert_int_equal(desk_answered(desk, 1, 200, "seen by A"), GHM_SOURCE_REVALIDATED);
    desk_pass(desk, 400 * S);
    desk_ask(desk, 2, ROUTE, "B"); /* what others had before one's own is not asked about */
    (void)snprintf(told, sizeof told, "W/%s", tag_of("B", "seen by A"));
    (void)sent_with(desk, "B", told);
}

/* T7: a 304 may leave its tag out; of several it then says nothing, and one's own is asked alone.
 */
static void t7_304_that_says_not_which_asks_again(void **state)
{
    struct desk *desk = *state;
    char tags[200];
    two_bodies(desk, tags);
    desk_ask(desk, 1, ROUTE, "B");
    uint64_t flight = sent_with(desk, "B", tags).id;
    desk_respond(desk, flight, 304, "", "");
    assert_int_equal(sent_with(desk, "B", tag_of("B", "seen by B")).id, flight);
    desk_respond(desk, flight, 304, "", "");
    assert_int_equal(desk_answered(desk, 1, 200, "seen by B"), GHM_SOURCE_REVALIDATED);
}

/* A server that takes no list gives the body again: from then on one tag at a time. */
static void lists_that_are_not_understood_are_not_sent_again(void **state)
{
    struct desk *desk = *state;
    char tags[200];
    two_bodies(desk, tags);
    desk_ask(desk, 1, ROUTE, "B");
    respond(desk, sent_with(desk, "B", tags).id, "B", "", "seen by B");
    (void)desk_answered(desk, 1, 200, "seen by B");
    desk_pass(desk, 1 * S);
    fetch(desk, ROUTE, "C", "seen by C");
    desk_pass(desk, 400 * S);
    desk_ask(desk, 2, ROUTE, "B");
    (void)sent_with(desk, "B", tag_of("B", "seen by B"));
}

/* T8: a 304 vouches for the body whose tag was sent. */
static void t8_replaced_meanwhile_asks_again(void **state)
{
    struct desk *desk = *state;
    fetch(desk, ROUTE, "A", "old");
    desk_ask(desk, 1, ROUTE, "B");
    uint64_t flight = sent_with(desk, "B", tag_of("B", "old")).id;
    desk_pass(desk, 2 * S);
    struct ghm_entry entry =
        desk_entry("GET api.github.com" ROUTE, "A", "newer", desk->time.wall_ms);
    assert_int_equal(ghm_node_learn(desk->node, &entry, desk->time), GHM_OK);
    desk_respond(desk, flight, 304, "", "");
    assert_int_equal(sent_with(desk, "B", NULL).id, flight);
    desk_respond(desk, flight, 404, "", "no");
    (void)desk_answered(desk, 1, 404, "no");
}

static void t8_evicted_meanwhile_asks_again(void **state)
{
    struct desk *desk = *state;
    fetch(desk, ROUTE, "A", "old");
    desk_ask(desk, 1, ROUTE, "B");
    uint64_t flight = desk_sent(desk);
    assert_int_equal(ghm_store_drop_prefix(desk->place->store, TEXT("")), 1);
    desk_respond(desk, flight, 304, "", "");
    assert_int_equal(sent_with(desk, "B", NULL).id, flight);
}

/* T9: a date is never asked by, of whomever. */
static void t9_dates_are_not_asked_by(void **state)
{
    struct desk *desk = *state;
    desk_ask(desk, 1, ROUTE, "A");
    desk_respond(desk, desk_sent(desk), 200, "last-modified: Sun, 06 Nov 1994 08:49:37 GMT\n", "b");
    (void)desk_answered(desk, 1, 200, "b");
    desk_pass(desk, 400 * S);
    desk_ask(desk, 2, ROUTE, "A");
    struct ghm_node_event event = desk_next(desk, GHM_NODE_SEND);
    assert_null(memmem(event.headers.ptr, event.headers.len, "If-Modified-Since", 17));
}

/* T10: a full page without a next one is asked for plainly, one's own and another's. */
static void t10_full_last_page_is_fetched_again(void **state)
{
    struct desk *desk = *state;
    fetch(desk, LIST, "A", "[1,2]");
    desk_pass(desk, 400 * S);
    desk_ask(desk, 1, LIST, "A");
    respond(desk, sent_with(desk, "A", NULL).id, "A",
            "link: <https://api.github.com/x?page=2>; rel=\"next\"\n", "[1,2]");
    (void)desk_answered(desk, 1, 200, "[1,2]");
    desk_ask(desk, 2, LIST, "B"); /* now it has a next one */
    desk_respond(desk, sent_with(desk, "B", tag_of("B", "[1,2]")).id, 304, "", "");
    assert_int_equal(desk_answered(desk, 2, 200, "[1,2]"), GHM_SOURCE_REVALIDATED);
    desk_ask(desk, 3, "/repos/o/r/labels?per_page=3", "A");
}

/* What a 304 says of the headers takes the place of what was kept: Link first of all. */
static void t10_link_of_the_304_counts(void **state)
{
    struct desk *desk = *state;
    fetch_more(desk, ROUTE, "A", "link: <old>; rel=\"last\"\nx-poll-interval: 60\n", "body");
    desk_ask(desk, 1, ROUTE, "B");
    desk_respond(desk, desk_sent(desk), 304, "Link: <new>; rel=\"last\"\nset-cookie: x\n", "");
    struct ghm_node_event event = desk_next(desk, GHM_NODE_ANSWER);
    assert_non_null(strstr(event.answer->bytes, "link: <new>"));
    assert_null(strstr(event.answer->bytes, "<old>"));
    assert_null(strstr(event.answer->bytes, "set-cookie"));
    assert_non_null(strstr(event.answer->bytes, "x-poll-interval: 60"));
    ghm_reply_free(event.answer);
}

/* Where the formula holds and nothing is known, the empty list is guessed. */
static void empty_list_is_guessed(void **state)
{
    struct desk *desk = *state;
    desk_ask(desk, 1, LIST, "A"); /* nothing is believed yet */
    respond(desk, sent_with(desk, "A", NULL).id, "A", "", "[1]");
    (void)desk_answered(desk, 1, 200, "[1]");
    desk_ask(desk, 2, "/repos/o/other/labels", "B");
    char told[100];
    (void)snprintf(told, sizeof told, "etag: %s\n", tag_of("B", "[]"));
    desk_respond(desk, sent_with(desk, "B", tag_of("B", "[]")).id, 304, told, "");
    struct ghm_node_event event = desk_next(desk, GHM_NODE_ANSWER);
    assert_int_equal(event.answer->status, 200);
    assert_string_equal(event.answer->bytes + event.answer->headers_len + 1, "[]");
    assert_non_null(strstr(event.answer->bytes, "content-type: application/json; charset=utf-8"));
    ghm_reply_free(event.answer);
    desk_ask(desk, 3, "/repos/o/other/labels", "B");
    assert_int_equal(desk_answered(desk, 3, 200, "[]"), GHM_SOURCE_LOCAL);
}

/* T27: who has no token asks for nothing that only a token could prove. */
static void t27_anonymous_is_offered_nothing_of_others(void **state)
{
    struct desk *desk = *state;
    fetch(desk, ROUTE, "A", "body of A");
    desk_ask(desk, 1, ROUTE, NULL);
    struct ghm_node_event event = desk_next(desk, GHM_NODE_SEND);
    assert_headers(event.headers, "Accept:\nUser-Agent: ghmesh/test\n");
    char tag[GHM_ETAG_TEXT_MAX], headers[128];
    ghm_etag_compute(tag, GHM_ETAG_ACCEPT, GHM_BYTES_NONE, TEXT("public"));
    (void)snprintf(headers, sizeof headers, "vary: Accept\netag: %s\n", tag);
    desk_respond(desk, event.id, 200, headers, "public");
    (void)desk_answered(desk, 1, 200, "public");
    desk_ask(desk, 2, "/repos/o/other", NULL); /* nor does it guess: its 304 would be charged */
    event = desk_next(desk, GHM_NODE_SEND);
    assert_headers(event.headers, "Accept:\nUser-Agent: ghmesh/test\n");
}

/* What was got with no token is everybody's, and confirmed with a token it is free. */
static void anonymous_body_is_confirmed_with_a_token(void **state)
{
    struct desk *desk = *state;
    desk_fetch(desk, ROUTE, NULL, "\"of nobody\"", "body");
    desk_ask(desk, 1, ROUTE, "B");
    assert_int_equal(desk_answered(desk, 1, 200, "body"), GHM_SOURCE_LOCAL);
    desk_pass(desk, 400 * S);
    desk_ask(desk, 2, ROUTE, "B");
    desk_respond(desk, sent_with(desk, "B", tag_of("B", "body")).id, 304, "", "");
    assert_int_equal(desk_answered(desk, 2, 200, "body"), GHM_SOURCE_REVALIDATED);
}

/* T1, T2: what was asked in another way is another answer. */
static void t1_t2_other_variants_are_not_offered(void **state)
{
    struct desk *desk = *state;
    fetch(desk, ROUTE, "A", "body");
    struct ghm_node_ask *ask = desk_compose(desk, 1, ROUTE, "B");
    ask->request.accept = TEXT("*/*");
    assert_int_equal(ghm_node_ask(desk->node, ask, desk->time), GHM_OK);
    struct ghm_node_event event = desk_next(desk, GHM_NODE_SEND);
    assert_null(memmem(event.headers.ptr, event.headers.len, tag_of("B", "body"), 66));
    ask = desk_compose(desk, 2, ROUTE, "B");
    ask->request.api_version = TEXT("2022-11-28");
    assert_int_equal(ghm_node_ask(desk->node, ask, desk->time), GHM_OK);
    event = desk_next(desk, GHM_NODE_SEND);
    assert_null(memmem(event.headers.ptr, event.headers.len, tag_of("B", "body"), 66));
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        DESK_TEST(first_read_of_another_identity_is_a_304),
        DESK_TEST(proof_ends_with_the_ttl),
        DESK_TEST(t4_refused_gets_the_refusal),
        DESK_TEST(t4_unproven_is_not_served_stale),
        DESK_TEST(t4_revoked_proof_is_gone),
        DESK_TEST(t29_tampered_body_is_fetched_again),
        DESK_TEST(t29_foreign_headers_are_refused),
        DESK_TEST(opaque_tags_cost_a_call_each),
        DESK_TEST(confidence_follows_the_last_answer),
        DESK_TEST(t3_tag_is_of_the_header_that_is_sent),
        DESK_TEST(own_and_newer_of_others_go_together),
        DESK_TEST(t7_304_that_says_not_which_asks_again),
        DESK_TEST(lists_that_are_not_understood_are_not_sent_again),
        DESK_TEST(t8_replaced_meanwhile_asks_again),
        DESK_TEST(t8_evicted_meanwhile_asks_again),
        DESK_TEST(t9_dates_are_not_asked_by),
        DESK_TEST(t10_full_last_page_is_fetched_again),
        DESK_TEST(t10_link_of_the_304_counts),
        DESK_TEST(empty_list_is_guessed),
        DESK_TEST(t27_anonymous_is_offered_nothing_of_others),
        DESK_TEST(anonymous_body_is_confirmed_with_a_token),
        DESK_TEST(t1_t2_other_variants_are_not_offered),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
