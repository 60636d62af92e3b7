/* SPDX-License-Identifier: MIT */
/* Peer exchange, told and heard. Node 0 is the victim, 1 to 3 are its honest friends, EVIL is in
 * the test's hands, and nobody knows the strangers from 5 on. */
#include "gossip/offer.h"

#include "crypto/peerrecord.h"
#include "gossip/router.h"
#include "net.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>

#include <cmocka.h>

#define S GHM_NS_PER_S
#define EVIL 4
#define STRANGER 5
#define STRANGERS 20

static struct ghm_score_params scores; /* of the test: borrowed by nobody */

static const struct ghm_params small = {
    .d = 2,
    .d_low = 1,
    .d_high = 2,
    .d_score = 1,
    .heartbeat_ns = S,
    .heartbeat_first_ns = S / 10,
    .fanout_ns = 60 * S,
    .seen_ns = 120 * S,
    .prune_wait_s = 60,
    .leave_wait_s = 10,
    .offered_max = 16,
    .better_beats = 60,
};

static const struct ghm_gossip_counts *counts(const struct net *net)
{
    return net_counts(net, 0);
}

static const struct ghm_peerid *id_of(const struct net *net, int i)
{
    return &net->nodes[i].id;
}

static bool are_connected(const struct net *net, int a, int b)
{
    struct ghm_swarm_place place;
    return ghm_swarm_peer_place(net->nodes[a].swarm, &place, id_of(net, b)) == GHM_OK;
}

static void subscribe_evil(struct net *net)
{
    struct net_rpc rpc;
    net_rpc_init(&rpc);
    assert_int_equal(ghm_rpc_append_subscription(&rpc.rpc, ghm_bytes_text(TOPIC), true), GHM_OK);
    net_say(net, EVIL, 0, net_rpc_done(&rpc));
    net_rpc_fini(&rpc);
    net_settle(net);
}

static struct net *start(const struct ghm_params *params, double standing)
{
    struct net *net = net_new(7);
    net->config.params = params;
    net_add(net, NET_PEER, 4);
    net_link_all(net);
    assert_int_equal(net_add(net, NET_RAW, 1), EVIL);
    net_link(net, EVIL, 0);
    assert_int_equal(net_add(net, NET_PEER, STRANGERS), STRANGER);
    net_subscribe_all(net);
    net_pass(net, 3 * S);
    subscribe_evil(net);
    ghm_gossip_rate(net->nodes[0].gossip, id_of(net, EVIL), standing);
    assert_int_equal(ghm_swarm_peers_count(net->nodes[0].swarm), 4);
    return net;
}

/* ---- what EVIL offers ---- */

struct offers {
    struct ghm_mem mem;
    struct ghm_buf all;
};

static void begin(struct offers *offers)
{
    ghm_mem_init(&offers->mem, NULL, SIZE_MAX);
    ghm_buf_init(&offers->all, &offers->mem, 64 << 20);
}

static void add(struct offers *offers, const struct ghm_peerid *peer, struct ghm_bytes record)
{
    const struct ghm_rpc_offer offer = {ghm_peerid_bytes(peer), record};
    assert_int_equal(ghm_rpc_append_offer(&offers->all, &offer), GHM_OK);
}

/* A record of one address, signed by `key`, offered as that of `peer`; `flips`: with a bit wrong.
 */
static void add_signed(struct offers *offers, const struct ghm_peerid *peer,
                       const struct ghm_key *key, const char *host, bool flips)
{
    struct ghm_buf record;
    struct ghm_multiaddr addr;
    ghm_buf_init(&record, &offers->mem, 8192);
    assert_int_equal(ghm_multiaddr_of_tcp(&addr, host, 9000, GHM_BYTES_NONE), GHM_OK);
    assert_int_equal(ghm_peerrecord_append(&record, key, 5, &addr, 1), GHM_OK);
    if (flips) record.ptr[record.end - 1] ^= 1;
    add(offers, peer, ghm_buf_bytes(&record));
    ghm_buf_fini(&record);
}

static void add_node(struct offers *offers, const struct net *net, int i)
{
    char host[32];
    snprintf(host, sizeof host, "10.0.0.%d", i + 1);
    add_signed(offers, id_of(net, i), &net->nodes[i].key, host, false);
}

