/* SPDX-License-Identifier: MIT */
/* Direct peers: 0 and 1 have an agreement, 2 is a friend of 0. */
#include "gossip/direct.h"

#include "gossip/router.h"
#include "net.h"
#include "swarm/state.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>

#include <cmocka.h>

#define S GHM_NS_PER_S

static struct ghm_bytes topic(void)
{
    return ghm_bytes_text(TOPIC);
}

static struct ghm_gossip *gossip_of(const struct net *net, int i)
{
    return net->nodes[i].gossip;
}

static const struct ghm_peerid *id_of(const struct net *net, int i)
{
    return &net->nodes[i].id;
}

static void agree(struct net *net, int a, int b)
{
    struct ghm_multiaddr addr;
    char host[32];
    snprintf(host, sizeof host, "10.0.0.%d", b + 1);
    assert_int_equal(ghm_multiaddr_of_tcp(&addr, host, 9000, GHM_BYTES_NONE), GHM_OK);
    assert_int_equal(ghm_gossip_direct(gossip_of(net, a), id_of(net, b), &addr, 1, net->now_ns),
                     GHM_OK);
}

static bool are_connected(const struct net *net, int a, int b)
{
    struct ghm_swarm_place place;
    return ghm_swarm_peer_place(net->nodes[a].swarm, &place, id_of(net, b)) == GHM_OK;
}

static struct net *start(void)
{
    struct net *net = net_new(5);
    net_add(net, NET_PEER, 3);
    agree(net, 0, 1);
    agree(net, 1, 0);
    net_link(net, 2, 0);
    net_subscribe_all(net);
    net_pass(net, 3 * S);
    assert_true(are_connected(net, 0, 1));
    return net;
}

static bool in_mesh(const struct net *net, int a, int b)
{
    return ghm_gossip_in_mesh(gossip_of(net, a), topic(), id_of(net, b));
}

static void direct_peers_get_everything_without_a_mesh(void **state)
{
    (void)state;
    struct net *net = start();
    assert_false(in_mesh(net, 0, 1) || in_mesh(net, 1, 0));
    assert_true(in_mesh(net, 0, 2));
    for (int author = 0; author < 3; author++) {
        uint32_t number = net_publish(net, author, 100);
        net_pass(net, S / 10); /* before any heartbeat could gossip about it */
        net_assert_reached(net, number, author);
    }
    net_free(net);
}

static void a_bad_name_does_not_end_an_agreement(void **state)
{
    (void)state;
    struct net *net = start();
    ghm_gossip_rate(gossip_of(net, 0), id_of(net, 1), -10000);
    ghm_gossip_rate(gossip_of(net, 1), id_of(net, 0), -10000);
    net_pass(net, 2 * S);
    for (int author = 0; author < 3; author++) {
        uint32_t number = net_publish(net, author, 100);
        net_pass(net, S / 10);
        net_assert_reached(net, number, author);
    }
    assert_int_equal(net->nodes[0].graylisted + net->nodes[1].graylisted, 0);
    net_free(net);
}

static void direct_peers_come_back(void **state)
{
    (void)state;
    struct net *net = start();
    net_cut(net, 0, 1);
    net_settle(net);
    assert_false(are_connected(net, 0, 1));
    net_pass(net, 12 * S);
    assert_true(are_connected(net, 0, 1));
    net_stop(net, 1);
    net_pass(net, 60 * S);
    net_start(net, 1);
    net_subscribe(net, 1, TOPIC);
    net_pass(net, 90 * S); /* the address is left alone for longer after each failure */
    assert_true(are_connected(net, 0, 1));
    assert_true(ghm_peers_find(&net->nodes[0].swarm->peers, id_of(net, 1))->is_protected);
    assert_false(ghm_peers_find(&net->nodes[0].swarm->peers, id_of(net, 2))->is_protected);
    net_free(net);
}

static void an_agreement_may_come_later(void **state)
{
    (void)state;
    struct net *net = start();
    assert_true(in_mesh(net, 0, 2) && in_mesh(net, 2, 0));
    agree(net, 0, 2);
    net_settle(net);
    assert_false(in_mesh(net, 0, 2) || in_mesh(net, 2, 0));
    uint32_t number = net_publish(net, 0, 100);
    net_pass(net, S / 10);
    net_assert_reached(net, number, 0);
    net_free(net);
}

/* "It is an error to GRAFT on an explicit peer, and such an attempt should be [...] rejected with a
 * PRUNE" */
