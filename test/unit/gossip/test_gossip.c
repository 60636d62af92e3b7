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

/* ---- comings and goings ---- */

static void late_subscriber_gets_what_is_still_gossiped_about(void **state)
{
    (void)state;
    struct net *net = net_new(3);
    int late = net_add(net, NET_PEER, 30);
    net_link_all(net);
    for (int i = 1; i < 30; i++)
        net_subscribe(net, i, TOPIC);
    net_pass(net, 5 * S);
    uint32_t before = net_publish(net, 5, 300);
    net_pass(net, S / 2);
    assert_int_equal(net->nodes[late].got[before], 0);
    net_subscribe(net, late, TOPIC);
    net_pass(net, 3 * S);
    assert_int_equal(net->nodes[late].got[before], 1);
    uint32_t after = net_publish(net, 6, 300);
    net_settle(net);
    net_assert_reached(net, after, 6);
    net_free(net);
}

static void churn_costs_those_who_stay_nothing(void **state)
{
    (void)state;
    struct net *net = net_new(4);
    net_add(net, NET_PEER, 20);
    net_link_some(net, 5);
    net_subscribe_all(net);
    net_pass(net, 3 * S);
    for (int round = 0; round < 12; round++) {
        int away = 5 + round;
        net_stop(net, away);
        uint32_t number = net_publish(net, round % 5, 400);
        net_pass(net, 2 * S);
        net_assert_reached(net, number, round % 5);
        net_start(net, away);
        for (int i = 0; i < 5; i++)
            net_link(net, away, i);
        net_subscribe(net, away, TOPIC);
        net_pass(net, 3 * S);
        /* what it says after its return is new to all: its numbers went on */
        number = net_publish(net, away, 400);
        net_pass(net, S);
        net_assert_reached(net, number, away);
    }
    net_free(net);
}

static void numbers_that_begin_again_are_not_heard(void **state)
{
    (void)state;
    struct net *net = full_net(2);
    uint32_t number = net_publish(net, 1, 100);
    net_pass(net, S);
    net_assert_reached(net, number, 1);
    net_stop(net, 1);
    net->nodes[1].seqno = 1000; /* as if it had not been kept */
    net_start(net, 1);
    net_subscribe(net, 1, TOPIC);
    net_pass(net, 200 * S);
    number = net_publish(net, 1, 100);
    net_pass(net, S);
    assert_int_equal(net->nodes[0].got[number], 0);
    assert_int_equal(net_counts(net, 0)->replays, 1);
    assert_true(net_score(net, 0, 1) >= 0);
    net_publish(net, 1, 100);
    net_pass(net, S);
    assert_int_equal(net->nodes[0].got[number + 1], 1);
    net_free(net);
}

static void healed_partition_is_one_network_again(void **state)
{
    (void)state;
    struct net *net = net_new(5);
    net_add(net, NET_PEER, 16);
    net_link_all(net);
    net_subscribe_all(net);
    net_pass(net, 3 * S);
    for (int i = 8; i < 16; i++)
        net->nodes[i].group = 1;
    for (int a = 0; a < 8; a++) {
        for (int b = 8; b < 16; b++)
            net_cut(net, a, b);
    }
    net_pass(net, 5 * S);
    uint32_t left = net_publish(net, 0, 100), right = net_publish(net, 15, 100);
    net_pass(net, 20 * S);
    assert_int_equal(net_reached(net, left), 7);
    assert_int_equal(net_reached(net, right), 7);
    for (int i = 8; i < 16; i++)
        net->nodes[i].group = 0;
    net_pass(net, 100 * S);
    left = net_publish(net, 0, 100);
    right = net_publish(net, 15, 100);
    net_pass(net, S);
    net_assert_reached(net, left, 0);
    net_assert_reached(net, right, 15);
    net_free(net);
}