/* Somebody who is nowhere. */
static void add_nobody(struct offers *offers, int i)
{
    uint8_t seed[32] = {(uint8_t)i, (uint8_t)(i >> 8), 200}, proto[GHM_KEY_ED25519_PROTO_LEN];
    struct ghm_key key;
    struct ghm_peerid id;
    ghm_key_from_seed(&key, seed);
    ghm_key_encode(proto, &key);
    ghm_peerid_of_key(&id, ghm_bytes(proto, sizeof proto));
    char host[32];
    snprintf(host, sizeof host, "10.99.%d.%d", i / 256, i % 256);
    add_signed(offers, &id, &key, host, false);
}

static void prune(struct net *net, struct offers *take_offers)
{
    struct net_rpc rpc;
    net_rpc_init(&rpc);
    assert_int_equal(ghm_rpc_append_prune_offering(&rpc.control, ghm_bytes_text(TOPIC), 60,
                                                   ghm_buf_bytes(&take_offers->all)),
                     GHM_OK);
    net_say(net, EVIL, 0, net_rpc_done(&rpc));
    net_rpc_fini(&rpc);
    ghm_buf_fini(&take_offers->all);
    ghm_mem_fini(&take_offers->mem);
    net_settle(net);
}

static void assert_counts(const struct net *net, uint64_t taken, uint64_t refused)
{
    assert_int_equal(counts(net)->offers_taken, taken);
    assert_int_equal(counts(net)->offers_refused, refused);
}

static void an_offer_of_a_peer_of_standing_is_taken(void **state)
{
    (void)state;
    struct net *net = start(NULL, 50);
    struct offers offers;
    double before = net_score(net, 0, EVIL);
    begin(&offers);
    add_node(&offers, net, STRANGER);
    add_node(&offers, net, STRANGER + 1);
    prune(net, &offers);
    assert_true(are_connected(net, 0, STRANGER) && are_connected(net, 0, STRANGER + 1));
    assert_counts(net, 2, 0);
    assert_true(net_score(net, 0, EVIL) >= before);
    assert_int_equal(net->nodes[0].gossip->router.offers.count, 0);
    net_pass(net, 3 * S);
    assert_true(ghm_gossip_in_mesh(net->nodes[0].gossip, ghm_bytes_text(TOPIC), id_of(net, 5)));
    net_free(net);
}

static void an_offer_of_a_peer_of_no_standing_is_refused(void **state)
{
    (void)state;
    struct net *net = start(NULL, 9);
    struct offers offers;
    begin(&offers);
    add_node(&offers, net, STRANGER);
    add_node(&offers, net, STRANGER + 1);
    prune(net, &offers);
    assert_false(are_connected(net, 0, STRANGER));
    assert_counts(net, 0, 2);
    net_free(net);
}

static void an_offer_in_another_topic_is_not_read(void **state)
{
    (void)state;
    struct net *net = start(NULL, 50);
    ghm_gossip_unsubscribe(net->nodes[0].gossip, ghm_bytes_text(TOPIC), net->now_ns);
    struct offers offers;
    begin(&offers);
    add_node(&offers, net, STRANGER);
    prune(net, &offers);
    assert_counts(net, 0, 0);
    net_free(net);
}

static void what_is_unproven_is_refused(void **state)
{
    (void)state;
    static const uint8_t zeros[40];
    struct net *net = start(NULL, 50);
    const struct ghm_peerid *peer = id_of(net, STRANGER);
    const struct ghm_key *own = &net->nodes[STRANGER].key, *other = &net->nodes[6].key;
    struct ghm_peerid nobody = {.len = 40};
    for (int i = 0; i < 5; i++) {
        struct offers offers;
        double before = net_score(net, 0, EVIL);
        begin(&offers);
        if (i == 0)
            add_signed(&offers, peer, own, "10.0.0.6", true); /* a signature that is wrong */
        if (i == 1) add_signed(&offers, peer, other, "10.0.0.6", false);  /* another's record */
        if (i == 2) add(&offers, peer, ghm_bytes(zeros, sizeof zeros));   /* no record */
        if (i == 3) add_signed(&offers, &nobody, own, "10.0.0.6", false); /* no peer id */
        if (i == 4) add(&offers, peer, GHM_BYTES_NONE); /* which is allowed, and worth nothing */
        prune(net, &offers);
        assert_counts(net, 0, (uint64_t)i + 1);
        if (i > 0 && i < 4) assert_true(net_score(net, 0, EVIL) < before - 5);
        if (i == 4) assert_true(net_score(net, 0, EVIL) >= before);
        ghm_gossip_rate(net->nodes[0].gossip, id_of(net, EVIL), 500 * (i + 1));
    }
    assert_int_equal(ghm_swarm_peers_count(net->nodes[0].swarm), 4);
    net_free(net);
}

