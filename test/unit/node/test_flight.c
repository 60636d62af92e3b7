/* SPDX-License-Identifier: MIT */
#include "node/flight.h"

#include "answer/validator.h"
#include "desk.h"

static struct ghm_flight *flight_of(struct desk *desk, const struct ghm_node_ask *ask)
{
    struct ghm_variant variant;
    struct ghm_flight *flight;
    assert_int_equal(ghm_variant_of_request(&variant, &ask->request), GHM_OK);
    assert_int_equal(ghm_flight_new(&flight, &desk->mem, &desk->config, ask, &variant), GHM_OK);
    return flight;
}

/* With the validator of an entry, when it has one that can be sent. */
static void compose(struct ghm_flight *flight, const struct ghm_entry *entry)
{
    struct ghm_flight_offer offer = {.is_empty_list = false};
    ghm_flight_offer_none(flight);
    if (entry != NULL) {
        struct ghm_bytes etag = ghm_validator_of(entry).etag;
        bool is_right = etag.len > 0 && etag.len <= GHM_FLIGHT_ETAG_MAX;
        assert_int_equal(ghm_flight_offer(flight, &offer, etag), is_right ? GHM_OK : GHM_ELIMIT);
    }
    assert_int_equal(ghm_flight_compose(flight), GHM_OK);
}

static void assert_sends(struct ghm_flight *flight, const struct ghm_entry *entry, const char *want)
{
    compose(flight, entry);
    assert_headers(ghm_buf_bytes(&flight->sending), want);
}

static void headers_are_what_the_caller_wants(void **state)
{
    struct desk *desk = *state;
    struct ghm_node_ask *ask = desk_compose(desk, 1, ROUTE "?page=2", "t0ken");
    struct ghm_flight *flight = flight_of(desk, ask);
    assert_string_equal((const char *)ghm_buf_bytes(&flight->url).ptr,
                        "https://api.github.com" ROUTE "?page=2");
    assert_sends(flight, NULL, "Accept:\nAuthorization: token t0ken\nUser-Agent: ghmesh/test\n");
    ghm_flight_free(flight);

    ask->request.accept = TEXT(""); /* empty is not absent */
    ask->request.api_version = TEXT("2022-11-28");
    ask->headers = TEXT("X-Other: 1\n");
    flight = flight_of(desk, ask);
    assert_sends(flight, NULL,
                 "Accept: \nAuthorization: token t0ken\nX-GitHub-Api-Version: 2022-11-28\n"
                 "User-Agent: ghmesh/test\nX-Other: 1\n");
    ghm_flight_free(flight);

    ask = desk_compose(desk, 1, ROUTE, NULL);
    ask->request.accept = TEXT("application/vnd.github+json");
    flight = flight_of(desk, ask);
    assert_sends(flight, NULL, "Accept: application/vnd.github+json\nUser-Agent: ghmesh/test\n");
    ghm_flight_free(flight);
}

static void validator_goes_with_its_entry(void **state)
{
    struct desk *desk = *state;
    struct ghm_entry entry = desk_entry("GET api.github.com" ROUTE, NULL, "body", DATE_MS);
    struct ghm_flight *flight = flight_of(desk, desk_compose(desk, 1, ROUTE, NULL));
    assert_sends(flight, &entry, "Accept:\nUser-Agent: ghmesh/test\nIf-None-Match: \"peer\"\n");
    assert_true(flight->is_conditional);
    assert_true(ghm_bytes_equal(ghm_buf_bytes(&flight->etags), TEXT("\"peer\"")));
    /* The next try has what the next try should. */
    assert_sends(flight, NULL, "Accept:\nUser-Agent: ghmesh/test\n");
    assert_false(flight->is_conditional);
    assert_int_equal(ghm_buf_len(&flight->etags), 0);
    /* No tag, and a date alone: GitHub's dates are not reliable. */
    entry.headers = TEXT("last-modified: Sun, 06 Nov 1994 08:49:37 GMT\n");
    assert_sends(flight, &entry, "Accept:\nUser-Agent: ghmesh/test\n");
    entry.headers = TEXT("etag: \n");
    assert_sends(flight, &entry, "Accept:\nUser-Agent: ghmesh/test\n");
    assert_false(flight->is_conditional);
    ghm_flight_free(flight);
}

static void bound_of_a_tag_is_reached_and_not_passed(void **state)
{
    struct desk *desk = *state;
    char headers[700];
    struct ghm_entry entry = desk_entry("GET api.github.com" ROUTE, NULL, "body", DATE_MS);
    struct ghm_flight *flight = flight_of(desk, desk_compose(desk, 1, ROUTE, NULL));
    for (size_t len = 511; len <= 513; len++) {
        memset(headers, 'x', sizeof headers);
        memcpy(headers, "etag: ", 6);
        headers[6 + len] = '\n';
        entry.headers = ghm_bytes(headers, 6 + len + 1);
        compose(flight, &entry);
        assert_true(flight->is_conditional == (len <= 512));
    }
    ghm_flight_free(flight);
}

