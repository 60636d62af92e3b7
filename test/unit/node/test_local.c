/* SPDX-License-Identifier: MIT */
#include "desk.h"

#define NAME "GET api.github.com/repos/o/r"

static const struct ghm_freshness_bound usual = {.stale_s = GHM_FRESHNESS_STALE_S};

static struct ghm_variant variant(void)
{
    struct ghm_variant variant;
    assert_int_equal(ghm_variant_of_name(&variant, TEXT(NAME)), GHM_OK);
    return variant;
}

static void put(struct desk *desk, const struct ghm_entry *entry)
{
    uint8_t slot[GHM_VARIANT_ID_LEN];
    struct ghm_variant v = variant();
    ghm_local_slot(slot, &v, &entry->identity);
    (void)!ghm_store_drop(desk->place->store, slot); /* else the newer date would win */
    assert_int_equal(ghm_store_put(desk->place->store, slot, entry, 0, NOW_S), GHM_OK);
}

static void put_of(struct desk *desk, const char *token, const char *body, int64_t age_s,
                   uint32_t ttl_s)
{
    struct ghm_entry entry = desk_entry(NAME, token, body, DATE_MS - age_s * 1000);
    entry.ttl_s = ttl_s;
    put(desk, &entry);
}

/* What the identity is shown, or "-". */
static void assert_found(struct desk *desk, const char *token, const char *body)
{
    struct ghm_local_found found;
    struct ghm_variant v = variant();
    struct ghm_identity identity = desk_identity(token);
    int error = ghm_local_find(&desk->config.local, &found, &v, &identity, &usual, DATE_MS);
    if (strcmp(body, "-") == 0) {
        assert_int_equal(error, GHM_ENOTFOUND);
        return;
    }
    assert_int_equal(error, GHM_OK);
    assert_true(ghm_bytes_equal(found.entry.body, ghm_bytes_text(body)));
    ghm_local_done(&desk->config.local, &found);
}

static int answer(struct desk *desk, struct ghm_answer **ret_answer, const char *token,
                  const struct ghm_freshness_bound *bound)
{
    struct ghm_variant v = variant();
    struct ghm_identity identity = desk_identity(token);
    return ghm_local_answer(&desk->config.local, ret_answer, &v, &identity, bound, DATE_MS);
}

static void slots_of_identities_differ(void **state)
{
    (void)state;
    uint8_t a[GHM_VARIANT_ID_LEN], b[GHM_VARIANT_ID_LEN], none[GHM_VARIANT_ID_LEN];
    struct ghm_variant v = variant();
    struct ghm_identity one = desk_identity("one"), two = desk_identity("two"),
                        anonymous = desk_identity(NULL);
    ghm_local_slot(a, &v, &one);
    ghm_local_slot(b, &v, &two);
    ghm_local_slot(none, &v, &anonymous);
    assert_memory_not_equal(a, b, sizeof a);
    assert_memory_not_equal(a, none, sizeof a);
    assert_memory_equal(none, v.id, sizeof none); /* what anybody may see lies under its own id */
}

static void each_sees_its_own_and_the_public(void **state)
{
    struct desk *desk = *state;
    assert_found(desk, "one", "-");
    put_of(desk, "one", "of one", 10, 300);
    assert_found(desk, "one", "of one");
    assert_found(desk, "two", "-");
    assert_found(desk, NULL, "-");
    put_of(desk, NULL, "of nobody", 10, 300);
    assert_found(desk, "one", "of one");
    assert_found(desk, "two", "of nobody");
    assert_found(desk, NULL, "of nobody");
}

/* Of two that may be shown, the one of more use: fresh, then stale, then one's own. */
static void better_one_is_taken(void **state)
{
    struct desk *desk = *state;
    static const struct {
        int64_t own_age_s, public_age_s;
        const char *body;
    } rows[] = {
        {10, 5, "own"},       {10, 4000, "own"},      {10, 9000, "own"},
        {1000, 10, "public"}, {1000, 900, "own"},     {1000, 9000, "own"},
        {9000, 10, "public"}, {9000, 1000, "public"}, {9000, 8000, "own"},
    };
    for (size_t i = 0; i < sizeof rows / sizeof rows[0]; i++) {
        put_of(desk, "one", "own", rows[i].own_age_s, 300);
        put_of(desk, NULL, "public", rows[i].public_age_s, 300);
        assert_found(desk, "one", rows[i].body);
    }
    /* Nothing is held open: the store has room for as many reads as ever. */
    for (int i = 0; i < 2000; i++)
        assert_found(desk, "one", "own");
}

/* The slot is found by a hash; the entry must say the same. */
static void entry_in_a_wrong_slot_is_not_shown(void **state)
{
    struct desk *desk = *state;
    uint8_t slot[GHM_VARIANT_ID_LEN];
    struct ghm_variant v = variant();
    struct ghm_identity two = desk_identity("two");
    ghm_local_slot(slot, &v, &two);
    struct ghm_entry entry = desk_entry(NAME, "one", "of one", DATE_MS);
    assert_int_equal(ghm_store_put(desk->place->store, slot, &entry, 0, NOW_S), GHM_OK);
    assert_found(desk, "two", "-");
    entry = desk_entry("GET api.github.com/repos/o/other", "two", "of another", DATE_MS + 1);
    assert_int_equal(ghm_store_put(desk->place->store, slot, &entry, 0, NOW_S), GHM_OK);
    assert_found(desk, "two", "-");
}

