/* SPDX-License-Identifier: MIT */
#include "swarm/race.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>

#include <cmocka.h>

#define MS GHM_NS_PER_MS

static const struct ghm_peerid alice = {.len = 3, .bytes = "a!?"};

static void line_up(struct ghm_race *race, const char *const *texts, size_t count)
{
    struct ghm_multiaddr addrs[64];
    for (size_t i = 0; i < count; i++)
        assert_int_equal(ghm_multiaddr_parse(&addrs[i], texts[i]), GHM_OK);
    ghm_race_init(race, &alice, addrs, count, 1000 * MS);
}

static void assert_due(const struct ghm_race *race, uint64_t now_ns, const char *text)
{
    char due[GHM_MULTIADDR_TEXT_MAX];
    const struct ghm_multiaddr *addr = ghm_race_due(race, now_ns);
    assert_non_null(addr);
    ghm_multiaddr_text(due, addr);
    assert_string_equal(due, text);
}

static void near_first_and_families_take_turns(void **state)
{
    (void)state;
    static const char *const texts[] = {
        "/ip4/8.8.8.8/tcp/1",      "/ip4/8.8.4.4/tcp/1",     "/dnsaddr/example.org",
        "/ip4/10.0.0.1/tcp/1",     "/ip6/2001:db8::1/tcp/1", "/ip4/8.8.8.8/tcp/1",
        "/dns4/example.org/tcp/1", "/ip6/fd00::1/tcp/1",
    };
    static const char *const order[] = {
        "/ip6/fd00::1/tcp/1", "/ip4/10.0.0.1/tcp/1", "/ip6/2001:db8::1/tcp/1",
        "/ip4/8.8.8.8/tcp/1", "/ip4/8.8.4.4/tcp/1",  "/dns4/example.org/tcp/1",
    };
    struct ghm_race race;
    line_up(&race, texts, 8);
    assert_int_equal(race.count, 6);
    uint64_t now = 1000 * MS;
    for (uint32_t i = 0; i < 6; i++) {
        assert_int_equal(ghm_race_deadline(&race), now);
        assert_null(ghm_race_due(&race, now - 1));
        assert_due(&race, now, order[i]);
        ghm_race_started(&race, i + 1, now);
        now += i < 2 ? 30 * MS : 250 * MS;
    }
    assert_null(ghm_race_due(&race, now));
    assert_int_equal(ghm_race_deadline(&race), GHM_NEVER);
    assert_false(ghm_race_is_lost(&race));
}

static void failure_starts_the_next_at_once(void **state)
{
    (void)state;
    static const char *const texts[] = {"/ip4/8.8.8.8/tcp/1", "/ip4/8.8.8.8/tcp/2",
                                        "/ip4/8.8.8.8/tcp/3"};
    struct ghm_race race;
    line_up(&race, texts, 3);
    ghm_race_started(&race, 5, 1000 * MS);
    ghm_race_failed(&race, 6, 1001 * MS); /* somebody else's */
    assert_null(ghm_race_due(&race, 1001 * MS));
    ghm_race_failed(&race, 5, 1002 * MS);
    ghm_race_failed(&race, 5, 1002 * MS);
    assert_int_equal(race.running, 0);
    assert_due(&race, 1002 * MS, texts[1]);
    ghm_race_started(&race, 0, 1002 * MS); /* could not be dialed: the next, at once */
    assert_due(&race, 1002 * MS, texts[2]);
    ghm_race_started(&race, 7, 1002 * MS);
    assert_true(ghm_race_has(&race, 7) && !ghm_race_has(&race, 5));
    assert_false(ghm_race_is_lost(&race));
    ghm_race_failed(&race, 7, 1003 * MS);
    assert_true(ghm_race_is_lost(&race));
}

static void no_more_than_thirty_two_run(void **state)
{
    (void)state;
    struct ghm_multiaddr addrs[40];
    struct ghm_race race;
    for (size_t i = 0; i < 40; i++) {
        assert_int_equal(
            ghm_multiaddr_of_tcp(&addrs[i], "8.8.8.8", (uint16_t)(i + 1), GHM_BYTES_NONE), GHM_OK);
    }
    ghm_race_init(&race, &alice, addrs, 40, 0);
    assert_int_equal(race.count, GHM_RACE_ADDRS_MAX);
    ghm_race_init(&race, &alice, addrs, 0, 0);
    assert_true(ghm_race_is_lost(&race));
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(near_first_and_families_take_turns),
        cmocka_unit_test(failure_starts_the_next_at_once),
        cmocka_unit_test(no_more_than_thirty_two_run),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
