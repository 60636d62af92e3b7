/* SPDX-License-Identifier: MIT */
#include "node/away.h"

#include "desk.h"

#define OTHER "/repos/o/other"

/* All tries of the next request end without an answer. */
static void break_all(struct desk *desk)
{
    for (unsigned i = 0; i < 3; i++) {
        desk_break(desk, desk_sent(desk), GHM_EORIGIN);
        if (i < 2) desk_pass(desk, 2 * S);
    }
}

/* Two answers that are stale, and GitHub is away: the first who asks has waited for it. */
static void go_away(struct desk *desk)
{
    desk_fetch(desk, ROUTE, "A", "\"r\"", "body");
    desk_fetch(desk, OTHER, "A", "\"o\"", "other");
    desk_pass(desk, ROUTE_TTL_S * S);
    desk_ask(desk, 1, ROUTE, "A");
    break_all(desk);
    assert_int_equal(desk_answered(desk, 1, 200, "body"), GHM_SOURCE_STALE);
}

/* Guard: ghm_landing_without notes it, answer_or_board in node.c heeds it. */
static void t31_who_can_be_shown_something_does_not_wait(void **state)
{
    struct desk *desk = *state;
    go_away(desk);
    desk_ask(desk, 2, ROUTE, "A");
    assert_int_equal(desk_answered(desk, 2, 200, "body"), GHM_SOURCE_STALE);
    desk_ask(desk, 3, OTHER, "A");
    assert_int_equal(desk_answered(desk, 3, 200, "other"), GHM_SOURCE_STALE);
    desk_nothing(desk);
    assert_int_equal(COUNTED(desk, stale_hits), 3);
}

static void who_cannot_asks(void **state)
{
    struct desk *desk = *state;
    go_away(desk);
    desk_ask(desk, 2, "/repos/o/new", "A");
    (void)desk_sent(desk);
    desk_ask_within(desk, 3, ROUTE, "A", 10);
    (void)desk_sent(desk);
    desk_ask(desk, 4, OTHER, "B");
    (void)desk_sent(desk);
}

/* Guard: ghm_away_is notes anew for the one who tries. */
static void one_tries_again_for_all(void **state)
{
    struct desk *desk = *state;
    go_away(desk);
    desk_pass(desk, GHM_AWAY_S * S);
    desk_ask(desk, 2, ROUTE, "A");
    uint64_t flight = desk_sent(desk);
    desk_ask(desk, 3, OTHER, "A");
    assert_int_equal(desk_answered(desk, 3, 200, "other"), GHM_SOURCE_STALE);
    desk_respond(desk, flight, 304, "", "");
    assert_int_equal(desk_answered(desk, 2, 200, "body"), GHM_SOURCE_REVALIDATED);
    desk_ask(desk, 4, OTHER, "A");
    (void)desk_sent(desk);
}

/* Guard: ghm_away_end in hearing.c. */
static void any_answer_ends_it(void **state)
{
    struct desk *desk = *state;
    go_away(desk);
    desk_ask(desk, 2, "/repos/o/new", "A");
    desk_respond(desk, desk_sent(desk), 404, "", "not there");
    (void)desk_answered(desk, 2, 404, "not there");
    desk_ask(desk, 3, ROUTE, "A");
    (void)desk_sent(desk);
}

/* Guard: GHM_EORIGIN and GHM_ETIMEOUT only: who breaks one answer is there for others. */
static void a_server_error_is_no_absence(void **state)
{
    struct desk *desk = *state;
    desk_fetch(desk, ROUTE, "A", "\"r\"", "body");
    desk_pass(desk, ROUTE_TTL_S * S);
    for (unsigned ask = 0; ask < 2; ask++) {
        desk_ask(desk, ask, ROUTE, "A");
        for (unsigned i = 0; i < 3; i++) {
            desk_respond(desk, desk_sent(desk), 502, "", "bad gateway");
            if (i < 2) desk_pass(desk, 2 * S);
        }
        assert_int_equal(desk_answered(desk, ask, 200, "body"), GHM_SOURCE_STALE);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        DESK_TEST(t31_who_can_be_shown_something_does_not_wait),
        DESK_TEST(who_cannot_asks),
        DESK_TEST(one_tries_again_for_all),
        DESK_TEST(any_answer_ends_it),
        DESK_TEST(a_server_error_is_no_absence),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
