/* SPDX-License-Identifier: MIT */
#include "gossip/mcache.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "parcels.h"

static const uint8_t seed[16] = {1, 2, 3};

static struct ghm_mem mem;
static struct ghm_mcache mcache;

static void start(void)
{
    ghm_mem_init(&mem, NULL, SIZE_MAX);
    ghm_mcache_init(&mcache, &mem, seed);
}

static void end(void)
{
    ghm_mcache_fini(&mcache);
    ghm_mem_fini(&mem);
}

static void put(uint64_t number, size_t len)
{
    struct ghm_parcel *parcel = parcel_of(&mem, number, len);
    assert_int_equal(ghm_mcache_put(&mcache, parcel), GHM_OK);
    ghm_parcel_drop(parcel);
}

static int give(uint64_t number, size_t peer)
{
    struct ghm_parcel *parcel;
    uint8_t id[20] = {0};
    ghm_store_be64(id + 12, number);
    return ghm_mcache_give(&mcache, &parcel, ghm_bytes(id, 20), peer);
}

static size_t walk(void)
{
    struct ghm_mcache_walk at;
    size_t count = 0;
    ghm_mcache_walk_init(&at, &mcache);
    while (ghm_mcache_walk_next(&at, &mcache) != NULL)
        count++;
    return count;
}

/* Asked for during five heartbeats, gossiped about during three. */
static void mcache_windows_shift(void **state)
{
    (void)state;
    start();
    put(1, 0);
    put(1, 0);
    ghm_mcache_shift(&mcache);
    put(2, 0);
    assert_int_equal(walk(), 2);
    ghm_mcache_shift(&mcache);
    assert_int_equal(walk(), 2);
    ghm_mcache_shift(&mcache);
    assert_int_equal(walk(), 1);
    assert_int_equal(give(1, 0), GHM_OK);
    ghm_mcache_shift(&mcache);
    assert_int_equal(walk(), 0);
    assert_int_equal(give(1, 0), GHM_OK);
    ghm_mcache_shift(&mcache);
    assert_int_equal(give(1, 0), GHM_ENOTFOUND);
    assert_int_equal(give(2, 0), GHM_OK);
    ghm_mcache_shift(&mcache);
    assert_true(ghm_mcache_is_empty(&mcache));
    end();
}

/* "the router responds a limited number of times to each peer" */
static void mcache_gives_three_times_to_each(void **state)
{
    (void)state;
    start();
    put(1, 0);
    for (int i = 0; i < GHM_MCACHE_GIVEN_MAX; i++)
        assert_int_equal(give(1, 7), GHM_OK);
    assert_int_equal(give(1, 7), GHM_ERATE);
    assert_int_equal(give(1, GHM_MCACHE_PEERS_MAX - 1), GHM_OK);
    ghm_mcache_forget_peer(&mcache, 7);
    assert_int_equal(give(1, 7), GHM_OK);
    end();
}

static void mcache_is_bounded(void **state)
{
    (void)state;
    start();
    for (uint64_t i = 0; i <= GHM_MCACHE_COUNT_MAX; i++) {
        if (i == 10) ghm_mcache_shift(&mcache);
        put(i, 0);
    }
    assert_int_equal(mcache.map.count, GHM_MCACHE_COUNT_MAX);
    assert_int_equal(give(0, 0), GHM_ENOTFOUND);
    assert_int_equal(give(1, 0), GHM_OK);
    for (uint64_t i = 0; i < 40; i++) {
        put(100000 + i, 1000000);
        assert_true(mcache.bytes <= GHM_MCACHE_BYTES_MAX);
    }
    assert_int_equal(mcache.map.count, 16);
    end();
}

static void mcache_tells_when_memory_is_refused(void **state)
{
    (void)state;
    start();
    struct ghm_parcel *parcel = parcel_of(&mem, 1, 0);
    for (uint64_t n = 1; n <= 2; n++) {
        mem.fail_after = n;
        assert_int_equal(ghm_mcache_put(&mcache, parcel), GHM_ENOMEM);
        assert_int_equal(parcel->holders, 1);
    }
    assert_int_equal(ghm_mcache_put(&mcache, parcel), GHM_OK);
    mem.fail_after = 1;
    assert_int_equal(give(1, 0), GHM_ENOMEM);
    ghm_parcel_drop(parcel);
    end();
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(mcache_windows_shift),
        cmocka_unit_test(mcache_gives_three_times_to_each),
        cmocka_unit_test(mcache_is_bounded),
        cmocka_unit_test(mcache_tells_when_memory_is_refused),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