static void leaver_gets_nothing_and_grafts_only_after_the_back_off(void **state)
{
    (void)state;
    struct net *net = full_net(4);
    ghm_gossip_unsubscribe(net->nodes[3].gossip, ghm_bytes_text(TOPIC), net->now_ns);
    net_settle(net);
    for (int i = 0; i < 3; i++)
        assert_int_equal(ghm_gossip_subscribers(net->nodes[i].gossip, ghm_bytes_text(TOPIC)), 2);
    uint32_t number = net_publish(net, 0, 100);
    net_pass(net, S);
    assert_int_equal(net_reached(net, number), 2);
    /* jvm#472: to graft at once is punished by the others until they disconnect */
    net_subscribe(net, 3, TOPIC);
    assert_int_equal(ghm_gossip_mesh_size(net->nodes[3].gossip, ghm_bytes_text(TOPIC)), 0);
    net_pass(net, 8 * S);
    assert_int_equal(ghm_gossip_mesh_size(net->nodes[3].gossip, ghm_bytes_text(TOPIC)), 0);
    net_pass(net, 6 * S);
    assert_int_equal(ghm_gossip_mesh_size(net->nodes[3].gossip, ghm_bytes_text(TOPIC)), 3);
    for (int i = 0; i < 4; i++)
        assert_int_equal(net_counts(net, i)->early_grafts, 0);
    number = net_publish(net, 0, 100);
    net_settle(net);
    net_assert_reached(net, number, 0);
    net_free(net);
}

/* ---- the mesh ---- */

static void meshes_keep_to_their_bounds(void **state)
{
    (void)state;
    struct net *net = full_net(40);
    net_pass(net, 20 * S);
    for (int i = 0; i < 40; i++) {
        size_t size = ghm_gossip_mesh_size(net->nodes[i].gossip, ghm_bytes_text(TOPIC));
        assert_in_range(size, ghm_params_defaults.d_low, ghm_params_defaults.d_high);
        assert_int_equal(net_counts(net, i)->early_grafts, 0);
        for (int j = 0; j < 40; j++) {
            const struct net_node *a = &net->nodes[i], *b = &net->nodes[j];
            assert_int_equal(ghm_gossip_in_mesh(a->gossip, ghm_bytes_text(TOPIC), &b->id),
                             ghm_gossip_in_mesh(b->gossip, ghm_bytes_text(TOPIC), &a->id));
        }
    }
    net_free(net);
}

static size_t outbound_in_mesh(const struct net *net, int i)
{
    size_t count = 0;
    /* net_link_all: the lower one dials */
    for (int j = i + 1; j < net->nodes_count; j++)
        count += ghm_gossip_in_mesh(net->nodes[i].gossip, ghm_bytes_text(TOPIC), &net->nodes[j].id);
    return count;
}

static void meshes_hold_connections_we_opened(void **state)
{
    (void)state;
    struct net *net = full_net(30);
    net_pass(net, 10 * S);
    for (int i = 0; i < 28; i++)
        assert_true(outbound_in_mesh(net, i) >= ghm_params_defaults.d_out);
    net_free(net);
}

static void poor_mesh_looks_for_better_peers(void **state)
{
    (void)state;
    struct net *net = full_net(30);
    net_pass(net, 10 * S);
    struct ghm_gossip *gossip = net->nodes[0].gossip;
    int best = 0;
    for (int i = 1; i < 30 && best == 0; i++) {
        if (!ghm_gossip_in_mesh(gossip, ghm_bytes_text(TOPIC), &net->nodes[i].id)) best = i;
    }
    ghm_gossip_rate(gossip, &net->nodes[best].id, 5);
    net_pass(net, 61 * S);
    assert_true(ghm_gossip_in_mesh(gossip, ghm_bytes_text(TOPIC), &net->nodes[best].id));
    net_free(net);
}

static void bad_peer_leaves_the_mesh(void **state)
{
    (void)state;
    struct net *net = full_net(4);
    struct ghm_gossip *gossip = net->nodes[0].gossip;
    ghm_gossip_rate(gossip, &net->nodes[1].id, -1);
    net_pass(net, 2 * S);
    assert_false(ghm_gossip_in_mesh(gossip, ghm_bytes_text(TOPIC), &net->nodes[1].id));
    assert_false(
        ghm_gossip_in_mesh(net->nodes[1].gossip, ghm_bytes_text(TOPIC), &net->nodes[0].id));
    assert_int_equal(ghm_gossip_mesh_size(gossip, ghm_bytes_text(TOPIC)), 2);
    assert_true(net_score(net, 0, 1) < 0);
    net_free(net);
}

