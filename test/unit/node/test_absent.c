/* SPDX-License-Identifier: MIT */
#include "desk.h"

#include "node/absent.h"
#include "node/wrote.h"

#define THING "/repos/o/r/issues/17"

static void ask_and_miss(struct desk *desk, uint64_t id, int status, const char *token)
{
    desk_ask(desk, id, THING, token);
    desk_respond(desk, desk_sent(desk), status, "x-ratelimit-remaining: 7\n", "none");
    assert_int_equal(desk_answered(desk, id, status, "none"), GHM_SOURCE_ORIGIN);
}

/* Guard: node.c: answer_or_board looks here; absent.c: the age. */
static void t16_what_is_not_there_is_told_again_for_seconds(void **state)
{
    static const int statuses[] = {404, 410, 422};
    struct desk *desk = *state;
    for (size_t i = 0; i < 3; i++) {
        ask_and_miss(desk, 1, statuses[i], "t0ken");
        desk_pass(desk, (uint64_t)GHM_ABSENT_TTL_S * S - 1);
        desk_ask(desk, 2, THING, "t0ken");
        struct ghm_node_event event = desk_next(desk, GHM_NODE_ANSWER);
        assert_int_equal(event.answer->status, statuses[i]);
        assert_int_equal(event.answer->source, GHM_SOURCE_LOCAL);
        assert_int_equal(event.answer->age_ms, 4999);
        assert_null(strstr(event.answer->bytes, "ratelimit")); /* T17 */
        ghm_reply_free(event.answer);
        desk_pass(desk, 1);
    }
    assert_int_equal(COUNTED(desk, local_hits), 3);
    assert_int_equal(COUNTED(desk, misses), 3);
}

/* Guard: absent.c: the slot has the identity in it. */
static void t16_only_to_who_asked(void **state)
{
    struct desk *desk = *state;
    ask_and_miss(desk, 1, 404, NULL);
    desk_ask(desk, 2, THING, "t0ken");
    desk_respond(desk, desk_sent(desk), 200, "etag: \"one\"\n", "there");
    (void)desk_answered(desk, 2, 200, "there");
    desk_ask(desk, 3, THING, NULL);
    assert_int_equal(desk_answered(desk, 3, 404, "none"), GHM_SOURCE_LOCAL);
}

/* Guard: absent.c: the generation. Who makes the thing finds it. */
static void t19_a_write_makes_it_void(void **state)
{
    struct desk *desk = *state;
    ask_and_miss(desk, 1, 404, "t0ken");
    ghm_wrote_end(&desk->config.local, TEXT("/repos/o/r/issues"), GHM_BYTES_NONE,
                  ghm_node_github_ms(desk->node, desk->time));
    desk_ask(desk, 2, THING, "t0ken");
    desk_respond(desk, desk_sent(desk), 200, "", "there");
    (void)desk_answered(desk, 2, 200, "there");
}

/* T9: nor is there any condition in the next request. */
static void t09_the_callers_bound_and_a_new_answer_win(void **state)
{
    struct desk *desk = *state;
    desk_ask(desk, 1, THING, "t0ken");
    desk_respond(desk, desk_sent(desk), 404,
                 "etag: \"none\"\nlast-modified: Sun, 06 Nov 1994 08:49:37 GMT\n", "none");
    (void)desk_answered(desk, 1, 404, "none");
    desk_ask_within(desk, 2, THING, "t0ken", 0);
    struct ghm_node_event sent = desk_next(desk, GHM_NODE_SEND);
    assert_headers(sent.headers, "Accept:\nAuthorization: token t0ken\nUser-Agent: ghmesh/test\n");
    desk_respond(desk, sent.id, 403, "", "{\"message\":\"not yours\"}");
    (void)desk_answered(desk, 2, 403, "{\"message\":\"not yours\"}");
    desk_ask(desk, 3, THING, "t0ken"); /* the 404 is no longer the last word */
    (void)desk_sent(desk);
}

static void others_are_not_noted(void **state)
{
    static const int statuses[] = {401, 403, 409, 451};
    struct desk *desk = *state;
    for (size_t i = 0; i < sizeof statuses / sizeof statuses[0]; i++) {
        desk_ask(desk, 1, THING, "t0ken");
        desk_respond(desk, desk_sent(desk), statuses[i], "", "no");
        (void)desk_answered(desk, 1, statuses[i], "no");
        assert_int_equal(ghm_absent_is(statuses[i]), false);
    }
}

static void the_table_is_bounded(void **state)
{
    static struct ghm_absent absent;
    static const char body[GHM_ABSENT_BYTES_MAX + 1];
    struct ghm_freshness_bound bound = {.stale_s = 0};
    struct ghm_reply reply = {
        .status = 404, .source = GHM_SOURCE_ORIGIN, .body = ghm_bytes(body, sizeof body - 1)};
    struct ghm_answer *answer;
    uint8_t slot[GHM_VARIANT_ID_LEN] = {0};
    (void)state;
    for (int i = 0; i <= GHM_ABSENT_MAX; i++) {
        slot[0] = (uint8_t)i;
        ghm_absent_note(&absent, slot, 1, &reply, 1000);
    }
    for (int i = 0; i <= GHM_ABSENT_MAX; i++) {
        slot[0] = (uint8_t)i;
        int error = ghm_absent_answer(&absent, &answer, slot, 1, &bound, 1000);
        assert_int_equal(error, i == 0 ? GHM_ENOTFOUND : GHM_OK);
        if (error == GHM_OK) ghm_reply_free(answer);
    }
    reply.body.len++;
    ghm_absent_note(&absent, slot, 1, &reply, 1000); /* too long: and the old one is gone */
    assert_int_equal(ghm_absent_answer(&absent, &answer, slot, 1, &bound, 1000), GHM_ENOTFOUND);
    ghm_absent_fini(&absent);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        DESK_TEST(t16_what_is_not_there_is_told_again_for_seconds),
        DESK_TEST(t16_only_to_who_asked),
        DESK_TEST(t19_a_write_makes_it_void),
        DESK_TEST(t09_the_callers_bound_and_a_new_answer_win),
        DESK_TEST(others_are_not_noted),
        cmocka_unit_test(the_table_is_bounded),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