static void own_is_found_without_the_public(void **state)
{
    struct desk *desk = *state;
    struct ghm_local_found found;
    struct ghm_variant v = variant();
    struct ghm_identity one = desk_identity("one");
    const struct ghm_local *local = &desk->config.local;
    put_of(desk, NULL, "public", 0, 300);
    assert_int_equal(ghm_local_find_own(local, &found, &v, &one, &usual, DATE_MS), GHM_ENOTFOUND);
    put_of(desk, "one", "own", 9000, 300);
    assert_int_equal(ghm_local_find_own(local, &found, &v, &one, &usual, DATE_MS), GHM_OK);
    assert_int_equal(found.freshness.state, GHM_FRESHNESS_EXPIRED);
    ghm_local_done(local, &found);
}

static void only_the_fresh_is_an_answer(void **state)
{
    struct desk *desk = *state;
    struct ghm_answer *got;
    assert_int_equal(answer(desk, &got, "one", &usual), GHM_ENOTFOUND);
    put_of(desk, "one", "body", 299, 300);
    assert_int_equal(answer(desk, &got, "one", &usual), GHM_OK);
    assert_int_equal(got->source, GHM_SOURCE_LOCAL);
    assert_int_equal(got->age_ms, 299000);
    assert_int_equal(got->ttl_s, 300);
    assert_string_equal(got->cache_status, "ghmesh; hit; ttl=1");
    assert_memory_equal(got->bytes, "etag: \"peer\"\n\0body", 19);
    ghm_reply_free(got);
    put_of(desk, "one", "body", 300, 300);
    assert_int_equal(answer(desk, &got, "one", &usual), GHM_EOLD);
}

static void bound_of_the_caller_is_the_ttl(void **state)
{
    struct desk *desk = *state;
    struct ghm_answer *got;
    struct ghm_freshness_bound bound = {.has_max_age = true, .stale_s = 3600};
    put_of(desk, "one", "body", 400, 300);
    bound.max_age_s = 500; /* larger */
    assert_int_equal(answer(desk, &got, "one", &bound), GHM_OK);
    assert_int_equal(got->ttl_s, 500);
    assert_string_equal(got->cache_status, "ghmesh; hit; ttl=100");
    ghm_reply_free(got);
    bound.max_age_s = 400;
    assert_int_equal(answer(desk, &got, "one", &bound), GHM_EOLD);
    put_of(desk, "one", "body", 40, 300);
    bound.max_age_s = 50; /* smaller */
    assert_int_equal(answer(desk, &got, "one", &bound), GHM_OK);
    assert_int_equal(got->ttl_s, 50);
    ghm_reply_free(got);
    bound.max_age_s = 0; /* nothing unasked */
    put_of(desk, "one", "body", 0, 300);
    assert_int_equal(answer(desk, &got, "one", &bound), GHM_EOLD);
}

static void hits_are_counted_by_their_source(void **state)
{
    struct desk *desk = *state;
    struct ghm_answer *got;
    struct ghm_entry entry = desk_entry(NAME, "one", "body", DATE_MS);
    put(desk, &entry);
    assert_int_equal(answer(desk, &got, "one", &usual), GHM_OK);
    ghm_reply_free(got);
    entry.from_peer = true;
    put(desk, &entry);
    assert_int_equal(answer(desk, &got, "one", &usual), GHM_OK);
    assert_int_equal(got->source, GHM_SOURCE_PEER);
    assert_string_equal(got->cache_status, "ghmesh; hit; ttl=86400; detail=peer");
    ghm_reply_free(got);
    entry.kind = GHM_ENTRY_PUT; /* a put saves no call of GitHub's */
    put(desk, &entry);
    assert_int_equal(answer(desk, &got, "one", &usual), GHM_OK);
    ghm_reply_free(got);
    ghm_local_missed(&desk->config.local, answer(desk, &got, "two", &usual));
    put_of(desk, "one", "body", 300, 300);
    ghm_local_missed(&desk->config.local, answer(desk, &got, "one", &usual));
    assert_int_equal(COUNTED(desk, requests), 5);
    assert_int_equal(COUNTED(desk, local_hits), 1);
    assert_int_equal(COUNTED(desk, peer_hits), 2);
    assert_int_equal(COUNTED(desk, misses), 2);
    assert_int_equal(COUNTED(desk, expirations), 1);
    assert_int_equal(COUNTED(desk, api_calls_saved), 2);
    desk->config.local.shared = NULL; /* nobody counts */
    ghm_local_missed(&desk->config.local, GHM_EOLD);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        DESK_TEST(slots_of_identities_differ),
        DESK_TEST(each_sees_its_own_and_the_public),
        DESK_TEST(better_one_is_taken),
        DESK_TEST(entry_in_a_wrong_slot_is_not_shown),
        DESK_TEST(own_is_found_without_the_public),
        DESK_TEST(only_the_fresh_is_an_answer),
        DESK_TEST(bound_of_the_caller_is_the_ttl),
        DESK_TEST(hits_are_counted_by_their_source),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
