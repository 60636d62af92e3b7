/* SPDX-License-Identifier: MIT */
#include "gossip/backoff.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

static const uint8_t seed[16] = {1, 2, 3};

#define S GHM_NS_PER_S

static struct ghm_mem mem;
static struct ghm_backoff backoff;

static struct ghm_peerid peer_of(uint64_t number)
{
    struct ghm_peerid id = {.len = 38};
    ghm_store_be64(id.bytes + 30, number);
    return id;
}

static int set(const char *topic, uint64_t peer, uint64_t wait_s, uint64_t now_ns)
{
    struct ghm_peerid id = peer_of(peer);
    return ghm_backoff_set(&backoff, ghm_bytes_text(topic), &id, wait_s, now_ns);
}

static uint64_t until(const char *topic, uint64_t peer)
{
    struct ghm_peerid id = peer_of(peer);
    return ghm_backoff_until(&backoff, ghm_bytes_text(topic), &id);
}

static void start(void)
{
    ghm_mem_init(&mem, NULL, SIZE_MAX);
    ghm_backoff_init(&backoff, &mem, seed);
}

static void end(void)
{
    ghm_backoff_fini(&backoff);
    ghm_mem_fini(&mem);
}

static void backoff_is_of_one_peer_in_one_topic(void **state)
{
    (void)state;
    start();
    assert_int_equal(set("a", 1, 60, 5 * S), GHM_OK);
    assert_true(until("a", 1) == 65 * S);
    assert_true(until("a", 2) == 0);
    assert_true(until("b", 1) == 0);
    assert_int_equal(set("a", 1, 10, 6 * S), GHM_OK); /* a shorter one shortens nothing */
    assert_true(until("a", 1) == 65 * S);
    assert_int_equal(set("a", 1, 60, 6 * S), GHM_OK);
    assert_true(until("a", 1) == 66 * S);
    ghm_backoff_sweep(&backoff, S, 66 * S);
    assert_true(until("a", 1) == 66 * S);
    ghm_backoff_sweep(&backoff, S, 67 * S);
    assert_true(until("a", 1) == 0);
    end();
}

static void backoff_is_an_hour_at_most(void **state)
{
    (void)state;
    start();
    assert_int_equal(set("a", 1, UINT64_MAX, 5 * S), GHM_OK);
    assert_true(until("a", 1) == 3605 * S);
    end();
}

static void backoffs_are_bounded(void **state)
{
    (void)state;
    start();
    for (uint64_t i = 0; i < GHM_BACKOFF_MAX; i++)
        assert_int_equal(set("a", i, 60, i == 77 ? 0 : S), GHM_OK);
    assert_int_equal(set("a", GHM_BACKOFF_MAX, 60, S), GHM_OK);
    assert_int_equal(backoff.map.count, GHM_BACKOFF_MAX);
    assert_true(until("a", 77) == 0);
    assert_true(until("a", 78) == 61 * S);
    end();
}

static void backoff_tells_when_memory_is_refused(void **state)
{
    (void)state;
    start();
    for (uint64_t n = 1; n <= 2; n++) {
        mem.fail_after = n;
        assert_int_equal(set("a", 1, 60, 0), GHM_ENOMEM);
        assert_true(until("a", 1) == 0);
    }
    end();
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(backoff_is_of_one_peer_in_one_topic),
        cmocka_unit_test(backoff_is_an_hour_at_most),
        cmocka_unit_test(backoffs_are_bounded),
        cmocka_unit_test(backoff_tells_when_memory_is_refused),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
