/* SPDX-License-Identifier: MIT */
/* Numbers for each topic. */
#include "gossip/weight.h"

#include "net.h"
#include <math.h>

#include <setjmp.h>
#include <stdarg.h>
#include <stdlib.h>

#include <cmocka.h>

#define S GHM_NS_PER_S
#define HARSH "/harsh/1"

static struct ghm_score_topic_params params_of(double invalid_weight)
{
    struct ghm_score_topic_params params = ghm_score_defaults.topic;
    params.invalid_weight = invalid_weight;
    return params;
}

static void weights_are_found_by_name(void **state)
{
    (void)state;
    struct ghm_mem mem;
    struct ghm_weight_book book;
    struct ghm_score_topic_params params = params_of(-1);
    char name[GHM_MESSAGE_TOPIC_MAX + 1];
    memset(name, 'n', sizeof name);
    ghm_mem_init(&mem, NULL, 1 << 20);
    ghm_weight_init(&book, &mem);
    assert_null(ghm_weight_of(&book, ghm_bytes(name, 10)));
    assert_int_equal(ghm_weight_set(&book, GHM_BYTES_NONE, &params), GHM_EINVAL);
    assert_int_equal(ghm_weight_set(&book, ghm_bytes(name, sizeof name), &params), GHM_EINVAL);
    for (size_t i = 0; i < GHM_WEIGHT_MAX; i++) {
        params.invalid_weight = -(double)i;
        mem.fail_after = 1;
        assert_int_equal(ghm_weight_set(&book, ghm_bytes(name, 256 - i), &params), GHM_ENOMEM);
        mem.fail_after = 0;
        assert_int_equal(ghm_weight_set(&book, ghm_bytes(name, 256 - i), &params), GHM_OK);
    }
    assert_int_equal(ghm_weight_set(&book, ghm_bytes(name, 1), &params), GHM_ELIMIT);
    const struct ghm_score_topic_params *held = ghm_weight_of(&book, ghm_bytes(name, 251));
    assert_true(held->invalid_weight > -5.5 && held->invalid_weight < -4.5);
    params.invalid_weight = -99;
    assert_int_equal(ghm_weight_set(&book, ghm_bytes(name, 251), &params), GHM_OK);
    assert_ptr_equal(ghm_weight_of(&book, ghm_bytes(name, 251)), held);
    assert_true(held->invalid_weight < -98);
    ghm_weight_fini(&book);
    ghm_mem_fini(&mem);
}

/* One that says something wrong in `topic` to node 0: what it costs there. */
static double cost_of_a_fault(struct net *net, const char *topic)
{
    double before = net_score(net, 0, 1);
    net->nodes[0].verdict = GHM_GOSSIP_REJECT;
    (void)net_publish_in(net, 1, topic, 20);
    net_settle(net);
    net->nodes[0].verdict = GHM_GOSSIP_ACCEPT;
    return before - net_score(net, 0, 1);
}

static struct net *start(void)
{
    struct net *net = net_new(3);
    net_add(net, NET_PEER, 2);
    net_link(net, 1, 0);
    return net;
}

static void subscribe_both(struct net *net)
{
    for (int i = 0; i < 2; i++) {
        net_subscribe(net, i, TOPIC);
        net_subscribe(net, i, HARSH);
    }
    net_pass(net, 3 * S);
}

static void set(const struct net *net, const char *topic, double invalid_weight)
{
    struct ghm_score_topic_params params = params_of(invalid_weight);
    assert_int_equal(ghm_gossip_topic_params(net->nodes[0].gossip, ghm_bytes_text(topic), &params),
                     GHM_OK);
}

static void a_topic_is_judged_by_its_own(void **state)
{
    (void)state;
    for (int is_late = 0; is_late < 2; is_late++) {
        struct net *net = start();
        if (!is_late) set(net, HARSH, -100);
        subscribe_both(net);
        if (is_late) set(net, HARSH, -100);
        assert_in_range((int)cost_of_a_fault(net, TOPIC), 19, 21);
        assert_in_range((int)cost_of_a_fault(net, HARSH), 95, 105);
        net_free(net);
    }
}

/* Its slot is given to another topic, and when it comes back it is judged as before. */
static void numbers_go_with_the_name(void **state)
{
    (void)state;
    struct net *net = start();
    set(net, HARSH, -100);
    subscribe_both(net);
    ghm_gossip_unsubscribe(net->nodes[0].gossip, ghm_bytes_text(HARSH), net->now_ns);
    net_subscribe(net, 0, "/next/1");
    net_subscribe(net, 1, "/next/1");
    net_pass(net, 3 * S);
    assert_in_range((int)cost_of_a_fault(net, "/next/1"), 19, 21);
    net_subscribe(net, 0, HARSH);
    net_pass(net, 3 * S);
    assert_in_range((int)cost_of_a_fault(net, HARSH), 95, 105);
    net_free(net);
}

static void numbers_that_mean_nothing_are_refused(void **state)
{
    (void)state;
    struct net *net = start();
    struct ghm_gossip *gossip = net->nodes[0].gossip, *other;
    const double wrong[] = {NAN, INFINITY, 1e10, -1e10};
    for (size_t i = 0; i < 4; i++) {
        for (int field = 0; field < 4; field++) {
            struct ghm_score_topic_params params = params_of(-1);
            if (field == 0) params.weight = wrong[i];
            if (field == 1) params.invalid_weight = wrong[i];
            if (field == 2) params.first_decay = wrong[i];
            if (field == 3) params.mesh_threshold = wrong[i];
            assert_int_equal(ghm_gossip_topic_params(gossip, ghm_bytes_text("/x"), &params),
                             GHM_EINVAL);
            struct ghm_score_params all = ghm_score_defaults;
            struct ghm_gossip_config config = {
                .swarm = net->nodes[0].swarm, .identity = &net->nodes[0].key, .score_params = &all};
            all.topic = params;
            assert_int_equal(ghm_gossip_new(&other, &net->mem, &config, &net->nodes[0].entropy),
                             GHM_EINVAL);
        }
    }
    struct ghm_score_topic_params params = params_of(1); /* a reward for what is wrong */
    assert_false(ghm_score_is_valid(&params));
    params = params_of(-1);
    params.first_weight = -1;
    assert_false(ghm_score_is_valid(&params));
    params = params_of(-1);
    params.mesh_decay = 1.5;
    assert_false(ghm_score_is_valid(&params));
    assert_true(ghm_score_is_valid(&ghm_score_defaults.topic));
    assert_int_equal(ghm_gossip_topic_params(gossip, GHM_BYTES_NONE, &ghm_score_defaults.topic),
                     GHM_EINVAL);
    net_free(net);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(weights_are_found_by_name),
        cmocka_unit_test(a_topic_is_judged_by_its_own),
        cmocka_unit_test(numbers_go_with_the_name),
        cmocka_unit_test(numbers_that_mean_nothing_are_refused),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