/* It is not dialed, and nobody is at fault. */
static void who_is_known_is_no_news(void **state)
{
    (void)state;
    struct net *net = start(NULL, 50);
    struct offers offers;
    begin(&offers);
    add_node(&offers, net, 0);
    add_node(&offers, net, 1);
    add_node(&offers, net, EVIL);
    prune(net, &offers);
    assert_counts(net, 0, 0);
    net_free(net);
}

static void our_own_machine_is_not_knocked_at(void **state)
{
    (void)state;
    static const char *const hosts[] = {"127.0.0.1", "::1", "0.0.0.0"};
    struct net *net = start(NULL, 50);
    struct offers offers;
    begin(&offers);
    for (size_t i = 0; i < 3; i++)
        add_signed(&offers, id_of(net, STRANGER + (int)i), &net->nodes[STRANGER + i].key, hosts[i],
                   false);
    prune(net, &offers);
    assert_counts(net, 0, 3);
    net_free(net);
}

static void a_full_mesh_wants_nobody(void **state)
{
    (void)state;
    struct net *net = start(&small, 50);
    struct offers offers;
    assert_int_equal(ghm_gossip_mesh_size(net->nodes[0].gossip, ghm_bytes_text(TOPIC)), 2);
    begin(&offers);
    add_node(&offers, net, STRANGER);
    prune(net, &offers);
    assert_counts(net, 0, 0);
    assert_false(are_connected(net, 0, STRANGER));
    net_free(net);
}

static void ten_thousand_offers_are_too_many(void **state)
{
    (void)state;
    struct net *net = start(NULL, 50);
    struct offers offers;
    size_t used = net->nodes[0].mem.used_bytes;
    begin(&offers);
    for (int i = 0; i < 10000; i++)
        add(&offers, id_of(net, STRANGER), GHM_BYTES_NONE);
    prune(net, &offers);
    assert_int_equal(counts(net)->malformed, 1);
    assert_counts(net, 0, 0);
    assert_true(
        ghm_neighbour_find(&net->nodes[0].gossip->router, id_of(net, EVIL))->score->behaviour > 0);
    assert_true(net->nodes[0].mem.peak_bytes < used + (3 << 20));
    net_free(net);
}

/* Of 64, 16 are judged, 8 of them reached for at once; in the next heartbeat there is a new share,
 * and when they were not reached the places are free. */
static void dials_for_offers_are_few(void **state)
{
    (void)state;
    struct net *net = start(NULL, 50);
    net_pass(net, S);
    for (int round = 1; round < 4; round++) {
        struct offers offers;
        begin(&offers);
        for (int i = 0; i < GHM_RPC_OFFERED_MAX; i++)
            add_nobody(&offers, 100 * round + i);
        prune(net, &offers);
        assert_counts(net, (uint64_t)(8 * round), (uint64_t)(56 * round));
        assert_int_equal(net->nodes[0].gossip->router.offers.count, 0); /* none was found */
        begin(&offers);
        add_nobody(&offers, 100 * round + 99);
        prune(net, &offers); /* its share of this heartbeat is used up */
        assert_counts(net, (uint64_t)(8 * round), (uint64_t)(56 * round + 1));
        net_pass(net, S);
        net->nodes[0].gossip->router.counts.offers_refused--;
    }
    net_free(net);
}

/* ---- what we offer ---- */

static void graft(struct net *net)
{
    struct net_rpc rpc;
    net_rpc_init(&rpc);
    assert_int_equal(ghm_rpc_append_graft(&rpc.control, ghm_bytes_text(TOPIC)), GHM_OK);
    net_say(net, EVIL, 0, net_rpc_done(&rpc));
    net_rpc_fini(&rpc);
    net_settle(net);
}

static size_t heard_offers(struct net *net, struct ghm_rpc_offer offers[64], size_t *ret_bytes)
{
    *ret_bytes = 0;
    return net_offers(net, EVIL, 0, offers, 64, ret_bytes);
}

