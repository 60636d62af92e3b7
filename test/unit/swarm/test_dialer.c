/* SPDX-License-Identifier: MIT */
#include "swarm/dialer.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>

#include <cmocka.h>

#define S GHM_NS_PER_S

struct fixture {
    struct ghm_mem mem;
    struct ghm_entropy entropy;
    struct ghm_dialer dialer;
};

static const struct ghm_peerid nobody = {.len = 0};
static const struct ghm_peerid alice = {.len = 3, .bytes = "a!?"};
static const struct ghm_peerid bob = {.len = 3, .bytes = "b!?"};

static int add(struct fixture *f, int port, const struct ghm_peerid *peer)
{
    struct ghm_multiaddr addr;
    assert_int_equal(ghm_multiaddr_of_tcp(&addr, "10.0.0.1", (uint16_t)port, GHM_BYTES_NONE),
                     GHM_OK);
    return ghm_dialer_add(&f->dialer, &addr, peer, 0);
}

static void start(struct fixture *f)
{
    uint8_t seed[32] = {5};
    ghm_mem_init(&f->mem, NULL, 1 << 20);
    ghm_entropy_init(&f->entropy, seed);
    ghm_dialer_init(&f->dialer, &f->mem);
}

static void stop(struct fixture *f)
{
    ghm_dialer_fini(&f->dialer);
    ghm_mem_fini(&f->mem);
}

static void same_address_is_wanted_once(void **state)
{
    (void)state;
    struct fixture f;
    start(&f);
    assert_int_equal(add(&f, 1, &nobody), GHM_OK);
    assert_int_equal(add(&f, 1, &nobody), GHM_OK);
    assert_int_equal(f.dialer.count, 1);
    for (int port = 2; port <= GHM_DIALER_TARGETS_MAX; port++)
        assert_int_equal(add(&f, port, &nobody), GHM_OK);
    assert_int_equal(add(&f, 99, &nobody), GHM_ELIMIT);
    assert_int_equal(add(&f, 1, &nobody), GHM_OK);
    stop(&f);
}

static void refused_memory_is_an_error(void **state)
{
    (void)state;
    struct fixture f;
    start(&f);
    f.mem.fail_after = 1;
    assert_int_equal(add(&f, 1, &nobody), GHM_ENOMEM);
    assert_int_equal(add(&f, 1, &nobody), GHM_OK);
    stop(&f);
}

static void waits_double_within_their_jitter(void **state)
{
    (void)state;
    struct fixture f;
    uint64_t now = 0, wait = S;
    bool has_varied = false;
    start(&f);
    assert_int_equal(add(&f, 1, &nobody), GHM_OK);
    for (uint32_t i = 1; i < 20; i++) {
        struct ghm_dialer_target *target = ghm_dialer_due(&f.dialer, now);
        assert_non_null(target);
        ghm_dialer_start(target, i);
        assert_null(ghm_dialer_due(&f.dialer, now + 1000 * S));
        assert_int_equal(ghm_dialer_deadline(&f.dialer), GHM_NEVER);
        ghm_dialer_ended(&f.dialer, i, &f.entropy, now);
        uint64_t due = ghm_dialer_deadline(&f.dialer);
        assert_in_range(due - now, wait / 2, wait);
        has_varied |= due - now != wait;
        assert_null(ghm_dialer_due(&f.dialer, due - 1));
        now = due;
        wait = wait * 2 > 60 * S ? 60 * S : wait * 2;
    }
    assert_true(has_varied);
    stop(&f);
}

static void only_a_steady_connection_starts_the_waits_anew(void **state)
{
    (void)state;
    struct fixture f;
    start(&f);
    assert_int_equal(add(&f, 1, &nobody), GHM_OK);
    struct ghm_dialer_target *target = ghm_dialer_due(&f.dialer, 0);
    for (uint32_t i = 1; i < 6; i++) {
        ghm_dialer_start(target, i);
        ghm_dialer_up(&f.dialer, i, &alice, 0);
        ghm_dialer_ended(&f.dialer, i, &f.entropy, GHM_DIALER_STEADY_NS - 1);
    }
    assert_int_equal(target->wait_ns, 32 * S);
    ghm_dialer_start(target, 6);
    ghm_dialer_up(&f.dialer, 6, &alice, 0);
    ghm_dialer_ended(&f.dialer, 6, &f.entropy, GHM_DIALER_STEADY_NS);
    assert_int_equal(target->wait_ns, 2 * S);
    stop(&f);
}

static void resting_targets_wake_for_their_peer_only(void **state)
{
    (void)state;
    struct fixture f;
    start(&f);
    assert_int_equal(add(&f, 1, &alice), GHM_OK);
    ghm_dialer_rest(ghm_dialer_due(&f.dialer, 0));
    assert_int_equal(ghm_dialer_deadline(&f.dialer), GHM_NEVER);
    ghm_dialer_wake(&f.dialer, &bob, &f.entropy, 100);
    assert_int_equal(ghm_dialer_deadline(&f.dialer), GHM_NEVER);
    ghm_dialer_wake(&f.dialer, &alice, &f.entropy, 100);
    assert_in_range(ghm_dialer_deadline(&f.dialer), 100 + S / 2, 100 + S);
    stop(&f);
}

static void our_own_address_is_left_alone(void **state)
{
    (void)state;
    struct fixture f;
    start(&f);
    assert_int_equal(add(&f, 1, &nobody), GHM_OK);
    ghm_dialer_start(ghm_dialer_due(&f.dialer, 0), 7);
    ghm_dialer_self(&f.dialer, 8); /* another connection */
    ghm_dialer_self(&f.dialer, 7);
    ghm_dialer_ended(&f.dialer, 7, &f.entropy, 0);
    assert_int_equal(ghm_dialer_deadline(&f.dialer), GHM_NEVER);
    stop(&f);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(same_address_is_wanted_once),
        cmocka_unit_test(refused_memory_is_an_error),
        cmocka_unit_test(waits_double_within_their_jitter),
        cmocka_unit_test(only_a_steady_connection_starts_the_waits_anew),
        cmocka_unit_test(resting_targets_wake_for_their_peer_only),
        cmocka_unit_test(our_own_address_is_left_alone),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