/* ---- gossip ---- */

static void stalled_mesh_is_made_up_for_by_gossip(void **state)
{
    (void)state;
    struct ghm_params params = ghm_params_defaults;
    params.floods = false;
    struct net *net = net_new(7);
    net->config.params = &params;
    net_add(net, NET_PEER, 30);
    net_link_all(net);
    net_subscribe_all(net);
    net_pass(net, 10 * S);
    int author = 0;
    for (int i = 1; i < 30; i++) {
        if (ghm_gossip_in_mesh(net->nodes[0].gossip, ghm_bytes_text(TOPIC), &net->nodes[i].id))
            net_stall(net, 0, i, true);
        else
            author = i;
    }
    uint32_t number = net_publish(net, author, 100);
    net_settle(net);
    assert_int_equal(net->nodes[0].got[number], 0);
    assert_int_equal(net_reached(net, number), 28);
    net_pass(net, 3 * S);
    net_assert_reached(net, number, author);
    assert_true(net_counts(net, 0)->asked > 0);
    for (int i = 1; i < 30; i++)
        net_stall(net, 0, i, false);
    net_pass(net, 5 * S);
    net_assert_reached(net, number, author);
    assert_int_equal(net_counts(net, 0)->broken_promises, 0);
    net_free(net);
}

static uint64_t copies_of(const struct ghm_params *params, size_t len)
{
    struct net *net = net_new(8);
    uint64_t copies = 0;
    net->config.params = params;
    net_add(net, NET_PEER, 25);
    net_link_all(net);
    net_subscribe_all(net);
    net_pass(net, 10 * S);
    for (int i = 0; i < 25; i++)
        net->nodes[i].holds = true;
    for (int i = 0; i < 20; i++) {
        uint32_t number = net_publish(net, i, len);
        /* in waves: a hop, then the verdicts of all, then the next hop */
        do {
            net_settle(net);
        } while (net_judge_held(net));
        net_assert_reached(net, number, i);
    }
    for (int i = 0; i < 25; i++)
        copies += net_counts(net, i)->copies;
    net_free(net);
    return copies;
}

static void idontwant_spares_copies(void **state)
{
    (void)state;
    struct ghm_params params = ghm_params_defaults;
    params.floods = false;
    uint64_t with = copies_of(&params, 4000);
    params.dontwant_bytes = SIZE_MAX;
    uint64_t without = copies_of(&params, 4000);
    /* 20 messages, 25 nodes, a mesh of 6 to 12 */
    print_message("copies without IDONTWANT %lu, with %lu\n", without, with);
    assert_true(with < without);
    assert_true(without <= 20 * 25 * ghm_params_defaults.d_high);
}

/* ---- without a subscription ---- */

static void publisher_without_a_subscription_uses_a_fanout(void **state)
{
    (void)state;
    struct ghm_params params = ghm_params_defaults;
    params.floods = false;
    struct net *net = net_new(9);
    net->config.params = &params;
    net_add(net, NET_PEER, 20);
    net_link_all(net);
    for (int i = 1; i < 20; i++)
        net_subscribe(net, i, TOPIC);
    net_pass(net, 5 * S);
    uint32_t number = net_publish(net, 0, 100);
    net_settle(net);
    net_assert_reached(net, number, 0);
    assert_int_equal(net_counts(net, 0)->forwarded, params.d);
    assert_int_equal(ghm_gossip_subscribers(net->nodes[0].gossip, ghm_bytes_text(TOPIC)), 19);
    /* it is kept for a minute, then the topic is none of ours */
    net_pass(net, 62 * S);
    assert_int_equal(ghm_gossip_subscribers(net->nodes[0].gossip, ghm_bytes_text(TOPIC)), 0);
    number = net_publish(net, 0, 100);
    net_settle(net);
    net_assert_reached(net, number, 0);
    /* and who then subscribes takes its fanout into the mesh */
    net_subscribe(net, 0, TOPIC);
    assert_int_equal(ghm_gossip_mesh_size(net->nodes[0].gossip, ghm_bytes_text(TOPIC)), params.d);
    net_free(net);
}

