/* SPDX-License-Identifier: MIT */
#include "swarm/mdns.h"

#include "crypto/key.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>

#include <cmocka.h>

#define S GHM_NS_PER_S
#define NOW (100 * S)

struct node {
    struct ghm_mem mem;
    struct ghm_mdns mdns;
    struct ghm_peerid id;
    size_t queries, answers;
};

static struct ghm_peerid peer_of(int i)
{
    struct ghm_key key;
    struct ghm_peerid id;
    uint8_t seed[32] = {(uint8_t)i}, proto[GHM_KEY_ED25519_PROTO_LEN];
    ghm_key_from_seed(&key, seed);
    ghm_key_encode(proto, &key);
    ghm_peerid_of_key(&id, ghm_bytes(proto, sizeof proto));
    return id;
}

static void start_with(struct node *node, int i, const char *tag, bool has_loopback)
{
    struct ghm_entropy entropy;
    uint8_t seed[32] = {(uint8_t)i};
    *node = (struct node){.id = peer_of(i)};
    ghm_entropy_init(&entropy, seed);
    ghm_mem_init(&node->mem, NULL, 1 << 20);
    struct ghm_mdns_config config = {tag, node->id, has_loopback};
    assert_int_equal(ghm_mdns_init(&node->mdns, &node->mem, &config, &entropy, NOW), GHM_OK);
}

static void listen_at(struct node *node, const char *text)
{
    struct ghm_multiaddr addr;
    assert_int_equal(ghm_multiaddr_parse(&addr, text), GHM_OK);
    ghm_mdns_listen(&node->mdns, &addr);
}

static void start(struct node *node, int i)
{
    char text[64];
    start_with(node, i, NULL, false);
    snprintf(text, sizeof text, "/ip4/10.0.0.%d/tcp/9000", i);
    listen_at(node, text);
}

static void stop(struct node *node)
{
    ghm_mdns_fini(&node->mdns);
    assert_int_equal(node->mem.used_bytes, 0);
    ghm_mem_fini(&node->mem);
}

static void hear(struct node *nodes, size_t count, struct ghm_bytes message, uint64_t now_ns)
{
    for (size_t i = 0; i < count; i++) /* the sender too: multicast loops back */
        ghm_mdns_push(&nodes[i].mdns, message, now_ns);
}

/* Until `end_ns`, all that is said is heard by all. */
static void pass(struct node *nodes, size_t count, uint64_t end_ns)
{
    for (;;) {
        uint64_t now_ns = GHM_NEVER;
        for (size_t i = 0; i < count; i++)
            now_ns = ghm_deadline_first(now_ns, ghm_mdns_deadline(&nodes[i].mdns));
        if (now_ns > end_ns) return;
        for (size_t i = 0; i < count; i++) {
            struct ghm_bytes message;
            ghm_mdns_tick(&nodes[i].mdns, now_ns);
            while ((message = ghm_mdns_pull(&nodes[i].mdns)).len > 0) {
                bool is_answer = (message.ptr[2] & 0x80) != 0;
                nodes[i].answers += is_answer;
                nodes[i].queries += !is_answer;
                assert_true(message.len <= GHM_MDNS_OUT_MAX);
                hear(nodes, count, message, now_ns);
                ghm_mdns_pulled(&nodes[i].mdns);
            }
        }
    }
}

static void two_find_each_other_and_not_themselves(void **state)
{
    (void)state;
    struct node nodes[2];
    struct ghm_mdns_found found;
    char text[GHM_MULTIADDR_TEXT_MAX];
    start(&nodes[0], 1);
    start(&nodes[1], 2);
    pass(nodes, 2, NOW + S / 2);
    for (int i = 0; i < 2; i++) {
        assert_true(ghm_mdns_next(&nodes[i].mdns, &found));
        assert_true(ghm_peerid_equal(&found.peer, &nodes[1 - i].id));
        assert_int_equal(found.count, 1);
        ghm_multiaddr_text(text, &found.addrs[0]);
        assert_non_null(
            strstr(text, i == 0 ? "/ip4/10.0.0.2/tcp/9000/p2p/12D3" : "/ip4/10.0.0.1/"));
        assert_false(ghm_mdns_next(&nodes[i].mdns, &found));
        assert_int_equal(nodes[i].answers, 1);
    }
    stop(&nodes[0]);
    stop(&nodes[1]);
}

