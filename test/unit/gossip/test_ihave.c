/* SPDX-License-Identifier: MIT */
/* Who is told which messages there are, and who is not. */
#include "gossip/ihave.h"

#include "net.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>

#include <cmocka.h>

#define S GHM_NS_PER_S

static struct net *full_net(int count)
{
    struct net *net = net_new(1);
    net_add(net, NET_PEER, count);
    net_link_all(net);
    net_subscribe_all(net);
    net_pass(net, 3 * S);
    return net;
}

/* A node that the test speaks for subscribes at node 0, and is in its mesh when it also grafts. */
static int raw_at_first(struct net *net, bool grafts)
{
    struct net_rpc rpc;
    int raw = net_add(net, NET_RAW, 1);
    net_link(net, raw, 0);
    net_settle(net);
    net_rpc_init(&rpc);
    assert_int_equal(ghm_rpc_append_subscription(&rpc.rpc, ghm_bytes_text(TOPIC), true), GHM_OK);
    if (grafts) assert_int_equal(ghm_rpc_append_graft(&rpc.control, ghm_bytes_text(TOPIC)), GHM_OK);
    net_say(net, raw, 0, net_rpc_done(&rpc));
    net_rpc_fini(&rpc);
    net_settle(net);
    assert_true(ghm_gossip_in_mesh(net->nodes[0].gossip, ghm_bytes_text(TOPIC),
                                   &net->nodes[raw].id) == grafts);
    return raw;
}

/* It enters the mesh at once, where nobody gossips to it: what came just before must not be lost.
 */
static void one_that_joins_hears_what_was_just_said(void **state)
{
    (void)state;
    struct net *net = full_net(2);
    uint32_t number = net_publish(net, 1, 200);
    net_settle(net);
    net_add(net, NET_PEER, 1);
    net_link(net, 2, 0);
    net_subscribe(net, 2, TOPIC);
    net_pass(net, 3 * S);
    assert_true(ghm_gossip_in_mesh(net->nodes[0].gossip, ghm_bytes_text(TOPIC), &net->nodes[2].id));
    net_assert_reached(net, number, 1);
    uint32_t later = net_publish(net, 1, 200);
    net_settle(net);
    net_assert_reached(net, later, 1);
    net_pass(net, 10 * S); /* it is no newcomer any more */
    size_t asked = net_counts(net, 2)->asked;
    assert_int_equal(asked, 1);
    net_free(net);
}

/* js-libp2p makes other ids of messages than the specification: what it has it would ask for. */
static void one_in_the_mesh_is_not_told_what_it_gets(void **state)
{
    (void)state;
    struct net *net = full_net(2);
    int raw = raw_at_first(net, true);
    (void)net_publish(net, 1, 200);
    net_pass(net, 3 * S);
    assert_int_equal(net_heard(net, raw, 0, GHM_RPC_MESSAGE), 1);
    assert_int_equal(net_heard(net, raw, 0, GHM_RPC_IHAVE), 0);
    net_free(net);
}

/* A mesh that is full takes nobody who dialed it in: such a one is told each heartbeat. */
static void one_outside_the_mesh_is_told(void **state)
{
    (void)state;
    struct net *net = full_net(14);
    int raw = raw_at_first(net, false);
    (void)net_publish(net, 1, 200);
    net_pass(net, S + S / 2);
    assert_false(
        ghm_gossip_in_mesh(net->nodes[0].gossip, ghm_bytes_text(TOPIC), &net->nodes[raw].id));
    assert_true(net_heard(net, raw, 0, GHM_RPC_IHAVE) >= 1);
    net_free(net);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(one_that_joins_hears_what_was_just_said),
        cmocka_unit_test(one_in_the_mesh_is_not_told_what_it_gets),
        cmocka_unit_test(one_outside_the_mesh_is_told),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
