/* SPDX-License-Identifier: MIT */
#include "swarm/outreach.h"

#include "world.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>

#include <cmocka.h>

#define MS GHM_NS_PER_MS
#define S GHM_NS_PER_S

static struct ghm_swarm *swarm_of(const struct world *w, int i)
{
    return w->nodes[i].swarm;
}

static const struct ghm_peerid *id_of(const struct world *w, int i)
{
    return &w->nodes[i].id;
}

static int reach(struct world *w, int peer, const struct ghm_multiaddr *addrs, size_t count)
{
    return ghm_swarm_reach(swarm_of(w, 0), id_of(w, peer), addrs, count, w->now_ns);
}

static struct ghm_multiaddr nowhere(int port)
{
    struct ghm_multiaddr addr;
    assert_int_equal(ghm_multiaddr_of_tcp(&addr, "10.0.0.99", (uint16_t)port, GHM_BYTES_NONE),
                     GHM_OK);
    return addr;
}

static void first_that_answers_wins_and_the_others_are_called_back(void **state)
{
    (void)state;
    struct world *w = world_new(3);
    w->nodes[2].hangs = true;
    const struct ghm_multiaddr addrs[] = {world_addr(w, 2, false), world_addr(w, 1, false)};
    assert_int_equal(reach(w, 1, addrs, 2), GHM_OK);
    world_settle(w);
    uint32_t first = world_last(w, 0, GHM_SWARM_DIAL)->connection;
    assert_int_equal(world_count(w, 0, GHM_SWARM_DIAL), 1);
    world_pass(w, 30 * MS - 1);
    assert_int_equal(world_count(w, 0, GHM_SWARM_DIAL), 1);
    world_pass(w, 1);
    assert_int_equal(world_count(w, 0, GHM_SWARM_DIAL), 2);
    assert_int_equal(world_count(w, 0, GHM_SWARM_PEER_UP), 1);
    assert_true(ghm_peerid_equal(&world_last(w, 0, GHM_SWARM_PEER_UP)->peer, id_of(w, 1)));
    assert_int_equal(world_count(w, 0, GHM_SWARM_CLOSE), 1);
    assert_int_equal(world_last(w, 0, GHM_SWARM_CLOSE)->connection, first);
    world_pass(w, 60 * S);
    assert_int_equal(world_count(w, 0, GHM_SWARM_UNREACHED), 0);
    assert_int_equal(swarm_of(w, 0)->races_count, 0);
    /* being called back is no failure of the address */
    assert_true(ghm_failures_allow(&swarm_of(w, 0)->failures, &addrs[0], w->now_ns));
    world_free(w);
}

static void answers_nowhere_are_told_once_and_left_alone(void **state)
{
    (void)state;
    struct world *w = world_new(2);
    const struct ghm_multiaddr addrs[] = {nowhere(1), nowhere(2), nowhere(3)};
    assert_int_equal(reach(w, 1, addrs, 3), GHM_OK);
    world_settle(w);
    assert_int_equal(world_count(w, 0, GHM_SWARM_DIAL), 3); /* each failure starts the next */
    assert_int_equal(world_count(w, 0, GHM_SWARM_UNREACHED), 1);
    assert_true(ghm_peerid_equal(&world_last(w, 0, GHM_SWARM_UNREACHED)->peer, id_of(w, 1)));
    assert_int_equal(reach(w, 1, addrs, 3), GHM_EAGAIN);
    world_pass(w, 6 * S - 1);
    assert_int_equal(reach(w, 1, addrs, 3), GHM_EAGAIN);
    world_pass(w, 1);
    assert_int_equal(reach(w, 1, addrs, 3), GHM_OK);
    world_settle(w);
    assert_int_equal(world_count(w, 0, GHM_SWARM_UNREACHED), 2);
    world_pass(w, 8 * S);
    assert_int_equal(reach(w, 1, addrs, 3), GHM_EAGAIN); /* 5 s and 2 squared */
    /* and an address that is free is dialed without those */
    const struct ghm_multiaddr both[] = {nowhere(1), world_addr(w, 1, true)};
    assert_int_equal(reach(w, 1, both, 2), GHM_OK);
    world_settle(w);
    assert_int_equal(world_count(w, 0, GHM_SWARM_DIAL), 7);
    assert_int_equal(world_count(w, 0, GHM_SWARM_PEER_UP), 1);
    world_free(w);
}