static void queries_grow_rare_and_answers_have_a_second_between(void **state)
{
    (void)state;
    struct node nodes[2];
    start(&nodes[0], 1);
    start(&nodes[1], 2);
    pass(nodes, 2, NOW + 3600 * S);
    /* at 0, 1, 3, 7, ... 511 s, then every 5 min */
    assert_in_range(nodes[0].queries, 9 + 10, 9 + 12);
    assert_in_range(nodes[0].answers, nodes[0].queries, 2 * nodes[0].queries);
    /* a flood of queries is answered once a second */
    size_t before = nodes[0].answers;
    uint64_t now_ns = NOW + 3700 * S;
    static const char query[] =
        "\0\0\0\0\0\1\0\0\0\0\0\0\x11_ghmesh-discovery\4_udp\5local\0\0\x0c\0\1";
    for (int i = 0; i < 5000; i++, now_ns += 2 * GHM_NS_PER_MS) {
        ghm_mdns_push(&nodes[0].mdns, ghm_bytes(query, sizeof query - 1), now_ns);
        pass(nodes, 1, now_ns);
    }
    assert_in_range(nodes[0].answers - before, 9, 11);
    stop(&nodes[0]);
    stop(&nodes[1]);
}

static void other_services_are_not_ours(void **state)
{
    (void)state;
    struct node nodes[2];
    struct ghm_mdns_found found;
    start(&nodes[0], 1);
    start_with(&nodes[1], 2, "_p2p._udp.local", false);
    listen_at(&nodes[1], "/ip4/10.0.0.2/tcp/9000");
    pass(nodes, 2, NOW + 5 * S);
    assert_false(ghm_mdns_next(&nodes[0].mdns, &found));
    assert_false(ghm_mdns_next(&nodes[1].mdns, &found));
    stop(&nodes[0]);
    stop(&nodes[1]);
}

static void loopback_is_told_and_taken_only_on_demand(void **state)
{
    (void)state;
    for (int taker = 0; taker < 2; taker++) {
        struct node nodes[2];
        struct ghm_mdns_found found;
        start_with(&nodes[0], 1, NULL, taker == 1);
        start_with(&nodes[1], 2, NULL, true);
        listen_at(&nodes[0], "/ip4/127.0.0.1/tcp/1");
        listen_at(&nodes[0], "/ip4/0.0.0.0/tcp/1");
        listen_at(&nodes[0], "/dnsaddr/example.org");
        listen_at(&nodes[1], "/ip4/127.0.0.1/tcp/2");
        assert_int_equal(nodes[0].mdns.addrs_count, taker);
        pass(nodes, 2, NOW + S);
        assert_int_equal(ghm_mdns_next(&nodes[0].mdns, &found), taker == 1);
        assert_int_equal(ghm_mdns_next(&nodes[1].mdns, &found), taker == 1);
        stop(&nodes[0]);
        stop(&nodes[1]);
    }
}

static void names_are_random_and_addresses_fit(void **state)
{
    (void)state;
    struct node nodes[2];
    struct ghm_mdns_found found;
    start_with(&nodes[0], 1, NULL, false);
    start_with(&nodes[1], 2, NULL, false);
    assert_false(ghm_dns_name_equal(&nodes[0].mdns.name, &nodes[1].mdns.name));
    assert_int_equal(nodes[0].mdns.name.bytes[0], 32);
    for (int i = 0; i < 40; i++)
        listen_at(&nodes[0], "/ip6/2001:db8:1111:2222:3333:4444:5555:6666/tcp/65535");
    assert_int_equal(nodes[0].mdns.addrs_count, GHM_MDNS_ADDRS_MAX);
    pass(nodes, 2, NOW + S / 2);
    assert_true(ghm_mdns_next(&nodes[1].mdns, &found));
    assert_in_range(found.count, 8, GHM_MDNS_ADDRS_MAX); /* as many as one datagram holds */
    stop(&nodes[0]);
    stop(&nodes[1]);
}

