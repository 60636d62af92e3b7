/* SPDX-License-Identifier: MIT */
/* What peers tell of their addresses, and their signed records. */
#include "swarm/hearsay.h"

#include "crypto/peerrecord.h"
#include "wire/proto.h"
#include "wire/varint.h"
#include "world.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>

#include <cmocka.h>

#define S GHM_NS_PER_S
#define SEQ 1000

static const struct ghm_swarm_config with_records = {.record_seq = SEQ};

static struct ghm_swarm *swarm_of(const struct world *w, int i)
{
    return w->nodes[i].swarm;
}

static const struct ghm_peerid *id_of(const struct world *w, int i)
{
    return &w->nodes[i].id;
}

static void dial(struct world *w, int from, int to)
{
    uint32_t number;
    struct ghm_multiaddr addr = world_addr(w, to, true);
    assert_int_equal(ghm_swarm_dial(swarm_of(w, from), &number, &addr, w->now_ns), GHM_OK);
    world_settle(w);
}

static struct world *connected_pair(void)
{
    struct world *w = world_new_with(3, &with_records);
    dial(w, 0, 1);
    assert_int_equal(ghm_swarm_peers_count(swarm_of(w, 1)), 1);
    return w;
}

static struct ghm_stream open_stream(struct world *w, int from, int to, const char *protocol)
{
    struct ghm_stream stream;
    assert_int_equal(ghm_swarm_open(swarm_of(w, from), &stream, id_of(w, to), protocol, w->now_ns),
                     GHM_OK);
    return stream;
}

/* Push `fields` of a message by hand, from node 0 to node 1. */
static void push_by_hand(struct world *w, const struct ghm_buf *fields)
{
    struct ghm_stream push = open_stream(w, 0, 1, "/ipfs/id/push/1.0.0");
    uint8_t head[GHM_VARINT_LEN_MAX];
    size_t head_len = ghm_varint_encode(head, ghm_buf_len(fields));
    assert_int_equal(ghm_swarm_write(swarm_of(w, 0), push, ghm_bytes(head, head_len)), GHM_OK);
    assert_int_equal(ghm_swarm_write(swarm_of(w, 0), push, ghm_buf_bytes(fields)), GHM_OK);
    ghm_swarm_finish(swarm_of(w, 0), push);
    world_settle(w);
}

static void add_listen(struct ghm_buf *fields, const char *text)
{
    struct ghm_multiaddr addr;
    assert_int_equal(ghm_multiaddr_parse(&addr, text), GHM_OK);
    assert_int_equal(ghm_proto_append_bytes(fields, 2, ghm_bytes(addr.bytes, addr.len)), GHM_OK);
}

static void useless_addresses_are_not_kept(void **state)
{
    (void)state;
    struct world *w = connected_pair();
    struct ghm_swarm_told told;
    struct ghm_buf fields;
    char text[GHM_MULTIADDR_TEXT_MAX], other[GHM_PEERID_TEXT_MAX];
    ghm_buf_init(&fields, &w->mem, 4096);
    ghm_peerid_text(other, id_of(w, 1));
    snprintf(text, sizeof text, "/ip4/10.7.7.7/tcp/1/p2p/%s", other);
    add_listen(&fields, text); /* another's */
    add_listen(&fields, "/ip4/0.0.0.0/tcp/9000");
    add_listen(&fields, "/ip6/::/tcp/9000");
    add_listen(&fields, "/ip4/127.0.0.1/tcp/9000"); /* it is not on this machine */
    add_listen(&fields, "/ip4/10.0.0.2/tcp/9000");  /* where node 1 itself listens */
    add_listen(&fields, "/dnsaddr/example.org");
    assert_int_equal(ghm_proto_append_bytes(&fields, 2, ghm_bytes_text("\xff?")), GHM_OK);
    add_listen(&fields, "/ip4/10.0.0.2/tcp/9001");
    push_by_hand(w, &fields);
    assert_int_equal(ghm_swarm_peer_told(swarm_of(w, 1), &told, id_of(w, 0)), GHM_OK);
    assert_int_equal(told.listen_count, 1);
    ghm_multiaddr_text(text, &told.listen[0]);
    assert_string_equal(text, "/ip4/10.0.0.2/tcp/9001");
    ghm_buf_fini(&fields);
    world_free(w);
}

