/* SPDX-License-Identifier: MIT */
/* Who comes in and who must go: trimming, what peers tell, and hostile peers. */
#include "swarm/admission.h"

#include "wire/proto.h"
#include "wire/varint.h"
#include "world.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>

#include <cmocka.h>

#define S GHM_NS_PER_S
#define KIB ((size_t)1024)

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
    struct world *w = world_new(2);
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

static void assert_pings(struct world *w, int from, int to)
{
    size_t before = world_count(w, from, GHM_SWARM_PINGED);
    assert_int_equal(ghm_swarm_ping(swarm_of(w, from), id_of(w, to), w->now_ns), GHM_OK);
    world_settle(w);
    assert_int_equal(world_count(w, from, GHM_SWARM_PINGED), before + 1);
    assert_int_equal(world_last(w, from, GHM_SWARM_PINGED)->error, GHM_OK);
}

static bool has_peer(const struct world *w, int i, int peer)
{
    return ghm_peers_find(&swarm_of(w, i)->peers, id_of(w, peer)) != NULL;
}

/* ---- trimming ---- */

static const struct ghm_swarm_config tight = {.connections_high = 4, .connections_low = 2};

static void over_high_water_the_least_useful_go_after_their_grace(void **state)
{
    (void)state;
    struct world *w = world_new_with(7, &tight);
    for (int i = 1; i < 7; i++)
        dial(w, i, 0);
    open_stream(w, 2, 0, HOLD);
    world_settle(w);
    assert_int_equal(ghm_swarm_protect(swarm_of(w, 0), id_of(w, 5), true), GHM_OK);
    world_pass(w, 19 * S);
    assert_int_equal(ghm_swarm_peers_count(swarm_of(w, 0)), 6); /* none has had its time */
    world_pass(w, 6 * S);
    assert_int_equal(ghm_swarm_peers_count(swarm_of(w, 0)), 2);
    assert_true(has_peer(w, 0, 2) && has_peer(w, 0, 5));
    assert_int_equal(world_count(w, 0, GHM_SWARM_CLOSE), 4);
    assert_int_equal(world_count(w, 3, GHM_SWARM_PEER_DOWN), 1);
    world_pass(w, 60 * S);
    assert_int_equal(ghm_swarm_peers_count(swarm_of(w, 0)), 2);
    world_free(w);
}

static void protected_and_bootstrap_peers_are_never_trimmed(void **state)
{
    (void)state;
    struct world *w = world_new_with(7, &tight);
    for (int i = 1; i < 4; i++)
        world_bootstrap(w, 0, i, i % 2 == 0);
    for (int i = 4; i < 7; i++)
        dial(w, i, 0);
    for (int i = 4; i < 7; i++)
        assert_int_equal(ghm_swarm_protect(swarm_of(w, 0), id_of(w, i), true), GHM_OK);
    world_pass(w, 60 * S);
    assert_int_equal(ghm_swarm_peers_count(swarm_of(w, 0)), 6);
    assert_int_equal(world_count(w, 0, GHM_SWARM_PEER_DOWN), 0);
    assert_int_equal(ghm_swarm_protect(swarm_of(w, 0), id_of(w, 6), false), GHM_OK);
    world_pass(w, 6 * S);
    assert_int_equal(ghm_swarm_peers_count(swarm_of(w, 0)), 5);
    assert_false(has_peer(w, 0, 6));
    assert_int_equal(ghm_swarm_protect(swarm_of(w, 0), id_of(w, 6), true), GHM_ENOTFOUND);
    world_free(w);
}

static void at_high_water_nobody_goes(void **state)
{
    (void)state;
    struct world *w = world_new_with(5, &tight);
    for (int i = 1; i < 5; i++)
        dial(w, i, 0);
    world_pass(w, 120 * S);
    assert_int_equal(ghm_swarm_peers_count(swarm_of(w, 0)), 4);
    world_free(w);
}

/* ---- what peers tell ---- */

static void identify_tells_all_of_it(void **state)
{
    (void)state;
    struct world *w = connected_pair();
    struct ghm_swarm_told told;
    struct ghm_multiaddr own = world_addr(w, 0, false), observed;
    assert_int_equal(ghm_swarm_peer_told(swarm_of(w, 1), &told, id_of(w, 0)), GHM_OK);
    assert_string_equal(told.agent_version, "world/1");
    assert_true(ghm_identify_lists(told.protocols, ECHO));
    assert_int_equal(told.listen_count, 1);
    assert_true(ghm_multiaddr_equal(&told.listen[0], &own));
    assert_int_equal(told.signed_record.len, 0);
    assert_int_equal(ghm_multiaddr_decode(&observed, told.observed), GHM_OK);
    struct ghm_multiaddr dialed = world_addr(w, 1, false);
    assert_true(ghm_multiaddr_equal(&observed, &dialed));
    assert_int_equal(ghm_swarm_peer_told(swarm_of(w, 1), &told, id_of(w, 1)), GHM_ENOTFOUND);
    world_free(w);
}

