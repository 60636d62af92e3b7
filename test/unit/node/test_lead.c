/* SPDX-License-Identifier: MIT */
#include "node/lead.h"

#include "answer/etag.h"
#include "answer/pace.h"
#include "desk.h"

#include "node/wrote.h"

#define VARY "vary: Accept, Authorization, Cookie, X-GitHub-OTP\n"

static bool has(struct ghm_node_event event, const char *text)
{
    return memmem(event.headers.ptr, event.headers.len, text, strlen(text)) != NULL;
}

/* What is sent next goes with this token, and with a tag if `is_conditional`. */
static uint64_t sent_by(struct desk *desk, const char *token, bool is_conditional)
{
    char line[64];
    struct ghm_node_event event = desk_next(desk, GHM_NODE_SEND);
    (void)snprintf(line, sizeof line, "Authorization: token %s\n", token);
    assert_true(has(event, line));
    assert_int_equal(has(event, "If-None-Match"), is_conditional);
    return event.id;
}

/* The next two are of B and C, in any order. */
static void sent_by_both(struct desk *desk, bool is_conditional, uint64_t *ret_b, uint64_t *ret_c)
{
    for (int i = 0; i < 2; i++) {
        struct ghm_node_event event = desk_next(desk, GHM_NODE_SEND);
        bool is_b = has(event, "Authorization: token B\n");
        assert_true(is_b || has(event, "Authorization: token C\n"));
        assert_int_equal(has(event, "If-None-Match"), is_conditional);
        *(is_b ? ret_b : ret_c) = event.id;
    }
    assert_int_not_equal(*ret_b, *ret_c);
}

static void respond(struct desk *desk, uint64_t flight, const char *token, const char *body)
{
    char tag[GHM_ETAG_TEXT_MAX], request[64], headers[600];
    (void)snprintf(request, sizeof request, "Authorization: token %s\n", token);
    ghm_etag_compute(tag, GHM_ETAG_ALL, ghm_bytes_text(request), ghm_bytes_text(body));
    (void)snprintf(headers, sizeof headers, VARY "etag: %s\n", tag);
    desk_respond(desk, flight, 200, headers, body);
}

/* Guard: ghm_lead_follow. */
static void t28_one_pays_and_the_others_confirm(void **state)
{
    struct desk *desk = *state;
    desk_ask(desk, 1, ROUTE, "A");
    desk_ask(desk, 2, ROUTE, "B");
    desk_ask(desk, 3, ROUTE, "C");
    desk_ask(desk, 4, ROUTE, "B");
    uint64_t lead = sent_by(desk, "A", false);
    desk_nothing(desk);
    assert_true(ghm_node_deadline(desk->node) > desk->time.now_ns);
    respond(desk, lead, "A", "body");
    assert_true(ghm_node_deadline(desk->node) <= desk->time.now_ns);
    (void)desk_answered(desk, 1, 200, "body");
    desk_pass(desk, 0);
    uint64_t b = 0, c = 0;
    sent_by_both(desk, true, &b, &c);
    desk_respond(desk, b, 304, "", "");
    desk_respond(desk, c, 304, "", "");
    assert_int_equal(desk_answered(desk, 2, 200, "body"), GHM_SOURCE_REVALIDATED);
    assert_int_equal(desk_answered(desk, 4, 200, "body"), GHM_SOURCE_REVALIDATED);
    assert_int_equal(desk_answered(desk, 3, 200, "body"), GHM_SOURCE_REVALIDATED);
    assert_int_equal(COUNTED(desk, api_calls_made), 1);
}

/* Guard: ghm_landing_end releases, whatever came; and nobody sees what was another's. */
static void t28_whoever_is_refused_lets_the_others_go_at_once(void **state)
{
    struct desk *desk = *state;
    desk_ask(desk, 1, ROUTE, "A");
    desk_ask(desk, 2, ROUTE, "B");
    desk_ask(desk, 3, ROUTE, "C");
    desk_respond(desk, sent_by(desk, "A", false), 404, "", "not for A");
    (void)desk_answered(desk, 1, 404, "not for A");
    desk_pass(desk, 0);
    uint64_t b = 0, c = 0;
    sent_by_both(desk, false, &b, &c);
    respond(desk, c, "C", "of C");
    respond(desk, b, "B", "of B");
    (void)desk_answered(desk, 3, 200, "of C");
    (void)desk_answered(desk, 2, 200, "of B");
}

/* Guard: ghm_vouch_is_believed. An anonymous 304 is charged, and a POST has no tag. */
static void who_cannot_prove_for_free_does_not_wait(void **state)
{
    struct desk *desk = *state;
    desk_ask(desk, 1, ROUTE, "A");
    desk_ask(desk, 2, ROUTE, NULL);
    (void)sent_by(desk, "A", false);
    (void)desk_sent(desk);
    desk_ask(desk, 3, "/repos/o/x", NULL);
    desk_ask(desk, 4, "/repos/o/x", "A");
    (void)desk_sent(desk);
    (void)sent_by(desk, "A", false);
}

