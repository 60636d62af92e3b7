/* SPDX-License-Identifier: MIT */
#include "gossip/score.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

static const uint8_t seed[16] = {1, 2, 3};

#define S GHM_NS_PER_S

static struct ghm_mem mem;
static struct ghm_score_book book;
static struct ghm_score_params params;

static void start(void)
{
    ghm_mem_init(&mem, NULL, SIZE_MAX);
    params = (struct ghm_score_params){.topic = {.weight = 1}, .zero = 0.01, .retain_ns = 100 * S};
    ghm_score_init(&book, &mem, &params, seed);
}

static void end(void)
{
    ghm_score_fini(&book);
    ghm_mem_fini(&mem);
}

static struct ghm_score_peer *enter(uint64_t number)
{
    struct ghm_peerid id = {.len = 38};
    struct ghm_score_peer *peer;
    ghm_store_be64(id.bytes + 30, number);
    assert_int_equal(ghm_score_enter(&book, &peer, &id), GHM_OK);
    return peer;
}

static void assert_score(const struct ghm_score_peer *peer, double wanted)
{
    double score = ghm_score_of(&book, peer);
    if (score < wanted - 1e-9 || score > wanted + 1e-9) fail_msg("%f is not %f", score, wanted);
}

static void p1_time_in_the_mesh(void **state)
{
    (void)state;
    start();
    params.topic.mesh_time_weight = 0.5;
    params.topic.mesh_time_quantum_ns = 2 * S;
    params.topic.mesh_time_max = 10;
    struct ghm_score_peer *peer = enter(1);
    ghm_score_graft(peer, 3, 100 * S);
    ghm_score_decay(&book, 107 * S);
    assert_score(peer, 1.5); /* three whole quanta */
    ghm_score_decay(&book, 1000 * S);
    assert_score(peer, 5);
    ghm_score_prune(&book, peer, 3);
    assert_score(peer, 0);
    end();
}

static void p2_first_deliveries(void **state)
{
    (void)state;
    start();
    params.topic.first_weight = 2;
    params.topic.first_max = 3;
    params.topic.first_decay = 0.5;
    params.topic.weight = 10;
    struct ghm_score_peer *peer = enter(1);
    for (int i = 0; i < 5; i++)
        ghm_score_first(&book, peer, 0);
    assert_score(peer, 60);
    ghm_score_decay(&book, S);
    assert_score(peer, 30);
    params.topics_max = 7;
    assert_score(peer, 7);
    for (int i = 0; i < 20; i++)
        ghm_score_decay(&book, S);
    assert_score(peer, 0); /* below `zero` it is none */
    end();
}

static void p3_deliveries_in_the_mesh(void **state)
{
    (void)state;
    start();
    params.topic.mesh_weight = -1;
    params.topic.mesh_threshold = 4;
    params.topic.mesh_max = 10;
    params.topic.mesh_decay = 1;
    params.topic.mesh_activation_ns = 5 * S;
    params.topic.mesh_window_ns = 10;
    params.topic.failure_weight = -1;
    params.topic.failure_decay = 0.5;
    struct ghm_score_peer *peer = enter(1);
    ghm_score_copy(&book, peer, 0, 0); /* not in the mesh: nothing */
    ghm_score_graft(peer, 0, 0);
    assert_score(peer, 0);
    ghm_score_decay(&book, 5 * S);
    assert_score(peer, 0); /* not active yet */
    ghm_score_decay(&book, 6 * S);
    assert_score(peer, -16);
    ghm_score_first(&book, peer, 0);
    ghm_score_copy(&book, peer, 0, 10);
    ghm_score_copy(&book, peer, 0, 11); /* too late */
    assert_score(peer, -4);
    ghm_score_prune(&book, peer, 0); /* P3b: the deficit is kept */
    assert_score(peer, -4);
    ghm_score_decay(&book, 7 * S);
    assert_score(peer, -2);
    end();
}

static void p4_invalid_messages(void **state)
{
    (void)state;
    start();
    params.topic.invalid_weight = -3;
    params.topic.invalid_decay = 0.5;
    struct ghm_score_peer *peer = enter(1);
    for (int i = 0; i < 4; i++)
        ghm_score_invalid(peer, 31);
    assert_score(peer, -48);
    ghm_score_decay(&book, S);
    assert_score(peer, -12);
    ghm_score_clear_topic(&book, 31);
    assert_score(peer, 0);
    end();
}

static void p5_what_the_owner_says(void **state)
{
    (void)state;
    start();
    params.app_weight = 3;
    struct ghm_score_peer *peer = enter(1);
    peer->app = -4;
    assert_score(peer, -12);
    end();
}