static void floodsub_peers_give_and_get_all(void **state)
{
    (void)state;
    struct net *net = net_new(10);
    net_add(net, NET_PEER, 8);
    int flood = net_add(net, NET_FLOOD, 3);
    net_link_some(net, 2);
    net_link(net, 2, flood);
    net_link(net, 3, flood + 2);
    net_subscribe_all(net);
    net_pass(net, 5 * S);
    for (int author = 0; author < 8; author++) {
        uint32_t number = net_publish(net, author, 2000);
        net_settle(net);
        net_assert_reached(net, number, author);
    }
    net_free(net);
}

static void unsigned_networks_tell_messages_by_content(void **state)
{
    (void)state;
    struct net *net = net_new(11);
    net->config.policy = GHM_MESSAGE_STRICT_NO_SIGN;
    net->config.message_identity = GHM_MESSAGE_BY_CONTENT;
    net_add(net, NET_PEER, 6);
    net_link_all(net);
    net_subscribe_all(net);
    net_pass(net, 3 * S);
    uint32_t number = net_publish(net, 0, 100);
    net_settle(net);
    net_assert_reached(net, number, 0);
    net->published = number; /* the same content, by another one */
    net_publish(net, 1, 100);
    net_settle(net);
    net_assert_reached(net, number, 0);
    net_publish(net, 1, 100);
    net_settle(net);
    net_assert_reached(net, number + 1, 1);
    net_free(net);
}

static void policies_that_do_not_match_are_refused(void **state)
{
    (void)state;
    struct net *net = net_new(12);
    net_add(net, NET_PEER, 1);
    net->config.policy = GHM_MESSAGE_STRICT_NO_SIGN;
    net->config.message_identity = GHM_MESSAGE_BY_CONTENT;
    net_add(net, NET_PEER, 1);
    net_link_all(net);
    net_subscribe_all(net);
    net_pass(net, 3 * S);
    net_publish(net, 0, 100);
    net_publish(net, 1, 100);
    net_settle(net);
    assert_int_equal(net_reached(net, 0) + net_reached(net, 1), 0);
    assert_int_equal(net_counts(net, 0)->forged, 1);
    assert_int_equal(net_counts(net, 1)->forged, 1);
    /* and one that cannot work is not even begun (js-gossipsub#151) */
    struct ghm_gossip *gossip;
    struct ghm_gossip_config config = {.policy = GHM_MESSAGE_STRICT_NO_SIGN,
                                       .message_identity = GHM_MESSAGE_BY_ORIGIN,
                                       .identity = &net->nodes[0].key};
    assert_int_equal(ghm_gossip_new(&gossip, &net->mem, &config, &net->nodes[0].entropy),
                     GHM_EINVAL);
    net_free(net);
}

/* ---- verdicts and bounds ---- */

static void only_what_is_accepted_goes_on(void **state)
{
    (void)state;
    struct net *net = net_new(13);
    net_add(net, NET_PEER, 3);
    net_link(net, 0, 1);
    net_link(net, 1, 2);
    net_subscribe_all(net);
    net_pass(net, 3 * S);
    net->nodes[1].verdict = GHM_GOSSIP_IGNORE;
    uint32_t number = net_publish(net, 0, 100);
    net_pass(net, 4 * S);
    assert_int_equal(net_reached(net, number), 0);
    assert_true(net_score(net, 1, 0) >= 0);
    net->nodes[1].verdict = GHM_GOSSIP_REJECT;
    number = net_publish(net, 0, 100);
    net_pass(net, 4 * S);
    assert_int_equal(net_reached(net, number), 0);
    assert_true(net_score(net, 1, 0) < 0);
    net_free(net);
}