static void new_addresses_are_pushed_once_after_a_second(void **state)
{
    (void)state;
    struct world *w = connected_pair();
    struct ghm_multiaddr addr;
    struct ghm_swarm_told told;
    for (int port = 1; port < 4; port++) {
        assert_int_equal(ghm_multiaddr_of_tcp(&addr, "10.5.5.5", (uint16_t)port, GHM_BYTES_NONE),
                         GHM_OK);
        assert_int_equal(ghm_swarm_listen_add(swarm_of(w, 0), &addr), GHM_OK);
    }
    world_pass(w, S - 1);
    assert_int_equal(world_count(w, 1, GHM_SWARM_IDENTIFIED), 1);
    world_pass(w, 1);
    assert_int_equal(world_count(w, 1, GHM_SWARM_IDENTIFIED), 2);
    assert_int_equal(ghm_swarm_peer_told(swarm_of(w, 1), &told, id_of(w, 0)), GHM_OK);
    assert_int_equal(told.listen_count, 4);
    assert_true(ghm_multiaddr_equal(&told.listen[3], &addr));
    world_pass(w, 20 * S);
    assert_int_equal(world_count(w, 1, GHM_SWARM_IDENTIFIED), 2);
    assert_int_equal(world_count(w, 0, GHM_SWARM_STREAM_CLOSED), 0); /* nobody's business */
    world_free(w);
}

/* ---- hostile peers ---- */

static int knock(struct world *w, int to, const char *ip, uint32_t *ret_number)
{
    struct ghm_multiaddr remote;
    assert_int_equal(ghm_multiaddr_of_tcp(&remote, ip, 40000, GHM_BYTES_NONE), GHM_OK);
    return ghm_swarm_accept(swarm_of(w, to), ret_number, &remote, w->now_ns);
}

/* Ten thousand sockets in a second, each of which says one byte and no more: at most 64 of them are
 * held, in at most 512 KiB, and who is connected does not notice. */
static void ten_thousand_half_open_connections_are_bounded(void **state)
{
    (void)state;
    struct world *w = connected_pair();
    size_t before = w->nodes[1].mem.used_bytes, most = 0, accepted = 0;
    char ip[32];
    for (int i = 0; i < 10000; i++) {
        uint32_t number;
        snprintf(ip, sizeof ip, "11.%d.%d.1", i / 250, i % 250);
        if (knock(w, 1, ip, &number) == GHM_OK) {
            ghm_swarm_push(swarm_of(w, 1), number, ghm_bytes_text("\x13"), w->now_ns);
            accepted++;
        }
        if (w->nodes[1].mem.used_bytes > most) most = w->nodes[1].mem.used_bytes;
        world_pass(w, S / 10000);
    }
    print_message("10 000 half-open connections: %zu held, %zu KiB\n", accepted,
                  (most - before) / KIB);
    assert_int_equal(accepted, 64);
    assert_true(most - before < 512 * KIB);
    assert_pings(w, 0, 1);
    world_pass(w, 10 * S); /* all of them are cut */
    assert_int_equal(world_count(w, 1, GHM_SWARM_CLOSE), 64);
    assert_int_equal(world_count(w, 1, GHM_SWARM_PEER_DOWN), 0);
    /* what stays is who came lately, for a second */
    assert_true(w->nodes[1].mem.used_bytes - before < 64 * KIB);
    world_free(w);
}

/* One address holds all that it may, a byte a second each: others come and go as ever. */
static void slow_loris_of_one_address_hinders_nobody_else(void **state)
{
    (void)state;
    struct world *w = world_new(3);
    static const char hello[] = "\x13/multistream/1.0.0\n";
    size_t sockets[40], open = 0;
    for (int i = 0; i < 40; i++) {
        sockets[i] = world_knock(w, 0, "10.6.6.6");
        open += w->sockets[sockets[i]].is_open;
        world_pass(w, S / 5);
    }
    assert_int_equal(open, 8);
    for (int i = 0; i < 3; i++) {
        for (int j = 0; j < 40; j++) {
            if (w->sockets[sockets[j]].is_open) world_say(w, sockets[j], ghm_bytes(&hello[i], 1));
        }
        world_settle(w);
        dial(w, 1 + i % 2, 0);
        world_pass(w, S / 3);
    }
    assert_int_equal(ghm_swarm_peers_count(swarm_of(w, 0)), 2);
    assert_pings(w, 1, 0);
    world_pass(w, 10 * S);
    assert_int_equal(world_count(w, 0, GHM_SWARM_PEER_DOWN), 0);
    for (int i = 0; i < 40; i++)
        assert_false(w->sockets[sockets[i]].is_open);
    world_free(w);
}