static void what_a_push_leaves_out_stays(void **state)
{
    (void)state;
    struct world *w = connected_pair();
    struct ghm_swarm_told told;
    struct ghm_buf fields;
    ghm_buf_init(&fields, &w->mem, 4096);
    assert_int_equal(ghm_proto_append_bytes(&fields, 3, ghm_bytes_text(ECHO)), GHM_OK);
    push_by_hand(w, &fields);
    assert_int_equal(ghm_swarm_peer_told(swarm_of(w, 1), &told, id_of(w, 0)), GHM_OK);
    assert_string_equal(told.agent_version, "world/1");
    assert_int_equal(told.certified_count, 1);
    assert_int_equal(told.listen_count, 1);
    assert_true(ghm_swarm_peer_speaks(swarm_of(w, 1), id_of(w, 0), ECHO));
    assert_true(told.observed.len > 0);
    ghm_buf_clear(&fields);
    assert_int_equal(ghm_proto_append_bytes(&fields, 6, ghm_bytes_text("newer/2")), GHM_OK);
    push_by_hand(w, &fields);
    assert_int_equal(ghm_swarm_peer_told(swarm_of(w, 1), &told, id_of(w, 0)), GHM_OK);
    assert_string_equal(told.agent_version, "newer/2");
    assert_int_equal(told.certified_count, 1);
    ghm_buf_fini(&fields);
    world_free(w);
}

/* ---- signed records ---- */

/* What node 1 knows of node 0. */
static struct ghm_swarm_told told_of(const struct world *w)
{
    struct ghm_swarm_told told;
    assert_int_equal(ghm_swarm_peer_told(swarm_of(w, 1), &told, id_of(w, 0)), GHM_OK);
    return told;
}

static uint64_t refused(const struct world *w)
{
    return ghm_swarm_counts(swarm_of(w, 1))->refused_records;
}

static struct ghm_peerrecord open_record(struct world *w, struct ghm_bytes envelope)
{
    struct ghm_peerrecord record;
    assert_int_equal(ghm_peerrecord_open(&record, &w->mem, envelope), GHM_OK);
    return record;
}

static void push_record(struct world *w, struct ghm_bytes envelope)
{
    struct ghm_buf fields;
    ghm_buf_init(&fields, &w->mem, 8192);
    assert_int_equal(ghm_proto_append_bytes(&fields, 8, envelope), GHM_OK);
    push_by_hand(w, &fields);
    ghm_buf_fini(&fields);
}

/* A record of `count` addresses 10.9.9.9, signed by node `signer`. */
static void push_signed(struct world *w, int signer, uint64_t seq, size_t count)
{
    struct ghm_buf envelope;
    struct ghm_multiaddr addrs[4];
    ghm_buf_init(&envelope, &w->mem, 8192);
    for (size_t i = 0; i < count; i++)
        assert_int_equal(
            ghm_multiaddr_of_tcp(&addrs[i], "10.9.9.9", (uint16_t)(i + 1), GHM_BYTES_NONE), GHM_OK);
    assert_int_equal(ghm_peerrecord_append(&envelope, &w->nodes[signer].key, seq, addrs, count),
                     GHM_OK);
    push_record(w, ghm_buf_bytes(&envelope));
    ghm_buf_fini(&envelope);
}

static void our_record_is_told_and_certified(void **state)
{
    (void)state;
    struct world *w = connected_pair();
    struct ghm_multiaddr own = world_addr(w, 0, false);
    struct ghm_swarm_told told = told_of(w);
    assert_int_equal(told.certified_count, 1);
    assert_true(ghm_multiaddr_equal(&told.certified[0], &own));
    struct ghm_peerrecord record = open_record(w, told.signed_record);
    assert_int_equal(record.seq, SEQ + 1);
    assert_true(ghm_peerid_equal(&record.peer, id_of(w, 0)));
    assert_true(ghm_bytes_equal(ghm_swarm_record(swarm_of(w, 1), id_of(w, 0)), told.signed_record));
    assert_int_equal(ghm_swarm_record(swarm_of(w, 1), id_of(w, 2)).len, 0);
    assert_int_equal(ghm_swarm_counts(swarm_of(w, 1))->records, 1);
    assert_int_equal(refused(w), 0);
    world_free(w);
}

static void without_a_number_no_record_is_told(void **state)
{
    (void)state;
    struct world *w = world_new(2);
    dial(w, 0, 1);
    struct ghm_swarm_told told = told_of(w);
    assert_int_equal(told.signed_record.len, 0);
    assert_int_equal(told.certified_count, 0);
    assert_int_equal(refused(w), 0);
    world_free(w);
}