static void where_tags_are_not_as_computed_nobody_waits(void **state)
{
    struct desk *desk = *state;
    desk_ask(desk, 1, "/repos/o/x", "A");
    desk_respond(desk, desk_sent(desk), 200, VARY "etag: \"opaque\"\n", "x");
    (void)desk_answered(desk, 1, 200, "x");
    desk_nothing(desk);
    desk_ask(desk, 2, ROUTE, "A");
    desk_ask(desk, 3, ROUTE, "B");
    (void)sent_by(desk, "A", false);
    (void)sent_by(desk, "B", false);
}

/* Guard: is_worth_waiting. */
static void t19_nobody_waits_for_what_a_write_passed_by(void **state)
{
    struct desk *desk = *state;
    desk_ask(desk, 1, ROUTE, "A");
    (void)sent_by(desk, "A", false);
    ghm_wrote_begin(&desk->config.local, ghm_bytes_text(ROUTE), desk->time.wall_ms);
    desk_ask(desk, 2, ROUTE, "B");
    (void)sent_by(desk, "B", false);
}

static void patience_ends_while_waiting(void **state)
{
    struct desk *desk = *state;
    desk_ask(desk, 1, ROUTE, "A");
    uint64_t lead = sent_by(desk, "A", false);
    struct ghm_node_ask *ask = desk_compose(desk, 2, ROUTE, "B");
    ask->timeout_ns = 1 * S;
    assert_int_equal(ghm_node_ask(desk->node, ask, desk->time), GHM_OK);
    desk_pass(desk, 1 * S);
    desk_failed(desk, 2, GHM_ETIMEOUT);
    respond(desk, lead, "A", "body");
    (void)desk_answered(desk, 1, 200, "body");
    desk_pass(desk, 0);
    desk_nothing(desk);
}

static void a_lead_that_breaks_is_not_waited_for_again(void **state)
{
    struct desk *desk = *state;
    desk_ask(desk, 1, ROUTE, "A");
    desk_ask(desk, 2, ROUTE, "B");
    desk_break(desk, sent_by(desk, "A", false), GHM_ELIMIT); /* no retry mends it */
    desk_failed(desk, 1, GHM_ELIMIT);
    desk_ask(desk, 3, ROUTE, "C"); /* leads now */
    desk_pass(desk, 0);
    uint64_t b = 0, c = 0;
    sent_by_both(desk, false, &b, &c);
    respond(desk, c, "C", "body");
    (void)desk_answered(desk, 3, 200, "body");
}

static void the_end_is_told_to_all(void **state)
{
    struct desk *desk = *state;
    desk_ask(desk, 1, ROUTE, "A");
    desk_ask(desk, 2, ROUTE, "B");
    (void)sent_by(desk, "A", false);
    ghm_node_stop(desk->node);
    for (int i = 0; i < 2; i++) {
        struct ghm_node_event event = desk_next(desk, GHM_NODE_ANSWER);
        assert_int_equal(event.error, GHM_ECLOSED);
    }
}

/* Guard: takeoff.c: take_point releases those that follow. */
static void who_waits_for_a_point_leads_nobody(void **state)
{
    struct desk *desk = *state;
    struct ghm_identity poor = desk_identity("A");
    struct ghm_request request = {.method = TEXT("POST"), .target = TEXT("/repos/o/r/issues")};
    ghm_node_free(desk->node);
    desk->config.is_paced = true;
    desk_start(desk);
    for (unsigned spent = 0; spent < GHM_PACE_REST_MAX; spent += GHM_PACE_WRITE_POINTS)
        ghm_node_passed(desk->node, &poor, &request, GHM_ERRAND_WRITE, desk->time);
    desk_ask(desk, 1, ROUTE, "A");
    desk_nothing(desk);
    desk_ask(desk, 2, ROUTE, "B");
    respond(desk, sent_by(desk, "B", false), "B", "body");
    (void)desk_answered(desk, 2, 200, "body");
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        DESK_TEST(t28_one_pays_and_the_others_confirm),
        DESK_TEST(who_waits_for_a_point_leads_nobody),
        DESK_TEST(t28_whoever_is_refused_lets_the_others_go_at_once),
        DESK_TEST(who_cannot_prove_for_free_does_not_wait),
        DESK_TEST(where_tags_are_not_as_computed_nobody_waits),
        DESK_TEST(t19_nobody_waits_for_what_a_write_passed_by),
        DESK_TEST(patience_ends_while_waiting),
        DESK_TEST(a_lead_that_breaks_is_not_waited_for_again),
        DESK_TEST(the_end_is_told_to_all),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