static void bound_of_headers_is_reached_and_not_passed(void **state)
{
    struct desk *desk = *state;
    static char more[20000];
    struct ghm_variant variant;
    struct ghm_flight *flight;
    memset(more, 'x', sizeof more);
    struct ghm_node_ask *ask = desk_compose(desk, 1, ROUTE, "t0ken");
    struct ghm_entry entry = desk_entry("GET api.github.com" ROUTE, "t0ken", "body", DATE_MS);
    assert_int_equal(ghm_variant_of_request(&variant, &ask->request), GHM_OK);
    ask->headers = ghm_bytes(more, sizeof more);
    assert_int_equal(ghm_flight_new(&flight, &desk->mem, &desk->config, ask, &variant), GHM_ELIMIT);
    ask->headers = ghm_bytes(more, 16000);
    assert_int_equal(ghm_flight_new(&flight, &desk->mem, &desk->config, ask, &variant), GHM_OK);
    compose(flight, &entry); /* and its validator fits too */
    ghm_flight_free(flight);
}

/* A block that grows may leave a copy of the token in memory that nobody wipes. */
static void token_is_written_to_one_place(void **state)
{
    struct desk *desk = *state;
    static char token[1000];
    memset(token, 't', sizeof token);
    struct ghm_node_ask *ask = desk_compose(desk, 1, ROUTE, "t0ken");
    struct ghm_entry entry = desk_entry("GET api.github.com" ROUTE, "t0ken", "body", DATE_MS);
    struct ghm_flight *flight = NULL;
    for (size_t len = 150; len < sizeof token; len++) {
        ask->authorization = ghm_bytes(token, len);
        flight = flight_of(desk, ask);
        compose(flight, NULL);
        uint8_t *block = flight->sending.ptr;
        size_t size = flight->sending.size;
        for (int i = 0; i < 3; i++)
            compose(flight, i % 2 == 0 ? &entry : NULL);
        assert_ptr_equal(flight->sending.ptr, block);
        assert_int_equal(flight->sending.size, size);
        ghm_flight_free(flight);
    }
    ask->headers = ghm_bytes(token, sizeof token);
    /* Each allocation of a flight refused in turn: two of them are the blocks with the token. */
    struct ghm_variant variant;
    assert_int_equal(ghm_variant_of_request(&variant, &ask->request), GHM_OK);
    int allocations = 0;
    for (int error = GHM_ENOMEM; error != GHM_OK; allocations++) {
        desk->mem.fail_after = (uint64_t)allocations + 1;
        error = ghm_flight_new(&flight, &desk->mem, &desk->config, ask, &variant);
    }
    desk->mem.fail_after = 0;
    assert_int_equal(allocations - 1, 3); /* the flight, its url, its headers */
    ghm_flight_free(flight);
}

static struct ghm_flight_waiter *waiter_of(struct desk *desk, uint64_t id, uint64_t timeout_ns)
{
    struct ghm_flight_waiter *waiter;
    struct ghm_node_ask ask = {.id = id, .timeout_ns = timeout_ns};
    assert_int_equal(ghm_flight_waiter_new(&waiter, &desk->mem, &ask, 100), GHM_OK);
    return waiter;
}

static void waiters_leave_in_turn_or_when_late(void **state)
{
    struct desk *desk = *state;
    struct ghm_flight *flight = flight_of(desk, desk_compose(desk, 1, ROUTE, NULL));
    assert_true(flight->due_ns == GHM_NEVER);
    assert_null(ghm_flight_leave(flight));
    ghm_flight_join(flight, waiter_of(desk, 1, 500));
    ghm_flight_join(flight, waiter_of(desk, 2, 10));
    ghm_flight_join(flight, waiter_of(desk, 3, 900));
    ghm_flight_join(flight, waiter_of(desk, 4, 10));
    assert_true(flight->due_ns == 110 && flight->deadline_ns == 1000);
    assert_null(ghm_flight_leave_late(flight, 109));
    assert_true(flight->due_ns == 110);
    for (uint64_t id = 2; id <= 4; id += 2) {
        struct ghm_flight_waiter *late = ghm_flight_leave_late(flight, 110);
        assert_int_equal(late->id, id);
        ghm_flight_waiter_free(late);
    }
    assert_null(ghm_flight_leave_late(flight, 110));
    assert_true(flight->due_ns == 600);
    struct ghm_flight_waiter *first = ghm_flight_leave(flight);
    assert_int_equal(first->id, 1);
    ghm_flight_waiter_free(first);
    ghm_flight_waiter_free(ghm_flight_leave(flight));
    assert_null(ghm_flight_leave_late(flight, UINT64_MAX));
    assert_true(flight->due_ns == GHM_NEVER);
    ghm_flight_free(flight);
}

static void waiter_frees_what_it_holds(void **state)
{
    struct desk *desk = *state;
    struct ghm_reply reply = {.status = 200, .source = GHM_SOURCE_ORIGIN};
    struct ghm_flight_waiter *waiter = waiter_of(desk, 1, 1);
    struct ghm_list list;
    ghm_list_init(&list);
    ghm_list_append(&list, &waiter->node);
    assert_int_equal(ghm_reply_new(&waiter->answer, &reply), GHM_OK);
    ghm_flight_waiter_free(waiter);
    assert_true(ghm_list_is_empty(&list));
    struct ghm_node_ask ask = {.id = 1};
    desk->mem.fail_after = 1;
    assert_int_equal(ghm_flight_waiter_new(&waiter, &desk->mem, &ask, 0), GHM_ENOMEM);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        DESK_TEST(headers_are_what_the_caller_wants),
        DESK_TEST(validator_goes_with_its_entry),
        DESK_TEST(bound_of_a_tag_is_reached_and_not_passed),
        DESK_TEST(bound_of_headers_is_reached_and_not_passed),
        DESK_TEST(token_is_written_to_one_place),
        DESK_TEST(waiters_leave_in_turn_or_when_late),
        DESK_TEST(waiter_frees_what_it_holds),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