static void each_change_has_a_larger_number(void **state)
{
    (void)state;
    struct world *w = connected_pair();
    struct ghm_multiaddr addr;
    for (int port = 1; port < 4; port++) {
        assert_int_equal(ghm_multiaddr_of_tcp(&addr, "10.5.5.5", (uint16_t)port, GHM_BYTES_NONE),
                         GHM_OK);
        assert_int_equal(ghm_swarm_listen_add(swarm_of(w, 0), &addr), GHM_OK);
    }
    world_pass(w, 2 * S);
    struct ghm_swarm_told told = told_of(w);
    assert_int_equal(told.certified_count, 4);
    assert_int_equal(open_record(w, told.signed_record).seq, SEQ + 4);
    assert_int_equal(ghm_swarm_counts(swarm_of(w, 1))->records, 2);
    world_free(w);
}

static void the_same_record_again_is_no_offence(void **state)
{
    (void)state;
    struct world *w = connected_pair();
    dial(w, 1, 0);
    dial(w, 0, 1);
    assert_int_equal(ghm_swarm_counts(swarm_of(w, 1))->records, 1);
    assert_int_equal(refused(w), 0);
    world_free(w);
}

static void only_a_newer_record_counts(void **state)
{
    (void)state;
    struct world *w = connected_pair();
    push_signed(w, 0, SEQ + 1, 2);
    assert_int_equal(refused(w), 1);
    push_signed(w, 0, SEQ, 2);
    assert_int_equal(refused(w), 2);
    assert_int_equal(told_of(w).certified_count, 1);
    push_signed(w, 0, SEQ + 2, 3);
    assert_int_equal(refused(w), 2);
    assert_int_equal(told_of(w).certified_count, 3);
    assert_int_equal(told_of(w).listen_count, 1); /* hearsay is kept apart */
    world_free(w);
}

/* The record stays whole, for others; ourselves and our own machine are nothing to dial. */
static void certified_addresses_are_worth_dialing(void **state)
{
    (void)state;
    static const char *const texts[] = {"/ip4/127.0.0.1/tcp/9000", "/ip4/10.0.0.2/tcp/9000",
                                        "/ip4/0.0.0.0/tcp/9000", "/ip4/10.9.9.9/tcp/1"};
    struct world *w = connected_pair();
    struct ghm_buf envelope;
    struct ghm_multiaddr addrs[4];
    ghm_buf_init(&envelope, &w->mem, 8192);
    for (size_t i = 0; i < 4; i++)
        assert_int_equal(ghm_multiaddr_parse(&addrs[i], texts[i]), GHM_OK);
    assert_int_equal(ghm_peerrecord_append(&envelope, &w->nodes[0].key, SEQ + 2, addrs, 4), GHM_OK);
    push_record(w, ghm_buf_bytes(&envelope));
    assert_int_equal(told_of(w).certified_count, 1);
    assert_true(ghm_multiaddr_equal(&told_of(w).certified[0], &addrs[3]));
    assert_int_equal(open_record(w, told_of(w).signed_record).addrs_count, 4);
    ghm_buf_fini(&envelope);
    world_free(w);
}

/* Rightly signed by node 2, and so of node 2: not what node 0 may tell of itself. */
static void another_peers_record_is_refused(void **state)
{
    (void)state;
    struct world *w = connected_pair();
    push_signed(w, 2, SEQ + 9, 2);
    assert_int_equal(refused(w), 1);
    assert_int_equal(told_of(w).certified_count, 1);
    assert_int_equal(ghm_swarm_record(swarm_of(w, 1), id_of(w, 2)).len, 0);
    world_free(w);
}

static void every_flipped_bit_is_refused(void **state)
{
    (void)state;
    struct world *w = connected_pair();
    struct ghm_buf envelope;
    struct ghm_multiaddr addr = world_addr(w, 2, false);
    ghm_buf_init(&envelope, &w->mem, 8192);
    assert_int_equal(ghm_peerrecord_append(&envelope, &w->nodes[0].key, SEQ + 5, &addr, 1), GHM_OK);
    struct ghm_bytes view = ghm_buf_bytes(&envelope);
    for (size_t i = 0; i < view.len; i++) {
        uint8_t *byte = envelope.ptr + envelope.start + i;
        *byte ^= 0x10;
        push_record(w, view);
        *byte ^= 0x10;
    }
    assert_int_equal(refused(w), view.len);
    struct ghm_peerrecord held = open_record(w, told_of(w).signed_record);
    assert_int_equal(held.seq, SEQ + 1);
    push_record(w, view);
    assert_int_equal(refused(w), view.len);
    assert_int_equal(told_of(w).certified_count, 1);
    assert_true(ghm_multiaddr_equal(&told_of(w).certified[0], &addr));
    ghm_buf_fini(&envelope);
    world_free(w);
}