static void verdicts_may_come_late(void **state)
{
    (void)state;
    struct net *net = net_new(14);
    net_add(net, NET_PEER, 3);
    net_link(net, 0, 1);
    net_link(net, 1, 2);
    net_subscribe_all(net);
    net_pass(net, 3 * S);
    net->nodes[1].holds = true;
    uint32_t number = net_publish(net, 0, 100);
    net_pass(net, 300 * S); /* longer than the seen cache keeps */
    assert_int_equal(net->nodes[1].tickets_count, 1);
    assert_int_equal(net->nodes[2].got[number], 0);
    struct ghm_gossip *gossip = net->nodes[1].gossip;
    uint64_t ticket = net->nodes[1].tickets[0];
    assert_int_equal(ghm_gossip_validate(gossip, ticket, GHM_GOSSIP_ACCEPT, net->now_ns), GHM_OK);
    assert_int_equal(ghm_gossip_validate(gossip, ticket, GHM_GOSSIP_ACCEPT, net->now_ns),
                     GHM_ENOTFOUND);
    net_settle(net);
    assert_int_equal(net->nodes[2].got[number], 1);
    net_free(net);
}

static void what_waits_for_a_verdict_is_bounded(void **state)
{
    (void)state;
    struct net *net = full_net(2);
    net->nodes[1].holds = true;
    for (int i = 0; i < 300; i++) {
        net_publish(net, 0, 100);
        net_settle(net);
    }
    assert_int_equal(net->nodes[1].tickets_count, 128);
    assert_int_equal(net_counts(net, 1)->unheard, 0); /* the rest waits in the stream */
    /* the topic is left meanwhile, and its slot taken by another one */
    ghm_gossip_unsubscribe(net->nodes[1].gossip, ghm_bytes_text(TOPIC), net->now_ns);
    net_subscribe(net, 1, "/another");
    for (size_t i = 0; i < 128; i++)
        assert_int_equal(ghm_gossip_validate(net->nodes[1].gossip, net->nodes[1].tickets[i],
                                             GHM_GOSSIP_REJECT, net->now_ns),
                         GHM_OK);
    assert_true(net_score(net, 1, 0) >= 0);
    net_free(net);
}

/* What found no room stays in the stream, and comes when there have been verdicts: a burst is not
 * lost on a slow judge. */
static void burst_waits_for_its_judge(void **state)
{
    (void)state;
    struct net *net = full_net(2);
    struct net_node *node = &net->nodes[1];
    node->holds = true;
    for (int i = 0; i < 300; i++) {
        net_publish(net, 0, 100);
        net_settle(net);
    }
    for (size_t judged = 0; judged < 300; judged++) {
        assert_true(judged < node->tickets_count);
        assert_true(node->tickets_count - judged <= 128);
        assert_int_equal(ghm_gossip_validate(node->gossip, node->tickets[judged], GHM_GOSSIP_ACCEPT,
                                             net->now_ns),
                         GHM_OK);
        net_settle(net);
    }
    assert_int_equal(node->tickets_count, 300);
    assert_int_equal(net_counts(net, 1)->unheard, 0);
    net_free(net);
}

static void topics_are_bounded(void **state)
{
    (void)state;
    struct net *net = net_new(15);
    net_add(net, NET_PEER, 1);
    struct ghm_gossip *gossip = net->nodes[0].gossip;
    char name[300];
    for (int i = 0; i < 32; i++) {
        snprintf(name, sizeof name, "/topic/%d", i);
        net_subscribe(net, 0, name);
        net_subscribe(net, 0, name);
    }
    struct ghm_bytes more = ghm_bytes_text("/one/more");
    assert_int_equal(ghm_gossip_subscribe(gossip, more, net->now_ns), GHM_ELIMIT);
    assert_int_equal(ghm_gossip_publish(gossip, more, more, net->now_ns), GHM_ELIMIT);
    ghm_gossip_unsubscribe(gossip, ghm_bytes_text("/topic/7"), net->now_ns);
    assert_int_equal(ghm_gossip_subscribe(gossip, more, net->now_ns), GHM_OK);
    memset(name, 'x', sizeof name);
    assert_int_equal(ghm_gossip_subscribe(gossip, ghm_bytes(name, 257), net->now_ns), GHM_EINVAL);
    assert_int_equal(ghm_gossip_subscribe(gossip, GHM_BYTES_NONE, net->now_ns), GHM_EINVAL);
    net_free(net);
}