/* An answer of node 2, as it is sent. */
static size_t answer_of(struct node *node, uint8_t *ret_message)
{
    struct ghm_bytes message;
    ghm_mdns_tick(&node->mdns, NOW);
    assert_true(ghm_mdns_pull(&node->mdns).len > 0); /* the query */
    ghm_mdns_pulled(&node->mdns);
    ghm_mdns_tick(&node->mdns, NOW + S / 2);
    message = ghm_mdns_pull(&node->mdns);
    memcpy(ret_message, message.ptr, message.len);
    ghm_mdns_pulled(&node->mdns);
    return message.len;
}

/* The specification: the service's PTR is the answer, the TXT record stands in the additional
 * section, each address is a string of at most 255 bytes, and who asks answers itself too. */
static void answer_is_as_the_specification_says(void **state)
{
    (void)state;
    struct node node;
    uint8_t message[GHM_MDNS_OUT_MAX];
    struct ghm_dns_reader reader;
    struct ghm_dns_header header;
    struct ghm_dns_record record;
    struct ghm_dns_name service;
    struct ghm_bytes text;
    start(&node, 2);
    size_t len = answer_of(&node, message);
    assert_int_equal(ghm_dns_name_parse(&service, "_ghmesh-discovery._udp.local"), GHM_OK);
    assert_int_equal(ghm_dns_reader_init(&reader, &header, ghm_bytes(message, len)), GHM_OK);
    assert_int_equal(header.id, 0);
    assert_int_equal(header.flags, 0x8400);
    assert_int_equal(header.questions, 0);
    assert_int_equal(header.answers, 1);
    assert_int_equal(header.additionals, 1);
    assert_int_equal(ghm_dns_reader_record(&reader, &record), 1);
    assert_int_equal(record.type, GHM_DNS_PTR);
    assert_true(ghm_dns_name_equal(&record.name, &service));
    struct ghm_dns_name name = record.host;
    assert_int_equal(ghm_dns_reader_record(&reader, &record), 1);
    assert_int_equal(record.type, GHM_DNS_TXT);
    assert_true(ghm_dns_name_equal(&record.name, &name));
    assert_true(ghm_dns_text(&record.data, &text));
    assert_true(ghm_bytes_starts(text, ghm_bytes_text("dnsaddr=/ip4/10.0.0.2/tcp/9000/p2p/12D3")));
    assert_false(ghm_dns_text(&record.data, &text));
    assert_int_equal(ghm_dns_reader_record(&reader, &record), 0);
    stop(&node);
}

#define SERVICE "\x11_ghmesh-discovery\4_udp\5local"
#define PEER "12D3KooWD3eckifWpRn9wQpMG9R9hX3sD158z7EqHWmweQAJU5SA"
#define TEXT "dnsaddr=/ip4/10.0.0.9/tcp/1/p2p/" PEER

/* Others write the same with compressed names, with the TXT record among the answers, with other
 * strings beside the address. Names of before the specification (rust#1678) are another service's.
 */
static void answers_of_others_are_read(void **state)
{
    (void)state;
    static const char compressed[] =
        "\0\0\x84\0\0\0\0\1\0\0\0\1" SERVICE "\0\0\x0c\0\1\0\0\0\x78\0\6"
        "\3abc\xc0\x0c"
        "\xc0\x34\0\x10\x80\1\0\0\0\x78\0\x5a"
        "\4a=bc\x54" TEXT;
    static const char among_answers[] = "\0\0\x84\0\0\0\0\1\0\0\0\0"
                                        "\3abc" SERVICE "\0\0\x10\0\1\0\0\0\x78\0\x55\x54" TEXT;
    static const char legacy[] = "\0\0\x84\0\0\0\0\1\0\0\0\0"
                                 "\3abc\4_p2p\4_udp\5local\0\0\x10\0\1\0\0\0\x78\0\x55\x54" TEXT;
    assert_int_equal(strlen(TEXT), 0x54);
    struct node node;
    struct ghm_mdns_found found;
    start(&node, 1);
    ghm_mdns_push(&node.mdns, ghm_bytes(compressed, sizeof compressed - 1), NOW);
    assert_true(ghm_mdns_next(&node.mdns, &found));
    assert_int_equal(found.count, 1);
    ghm_mdns_push(&node.mdns, ghm_bytes(among_answers, sizeof among_answers - 1), NOW);
    assert_true(ghm_mdns_next(&node.mdns, &found));
    assert_int_equal(found.count, 1);
    ghm_mdns_push(&node.mdns, ghm_bytes(legacy, sizeof legacy - 1), NOW);
    assert_false(ghm_mdns_next(&node.mdns, &found));
    stop(&node);
}

