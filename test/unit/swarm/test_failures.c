/* SPDX-License-Identifier: MIT */
#include "swarm/failures.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>

#include <cmocka.h>

#define S GHM_NS_PER_S

static const uint8_t seed[16] = {3};

struct fixture {
    struct ghm_mem mem;
    struct ghm_failures failures;
};

static void start(struct fixture *f)
{
    ghm_mem_init(&f->mem, NULL, 1 << 20);
    ghm_failures_init(&f->failures, &f->mem, seed);
}

static void stop(struct fixture *f)
{
    ghm_failures_fini(&f->failures);
    ghm_mem_fini(&f->mem);
}

static struct ghm_multiaddr addr_of(int port)
{
    struct ghm_multiaddr addr;
    assert_int_equal(ghm_multiaddr_of_tcp(&addr, "10.0.0.1", (uint16_t)port, GHM_BYTES_NONE),
                     GHM_OK);
    return addr;
}

static void waits_grow_by_the_square_up_to_five_minutes(void **state)
{
    (void)state;
    struct fixture f;
    const struct ghm_multiaddr addr = addr_of(1), other = addr_of(2);
    uint64_t now = 0;
    start(&f);
    assert_true(ghm_failures_allow(&f.failures, &addr, now));
    for (uint64_t n = 1; n < 300; n++) {
        uint64_t wait = 5 * S + n * n * S < 300 * S ? 5 * S + n * n * S : 300 * S;
        ghm_failures_add(&f.failures, &addr, now);
        assert_false(ghm_failures_allow(&f.failures, &addr, now + wait - 1));
        assert_true(ghm_failures_allow(&f.failures, &addr, now + wait));
        assert_true(ghm_failures_allow(&f.failures, &other, now));
        now += wait;
    }
    ghm_failures_clear(&f.failures, &addr);
    ghm_failures_clear(&f.failures, &other);
    ghm_failures_add(&f.failures, &addr, now);
    assert_true(ghm_failures_allow(&f.failures, &addr, now + 6 * S));
    stop(&f);
}

static void of_more_than_512_the_soonest_free_is_forgotten(void **state)
{
    (void)state;
    struct fixture f;
    start(&f);
    for (int port = 1; port <= GHM_FAILURES_ADDRS_MAX + 1; port++) {
        struct ghm_multiaddr addr = addr_of(port);
        ghm_failures_add(&f.failures, &addr, (uint64_t)(port == 7 ? 0 : port) + 1000);
    }
    assert_int_equal(f.failures.addrs.count, GHM_FAILURES_ADDRS_MAX);
    struct ghm_multiaddr soonest = addr_of(7), next = addr_of(1);
    assert_true(ghm_failures_allow(&f.failures, &soonest, 1000));
    assert_false(ghm_failures_allow(&f.failures, &next, 1000));
    stop(&f);
}

static void refused_memory_leaves_the_address_free(void **state)
{
    (void)state;
    for (uint64_t n = 1; n < 3; n++) {
        struct fixture f;
        const struct ghm_multiaddr addr = addr_of(1);
        start(&f);
        f.mem.fail_after = n;
        ghm_failures_add(&f.failures, &addr, 0);
        assert_true(ghm_failures_allow(&f.failures, &addr, 0));
        stop(&f);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(waits_grow_by_the_square_up_to_five_minutes),
        cmocka_unit_test(of_more_than_512_the_soonest_free_is_forgotten),
        cmocka_unit_test(refused_memory_leaves_the_address_free),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
