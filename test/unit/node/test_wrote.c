/* SPDX-License-Identifier: MIT */
#include "desk.h"

#include "node/wrote.h"

#define ISSUES "/repos/o/r/issues"

static int64_t now_ms(struct desk *desk)
{
    return ghm_node_github_ms(desk->node, desk->time);
}

static void begin(struct desk *desk, const char *target)
{
    ghm_wrote_begin(&desk->config.local, ghm_bytes_text(target), now_ms(desk));
}

static void end(struct desk *desk, const char *target)
{
    char date[64], headers[80];
    desk_date(date, desk->time.wall_ms);
    (void)snprintf(headers, sizeof headers, "date: %s\n", date);
    ghm_wrote_end(&desk->config.local, ghm_bytes_text(target), ghm_bytes_text(headers),
                  now_ms(desk));
}

static void write_to(struct desk *desk, const char *target)
{
    begin(desk, target);
    end(desk, target);
}

/* Guard: local.c: ghm_freshness_after. */
static void t18_what_a_write_may_change_is_asked_for_again(void **state)
{
    struct desk *desk = *state;
    desk_fetch(desk, ISSUES, "t0ken", "\"one\"", "before");
    desk_fetch(desk, "/repos/o/other/issues", "t0ken", "\"other\"", "of another");
    desk_pass(desk, 5 * S);
    write_to(desk, "/repos/O/R/issues");
    desk_ask(desk, 1, ISSUES, "t0ken");
    struct ghm_node_event sent = desk_next(desk, GHM_NODE_SEND);
    assert_non_null(memmem(sent.headers.ptr, sent.headers.len, "\"one\"", 5)); /* for free, if so */
    desk_respond(desk, sent.id, 200, "etag: \"two\"\n", "after");
    assert_int_equal(desk_answered(desk, 1, 200, "after"), GHM_SOURCE_ORIGIN);
    desk_ask(desk, 2, "/repos/o/other/issues", "t0ken");
    assert_int_equal(desk_answered(desk, 2, 200, "of another"), GHM_SOURCE_LOCAL);
}

/* From the first byte of a write on, not only after its end; also for a bound of the caller's. */
static void t18_before_and_after(void **state)
{
    struct desk *desk = *state;
    desk_fetch(desk, ISSUES, "t0ken", "\"one\"", "before");
    desk_pass(desk, 5 * S);
    begin(desk, ISSUES);
    desk_ask_within(desk, 1, ISSUES, "t0ken", 3000);
    desk_respond(desk, desk_sent(desk), 200, "etag: \"two\"\n", "meanwhile");
    assert_int_equal(desk_answered(desk, 1, 200, "meanwhile"), GHM_SOURCE_ORIGIN);
    desk_pass(desk, 2 * S);
    end(desk, ISSUES);
    desk_ask_within(desk, 2, ISSUES, "t0ken", 3000);
    desk_respond(desk, desk_sent(desk), 200, "etag: \"three\"\n", "after");
    assert_int_equal(desk_answered(desk, 2, 200, "after"), GHM_SOURCE_ORIGIN);
}

/* Nor is it served when GitHub is away: who wrote must not read what was before. */
static void what_a_write_may_have_changed_is_not_served_stale(void **state)
{
    struct desk *desk = *state;
    desk_fetch(desk, ISSUES, "t0ken", "\"one\"", "before");
    desk_pass(desk, 5 * S);
    write_to(desk, ISSUES);
    desk_ask(desk, 1, ISSUES, "t0ken");
    for (int i = 0; i < GHM_NODE_TRIES_MAX; i++) {
        desk_break(desk, desk_sent(desk), GHM_EORIGIN);
        desk_pass(desk, 2 * S);
    }
    desk_failed(desk, 1, GHM_EORIGIN);
}