static void whoever_else_answers_does_not_win(void **state)
{
    (void)state;
    struct world *w = world_new(3);
    const struct ghm_multiaddr addr = world_addr(w, 2, false), named = world_addr(w, 2, true);
    assert_int_equal(reach(w, 1, &addr, 1), GHM_OK);
    world_settle(w);
    assert_int_equal(world_count(w, 0, GHM_SWARM_PEER_UP), 0);
    assert_int_equal(world_count(w, 0, GHM_SWARM_UNREACHED), 1);
    assert_int_equal(reach(w, 1, &named, 1), GHM_ENOTFOUND); /* it says that it is another's */
    world_free(w);
}

static void what_the_peer_told_is_used_when_it_is_gone(void **state)
{
    (void)state;
    struct world *w = world_new(2);
    uint32_t number;
    struct ghm_multiaddr addr = world_addr(w, 1, true);
    assert_int_equal(reach(w, 1, NULL, 0), GHM_ENOTFOUND);
    assert_int_equal(ghm_swarm_dial(swarm_of(w, 0), &number, &addr, w->now_ns), GHM_OK);
    world_settle(w);
    assert_int_equal(reach(w, 1, NULL, 0), GHM_EBUSY);
    ghm_swarm_disconnect(swarm_of(w, 0), id_of(w, 1), w->now_ns);
    world_settle(w);
    assert_int_equal(ghm_swarm_peers_count(swarm_of(w, 0)), 0);
    assert_int_equal(reach(w, 1, NULL, 0), GHM_OK);
    world_settle(w);
    assert_int_equal(ghm_swarm_peers_count(swarm_of(w, 0)), 1);
    world_free(w);
}

static void peer_that_comes_by_itself_ends_the_race(void **state)
{
    (void)state;
    struct world *w = world_new(3);
    w->nodes[2].hangs = true;
    const struct ghm_multiaddr addr = world_addr(w, 2, false);
    assert_int_equal(reach(w, 1, &addr, 1), GHM_OK);
    assert_int_equal(reach(w, 1, &addr, 1), GHM_EBUSY);
    world_bootstrap(w, 1, 0, true);
    world_settle(w);
    assert_int_equal(world_count(w, 0, GHM_SWARM_PEER_UP), 1);
    assert_int_equal(world_count(w, 0, GHM_SWARM_CLOSE), 1);
    assert_int_equal(swarm_of(w, 0)->races_count, 0);
    world_free(w);
}

static void races_stop_at_sixteen(void **state)
{
    (void)state;
    struct world *w = world_new(3);
    w->nodes[2].hangs = true;
    const struct ghm_multiaddr addr = world_addr(w, 2, false);
    assert_int_equal(reach(w, 0, &addr, 1), GHM_EINVAL); /* ourselves */
    struct ghm_peerid peer = *id_of(w, 1);
    for (int i = 0; i <= GHM_OUTREACH_RACES_MAX; i++) {
        peer.bytes[20] = (uint8_t)i;
        assert_int_equal(ghm_swarm_reach(swarm_of(w, 0), &peer, &addr, 1, w->now_ns),
                         i < GHM_OUTREACH_RACES_MAX ? GHM_OK : GHM_ELIMIT);
    }
    world_pass(w, 15 * S); /* the hanging dials end, and with them the races */
    assert_int_equal(world_count(w, 0, GHM_SWARM_UNREACHED), GHM_OUTREACH_RACES_MAX);
    assert_int_equal(ghm_swarm_deadline(swarm_of(w, 0)), GHM_NEVER);
    world_free(w);
}

static void every_refused_allocation_is_survived(void **state)
{
    (void)state;
    for (uint64_t n = 1; n < 40; n++) {
        struct world *w = world_new(2);
        const struct ghm_multiaddr addrs[] = {nowhere(1), world_addr(w, 1, false)};
        w->nodes[0].mem.fail_after = n;
        int error = reach(w, 1, addrs, 2);
        if (error != GHM_OK) assert_int_equal(error, GHM_ENOMEM);
        world_pass(w, 20 * S);
        if (error == GHM_OK)
            assert_true(
                world_count(w, 0, GHM_SWARM_UNREACHED) + world_count(w, 0, GHM_SWARM_PEER_UP) > 0);
        world_free(w);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(first_that_answers_wins_and_the_others_are_called_back),
        cmocka_unit_test(answers_nowhere_are_told_once_and_left_alone),
        cmocka_unit_test(whoever_else_answers_does_not_win),
        cmocka_unit_test(what_the_peer_told_is_used_when_it_is_gone),
        cmocka_unit_test(peer_that_comes_by_itself_ends_the_race),
        cmocka_unit_test(races_stop_at_sixteen),
        cmocka_unit_test(every_refused_allocation_is_survived),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