/* A wrong record spoils nothing else of the message: an old implementation signs another domain. */
static void the_rest_of_the_message_counts(void **state)
{
    (void)state;
    struct world *w = connected_pair();
    struct ghm_buf fields;
    ghm_buf_init(&fields, &w->mem, 4096);
    assert_int_equal(ghm_proto_append_bytes(&fields, 6, ghm_bytes_text("newer/2")), GHM_OK);
    assert_int_equal(ghm_proto_append_bytes(&fields, 8, ghm_bytes_text("an envelope")), GHM_OK);
    push_by_hand(w, &fields);
    assert_string_equal(told_of(w).agent_version, "newer/2");
    assert_int_equal(refused(w), 1);
    assert_int_equal(ghm_swarm_peers_count(swarm_of(w, 1)), 1);
    ghm_buf_fini(&fields);
    world_free(w);
}

static void certified_addresses_lead_to_the_peer(void **state)
{
    (void)state;
    struct world *w = connected_pair();
    struct ghm_buf fields;
    ghm_buf_init(&fields, &w->mem, 4096);
    add_listen(&fields, "/ip4/10.77.0.1/tcp/9000"); /* by hearsay it is elsewhere */
    push_by_hand(w, &fields);
    ghm_buf_fini(&fields);
    world_cut_all(w);
    world_settle(w);
    assert_int_equal(ghm_swarm_peers_count(swarm_of(w, 1)), 0);
    assert_int_equal(ghm_swarm_reach(swarm_of(w, 1), id_of(w, 0), NULL, 0, w->now_ns), GHM_OK);
    world_pass(w, 2 * S);
    assert_int_equal(ghm_swarm_peers_count(swarm_of(w, 1)), 1);
    world_free(w);
}

/* What 16 addresses as long as can be, and many protocols, leave room for. */
static void a_long_record_is_cut_and_the_message_stays_small(void **state)
{
    (void)state;
    struct world *w = world_new_with(2, &with_records);
    char text[GHM_MULTIADDR_TEXT_MAX], name[201];
    struct ghm_multiaddr addr;
    memset(name, 'n', sizeof name);
    for (int i = 0; i < 15; i++) {
        snprintf(text, sizeof text, "/dns4/%.60s.%.60s.%.60s/tcp/%d", name, name, name, i + 1);
        assert_int_equal(ghm_multiaddr_parse(&addr, text), GHM_OK);
        assert_int_equal(ghm_swarm_listen_add(swarm_of(w, 0), &addr), GHM_OK);
    }
    dial(w, 0, 1);
    struct ghm_swarm_told told = told_of(w);
    assert_in_range(told.signed_record.len, 1700, GHM_IDENTIFY_RECORD_TOLD_MAX);
    assert_in_range(told.certified_count, 8, 12);
    assert_in_range(told.listen_count, 8, 12);
    assert_int_equal(open_record(w, told.signed_record).addrs_count, told.certified_count);
    world_free(w);
}

/* ---- the links ---- */

/* Node 0 dials node 1 on a day. */
static bool connects(enum ghm_link_security security, int64_t date_s)
{
    const struct ghm_swarm_config config = {.security = security};
    struct world *w = world_new_with(2, &config);
    for (int i = 0; i < 2; i++)
        ghm_swarm_date(swarm_of(w, i), date_s);
    dial(w, 0, 1);
    bool is_up = ghm_swarm_peers_count(swarm_of(w, 0)) == 1;
    world_free(w);
    return is_up;
}

static void security_and_date_reach_the_links(void **state)
{
    (void)state;
    const int64_t too_late_s = INT64_C(70000000000); /* certificates of ours end in 4096 */
    assert_true(connects(GHM_LINK_TLS, 0));
    assert_true(connects(GHM_LINK_TLS, 1800000000));
    assert_false(connects(GHM_LINK_TLS, too_late_s));
    assert_true(connects(GHM_LINK_NOISE, too_late_s)); /* which has no certificates */
    assert_true(connects(GHM_LINK_NOISE_THEN_TLS, too_late_s));
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(useless_addresses_are_not_kept),
        cmocka_unit_test(what_a_push_leaves_out_stays),
        cmocka_unit_test(our_record_is_told_and_certified),
        cmocka_unit_test(without_a_number_no_record_is_told),
        cmocka_unit_test(each_change_has_a_larger_number),
        cmocka_unit_test(the_same_record_again_is_no_offence),
        cmocka_unit_test(only_a_newer_record_counts),
        cmocka_unit_test(certified_addresses_are_worth_dialing),
        cmocka_unit_test(another_peers_record_is_refused),
        cmocka_unit_test(every_flipped_bit_is_refused),
        cmocka_unit_test(the_rest_of_the_message_counts),
        cmocka_unit_test(certified_addresses_lead_to_the_peer),
        cmocka_unit_test(a_long_record_is_cut_and_the_message_stays_small),
        cmocka_unit_test(security_and_date_reach_the_links),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