/* Guard: hearing.c: is_passed_by in store_entry. */
static void t19_a_read_that_a_write_passed_by_is_not_kept(void **state)
{
    struct desk *desk = *state;
    desk_ask(desk, 1, ISSUES, "t0ken");
    uint64_t flight = desk_sent(desk);
    write_to(desk, ISSUES);
    desk_pass(desk, 20 * S);
    desk_respond(desk, flight, 200, "etag: \"one\"\n", "before");
    assert_int_equal(desk_answered(desk, 1, 200, "before"), GHM_SOURCE_ORIGIN); /* asked before */
    desk_ask(desk, 2, ISSUES, "t0ken");
    desk_respond(desk, desk_sent(desk), 200, "etag: \"two\"\n", "after");
    assert_int_equal(desk_answered(desk, 2, 200, "after"), GHM_SOURCE_ORIGIN);
}

/* The same for one that began while the write was under way, and for a 304. */
static void t19_nor_is_a_304_that_a_write_passed_by(void **state)
{
    struct desk *desk = *state;
    desk_fetch(desk, ISSUES, "t0ken", "\"one\"", "before");
    desk_pass(desk, 100 * S);
    begin(desk, ISSUES);
    desk_ask(desk, 1, ISSUES, "t0ken");
    uint64_t flight = desk_sent(desk);
    end(desk, ISSUES);
    desk_pass(desk, 20 * S);
    desk_respond(desk, flight, 304, "", "");
    (void)desk_answered(desk, 1, 200, "before");
    desk_ask(desk, 2, ISSUES, "t0ken");
    desk_respond(desk, desk_sent(desk), 200, "etag: \"two\"\n", "after");
    assert_int_equal(desk_answered(desk, 2, 200, "after"), GHM_SOURCE_ORIGIN);
}

/* Guard: node.c: find_flight compares generations. */
static void t19_nobody_joins_a_read_that_a_write_passed_by(void **state)
{
    struct desk *desk = *state;
    desk_ask(desk, 1, ISSUES, "t0ken");
    uint64_t old = desk_sent(desk);
    write_to(desk, ISSUES);
    desk_ask(desk, 2, ISSUES, "t0ken");
    uint64_t new = desk_sent(desk);
    desk_ask(desk, 3, ISSUES, "t0ken"); /* this one joins the new one */
    desk_nothing(desk);
    desk_pass(desk, 15 * S);
    desk_respond(desk, new, 200, "etag: \"two\"\n", "after");
    (void)desk_answered(desk, 2, 200, "after");
    (void)desk_answered(desk, 3, 200, "after");
    desk_pass(desk, 5 * S);
    desk_respond(desk, old, 200, "etag: \"one\"\n", "before"); /* late, and with a newer Date */
    (void)desk_answered(desk, 1, 200, "before");
    desk_ask(desk, 4, ISSUES, "t0ken");
    assert_int_equal(desk_answered(desk, 4, 200, "after"), GHM_SOURCE_LOCAL);
}

/* Guard: node.c: ghm_node_learn looks at the epoch. */
static void t19_what_a_member_read_before_does_not_come_back(void **state)
{
    struct desk *desk = *state;
    desk_pass(desk, 100 * S);
    write_to(desk, ISSUES);
    struct ghm_entry entry =
        desk_entry("GET api.github.com" ISSUES, "t0ken", "before", desk->time.wall_ms - 1000);
    assert_int_equal(ghm_node_learn(desk->node, &entry, desk->time), GHM_EOLD);
    desk_pass(desk, 3 * S);
    entry = desk_entry("GET api.github.com" ISSUES, "t0ken", "after", desk->time.wall_ms);
    assert_int_equal(ghm_node_learn(desk->node, &entry, desk->time), GHM_OK);
}