static void finds_are_bounded(void **state)
{
    (void)state;
    struct node one, two;
    struct ghm_mdns_found found;
    uint8_t message[GHM_MDNS_OUT_MAX];
    start(&one, 1);
    start(&two, 2);
    size_t len = answer_of(&two, message), count = 0;
    for (int i = 0; i < 1000; i++)
        ghm_mdns_push(&one.mdns, ghm_bytes(message, len), NOW);
    assert_true(one.mem.peak_bytes <= GHM_MDNS_FINDS_MAX * sizeof(struct ghm_mdns_found));
    while (ghm_mdns_next(&one.mdns, &found))
        count++;
    assert_int_equal(count, GHM_MDNS_FINDS_MAX);
    stop(&one);
    stop(&two);
}

static void truncations_and_flips_are_survived(void **state)
{
    (void)state;
    struct node one, two;
    struct ghm_mdns_found found;
    uint8_t message[GHM_MDNS_OUT_MAX];
    start(&one, 1);
    start(&two, 2);
    size_t len = answer_of(&two, message);
    for (size_t cut = 0; cut < len; cut++) {
        ghm_mdns_push(&one.mdns, ghm_bytes(message, cut), NOW);
        assert_false(ghm_mdns_next(&one.mdns, &found));
    }
    for (size_t bit = 0; bit < len * 8; bit++) {
        uint8_t *copy = malloc(len);
        memcpy(copy, message, len);
        copy[bit / 8] ^= (uint8_t)(1 << bit % 8);
        ghm_mdns_push(&one.mdns, ghm_bytes(copy, len), NOW);
        while (ghm_mdns_next(&one.mdns, &found))
            assert_false(ghm_peerid_equal(&found.peer, &one.id));
        free(copy);
    }
    static const uint8_t large[GHM_MDNS_IN_MAX + 1] = {0};
    ghm_mdns_push(&one.mdns, ghm_bytes(large, sizeof large), NOW);
    stop(&one);
    stop(&two);
}

static void refused_memory_costs_one_message(void **state)
{
    (void)state;
    for (uint64_t n = 1; n < 12; n++) {
        struct node nodes[2];
        struct ghm_mdns_found found;
        start(&nodes[0], 1);
        start(&nodes[1], 2);
        nodes[0].mem.fail_after = n;
        nodes[1].mem.fail_after = n;
        pass(nodes, 2, NOW + 20 * S);
        assert_true(ghm_mdns_next(&nodes[0].mdns, &found));
        stop(&nodes[0]);
        stop(&nodes[1]);
    }
}

static void tag_must_be_a_name(void **state)
{
    (void)state;
    struct ghm_mem mem;
    struct ghm_mdns mdns;
    struct ghm_entropy entropy;
    uint8_t seed[32] = {1};
    struct ghm_mdns_config config = {.tag = "_a..local"};
    ghm_entropy_init(&entropy, seed);
    ghm_mem_init(&mem, NULL, 1 << 20);
    assert_int_equal(ghm_mdns_init(&mdns, &mem, &config, &entropy, NOW), GHM_EINVAL);
    ghm_mdns_fini(&mdns);
    ghm_mem_fini(&mem);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(two_find_each_other_and_not_themselves),
        cmocka_unit_test(queries_grow_rare_and_answers_have_a_second_between),
        cmocka_unit_test(other_services_are_not_ours),
        cmocka_unit_test(loopback_is_told_and_taken_only_on_demand),
        cmocka_unit_test(names_are_random_and_addresses_fit),
        cmocka_unit_test(answer_is_as_the_specification_says),
        cmocka_unit_test(answers_of_others_are_read),
        cmocka_unit_test(finds_are_bounded),
        cmocka_unit_test(truncations_and_flips_are_survived),
        cmocka_unit_test(refused_memory_costs_one_message),
        cmocka_unit_test(tag_must_be_a_name),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