static void topics_published_in_are_given_back_when_nobody_is_there(void **state)
{
    (void)state;
    struct net *net = net_new(20);
    net_add(net, NET_PEER, 1);
    struct ghm_gossip *gossip = net->nodes[0].gossip;
    char name[32];
    for (int i = 0; i < 32; i++) {
        snprintf(name, sizeof name, "/topic/%d", i);
        net_publish_in(net, 0, name, 10);
    }
    struct ghm_bytes more = ghm_bytes_text("/one/more");
    assert_int_equal(ghm_gossip_publish(gossip, more, more, net->now_ns), GHM_ELIMIT);
    net_pass(net, 63 * S);
    assert_true(ghm_gossip_deadline(gossip) == GHM_NEVER); /* and then it sleeps */
    assert_int_equal(ghm_gossip_publish(gossip, more, more, net->now_ns), GHM_OK);
    net_free(net);
}

static void largest_messages_pass_and_larger_ones_are_refused(void **state)
{
    (void)state;
    struct net *net = net_new(16);
    net->config.data_bytes_max = GHM_GOSSIP_DATA_LIMIT;
    net_add(net, NET_PEER, 3);
    net_link(net, 0, 1);
    net_link(net, 1, 2);
    net_subscribe_all(net);
    net_pass(net, 3 * S);
    uint32_t number = net_publish(net, 0, GHM_GOSSIP_DATA_LIMIT);
    net_pass(net, 2 * S);
    net_assert_reached(net, number, 0);
    static uint8_t data[GHM_GOSSIP_DATA_LIMIT + 1];
    assert_int_equal(ghm_gossip_publish(net->nodes[0].gossip, ghm_bytes_text(TOPIC),
                                        ghm_bytes(data, sizeof data), net->now_ns),
                     GHM_ELIMIT);
    net_free(net);
}

/* All that this node holds for gossip and its swarm is refused from some point on; nothing breaks,
 * and when there is memory again it is a member again. */
static void without_memory_it_goes_on_later(void **state)
{
    (void)state;
    for (size_t room = 0; room < 200000; room = room * 5 / 4 + 701) {
        struct net *net = net_new(17);
        net_add(net, NET_PEER, 3);
        struct net_node *poor = &net->nodes[1];
        poor->mem.used_bytes_max = poor->mem.used_bytes + 20000 + room;
        net_link_all(net);
        int error = ghm_gossip_subscribe(poor->gossip, ghm_bytes_text(TOPIC), net->now_ns);
        assert_int_equal(error, GHM_OK);
        net_subscribe(net, 0, TOPIC);
        net_subscribe(net, 2, TOPIC);
        net_pass(net, 3 * S);
        for (int i = 0; i < 10; i++) {
            uint8_t data[3000] = {0x7f};
            net_publish(net, 0, 3000);
            error = ghm_gossip_publish(poor->gossip, ghm_bytes_text("/other"),
                                       ghm_bytes(data, sizeof data), net->now_ns);
            assert_true(error == GHM_OK || error == GHM_ENOMEM);
            net_pass(net, S / 2);
        }
        assert_true(poor->mem.peak_bytes <= poor->mem.used_bytes_max);
        assert_int_equal(net->nodes[2].got[0], 1);
        poor->mem.used_bytes_max = (size_t)1 << 30;
        net_pass(net, 100 * S);
        net_cut(net, 0, 1);
        net_cut(net, 1, 2);
        net_pass(net, 100 * S);
        uint32_t number = net_publish(net, 0, 500);
        net_pass(net, 2 * S);
        net_assert_reached(net, number, 0);
        net_free(net);
    }
}

/* One allocation refused, whichever: what it was for is lost or comes again, and then all is as it
 * was. */
