/* SPDX-License-Identifier: MIT */
#include "answer/lifetime.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>

#include <cmocka.h>

#define JOB "GET api.github.com/repos/o/r/actions/jobs/7"
#define RUN "GET api.github.com/repos/o/r/actions/runs/7"

static uint32_t of(const char *name, const char *headers, const char *body)
{
    return ghm_lifetime_s(ghm_bytes_text(name), ghm_bytes_text(headers), ghm_bytes_text(body), 77);
}

static void what_is_over_does_not_change(void **state)
{
    (void)state;
    assert_int_equal(of(JOB, "", "{\"id\":7,\"status\":\"in_progress\"}"), 30);
    assert_int_equal(of(JOB, "", "{\"id\":7,\"status\":\"completed\"}"), GHM_ROUTE_FIXED_S);
    assert_int_equal(of(RUN "/attempts/1", "", "{\"status\": \"completed\"}"), GHM_ROUTE_FIXED_S);
    /* A run may be run again, and new jobs may follow those that are over. */
    assert_int_equal(of(RUN, "", "{\"status\":\"completed\"}"), 60);
    assert_int_equal(of(RUN "/jobs", "", "{\"status\":\"completed\"}"), 30);
    /* Only the job itself: its steps are over one by one. */
    assert_int_equal(
        of(JOB, "", "{\"status\":\"in_progress\",\"steps\":[{\"status\":\"completed\"}]}"), 30);
    static const char *const broken[] = {
        "", "{", "[]", "\"completed\"", "{\"status\":1}", "{\"status\":\"completed\""};
    for (size_t i = 0; i < sizeof broken / sizeof broken[0]; i++)
        assert_int_equal(of(JOB, "", broken[i]), 30);
}

static void long_bodies_are_not_looked_into(void **state)
{
    const char *text = "{\"status\":\"completed\"}";
    size_t len = GHM_LIFETIME_BODY_MAX + 1;
    (void)state;
    char *body = malloc(len);
    assert_non_null(body);
    memset(body, ' ', len);
    memcpy(body, text, strlen(text));
    struct ghm_bytes name = ghm_bytes_text(JOB);
    assert_int_equal(ghm_lifetime_s(name, GHM_BYTES_NONE, ghm_bytes(body, len - 1), 77),
                     GHM_ROUTE_FIXED_S);
    assert_int_equal(ghm_lifetime_s(name, GHM_BYTES_NONE, ghm_bytes(body, len), 77), 30);
    free(body);
}

/* Guard: lifetime.c: the interval wins when it is longer. */
static void t26_events_are_asked_for_no_oftener_than_told(void **state)
{
    const char *events = "GET api.github.com/repos/o/r/events";
    (void)state;
    assert_int_equal(of(events, "", ""), 60);
    assert_int_equal(of(events, "x-poll-interval: 60\n", ""), 60);
    assert_int_equal(of(events, "x-poll-interval: 300\n", ""), 300);
    assert_int_equal(of(events, "x-poll-interval: 5\n", ""), 60);
    assert_int_equal(of(events, "x-poll-interval: 999999\n", ""), GHM_ROUTE_FIXED_S);
    assert_int_equal(of(events, "x-poll-interval: -1\n", ""), 60);
    assert_int_equal(of("GET api.github.com/rate_limit", "x-poll-interval: 60\n", ""), 0);
}

static void the_rest_is_the_routes(void **state)
{
    (void)state;
    assert_int_equal(of("GET api.github.com/repos/o/r", "", "{\"status\":\"completed\"}"), 300);
    assert_int_equal(of("GET api.github.com/no/such", "", ""), 77);
    assert_int_equal(of("list_runners", "", ""), 30);
    assert_int_equal(of("GET api.github.com/zen", "", ""), 0);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(what_is_over_does_not_change),
        cmocka_unit_test(long_bodies_are_not_looked_into),
        cmocka_unit_test(t26_events_are_asked_for_no_oftener_than_told),
        cmocka_unit_test(the_rest_is_the_routes),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