static void p6_peers_at_one_address(void **state)
{
    (void)state;
    start();
    params.place_weight = -1;
    params.place_threshold = 3;
    struct ghm_score_peer *peers[6];
    for (uint64_t i = 0; i < 6; i++) {
        peers[i] = enter(i);
        ghm_score_place(&book, peers[i], "192.0.2.7");
    }
    for (size_t i = 0; i < 6; i++)
        assert_score(peers[i], -9);
    ghm_score_place(&book, peers[0], "192.0.2.8");
    assert_score(peers[0], 0);
    assert_score(peers[1], -4);
    ghm_score_leave(&book, peers[1], 0);
    assert_score(peers[2], -1);
    /* loopback is nobody's fault: sixty processes of one machine */
    for (uint64_t i = 10; i < 70; i++)
        ghm_score_place(&book, enter(i), i % 2 == 0 ? "127.0.0.1" : "::1");
    assert_score(enter(12), 0);
    ghm_score_place(&book, peers[2],
                    "an address that is far longer than any address that there is");
    assert_score(peers[2], 0);
    end();
}

static void p7_misbehaviour(void **state)
{
    (void)state;
    start();
    params.behaviour_weight = -10;
    params.behaviour_threshold = 1;
    params.behaviour_decay = 0.5;
    struct ghm_score_peer *peer = enter(1);
    ghm_score_penalty(peer, 1);
    assert_score(peer, 0);
    ghm_score_penalty(peer, 2);
    assert_score(peer, -40);
    ghm_score_decay(&book, S);
    assert_score(peer, -2.5);
    end();
}

static void bad_name_outlives_the_connection_and_a_good_one_does_not(void **state)
{
    (void)state;
    start();
    params.behaviour_weight = -1;
    params.behaviour_decay = 0.5;
    params.topic.first_weight = 1;
    params.topic.first_max = 10;
    struct ghm_score_peer *bad = enter(1), *good = enter(2);
    ghm_score_penalty(bad, 8);
    ghm_score_first(&book, bad, 0);
    ghm_score_first(&book, good, 0);
    ghm_score_leave(&book, bad, 0);
    ghm_score_leave(&book, good, 0);
    ghm_score_decay(&book, 50 * S); /* to be away heals nothing */
    assert_score(enter(1), -64);
    assert_score(enter(2), 0);
    ghm_score_leave(&book, enter(1), 50 * S);
    ghm_score_decay(&book, 150 * S);
    assert_score(enter(1), 0); /* forgotten */
    end();
}

static void gone_peers_are_bounded(void **state)
{
    (void)state;
    start();
    params.behaviour_weight = -1;
    for (uint64_t i = 0; i < GHM_SCORE_GONE_MAX + 20; i++) {
        struct ghm_score_peer *peer = enter(i);
        ghm_score_penalty(peer, 3);
        ghm_score_leave(&book, peer, i);
    }
    assert_int_equal(book.gone_count, GHM_SCORE_GONE_MAX);
    assert_score(enter(19), 0);
    assert_score(enter(20), -9);
    assert_int_equal(book.gone_count, GHM_SCORE_GONE_MAX - 1);
    end();
    for (uint64_t n = 1; n <= 2; n++) {
        start();
        struct ghm_peerid id = {.len = 38};
        struct ghm_score_peer *peer;
        mem.fail_after = n;
        assert_int_equal(ghm_score_enter(&book, &peer, &id), GHM_ENOMEM);
        end();
    }
}

static void defaults_do_what_they_say(void **state)
{
    (void)state;
    start();
    params = ghm_score_defaults;
    struct ghm_score_peer *peer = enter(1);
    for (int i = 0; i < 4; i++)
        ghm_score_invalid(peer, 0);
    assert_true(ghm_score_of(&book, peer) > params.graylist_threshold);
    ghm_score_invalid(peer, 0);
    assert_true(ghm_score_of(&book, peer) < params.graylist_threshold);
    peer = enter(2);
    ghm_score_penalty(peer, 7);
    assert_true(ghm_score_of(&book, peer) > params.graylist_threshold);
    ghm_score_penalty(peer, 1);
    assert_true(ghm_score_of(&book, peer) < params.graylist_threshold);
    /* no merit buys this */
    for (int i = 0; i < 1000; i++)
        ghm_score_first(&book, peer, 0);
    assert_true(ghm_score_of(&book, peer) < params.graylist_threshold);
    for (int i = 0; i < 300; i++)
        ghm_score_decay(&book, S);
    assert_true(ghm_score_of(&book, peer) >= 0);
    end();
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(p1_time_in_the_mesh),
        cmocka_unit_test(p2_first_deliveries),
        cmocka_unit_test(p3_deliveries_in_the_mesh),
        cmocka_unit_test(p4_invalid_messages),
        cmocka_unit_test(p5_what_the_owner_says),
        cmocka_unit_test(p6_peers_at_one_address),
        cmocka_unit_test(p7_misbehaviour),
        cmocka_unit_test(bad_name_outlives_the_connection_and_a_good_one_does_not),
        cmocka_unit_test(gone_peers_are_bounded),
        cmocka_unit_test(defaults_do_what_they_say),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