static void one_protocol_takes_thirty_two_streams(void **state)
{
    (void)state;
    struct world *w = connected_pair();
    struct ghm_stream streams[40];
    for (int i = 0; i < 40; i++) {
        streams[i] = open_stream(w, 0, 1, HOLD);
        world_settle(w);
    }
    assert_int_equal(world_count(w, 1, GHM_SWARM_STREAM_OPENED), 32);
    assert_int_equal(world_count(w, 1, GHM_SWARM_STREAM_CLOSED), 0); /* not even of the others */
    assert_int_equal(world_count(w, 0, GHM_SWARM_STREAM_CLOSED), 8);
    open_stream(w, 0, 1, ECHO);
    open_stream(w, 1, 0, HOLD); /* the other way is another matter */
    world_settle(w);
    assert_string_equal(world_last(w, 1, GHM_SWARM_STREAM_OPENED)->protocol, ECHO);
    assert_int_equal(world_count(w, 1, GHM_SWARM_STREAM_READY), 1);
    assert_pings(w, 0, 1);
    /* one that ends makes room for one */
    ghm_swarm_reset(swarm_of(w, 0), streams[3]);
    world_settle(w);
    open_stream(w, 0, 1, HOLD);
    open_stream(w, 0, 1, HOLD);
    world_settle(w);
    assert_int_equal(world_count(w, 1, GHM_SWARM_STREAM_OPENED), 34);
    world_free(w);
}

/* A peer opens streams and resets them, and pings, as fast as it can: what it costs is bounded, and
 * another peer is served as before. */
static void floods_of_one_peer_are_not_felt_by_another(void **state)
{
    (void)state;
    struct world *w = world_new(3);
    dial(w, 0, 2);
    dial(w, 1, 2);
    uint8_t payload[32] = {1};
    size_t before = w->nodes[2].mem.used_bytes;
    for (int i = 0; i < 300; i++) {
        struct ghm_stream streams[24];
        w->nodes[0].events_count = 0;
        w->nodes[2].events_count = 0;
        for (int j = 0; j < 24; j++) {
            streams[j] = open_stream(w, 0, 2, j % 2 == 0 ? "/ipfs/ping/1.0.0" : HOLD);
            assert_int_equal(ghm_swarm_write(swarm_of(w, 0), streams[j], ghm_bytes(payload, 32)),
                             GHM_OK);
        }
        world_settle(w);
        for (int j = 0; j < 24; j++)
            ghm_swarm_reset(swarm_of(w, 0), streams[j]);
        if (i % 50 == 0) assert_pings(w, 1, 2);
    }
    world_settle(w);
    assert_true(w->nodes[2].mem.peak_bytes - before < 256 * KIB);
    assert_int_equal(world_count(w, 1, GHM_SWARM_PEER_DOWN), 0);
    assert_pings(w, 1, 2);
    world_free(w);
}

/* A peer sends as much as windows allow on all of its streams and the owner reads nothing: its
 * connection stays within its bound, and another is served as before. */
static void unread_streams_of_one_peer_are_not_felt_by_another(void **state)
{
    (void)state;
    struct world *w = world_new(3);
    static uint8_t most[262144];
    dial(w, 0, 2);
    dial(w, 1, 2);
    for (int i = 0; i < 32; i++) {
        struct ghm_stream stream = open_stream(w, 0, 2, HOLD);
        assert_int_equal(ghm_swarm_write(swarm_of(w, 0), stream, ghm_bytes(most, sizeof most)),
                         GHM_OK);
        world_settle(w);
    }
    assert_true(w->nodes[2].mem.used_bytes > 32 * (sizeof most - KIB));
    assert_true(w->nodes[2].mem.peak_bytes < GHM_LINK_MEM_MAX);
    assert_pings(w, 1, 2);
    ghm_swarm_disconnect(swarm_of(w, 2), id_of(w, 0), w->now_ns);
    world_settle(w);
    assert_true(w->nodes[2].mem.used_bytes < 64 * KIB);
    world_free(w);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(over_high_water_the_least_useful_go_after_their_grace),
        cmocka_unit_test(protected_and_bootstrap_peers_are_never_trimmed),
        cmocka_unit_test(at_high_water_nobody_goes),
        cmocka_unit_test(identify_tells_all_of_it),
        cmocka_unit_test(new_addresses_are_pushed_once_after_a_second),
        cmocka_unit_test(ten_thousand_half_open_connections_are_bounded),
        cmocka_unit_test(slow_loris_of_one_address_hinders_nobody_else),
        cmocka_unit_test(one_protocol_takes_thirty_two_streams),
        cmocka_unit_test(floods_of_one_peer_are_not_felt_by_another),
        cmocka_unit_test(unread_streams_of_one_peer_are_not_felt_by_another),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
