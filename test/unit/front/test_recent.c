/* SPDX-License-Identifier: MIT */
#include "place.h"

#include "front.h"
#include "front/recent.h"

#define REQUEST "GET /repos/o/r HTTP/1.1\nHost: api.github.com\nAuthorization: token a\nAccept: x\n"

struct desk {
    struct place *place;
    struct ghm_local local;
    struct ghm_recent recent;
};

static unsigned dropped[GHM_RECENT_COUNT_MAX + 8]; /* how often each response was */

static void drop(void *response)
{
    (*(unsigned *)response)++;
}

static struct ghm_answer answer = {.source = GHM_SOURCE_LOCAL, .saves_call = true};

static int desk_setup(void **state)
{
    static const uint8_t seed[16] = {7};
    static struct desk desk;
    void *place;
    assert_int_equal(place_setup(&place), 0);
    desk.place = place;
    desk.local = (struct ghm_local){.store = desk.place->store, .shared = desk.place->shared};
    memset(dropped, 0, sizeof dropped);
    ghm_recent_init(&desk.recent, seed, drop);
    *state = &desk;
    return 0;
}

static int desk_teardown(void **state)
{
    struct desk *desk = *state;
    void *place = desk->place;
    ghm_recent_clear(&desk->recent);
    ghm_mem_fini(&desk->recent.mem);
    return place_teardown(&place);
}

static void keep_sized(struct desk *desk, const char *request, unsigned n, size_t response_len)
{
    struct ghm_asked asked = asked_of(request);
    struct ghm_variant variant;
    struct ghm_recent_given given = {
        .answer = &answer, .response = &dropped[n], .response_len = response_len};
    assert_int_equal(ghm_variant_of_name(&variant, TEXT("GET api.github.com/repos/o/r")), GHM_OK);
    assert_int_equal(ghm_still_begin(&given.still, &desk->local, &variant, DATE_MS), GHM_OK);
    ghm_still_end(&given.still, &answer);
    ghm_recent_keep(&desk->recent, &asked, &given);
}

static void keep(struct desk *desk, const char *request, unsigned n)
{
    keep_sized(desk, request, n, 100);
}

static void *find_at(struct desk *desk, const char *request, int64_t now_ms)
{
    struct ghm_asked asked = asked_of(request);
    return ghm_recent_find(&desk->recent, &desk->local, &asked, now_ms);
}

static void *find(struct desk *desk, const char *request)
{
    return find_at(desk, request, DATE_MS);
}

static void the_same_request_is_known(void **state)
{
    struct desk *desk = *state;
    assert_null(find(desk, REQUEST));
    keep(desk, REQUEST, 1);
    assert_ptr_equal(find(desk, REQUEST), &dropped[1]);
    assert_ptr_equal(find(desk, REQUEST), &dropped[1]);
    assert_int_equal(dropped[1], 0);
}

/* Guard: write_key writes each part, and where it ends. */
static void any_other_request_is_not(void **state)
{
    static const char *const others[] = {
        "HEAD /repos/o/r HTTP/1.1\nHost: api.github.com\nAuthorization: token a\nAccept: x\n",
        "GET /repos/o/R HTTP/1.1\nHost: api.github.com\nAuthorization: token a\nAccept: x\n",
        "GET /repos/o/r HTTP/1.0\nHost: api.github.com\nAuthorization: token a\nAccept: x\n",
        "GET /repos/o/r HTTP/1.1\nHost: api.github.com\nAuthorization: token b\nAccept: x\n",
        "GET /repos/o/r HTTP/1.1\nHost: api.github.com\nAuthorization: token a\nAccept: y\n",
        "GET /repos/o/r HTTP/1.1\nHost: api.github.com\nAuthorization: token a\naccept: x\n",
        "GET /repos/o/r HTTP/1.1\nHost: api.github.com\nAuthorization: token aAc\ncept: x\n",
        "GET /repos/o/r HTTP/1.1\nHost: api.github.com\nAuthorization: token a\n",
        REQUEST "Range: bytes=0-1\n",
        REQUEST "If-None-Match: \"e\"\n",
        REQUEST "Cache-Control: no-cache\n",
    };
    struct desk *desk = *state;
    keep(desk, REQUEST, 1);
    for (size_t i = 0; i < sizeof others / sizeof others[0]; i++)
        assert_null(find(desk, others[i]));
    struct ghm_asked cut = asked_of(REQUEST);
    cut.is_cut = true;
    assert_null(ghm_recent_find(&desk->recent, &desk->local, &cut, DATE_MS));
    struct ghm_asked hiding = asked_of(REQUEST);
    hiding.is_hiding = true;
    assert_null(ghm_recent_find(&desk->recent, &desk->local, &hiding, DATE_MS));
    assert_non_null(find(desk, REQUEST));
}

/* Guard: ghm_still_holds in ghm_recent_find. */
static void what_is_no_longer_right_is_dropped(void **state)
{
    struct desk *desk = *state;
    keep(desk, REQUEST, 1);
    assert_null(find_at(desk, REQUEST, DATE_MS + 1000));
    assert_int_equal(dropped[1], 1);
    keep(desk, REQUEST, 2);
    assert_int_equal(put_sample(desk->place->store, 1, DATE_MS, 0), GHM_OK);
    assert_null(find(desk, REQUEST));
    assert_int_equal(dropped[2], 1);
}