static void a_graft_of_a_direct_peer_is_refused(void **state)
{
    (void)state;
    struct net *net = start();
    struct net_rpc rpc;
    assert_int_equal(net_add(net, NET_RAW, 1), 3);
    agree(net, 0, 3);
    net_pass(net, S);
    net_rpc_init(&rpc);
    assert_int_equal(ghm_rpc_append_subscription(&rpc.rpc, topic(), true), GHM_OK);
    assert_int_equal(ghm_rpc_append_graft(&rpc.control, topic()), GHM_OK);
    net_say(net, 3, 0, net_rpc_done(&rpc));
    net_rpc_fini(&rpc);
    net_pass(net, 3 * S);
    assert_int_equal(net_heard(net, 3, 0, GHM_RPC_PRUNE), 1);
    assert_int_equal(net_heard(net, 3, 0, GHM_RPC_GRAFT), 0);
    assert_false(in_mesh(net, 0, 3));
    (void)net_publish(net, 2, 100);
    net_pass(net, 2 * S);
    assert_int_equal(net_heard(net, 3, 0, GHM_RPC_MESSAGE), 1);
    assert_int_equal(net_heard(net, 3, 0, GHM_RPC_IHAVE), 0); /* it has it already */
    /* whatever its name, what it has is asked for */
    uint64_t before = net_counts(net, 0)->asked;
    ghm_gossip_rate(gossip_of(net, 0), id_of(net, 3), -10000);
    net_rpc_init(&rpc);
    net_rpc_ids(&rpc, GHM_RPC_IHAVE, TOPIC, 2, 7);
    net_say(net, 3, 0, net_rpc_done(&rpc));
    net_rpc_fini(&rpc);
    net_settle(net);
    assert_int_equal(net_counts(net, 0)->asked, before + 2);
    net_free(net);
}

/* A fanout of one: a direct peer has no use for the place, and others miss what they have none for.
 */
static void direct_peers_take_no_place_in_a_fanout(void **state)
{
    (void)state;
    struct ghm_params params = ghm_params_defaults;
    struct net *net = net_new(5);
    params.d = params.d_low = params.d_high = params.d_score = 1;
    params.d_out = 0;
    params.floods = false;
    net->config.params = &params;
    net_add(net, NET_PEER, 4);
    agree(net, 0, 1);
    net_link(net, 2, 0);
    net_link(net, 3, 0);
    for (int round = 0; round < 10; round++) {
        char name[16];
        snprintf(name, sizeof name, "/fan/%d", round);
        net_subscribe(net, 1, name);
        net_subscribe(net, 2, name);
        net_pass(net, S / 10);
        assert_int_equal(net_reached(net, net_publish_in(net, 0, name, 50)), 0);
        net_settle(net);
        assert_int_equal(net_reached(net, (uint32_t)(2 * round)), 2);
        ghm_gossip_unsubscribe(gossip_of(net, 2), ghm_bytes_text(name), net->now_ns);
        net_subscribe(net, 3, name);
        net_pass(net, 2 * S);
        (void)net_publish_in(net, 0, name, 50);
        net_settle(net);
        assert_int_equal(net_reached(net, (uint32_t)(2 * round + 1)), 2);
    }
    net_free(net);
}

static void agreements_are_bounded(void **state)
{
    (void)state;
    struct net *net = start();
    struct ghm_gossip *gossip = gossip_of(net, 0);
    static struct ghm_multiaddr addrs[GHM_DIRECT_ADDRS_MAX + 1];
    struct ghm_peerid peer = *id_of(net, 1), nobody = {.len = 0};
    assert_int_equal(ghm_gossip_direct(gossip, id_of(net, 0), NULL, 0, net->now_ns), GHM_EINVAL);
    assert_int_equal(ghm_gossip_direct(gossip, &nobody, NULL, 0, net->now_ns), GHM_EINVAL);
    assert_int_equal(ghm_gossip_direct(gossip, &peer, addrs, GHM_DIRECT_ADDRS_MAX + 1, net->now_ns),
                     GHM_ELIMIT);
    for (int i = 1; i < GHM_DIRECT_MAX; i++) {
        peer.bytes[20] = (uint8_t)(peer.bytes[20] + 1);
        assert_int_equal(ghm_gossip_direct(gossip, &peer, NULL, 0, net->now_ns), GHM_OK);
    }
    assert_int_equal(ghm_gossip_direct(gossip, &peer, NULL, 0, net->now_ns), GHM_OK); /* again */
    peer.bytes[20] = (uint8_t)(peer.bytes[20] + 1);
    assert_int_equal(ghm_gossip_direct(gossip, &peer, NULL, 0, net->now_ns), GHM_ELIMIT);
    net_pass(net, 30 * S); /* nowhere to look for them: asked again, in no haste */
    net_free(net);
}

static void places_come_from_the_swarm(void **state)
{
    (void)state;
    struct net *net = start();
    const struct ghm_neighbour *n = ghm_neighbour_find(&gossip_of(net, 0)->router, id_of(net, 2));
    assert_string_equal(n->score->ip, "10.0.0.3");
    assert_false(n->is_outbound);
    n = ghm_neighbour_find(&gossip_of(net, 2)->router, id_of(net, 0));
    assert_string_equal(n->score->ip, "10.0.0.1");
    assert_true(n->is_outbound);
    net_free(net);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(direct_peers_get_everything_without_a_mesh),
        cmocka_unit_test(a_bad_name_does_not_end_an_agreement),
        cmocka_unit_test(direct_peers_come_back),
        cmocka_unit_test(an_agreement_may_come_later),
        cmocka_unit_test(a_graft_of_a_direct_peer_is_refused),
        cmocka_unit_test(direct_peers_take_no_place_in_a_fanout),
        cmocka_unit_test(agreements_are_bounded),
        cmocka_unit_test(places_come_from_the_swarm),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