/* Guard: freshness.c: what is dated soon after a write is fresh for seconds only. */
static void t20_just_after_a_write_nothing_is_fresh_for_long(void **state)
{
    struct desk *desk = *state;
    desk_fetch(desk, ISSUES, "t0ken", "\"one\"", "before");
    desk_pass(desk, 5 * S);
    write_to(desk, ISSUES);
    desk_pass(desk, 2 * S);
    desk_ask(desk, 1, ISSUES, "t0ken");
    desk_respond(desk, desk_sent(desk), 304, "", ""); /* GitHub's copy lags behind */
    assert_int_equal(desk_answered(desk, 1, 200, "before"), GHM_SOURCE_REVALIDATED);
    desk_pass(desk, 1 * S);
    desk_ask(desk, 2, ISSUES, "t0ken"); /* one polite client, all the same */
    assert_int_equal(desk_answered(desk, 2, 200, "before"), GHM_SOURCE_LOCAL);
    desk_pass(desk, 1 * S);
    desk_ask(desk, 3, ISSUES, "t0ken");
    desk_respond(desk, desk_sent(desk), 200, "etag: \"two\"\n", "after");
    assert_int_equal(desk_answered(desk, 3, 200, "after"), GHM_SOURCE_ORIGIN);
    desk_pass(desk, 10 * S);
    desk_ask(desk, 4, ISSUES, "t0ken"); /* and when the lag is over, as always */
    desk_respond(desk, desk_sent(desk), 304, "", "");
    (void)desk_answered(desk, 4, 200, "after");
    desk_pass(desk, 50 * S);
    desk_ask(desk, 5, ISSUES, "t0ken");
    assert_int_equal(desk_answered(desk, 5, 200, "after"), GHM_SOURCE_LOCAL);
}

/* A clock of ours that is behind does not let an answer from before the write live. */
static void t19_the_time_of_a_write_is_githubs(void **state)
{
    struct desk *desk = *state;
    char date[64], headers[80];
    desk_ask(desk, 1, ISSUES, "t0ken");
    desk_respond_at(desk, desk_sent(desk), 200, "etag: \"one\"\n", "before",
                    desk->time.wall_ms + 1400); /* too little to be taken for skew */
    (void)desk_answered(desk, 1, 200, "before");
    begin(desk, ISSUES);
    desk_date(date, desk->time.wall_ms + 1400);
    (void)snprintf(headers, sizeof headers, "date: %s\n", date);
    ghm_wrote_end(&desk->config.local, TEXT(ISSUES), ghm_bytes_text(headers), now_ms(desk));
    desk_ask(desk, 2, ISSUES, "t0ken");
    (void)desk_sent(desk);
    struct ghm_family reads;
    ghm_family_read(&reads, TEXT(ISSUES));
    int64_t wrote_ms = ghm_epoch_of(desk->place->shared, &reads).wrote_ms;
    ghm_wrote_end(&desk->config.local, TEXT(ISSUES), GHM_BYTES_NONE, now_ms(desk) + 1000);
    assert_true(ghm_epoch_of(desk->place->shared, &reads).wrote_ms >= wrote_ms + 1000);
}

static void keys_of_programs_have_no_family(void **state)
{
    struct desk *desk = *state;
    write_to(desk, "/graphql");
    assert_int_equal(ghm_wrote_epoch(&desk->config.local, TEXT("list_repos:owner=me")).wrote_ms, 0);
    assert_true(ghm_wrote_epoch(&desk->config.local, TEXT("GET h/x")).wrote_ms > 0);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        DESK_TEST(t18_what_a_write_may_change_is_asked_for_again),
        DESK_TEST(t18_before_and_after),
        DESK_TEST(what_a_write_may_have_changed_is_not_served_stale),
        DESK_TEST(t19_a_read_that_a_write_passed_by_is_not_kept),
        DESK_TEST(t19_nor_is_a_304_that_a_write_passed_by),
        DESK_TEST(t19_nobody_joins_a_read_that_a_write_passed_by),
        DESK_TEST(t19_what_a_member_read_before_does_not_come_back),
        DESK_TEST(t20_just_after_a_write_nothing_is_fresh_for_long),
        DESK_TEST(t19_the_time_of_a_write_is_githubs),
        DESK_TEST(keys_of_programs_have_no_family),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