static void who_finds_no_room_is_told_of_others(void **state)
{
    (void)state;
    struct net *net = start(&small, 0);
    struct ghm_rpc_offer offers[64];
    size_t bytes;
    uint64_t before = counts(net)->offered;
    graft(net);
    assert_int_equal(heard_offers(net, offers, &bytes), 3);
    assert_int_equal(counts(net)->offered - before, 3);
    for (size_t i = 0; i < 3; i++) {
        struct ghm_peerrecord record;
        assert_int_equal(ghm_peerrecord_open(&record, &net->mem, offers[i].record), GHM_OK);
        assert_true(ghm_bytes_equal(ghm_peerid_bytes(&record.peer), offers[i].peer));
        assert_false(ghm_peerid_equal(&record.peer, id_of(net, EVIL)));
    }
    net_free(net);
}

static void bad_names_are_not_offered(void **state)
{
    (void)state;
    struct net *net = start(&small, 0);
    struct ghm_rpc_offer offers[64];
    size_t bytes;
    ghm_gossip_rate(net->nodes[0].gossip, id_of(net, 2), -50);
    graft(net);
    assert_int_equal(heard_offers(net, offers, &bytes), 2);
    for (size_t i = 0; i < 2; i++)
        assert_false(ghm_bytes_equal(offers[i].peer, ghm_peerid_bytes(id_of(net, 2))));
    net_free(net);
}

static void who_has_a_bad_name_is_told_of_nobody(void **state)
{
    (void)state;
    struct net *net = start(&small, -5);
    struct ghm_rpc_offer offers[64];
    size_t bytes;
    graft(net);
    assert_int_equal(net_heard(net, EVIL, 0, GHM_RPC_PRUNE), 1);
    assert_int_equal(heard_offers(net, offers, &bytes), 0);
    /* in its back-off neither */
    ghm_gossip_rate(net->nodes[0].gossip, id_of(net, EVIL), 50);
    graft(net);
    assert_int_equal(net_heard(net, EVIL, 0, GHM_RPC_PRUNE), 2);
    assert_int_equal(heard_offers(net, offers, &bytes), 0);
    net_free(net);
}

static void who_leaves_tells_of_others(void **state)
{
    (void)state;
    struct net *net = start(NULL, 0);
    struct ghm_rpc_offer offers[64];
    size_t bytes;
    graft(net);
    assert_int_equal(net_heard(net, EVIL, 0, GHM_RPC_PRUNE), 0);
    ghm_gossip_unsubscribe(net->nodes[0].gossip, ghm_bytes_text(TOPIC), net->now_ns);
    net_settle(net);
    assert_int_equal(heard_offers(net, offers, &bytes), 3);
    net_free(net);
}

/* It was in the mesh until now, and would have been dismissed by the next heartbeat. */
static void who_leaves_tells_bad_names_of_nobody(void **state)
{
    (void)state;
    struct net *net = start(NULL, 0);
    struct ghm_rpc_offer offers[64];
    size_t bytes;
    graft(net);
    assert_true(ghm_gossip_in_mesh(net->nodes[0].gossip, ghm_bytes_text(TOPIC), id_of(net, EVIL)));
    ghm_gossip_rate(net->nodes[0].gossip, id_of(net, EVIL), -5);
    ghm_gossip_unsubscribe(net->nodes[0].gossip, ghm_bytes_text(TOPIC), net->now_ns);
    net_settle(net);
    assert_int_equal(net_heard(net, EVIL, 0, GHM_RPC_PRUNE), 1);
    assert_int_equal(heard_offers(net, offers, &bytes), 0);
    net_free(net);
}

/* Whom we dialed is let into a full mesh; the heartbeat thins it. */
static void who_is_thinned_out_is_told_of_others(void **state)
{
    (void)state;
    struct net *net = net_new(7);
    net->config.params = &small;
    net_add(net, NET_PEER, 4);
    net_link_all(net);
    assert_int_equal(net_add(net, NET_RAW, 1), EVIL);
    net_link(net, 0, EVIL);
    net_subscribe_all(net);
    net_pass(net, 3 * S);
    subscribe_evil(net);
    uint64_t before = counts(net)->offered;
    graft(net);
    assert_int_equal(ghm_gossip_mesh_size(net->nodes[0].gossip, ghm_bytes_text(TOPIC)), 3);
    assert_int_equal(counts(net)->offered, before);
    net_pass(net, S);
    assert_int_equal(ghm_gossip_mesh_size(net->nodes[0].gossip, ghm_bytes_text(TOPIC)), 2);
    assert_true(counts(net)->offered > before);
    net_free(net);
}

