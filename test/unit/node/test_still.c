/* SPDX-License-Identifier: MIT */
#include "desk.h"

#include "node/still.h"
#include "node/wrote.h"

#define NAME "GET api.github.com/repos/o/r"

static struct ghm_variant variant_of(const char *name)
{
    struct ghm_variant variant;
    assert_int_equal(ghm_variant_of_name(&variant, ghm_bytes_text(name)), GHM_OK);
    return variant;
}

static void put_as(struct desk *desk, const char *name, const char *token, const char *body,
                   int64_t date_ms)
{
    uint8_t slot[GHM_VARIANT_ID_LEN];
    struct ghm_variant variant = variant_of(name);
    struct ghm_entry entry = desk_entry(name, token, body, date_ms);
    ghm_local_slot(slot, &variant, &entry.identity);
    assert_int_equal(ghm_store_put(desk->place->store, slot, &entry, 0, NOW_S), GHM_OK);
}

/* Answered at `now_ms` from an entry of DATE_MS. */
static struct ghm_still still_at(struct desk *desk, int64_t now_ms)
{
    static const struct ghm_freshness_bound usual = {.stale_s = GHM_FRESHNESS_STALE_S};
    struct ghm_still still;
    struct ghm_answer *answer;
    struct ghm_variant variant = variant_of(NAME);
    struct ghm_identity identity = desk_identity("a");
    const struct ghm_local *local = &desk->config.local;
    assert_int_equal(ghm_still_begin(&still, local, &variant, now_ms), GHM_OK);
    assert_int_equal(ghm_local_answer(local, &answer, &variant, &identity, &usual, now_ms), GHM_OK);
    ghm_still_end(&still, answer);
    ghm_reply_free(answer);
    return still;
}

static bool holds(struct desk *desk, const struct ghm_still *still, int64_t now_ms)
{
    return ghm_still_holds(still, &desk->config.local, now_ms);
}

/* Guard: until_ms, and from_ms for a clock that is set back. */
static void holds_for_one_second_of_age(void **state)
{
    struct desk *desk = *state;
    put_as(desk, NAME, "a", "body", DATE_MS);
    struct ghm_still still = still_at(desk, DATE_MS + 7300);
    assert_true(holds(desk, &still, DATE_MS + 7300));
    assert_true(holds(desk, &still, DATE_MS + 7999));
    assert_false(holds(desk, &still, DATE_MS + 8000));
    assert_false(holds(desk, &still, DATE_MS + 7299));
}

/* Its age is 0 until its date has come, and a second longer. */
static void holds_for_a_second_when_dated_ahead(void **state)
{
    struct desk *desk = *state;
    put_as(desk, NAME, "a", "body", DATE_MS);
    struct ghm_still still = still_at(desk, DATE_MS - 500);
    assert_true(holds(desk, &still, DATE_MS + 499));
    assert_false(holds(desk, &still, DATE_MS + 500));
}

/* Guard: ghm_store_is_at. */
static void ends_with_any_change_of_the_store(void **state)
{
    struct desk *desk = *state;
    uint8_t slot[GHM_VARIANT_ID_LEN];
    struct ghm_variant variant = variant_of(NAME);
    struct ghm_identity identity = desk_identity("a");
    put_as(desk, NAME, "a", "body", DATE_MS);
    struct ghm_still still = still_at(desk, DATE_MS);
    put_as(desk, NAME, "a", "newer", DATE_MS + 1);
    assert_false(holds(desk, &still, DATE_MS));
    still = still_at(desk, DATE_MS + 1);
    put_as(desk, "GET api.github.com/repos/o/other", "a", "other", DATE_MS);
    assert_false(holds(desk, &still, DATE_MS + 1));
    still = still_at(desk, DATE_MS + 1);
    ghm_local_slot(slot, &variant, &identity);
    assert_int_equal(ghm_store_drop(desk->place->store, slot), GHM_OK);
    assert_false(holds(desk, &still, DATE_MS + 1));
}

/* Guard: generation. */
static void ends_with_a_write_to_its_family(void **state)
{
    struct desk *desk = *state;
    put_as(desk, NAME, "a", "body", DATE_MS);
    struct ghm_still still = still_at(desk, DATE_MS);
    ghm_wrote_begin(&desk->config.local, TEXT("/repos/o/other"), DATE_MS);
    assert_true(holds(desk, &still, DATE_MS));
    ghm_wrote_begin(&desk->config.local, TEXT("/repos/o/r"), DATE_MS);
    assert_false(holds(desk, &still, DATE_MS));
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        DESK_TEST(holds_for_one_second_of_age),
        DESK_TEST(holds_for_a_second_when_dated_ahead),
        DESK_TEST(ends_with_any_change_of_the_store),
        DESK_TEST(ends_with_a_write_to_its_family),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
