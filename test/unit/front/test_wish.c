/* SPDX-License-Identifier: MIT */
#include "front.h"

#include "front/wish.h"

#define NONE (-1)

static void what_a_client_takes(void **state)
{
    static const struct {
        const char *headers;
        int64_t max_age_s;
        bool is_no_store;
        bool is_only_stored;
    } rows[] = {
        {"", NONE, false, false},
        {"Cache-Control: no-cache\n", 0, false, false},
        {"Cache-Control: No-Cache\n", 0, false, false},
        {"Cache-Control: max-age=60\n", 60, false, false},
        {"Cache-Control: max-age=\"60\"\n", 60, false, false},
        {"Cache-Control: max-age=99999999999999999999\n", UINT32_MAX, false, false},
        {"Cache-Control: max-age=\n", NONE, false, false},
        {"Cache-Control: max-age=x\n", NONE, false, false},
        {"Cache-Control: s-max-age=1\n", NONE, false, false},
        {"Cache-Control: max-age=60 ,  max-age=5\n", 5, false, false},
        {"Cache-Control: max-age=5\nCache-Control: max-age=60\n", 5, false, false},
        {"Cache-Control: no-store\n", NONE, true, false},
        {"Cache-Control: only-if-cached, max-age=1\n", 1, false, true},
        {"Cache-Control: min-fresh=7, nonsense\n", NONE, false, false},
        {"Pragma: no-cache\n", 0, false, false},
        {"Pragma: no-cache\nCache-Control: max-age=9\n", 9, false, false},
        {"X-Gh-Cache-Ttl: 1h0m0s\n", 3600, false, false},
        {"X-Gh-Cache-Ttl: 1m30s\n", 90, false, false},
        {"X-Gh-Cache-Ttl: 0s\n", 0, false, false},
        {"X-Gh-Cache-Ttl: 500ms\n", NONE, false, false},
        {"X-Gh-Cache-Ttl: 1.5h\n", NONE, false, false},
        {"X-Gh-Cache-Ttl: 90\n", NONE, false, false},
        {"X-Gh-Cache-Ttl: s\n", NONE, false, false},
        {"X-Gh-Cache-Ttl:\n", NONE, false, false},
        {"X-Gh-Cache-Ttl: 9999999999h9999999999h\n", UINT32_MAX, false, false},
        {"X-Gh-Cache-Ttl: 1h\nCache-Control: no-cache\n", 0, false, false},
    };
    (void)state;
    for (size_t i = 0; i < sizeof rows / sizeof rows[0]; i++) {
        struct ghm_asked asked = get_of("/", rows[i].headers);
        struct ghm_wish wish = ghm_wish_of(&asked);
        int64_t max_age_s = wish.bound.has_max_age ? (int64_t)wish.bound.max_age_s : NONE;
        if (max_age_s != rows[i].max_age_s) print_message("%s", rows[i].headers);
        assert_int_equal(max_age_s, rows[i].max_age_s);
        assert_int_equal(wish.is_no_store, rows[i].is_no_store);
        assert_int_equal(wish.is_only_stored, rows[i].is_only_stored);
        assert_int_equal(wish.bound.stale_s, GHM_FRESHNESS_STALE_S);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(what_a_client_takes),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