static void sixteen_are_offered_at_most(void **state)
{
    (void)state;
    struct net *net = start(&small, 0);
    struct ghm_rpc_offer offers[64];
    size_t bytes;
    for (int i = STRANGER; i < STRANGER + STRANGERS; i++)
        net_link(net, i, 0);
    net_pass(net, 2 * S);
    assert_int_equal(ghm_swarm_peers_count(net->nodes[0].swarm), 4 + STRANGERS);
    graft(net);
    assert_int_equal(heard_offers(net, offers, &bytes), 16);
    assert_in_range(bytes, 1000, GHM_OFFER_BYTES_MAX + 64);
    net_free(net);
}

/* One that does not read must not be given up because of what is offered to it. */
static void offers_do_not_fill_the_queue(void **state)
{
    (void)state;
    struct net *net = start(&small, 0);
    for (int i = STRANGER; i < STRANGER + STRANGERS; i++)
        net_link(net, i, 0);
    net_pass(net, 2 * S);
    struct ghm_router *router = &net->nodes[0].gossip->router;
    struct ghm_neighbour *evil = ghm_neighbour_find(router, id_of(net, EVIL));
    for (int i = 0; i < 100; i++)
        ghm_topic_say_prune(router, evil, ghm_bytes_text(TOPIC), 60, GHM_TOPIC_OFFERS_OTHERS);
    assert_false(evil->is_stuck);
    assert_in_range(ghm_buf_len(&evil->sendq.control), 1000,
                    GHM_SENDQ_CONTROL_MAX / 4 + GHM_OFFER_BYTES_MAX + 100 * 64);
    net_free(net);
}

/* ---- all of it ---- */

/* A hub with twenty friends who know nobody else leaves. Are they still together? */
static size_t reached_after_a_star(double threshold)
{
    struct net *net = net_new(11);
    scores = ghm_score_defaults;
    scores.offer_threshold = threshold;
    net->config.score_params = &scores;
    net_add(net, NET_PEER, 21);
    for (int i = 1; i < 21; i++)
        net_link(net, i, 0);
    net_subscribe_all(net);
    net_pass(net, 5 * S);
    assert_true(net_counts(net, 0)->offered > 0); /* its mesh has room for 12 */
    ghm_gossip_unsubscribe(net->nodes[0].gossip, ghm_bytes_text(TOPIC), net->now_ns);
    net_pass(net, 2 * S);
    net_stop(net, 0);
    net_pass(net, 5 * S);
    size_t least = 21;
    for (int author = 1; author < 21; author++) {
        uint32_t number = net_publish(net, author, 100);
        net_pass(net, 2 * S);
        size_t reached = net_reached(net, number);
        if (reached < least) least = reached;
    }
    net_free(net);
    return least;
}

static void honest_offers_heal_a_star(void **state)
{
    (void)state;
    assert_int_equal(reached_after_a_star(0), 19);
    assert_int_equal(reached_after_a_star(1000), 0);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(an_offer_of_a_peer_of_standing_is_taken),
        cmocka_unit_test(an_offer_of_a_peer_of_no_standing_is_refused),
        cmocka_unit_test(an_offer_in_another_topic_is_not_read),
        cmocka_unit_test(what_is_unproven_is_refused),
        cmocka_unit_test(who_is_known_is_no_news),
        cmocka_unit_test(our_own_machine_is_not_knocked_at),
        cmocka_unit_test(a_full_mesh_wants_nobody),
        cmocka_unit_test(ten_thousand_offers_are_too_many),
        cmocka_unit_test(dials_for_offers_are_few),
        cmocka_unit_test(who_finds_no_room_is_told_of_others),
        cmocka_unit_test(bad_names_are_not_offered),
        cmocka_unit_test(who_has_a_bad_name_is_told_of_nobody),
        cmocka_unit_test(who_leaves_tells_of_others),
        cmocka_unit_test(who_leaves_tells_bad_names_of_nobody),
        cmocka_unit_test(who_is_thinned_out_is_told_of_others),
        cmocka_unit_test(sixteen_are_offered_at_most),
        cmocka_unit_test(offers_do_not_fill_the_queue),
        cmocka_unit_test(honest_offers_heal_a_star),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
