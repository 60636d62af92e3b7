/* SPDX-License-Identifier: MIT */
#include "link/link.h"
#include "world.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>

#include <cmocka.h>

static const struct ghm_peerid *id_of(const struct world *w, int i)
{
    return &w->nodes[i].id;
}

static struct ghm_swarm *swarm_of(const struct world *w, int i)
{
    return w->nodes[i].swarm;
}

static struct world *connected_pair(void)
{
    struct world *w = world_new(2);
    world_bootstrap(w, 0, 1, true);
    world_settle(w);
    assert_int_equal(world_count(w, 0, GHM_SWARM_PEER_UP), 1);
    assert_int_equal(world_count(w, 1, GHM_SWARM_PEER_UP), 1);
    return w;
}

static void two_connect_and_identify(void **state)
{
    (void)state;
    struct world *w = connected_pair();
    for (int i = 0; i < 2; i++) {
        assert_int_equal(ghm_swarm_peers_count(swarm_of(w, i)), 1);
        assert_int_equal(world_count(w, i, GHM_SWARM_IDENTIFIED), 1);
        assert_true(ghm_peerid_equal(&world_last(w, i, GHM_SWARM_PEER_UP)->peer, id_of(w, 1 - i)));
        assert_true(ghm_swarm_peer_speaks(swarm_of(w, i), id_of(w, 1 - i), ECHO));
        assert_true(ghm_swarm_peer_speaks(swarm_of(w, i), id_of(w, 1 - i), "/ipfs/ping/1.0.0"));
        assert_false(ghm_swarm_peer_speaks(swarm_of(w, i), id_of(w, 1 - i), "/test/echo"));
        assert_false(ghm_swarm_peer_speaks(swarm_of(w, i), id_of(w, i), ECHO));
    }
    world_free(w);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(two_connect_and_identify),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