static void a_response_is_counted_as_a_hit(void **state)
{
    struct desk *desk = *state;
    keep(desk, REQUEST, 1);
    (void)find(desk, REQUEST);
    (void)find(desk, REQUEST);
    assert_int_equal(atomic_load(&desk->place->shared->counters.requests), 2);
    assert_int_equal(atomic_load(&desk->place->shared->counters.local_hits), 2);
    assert_int_equal(atomic_load(&desk->place->shared->counters.api_calls_saved), 2);
}

static void number(char ret_request[200], unsigned n)
{
    (void)snprintf(ret_request, 200, "GET /%u HTTP/1.1\nHost: api.github.com\n", n);
}

/* Guard: the place's mark; another slot may have taken the place. */
static void what_is_given_again_is_due(void **state)
{
    struct desk *desk = *state;
    uint8_t one[GHM_VARIANT_ID_LEN] = {1, 2, 3}, other[GHM_VARIANT_ID_LEN] = {4, 2, 3};
    assert_false(ghm_recent_is_due(&desk->recent, one));
    assert_true(ghm_recent_is_due(&desk->recent, one));
    assert_false(ghm_recent_is_due(&desk->recent, other));
    assert_false(ghm_recent_is_due(&desk->recent, one));
}

/* Guard: GHM_RECENT_COUNT_MAX. */
static void the_oldest_leaves_when_there_are_many(void **state)
{
    struct desk *desk = *state;
    char request[200];
    for (unsigned n = 0; n <= GHM_RECENT_COUNT_MAX; n++) {
        number(request, n);
        keep(desk, request, n);
    }
    assert_int_equal(desk->recent.map.count, GHM_RECENT_COUNT_MAX);
    assert_int_equal(dropped[0], 1);
    assert_int_equal(dropped[1], 0);
    assert_non_null(find(desk, request));
}

/* Guard: GHM_RECENT_BYTES_MAX, GHM_RECENT_RESPONSE_MAX. */
static void bytes_are_bounded(void **state)
{
    struct desk *desk = *state;
    char request[200];
    for (unsigned n = 0; n < 20; n++) {
        number(request, n);
        keep_sized(desk, request, n, GHM_RECENT_RESPONSE_MAX);
        assert_true(desk->recent.response_bytes <= GHM_RECENT_BYTES_MAX);
        assert_int_equal(dropped[n], 0);
    }
    assert_int_equal(dropped[0], 1);
    keep_sized(desk, REQUEST, 21, GHM_RECENT_RESPONSE_MAX + 1);
    assert_int_equal(dropped[21], 1);
    assert_null(find(desk, REQUEST));
}

/* Guard: the room for a key. */
static void a_long_request_is_not_kept(void **state)
{
    struct desk *desk = *state;
    static char request[GHM_RECENT_REQUEST_MAX + 200];
    int len = snprintf(request, sizeof request, "GET / HTTP/1.1\nHost: a\nX: ");
    memset(request + len, 'x', GHM_RECENT_REQUEST_MAX);
    request[len + GHM_RECENT_REQUEST_MAX] = '\n';
    keep(desk, request, 1);
    assert_int_equal(dropped[1], 1);
    assert_null(find(desk, request));
}

/* Guard: the wipe in forget, and of the last key. */
static void nothing_is_left_after_clearing(void **state)
{
    struct desk *desk = *state;
    keep(desk, REQUEST, 1);
    ghm_recent_clear(&desk->recent);
    assert_int_equal(dropped[1], 1);
    assert_int_equal(desk->recent.mem.used_bytes, 0);
    assert_null(memmem(desk->recent.key, sizeof desk->recent.key, "token", 5));
    assert_null(find(desk, REQUEST));
    keep(desk, REQUEST, 2);
    assert_non_null(find(desk, REQUEST));
}

/* Allocation failure: then nothing is kept, and what was given is dropped once. */
static void without_memory_nothing_is_kept(void **state)
{
    struct desk *desk = *state;
    for (uint64_t step = 1; step <= 2; step++) {
        desk->recent.mem.fail_after = step;
        keep(desk, REQUEST, (unsigned)step);
        assert_int_equal(dropped[step], 1);
    }
    desk->recent.mem.fail_after = 0;
    keep(desk, REQUEST, 3);
    assert_ptr_equal(find(desk, REQUEST), &dropped[3]);
}

#define RECENT_TEST(name) cmocka_unit_test_setup_teardown(name, desk_setup, desk_teardown)

int main(void)
{
    const struct CMUnitTest tests[] = {
        RECENT_TEST(the_same_request_is_known),
        RECENT_TEST(any_other_request_is_not),
        RECENT_TEST(what_is_no_longer_right_is_dropped),
        RECENT_TEST(a_response_is_counted_as_a_hit),
        RECENT_TEST(what_is_given_again_is_due),
        RECENT_TEST(the_oldest_leaves_when_there_are_many),
        RECENT_TEST(bytes_are_bounded),
        RECENT_TEST(a_long_request_is_not_kept),
        RECENT_TEST(nothing_is_left_after_clearing),
        RECENT_TEST(without_memory_nothing_is_kept),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