static void every_refused_allocation_is_survived(void **state)
{
    (void)state;
    for (uint64_t n = 1; n < 400; n += n < 150 ? 1 : 7) {
        struct net *net = net_new(19);
        net_add(net, NET_PEER, 3);
        net_link_all(net);
        struct net_node *poor = &net->nodes[1];
        net_subscribe(net, 0, TOPIC);
        net_subscribe(net, 2, TOPIC);
        poor->mem.fail_after = n;
        int error = ghm_gossip_subscribe(poor->gossip, ghm_bytes_text(TOPIC), net->now_ns);
        assert_true(error == GHM_OK || error == GHM_ENOMEM);
        if (error != GHM_OK) net_subscribe(net, 1, TOPIC);
        net_pass(net, 3 * S);
        net_publish(net, 0, 3000);
        error = ghm_gossip_publish(poor->gossip, ghm_bytes_text("/other"), ghm_bytes_text("text"),
                                   net->now_ns);
        assert_true(error == GHM_OK || error == GHM_ENOMEM);
        net_pass(net, 5 * S);
        assert_int_equal(net->nodes[2].got[0], 1);
        poor->mem.fail_after = 0;
        net_pass(net, 100 * S);
        uint32_t number = net_publish(net, 0, 500);
        net_pass(net, 2 * S);
        net_assert_reached(net, number, 0);
        net_free(net);
    }
}

static void bad_peer_is_not_grafted(void **state)
{
    (void)state;
    struct net *net = net_new(18);
    net_add(net, NET_PEER, 2);
    net_link_all(net);
    net_subscribe(net, 1, TOPIC);
    net_pass(net, 2 * S);
    ghm_gossip_rate(net->nodes[0].gossip, &net->nodes[1].id, -1);
    net_subscribe(net, 0, TOPIC);
    assert_int_equal(ghm_gossip_mesh_size(net->nodes[0].gossip, ghm_bytes_text(TOPIC)), 0);
    net_free(net);
}

static void message_does_not_go_back(void **state)
{
    (void)state;
    struct net *net = net_new(19);
    net_add(net, NET_PEER, 3);
    net_link(net, 0, 1);
    net_link(net, 1, 2);
    net_subscribe_all(net);
    net_pass(net, 3 * S);
    uint32_t number = net_publish(net, 0, 100);
    net_pass(net, 3 * S);
    net_assert_reached(net, number, 0);
    for (int i = 0; i < 3; i++)
        assert_int_equal(net_counts(net, i)->copies, 0);
    net_free(net);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(two_tell_each_other),
        cmocka_unit_test(all_are_reached_once_in_any_size_of_network),
        cmocka_unit_test(all_splits_tell_the_same),
        cmocka_unit_test(late_subscriber_gets_what_is_still_gossiped_about),
        cmocka_unit_test(churn_costs_those_who_stay_nothing),
        cmocka_unit_test(numbers_that_begin_again_are_not_heard),
        cmocka_unit_test(healed_partition_is_one_network_again),
        cmocka_unit_test(leaver_gets_nothing_and_grafts_only_after_the_back_off),
        cmocka_unit_test(meshes_keep_to_their_bounds),
        cmocka_unit_test(meshes_hold_connections_we_opened),
        cmocka_unit_test(poor_mesh_looks_for_better_peers),
        cmocka_unit_test(bad_peer_leaves_the_mesh),
        cmocka_unit_test(stalled_mesh_is_made_up_for_by_gossip),
        cmocka_unit_test(idontwant_spares_copies),
        cmocka_unit_test(publisher_without_a_subscription_uses_a_fanout),
        cmocka_unit_test(floodsub_peers_give_and_get_all),
        cmocka_unit_test(unsigned_networks_tell_messages_by_content),
        cmocka_unit_test(policies_that_do_not_match_are_refused),
        cmocka_unit_test(only_what_is_accepted_goes_on),
        cmocka_unit_test(verdicts_may_come_late),
        cmocka_unit_test(what_waits_for_a_verdict_is_bounded),
        cmocka_unit_test(burst_waits_for_its_judge),
        cmocka_unit_test(topics_are_bounded),
        cmocka_unit_test(topics_published_in_are_given_back_when_nobody_is_there),
        cmocka_unit_test(largest_messages_pass_and_larger_ones_are_refused),
        cmocka_unit_test(without_memory_it_goes_on_later),
        cmocka_unit_test(every_refused_allocation_is_survived),
        cmocka_unit_test(bad_peer_is_not_grafted),
        cmocka_unit_test(message_does_not_go_back),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
