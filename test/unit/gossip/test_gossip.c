/* SPDX-License-Identifier: MIT */
/* Networks of members: what is published reaches all, once. */
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

static void two_tell_each_other(void **state)
{
    (void)state;
    struct net *net = full_net(2);
    assert_true(ghm_gossip_in_mesh(net->nodes[0].gossip, ghm_bytes_text(TOPIC), &net->nodes[1].id));
    assert_true(ghm_gossip_in_mesh(net->nodes[1].gossip, ghm_bytes_text(TOPIC), &net->nodes[0].id));
    uint32_t first = net_publish(net, 0, 200);
    uint32_t second = net_publish(net, 1, 5000);
    net_settle(net);
    net_assert_reached(net, first, 0);
    net_assert_reached(net, second, 1);
    net_free(net);
}

static void all_are_reached_once_in_any_size_of_network(void **state)
{
    (void)state;
    static const int sizes[] = {3, 7, 13, 30, 50};
    for (size_t i = 0; i < sizeof sizes / sizeof sizes[0]; i++) {
        struct net *net = net_new(i);
        net_add(net, NET_PEER, sizes[i]);
        net_link_some(net, 3);
        net_subscribe_all(net);
        net_pass(net, 5 * S);
        for (int author = 0; author < sizes[i]; author += 3) {
            uint32_t number = net_publish(net, author, 100 + 700 * (size_t)author);
            net_pass(net, S / 2);
            net_assert_reached(net, number, author);
        }
        net_free(net);
    }
}

static void all_splits_tell_the_same(void **state)
{
    (void)state;
    for (size_t piece = 1; piece < 400; piece = piece * 3 + 1) {
        struct net *net = net_new(1);
        net->piece_max = piece;
        net_add(net, NET_PEER, 3);
        net_link_all(net);
        net_subscribe_all(net);
        net_pass(net, 3 * S);
        uint32_t number = net_publish(net, 0, 3000);
        net_settle(net);
        net_assert_reached(net, number, 0);
        assert_int_equal(net_counts(net, 1)->forged + net_counts(net, 1)->malformed, 0);
        net_free(net);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(two_tell_each_other),
        cmocka_unit_test(all_are_reached_once_in_any_size_of_network),
        cmocka_unit_test(all_splits_tell_the_same),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
