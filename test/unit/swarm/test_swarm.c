/* SPDX-License-Identifier: MIT */
#include "link/link.h"
#include "world.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>

#include <cmocka.h>

static const struct ghm_peerid *id_of(const struct world *w, int i)
{
    return &w->nodes[i].id;
}

static struct ghm_swarm *swarm_of(const struct world *w, int i)
{
    return w->nodes[i].swarm;
}

static struct world *connected_pair(void)
{
    struct world *w = world_new(2);
    world_bootstrap(w, 0, 1, true);
    world_settle(w);
    assert_int_equal(world_count(w, 0, GHM_SWARM_PEER_UP), 1);
    assert_int_equal(world_count(w, 1, GHM_SWARM_PEER_UP), 1);
    return w;
}

static void two_connect_and_identify(void **state)
{
    (void)state;
    struct world *w = connected_pair();
    for (int i = 0; i < 2; i++) {
        assert_int_equal(ghm_swarm_peers_count(swarm_of(w, i)), 1);
        assert_int_equal(world_count(w, i, GHM_SWARM_IDENTIFIED), 1);
        assert_true(ghm_peerid_equal(&world_last(w, i, GHM_SWARM_PEER_UP)->peer, id_of(w, 1 - i)));
        assert_true(ghm_swarm_peer_speaks(swarm_of(w, i), id_of(w, 1 - i), ECHO));
        assert_true(ghm_swarm_peer_speaks(swarm_of(w, i), id_of(w, 1 - i), "/ipfs/ping/1.0.0"));
        assert_false(ghm_swarm_peer_speaks(swarm_of(w, i), id_of(w, 1 - i), "/test/echo"));
        assert_false(ghm_swarm_peer_speaks(swarm_of(w, i), id_of(w, i), ECHO));
    }
    world_free(w);
}

/* How many of two become each other's peers, when one of them was told a date. */
static size_t up_on(enum ghm_link_security security, int dated, int64_t date_s)
{
    const struct ghm_swarm_config config = {.security = security};
    struct world *w = world_new_with(2, &config);
    ghm_swarm_date(swarm_of(w, dated), date_s);
    world_bootstrap(w, 0, 1, true);
    world_settle(w);
    size_t count = ghm_swarm_peers_count(swarm_of(w, 0)) + ghm_swarm_peers_count(swarm_of(w, 1));
    world_free(w);
    return count;
}

/* Only TLS has dates, and ours are good from 1975 on. */
static void security_and_date_are_the_owners(void **state)
{
    (void)state;
    for (int dated = 0; dated < 2; dated++) {
        assert_int_equal(up_on(GHM_LINK_NOISE, dated, 1), 2);
        assert_int_equal(up_on(GHM_LINK_TLS, dated, 0), 2);
        assert_int_equal(up_on(GHM_LINK_TLS, dated, 1700000000), 2);
        assert_int_equal(up_on(GHM_LINK_TLS, dated, 1), 0);
        assert_int_equal(up_on(GHM_LINK_NOISE_THEN_TLS, dated, 1), 2);
        assert_int_equal(up_on(GHM_LINK_TLS_THEN_NOISE, dated, 1), 0);
    }
}

static void all_splits_tell_the_same(void **state)
{
    (void)state;
    for (size_t piece = 1; piece < 60; piece += 6) {
        struct world *w = world_new(2);
        w->piece_max = piece;
        world_bootstrap(w, 0, 1, true);
        world_settle(w);
        for (int i = 0; i < 2; i++) {
            assert_int_equal(w->nodes[i].events_count, i == 0 ? 3 : 2);
            assert_int_equal(world_count(w, i, GHM_SWARM_PEER_UP), 1);
            assert_int_equal(world_count(w, i, GHM_SWARM_IDENTIFIED), 1);
        }
        world_free(w);
    }
}

/* What node `i` was told, by stream, where news of data count once. */
static void story_of(const struct world *w, int i, char ret_story[400])
{
    static const char letters[] = "XXUDIORAFCNP";
    size_t at = 0;
    for (uint32_t id = 0; id < 20; id++) {
        char last = '\0';
        for (size_t k = 0; k < w->nodes[i].events_count; k++) {
            const struct ghm_swarm_event *event = &w->nodes[i].events[k];
            bool is_socket = event->type == GHM_SWARM_DIAL || event->type == GHM_SWARM_CLOSE;
            char letter = letters[event->type];
            if (event->stream.id != id || is_socket || (letter == 'A' && last == 'A')) continue;
            last = letter;
            at += (size_t)snprintf(ret_story + at, 400 - at, "%c%d", letter, event->error);
        }
        at += (size_t)snprintf(ret_story + at, 400 - at, "/");
    }
}

/* Handshake, identify both ways, a request that is echoed, a refused one, a ping, the end. */
static void converse(size_t piece_max, char ret_stories[2][400])
{
    struct world *w = world_new(2);
    struct ghm_stream stream;
    w->piece_max = piece_max;
    w->nodes[0].asks = true;
    world_bootstrap(w, 0, 1, true);
    world_settle(w);
    assert_int_equal(ghm_swarm_ping(swarm_of(w, 1), id_of(w, 0), w->now_ns), GHM_OK);
    assert_int_equal(ghm_swarm_open(swarm_of(w, 1), &stream, id_of(w, 0), "/nobody/1", w->now_ns),
                     GHM_OK);
    world_settle(w);
    ghm_swarm_disconnect(swarm_of(w, 1), id_of(w, 0), w->now_ns);
    world_settle(w);
    story_of(w, 0, ret_stories[0]);
    story_of(w, 1, ret_stories[1]);
    world_free(w);
}

static void all_splits_of_a_conversation_tell_the_same(void **state)
{
    (void)state;
    char whole[2][400], parts[2][400];
    converse(0, whole);
    assert_non_null(strstr(whole[0], "R0A0C"));
    assert_non_null(strstr(whole[1], "P0"));
    for (size_t piece_max = 1; piece_max < 200; piece_max = piece_max * 2 + (piece_max & 1)) {
        converse(piece_max, parts);
        assert_string_equal(parts[0], whole[0]);
        assert_string_equal(parts[1], whole[1]);
    }
}

/* ---- streams ---- */

static struct ghm_stream open_stream(struct world *w, int from, int to, const char *protocol)
{
    struct ghm_stream stream;
    assert_int_equal(ghm_swarm_open(swarm_of(w, from), &stream, id_of(w, to), protocol, w->now_ns),
                     GHM_OK);
    return stream;
}

static void write_text(struct world *w, int i, struct ghm_stream stream, const char *text)
{
    assert_int_equal(ghm_swarm_write(swarm_of(w, i), stream, ghm_bytes_text(text)), GHM_OK);
}

static void assert_data(struct world *w, int i, struct ghm_stream stream, const char *text)
{
    assert_true(ghm_bytes_equal(ghm_swarm_data(swarm_of(w, i), stream), ghm_bytes_text(text)));
}

static void stream_is_written_echoed_and_finished(void **state)
{
    (void)state;
    struct world *w = connected_pair();
    struct ghm_stream stream = open_stream(w, 0, 1, ECHO);
    write_text(w, 0, stream, "before ready");
    assert_true(ghm_swarm_queued(swarm_of(w, 0), stream) >= strlen("before ready"));
    ghm_swarm_finish(swarm_of(w, 0), stream);
    assert_int_equal(ghm_swarm_write(swarm_of(w, 0), stream, ghm_bytes_text("x")), GHM_ECLOSED);
    world_settle(w);
    assert_int_equal(world_count(w, 0, GHM_SWARM_STREAM_READY), 1);
    assert_string_equal(world_last(w, 1, GHM_SWARM_STREAM_OPENED)->protocol, ECHO);
    assert_int_equal(world_count(w, 0, GHM_SWARM_STREAM_FINISHED), 1);
    assert_data(w, 0, stream, "before ready");
    assert_int_equal(world_count(w, 0, GHM_SWARM_STREAM_CLOSED), 0);
    ghm_swarm_data_drop(swarm_of(w, 0), stream, strlen("before ready"));
    world_settle(w);
    for (int i = 0; i < 2; i++) {
        assert_int_equal(world_count(w, i, GHM_SWARM_STREAM_CLOSED), 1);
        assert_int_equal(world_last(w, i, GHM_SWARM_STREAM_CLOSED)->error, GHM_OK);
    }
    assert_int_equal(ghm_swarm_write(swarm_of(w, 0), stream, ghm_bytes_text("x")), GHM_ECLOSED);
    world_free(w);
}

static void first_request_shares_its_flight_with_the_handshake(void **state)
{
    (void)state;
    struct world *w = world_new(2);
    struct ghm_swarm_event event;
    uint32_t number;
    world_bootstrap(w, 0, 1, true);
    assert_true(ghm_swarm_next(swarm_of(w, 0), &event));
    uint32_t dialed = event.connection, accepted;
    struct ghm_multiaddr remote = world_addr(w, 0, false);
    ghm_swarm_connected(swarm_of(w, 0), dialed, w->now_ns);
    assert_int_equal(ghm_swarm_accept(swarm_of(w, 1), &accepted, &remote, w->now_ns), GHM_OK);

    /* one flight there, one back */
    struct ghm_bytes flight = ghm_swarm_pull(swarm_of(w, 0), dialed);
    ghm_swarm_push(swarm_of(w, 1), accepted, flight, w->now_ns);
    ghm_swarm_pulled(swarm_of(w, 0), dialed, flight.len, w->now_ns);
    assert_false(ghm_swarm_next(swarm_of(w, 1), &event));
    for (;;) {
        flight = ghm_swarm_pull(swarm_of(w, 1), accepted);
        if (flight.len == 0) break;
        ghm_swarm_push(swarm_of(w, 0), dialed, flight, w->now_ns);
        ghm_swarm_pulled(swarm_of(w, 1), accepted, flight.len, w->now_ns);
    }
    assert_true(ghm_swarm_next(swarm_of(w, 0), &event));
    assert_int_equal(event.type, GHM_SWARM_PEER_UP);
    struct ghm_stream stream = open_stream(w, 0, 1, HOLD);
    write_text(w, 0, stream, "request");

    /* the third carries Noise 3, the stream, its protocol and the request */
    assert_true(ghm_swarm_writer(swarm_of(w, 0), &number));
    flight = ghm_swarm_pull(swarm_of(w, 0), dialed);
    ghm_swarm_push(swarm_of(w, 1), accepted, flight, w->now_ns);
    while (ghm_swarm_next(swarm_of(w, 1), &event) && event.type != GHM_SWARM_STREAM_OPENED)
        continue;
    assert_int_equal(event.type, GHM_SWARM_STREAM_OPENED);
    assert_data(w, 1, event.stream, "request");
    world_free(w);
}

static void unknown_protocol_is_refused(void **state)
{
    (void)state;
    struct world *w = connected_pair();
    struct ghm_stream stream = open_stream(w, 0, 1, "/nobody/speaks/this");
    write_text(w, 0, stream, "optimistic");
    world_settle(w);
    assert_int_equal(world_count(w, 1, GHM_SWARM_STREAM_OPENED), 0);
    assert_int_equal(world_count(w, 1, GHM_SWARM_STREAM_CLOSED), 0);
    assert_int_equal(world_count(w, 0, GHM_SWARM_STREAM_READY), 0);
    assert_int_equal(world_last(w, 0, GHM_SWARM_STREAM_CLOSED)->error, GHM_ENOTSUP);
    assert_int_equal(world_last(w, 0, GHM_SWARM_STREAM_CLOSED)->stream.id, stream.id);
    world_free(w);
}

static void reset_is_told_to_both_once(void **state)
{
    (void)state;
    struct world *w = connected_pair();
    struct ghm_stream stream = open_stream(w, 0, 1, HOLD);
    world_settle(w);
    struct ghm_stream there = world_last(w, 1, GHM_SWARM_STREAM_OPENED)->stream;
    ghm_swarm_reset(swarm_of(w, 1), there);
    ghm_swarm_reset(swarm_of(w, 1), there);
    world_settle(w);
    for (int i = 0; i < 2; i++) {
        assert_int_equal(world_count(w, i, GHM_SWARM_STREAM_CLOSED), 1);
        assert_int_equal(world_last(w, i, GHM_SWARM_STREAM_CLOSED)->error, GHM_ECLOSED);
    }
    ghm_swarm_reset(swarm_of(w, 0), stream);
    ghm_swarm_finish(swarm_of(w, 0), stream);
    ghm_swarm_data_drop(swarm_of(w, 0), stream, 10);
    world_settle(w);
    assert_int_equal(world_count(w, 0, GHM_SWARM_STREAM_CLOSED), 1);
    world_free(w);
}

static void what_came_before_the_end_can_be_read(void **state)
{
    (void)state;
    struct world *w = connected_pair();
    struct ghm_stream stream = open_stream(w, 0, 1, HOLD);
    world_settle(w);
    struct ghm_stream there = world_last(w, 1, GHM_SWARM_STREAM_OPENED)->stream;
    write_text(w, 1, there, "last words");
    ghm_swarm_finish(swarm_of(w, 1), there);

    /* the bytes and the hangup come before anything is drained */
    uint32_t dialed = stream.connection;
    struct ghm_bytes out = ghm_swarm_pull(swarm_of(w, 1), there.connection);
    ghm_swarm_push(swarm_of(w, 0), dialed, out, w->now_ns);
    ghm_swarm_hangup(swarm_of(w, 0), dialed, w->now_ns);
    struct ghm_swarm_event event;
    assert_true(ghm_swarm_next(swarm_of(w, 0), &event));
    assert_int_equal(event.type, GHM_SWARM_STREAM_DATA);
    assert_data(w, 0, stream, "last words");
    assert_true(ghm_swarm_next(swarm_of(w, 0), &event));
    assert_int_equal(event.type, GHM_SWARM_STREAM_FINISHED);
    assert_true(ghm_swarm_next(swarm_of(w, 0), &event));
    assert_int_equal(event.type, GHM_SWARM_STREAM_CLOSED);
    assert_int_equal(event.error, GHM_ECLOSED);
    assert_true(ghm_swarm_next(swarm_of(w, 0), &event));
    assert_int_equal(event.type, GHM_SWARM_PEER_DOWN);
    assert_false(ghm_swarm_next(swarm_of(w, 0), &event));
    world_free(w);
}

static void queue_has_a_bound(void **state)
{
    (void)state;
    struct world *w = connected_pair();
    struct ghm_stream stream = open_stream(w, 0, 1, HOLD);
    static uint8_t big[GHM_LINK_QUEUE_MAX + 1];
    assert_int_equal(ghm_swarm_write(swarm_of(w, 0), stream, ghm_bytes(big, sizeof big)),
                     GHM_ELIMIT);
    assert_int_equal(ghm_swarm_write(swarm_of(w, 0), stream, ghm_bytes(big, sizeof big - 1)),
                     GHM_OK);
    assert_int_equal(ghm_swarm_write(swarm_of(w, 0), stream, ghm_bytes(big, 65536)), GHM_ELIMIT);
    world_settle(w);
    /* one window was taken (the negotiation is in it), the rest waits for the reader */
    struct ghm_stream there = world_last(w, 1, GHM_SWARM_STREAM_OPENED)->stream;
    size_t taken = 262144 - strlen("\x13/multistream/1.0.0\n\x0d" HOLD "\n");
    assert_int_equal(ghm_swarm_data(swarm_of(w, 1), there).len, taken);
    assert_int_equal(ghm_swarm_queued(swarm_of(w, 0), stream), GHM_LINK_QUEUE_MAX - taken);
    world_free(w);
}

static void hungry_streams_are_reset_and_the_connection_lives(void **state)
{
    (void)state;
    struct world *w = connected_pair();
    static uint8_t most[200000];
    struct ghm_stream streams[24];
    w->nodes[1].mem.used_bytes_max = w->nodes[1].mem.used_bytes + (4 << 20);
    for (size_t i = 0; i < 24; i++) {
        streams[i] = open_stream(w, 0, 1, HOLD);
        assert_int_equal(ghm_swarm_write(swarm_of(w, 0), streams[i], ghm_bytes(most, sizeof most)),
                         GHM_OK);
        world_settle(w);
    }
    assert_int_equal(world_count(w, 1, GHM_SWARM_PEER_DOWN), 0);
    assert_in_range(world_count(w, 0, GHM_SWARM_STREAM_CLOSED), 4, 12);
    assert_int_equal(world_last(w, 0, GHM_SWARM_STREAM_CLOSED)->error, GHM_ECLOSED);
    assert_int_equal(ghm_swarm_ping(swarm_of(w, 1), id_of(w, 0), w->now_ns), GHM_OK);
    world_settle(w);
    assert_int_equal(world_last(w, 1, GHM_SWARM_PINGED)->error, GHM_OK);
    assert_true(w->nodes[1].mem.peak_bytes <= w->nodes[1].mem.used_bytes_max);
    world_free(w);
}

/* ---- ping ---- */

static void ping_measures_the_way_there_and_back(void **state)
{
    (void)state;
    struct world *w = connected_pair();
    w->latency_ns = 5 * GHM_NS_PER_MS;
    assert_int_equal(ghm_swarm_ping(swarm_of(w, 0), id_of(w, 0), w->now_ns), GHM_ENOTFOUND);
    assert_int_equal(ghm_swarm_ping(swarm_of(w, 0), id_of(w, 1), w->now_ns), GHM_OK);
    assert_int_equal(ghm_swarm_ping(swarm_of(w, 0), id_of(w, 1), w->now_ns), GHM_EBUSY);
    world_settle(w);
    assert_int_equal(world_count(w, 0, GHM_SWARM_PINGED), 1);
    assert_int_equal(world_last(w, 0, GHM_SWARM_PINGED)->error, GHM_OK);
    assert_int_equal(world_last(w, 0, GHM_SWARM_PINGED)->rtt_ns, 10 * GHM_NS_PER_MS);
    assert_int_equal(ghm_swarm_ping(swarm_of(w, 0), id_of(w, 1), w->now_ns), GHM_OK);
    world_settle(w);
    assert_int_equal(world_count(w, 0, GHM_SWARM_PINGED), 2);
    assert_int_equal(world_count(w, 1, GHM_SWARM_STREAM_OPENED), 0);
    world_free(w);
}

static void ping_ends_with_its_connection_and_its_time(void **state)
{
    (void)state;
    struct world *w = connected_pair();
    uint32_t number = world_last(w, 0, GHM_SWARM_PEER_UP)->connection;
    assert_int_equal(ghm_swarm_ping(swarm_of(w, 0), id_of(w, 1), w->now_ns), GHM_OK);
    ghm_swarm_tick(swarm_of(w, 0), w->now_ns + 10 * GHM_NS_PER_S - 1);
    struct ghm_swarm_event event;
    assert_false(ghm_swarm_next(swarm_of(w, 0), &event));
    ghm_swarm_tick(swarm_of(w, 0), w->now_ns + 10 * GHM_NS_PER_S);
    assert_true(ghm_swarm_next(swarm_of(w, 0), &event));
    assert_int_equal(event.type, GHM_SWARM_PINGED);
    assert_int_equal(event.error, GHM_ETIMEOUT);
    assert_int_equal(ghm_swarm_ping(swarm_of(w, 0), id_of(w, 1), w->now_ns), GHM_OK);
    world_cut(w, 0, number);
    assert_true(ghm_swarm_next(swarm_of(w, 0), &event));
    assert_int_equal(event.type, GHM_SWARM_PINGED);
    assert_int_equal(event.error, GHM_ECLOSED);
    assert_true(ghm_swarm_next(swarm_of(w, 0), &event));
    assert_int_equal(event.type, GHM_SWARM_PEER_DOWN);
    world_free(w);
}

static void third_inbound_ping_stream_is_reset(void **state)
{
    (void)state;
    struct world *w = connected_pair();
    struct ghm_stream streams[3];
    uint8_t payload[32] = {1, 2, 3};
    for (size_t i = 0; i < 3; i++) {
        streams[i] = open_stream(w, 0, 1, "/ipfs/ping/1.0.0");
        assert_int_equal(
            ghm_swarm_write(swarm_of(w, 0), streams[i], ghm_bytes(payload, sizeof payload)),
            GHM_OK);
    }
    world_settle(w);
    assert_true(ghm_bytes_equal(ghm_swarm_data(swarm_of(w, 0), streams[0]),
                                ghm_bytes(payload, sizeof payload)));
    assert_true(ghm_bytes_equal(ghm_swarm_data(swarm_of(w, 0), streams[1]),
                                ghm_bytes(payload, sizeof payload)));
    assert_int_equal(world_count(w, 0, GHM_SWARM_STREAM_CLOSED), 1);
    assert_int_equal(world_last(w, 0, GHM_SWARM_STREAM_CLOSED)->stream.id, streams[2].id);

    /* a finished one frees its place, and is finished by the other side too */
    ghm_swarm_finish(swarm_of(w, 0), streams[0]);
    ghm_swarm_data_drop(swarm_of(w, 0), streams[0], 32);
    world_settle(w);
    assert_int_equal(world_last(w, 0, GHM_SWARM_STREAM_CLOSED)->error, GHM_OK);
    struct ghm_stream again = open_stream(w, 0, 1, "/ipfs/ping/1.0.0");
    world_settle(w);
    assert_int_equal(world_last(w, 0, GHM_SWARM_STREAM_READY)->stream.id, again.id);
    assert_int_equal(world_count(w, 0, GHM_SWARM_STREAM_CLOSED), 2);
    world_free(w);
}

/* ---- identify ---- */

static void push_changes_what_a_peer_speaks(void **state)
{
    (void)state;
    struct world *w = connected_pair();
    struct ghm_stream push = open_stream(w, 0, 1, "/ipfs/id/push/1.0.0");
    write_text(w, 0, push, "\x0a\x1a\x08/x/new/1");
    ghm_swarm_finish(swarm_of(w, 0), push);
    world_settle(w);
    assert_int_equal(world_count(w, 1, GHM_SWARM_IDENTIFIED), 2);
    assert_true(ghm_swarm_peer_speaks(swarm_of(w, 1), id_of(w, 0), "/x/new/1"));
    assert_false(ghm_swarm_peer_speaks(swarm_of(w, 1), id_of(w, 0), ECHO));

    /* what is left out stays; a broken one changes nothing */
    push = open_stream(w, 0, 1, "/ipfs/id/push/1.0.0");
    write_text(w, 0, push, "\x03\x32\x01z");
    ghm_swarm_finish(swarm_of(w, 0), push);
    world_settle(w);
    push = open_stream(w, 0, 1, "/ipfs/id/push/1.0.0");
    write_text(w, 0, push, "\x05\x1a\x08/");
    ghm_swarm_finish(swarm_of(w, 0), push);
    world_settle(w);
    assert_int_equal(world_count(w, 1, GHM_SWARM_IDENTIFIED), 3);
    assert_true(ghm_swarm_peer_speaks(swarm_of(w, 1), id_of(w, 0), "/x/new/1"));
    world_free(w);
}

static void one_push_at_a_time_and_not_for_ever(void **state)
{
    (void)state;
    struct world *w = connected_pair();
    struct ghm_stream first = open_stream(w, 0, 1, "/ipfs/id/push/1.0.0");
    struct ghm_stream second = open_stream(w, 0, 1, "/ipfs/id/push/1.0.0");
    world_settle(w);
    assert_int_equal(world_last(w, 0, GHM_SWARM_STREAM_CLOSED)->stream.id, second.id);
    assert_int_equal(world_count(w, 0, GHM_SWARM_STREAM_CLOSED), 1);
    world_pass(w, 10 * GHM_NS_PER_S);
    assert_int_equal(world_last(w, 0, GHM_SWARM_STREAM_CLOSED)->stream.id, first.id);
    world_free(w);
}

/* ---- the life of connections ---- */

static void redials_with_growing_waits(void **state)
{
    (void)state;
    struct world *w = world_new(2);
    w->nodes[1].refuses = true;
    world_bootstrap(w, 0, 1, false);
    uint64_t last_ns = w->now_ns, wait_max_ns = GHM_NS_PER_S;
    world_settle(w);
    for (size_t dials = 1; dials < 12; dials++) {
        assert_int_equal(world_count(w, 0, GHM_SWARM_DIAL), dials);
        assert_int_equal(world_count(w, 0, GHM_SWARM_CLOSE), dials);
        uint64_t due_ns = ghm_swarm_deadline(swarm_of(w, 0));
        assert_in_range(due_ns - last_ns, wait_max_ns / 2, wait_max_ns);
        world_pass(w, due_ns - w->now_ns);
        last_ns = due_ns;
        wait_max_ns *= 2;
        if (wait_max_ns > 60 * GHM_NS_PER_S) wait_max_ns = 60 * GHM_NS_PER_S;
    }
    w->nodes[1].refuses = false;
    world_pass(w, 60 * GHM_NS_PER_S);
    assert_int_equal(world_count(w, 0, GHM_SWARM_PEER_UP), 1);

    /* after a steady connection the waits begin anew */
    world_pass(w, 20 * GHM_NS_PER_S);
    world_cut_all(w);
    world_pass(w, GHM_NS_PER_S);
    assert_int_equal(world_count(w, 0, GHM_SWARM_PEER_DOWN), 1);
    assert_int_equal(world_count(w, 0, GHM_SWARM_PEER_UP), 2);
    world_free(w);
}

static void numbers_are_never_used_again(void **state)
{
    (void)state;
    struct world *w = connected_pair();
    uint32_t last = world_last(w, 0, GHM_SWARM_DIAL)->connection;
    for (int i = 0; i < 5; i++) {
        world_cut_all(w);
        world_pass(w, 60 * GHM_NS_PER_S);
        uint32_t number = world_last(w, 0, GHM_SWARM_DIAL)->connection;
        assert_true(number > last);
        last = number;
    }
    world_free(w);
}

static void connected_peer_is_not_dialed_again(void **state)
{
    (void)state;
    struct world *w = world_new(2);
    world_bootstrap(w, 1, 0, true);
    world_settle(w);
    world_bootstrap(w, 0, 1, true); /* is connected by the other's dial */
    world_settle(w);
    assert_int_equal(world_count(w, 0, GHM_SWARM_DIAL), 0);
    world_pass(w, 600 * GHM_NS_PER_S);
    assert_int_equal(world_count(w, 0, GHM_SWARM_DIAL), 0);
    w->nodes[0].refuses = true; /* so that only our own dial can help */
    world_cut_all(w);
    world_pass(w, 5 * GHM_NS_PER_S);
    assert_int_equal(world_count(w, 0, GHM_SWARM_DIAL), 1);
    assert_int_equal(world_count(w, 0, GHM_SWARM_PEER_UP), 2);
    world_free(w);
}

static void simultaneous_dials_make_one_peer(void **state)
{
    (void)state;
    struct world *w = world_new(2);
    w->piece_max = 50;
    world_bootstrap(w, 0, 1, true);
    world_bootstrap(w, 1, 0, true);
    world_settle(w);
    for (int i = 0; i < 2; i++) {
        assert_int_equal(world_count(w, i, GHM_SWARM_PEER_UP), 1);
        assert_int_equal(ghm_swarm_peers_count(swarm_of(w, i)), 1);
        assert_int_equal(world_count(w, i, GHM_SWARM_CLOSE), 0);
    }
    /* the first falls, the peer stays; the last falls, the peer is down */
    world_cut(w, 0, world_last(w, 0, GHM_SWARM_DIAL)->connection);
    world_settle(w);
    assert_int_equal(world_count(w, 0, GHM_SWARM_PEER_DOWN), 0);
    struct ghm_stream stream = open_stream(w, 0, 1, ECHO);
    write_text(w, 0, stream, "still here");
    world_settle(w);
    assert_data(w, 0, stream, "still here");
    world_cut(w, 0, stream.connection);
    world_settle(w);
    for (int i = 0; i < 2; i++)
        assert_int_equal(world_count(w, i, GHM_SWARM_PEER_DOWN), 1);
    world_free(w);
}

static void of_three_connections_the_oldest_goes(void **state)
{
    (void)state;
    struct world *w = connected_pair();
    uint32_t first = world_last(w, 0, GHM_SWARM_PEER_UP)->connection;
    struct ghm_multiaddr addr = world_addr(w, 1, false);
    uint32_t number;
    for (int i = 0; i < 2; i++) {
        assert_int_equal(ghm_swarm_dial(swarm_of(w, 0), &number, &addr, w->now_ns), GHM_OK);
        world_settle(w);
    }
    assert_int_equal(world_count(w, 0, GHM_SWARM_CLOSE), 1);
    assert_int_equal(world_last(w, 0, GHM_SWARM_CLOSE)->connection, first);
    assert_int_equal(world_count(w, 0, GHM_SWARM_PEER_DOWN), 0);
    assert_int_equal(world_count(w, 1, GHM_SWARM_PEER_DOWN), 0);
    world_pass(w, 600 * GHM_NS_PER_S); /* and its bootstrap rests */
    assert_int_equal(world_count(w, 0, GHM_SWARM_DIAL), 3);
    world_free(w);
}

static void wrong_peer_is_never_up(void **state)
{
    (void)state;
    struct world *w = world_new(3);
    struct ghm_multiaddr addr;
    assert_int_equal(ghm_multiaddr_of_tcp(&addr, "10.0.0.2", 9000, ghm_peerid_bytes(id_of(w, 2))),
                     GHM_OK);
    uint32_t number;
    assert_int_equal(ghm_swarm_dial(swarm_of(w, 0), &number, &addr, w->now_ns), GHM_OK);
    world_settle(w);
    assert_int_equal(world_count(w, 0, GHM_SWARM_PEER_UP), 0);
    assert_int_equal(world_count(w, 1, GHM_SWARM_PEER_UP), 0);
    assert_int_equal(world_last(w, 0, GHM_SWARM_CLOSE)->connection, number);
    world_free(w);
}

static void own_id_is_not_dialed(void **state)
{
    (void)state;
    struct world *w = world_new(1);
    struct ghm_multiaddr addr = world_addr(w, 0, true);
    uint32_t number;
    assert_int_equal(ghm_swarm_dial(swarm_of(w, 0), &number, &addr, w->now_ns), GHM_EINVAL);
    assert_int_equal(ghm_swarm_bootstrap(swarm_of(w, 0), &addr, w->now_ns), GHM_OK);
    world_pass(w, 100 * GHM_NS_PER_S);
    assert_int_equal(world_count(w, 0, GHM_SWARM_DIAL), 0);
    world_free(w);
}

static void own_address_is_dialed_once(void **state)
{
    (void)state;
    struct world *w = world_new(1);
    world_bootstrap(w, 0, 0, false);
    world_pass(w, 600 * GHM_NS_PER_S);
    assert_int_equal(world_count(w, 0, GHM_SWARM_DIAL), 1);
    assert_int_equal(world_count(w, 0, GHM_SWARM_PEER_UP), 0);
    assert_int_equal(ghm_swarm_peers_count(swarm_of(w, 0)), 0);
    world_free(w);
}

static void disconnect_says_goodbye(void **state)
{
    (void)state;
    struct world *w = connected_pair();
    open_stream(w, 1, 0, HOLD);
    world_settle(w);
    ghm_swarm_disconnect(swarm_of(w, 1), id_of(w, 0), w->now_ns);
    world_settle(w);
    for (int i = 0; i < 2; i++) {
        assert_int_equal(world_count(w, i, GHM_SWARM_STREAM_CLOSED), 1);
        assert_int_equal(world_count(w, i, GHM_SWARM_PEER_DOWN), 1);
        assert_int_equal(ghm_swarm_peers_count(swarm_of(w, i)), 0);
    }
    assert_int_equal(world_count(w, 1, GHM_SWARM_CLOSE), 1);
    world_free(w);
}

static void dial_that_is_never_answered_ends(void **state)
{
    (void)state;
    struct world *w = world_new(2);
    struct ghm_multiaddr addr = world_addr(w, 1, false);
    uint32_t number;
    w->nodes[1].hangs = true;
    assert_int_equal(ghm_swarm_dial(swarm_of(w, 0), &number, &addr, w->now_ns), GHM_OK);
    world_pass(w, 15 * GHM_NS_PER_S - 1);
    assert_int_equal(world_count(w, 0, GHM_SWARM_CLOSE), 0);
    world_pass(w, 1);
    assert_int_equal(world_last(w, 0, GHM_SWARM_CLOSE)->connection, number);
    ghm_swarm_connected(swarm_of(w, 0), number, w->now_ns); /* too late: ignored */
    world_settle(w);
    assert_int_equal(ghm_swarm_deadline(swarm_of(w, 0)), GHM_NEVER);
    world_free(w);
}

static void slow_handshake_is_cut_at_ten_seconds(void **state)
{
    (void)state;
    struct world *w = world_new(1);
    static const char header[] = "\x13/multistream/1.0.0\n";
    size_t socket = world_knock(w, 0, "10.9.9.9");
    for (int i = 0; i < 10; i++) {
        world_say(w, socket, ghm_bytes(&header[i], 1));
        world_pass(w, GHM_NS_PER_S - (i == 9));
    }
    assert_int_equal(world_count(w, 0, GHM_SWARM_CLOSE), 0);
    world_pass(w, 1);
    assert_int_equal(world_count(w, 0, GHM_SWARM_CLOSE), 1);
    assert_int_equal(world_count(w, 0, GHM_SWARM_PEER_UP), 0);
    world_free(w);
}

static void closed_is_forgotten_though_nobody_sends_its_rest(void **state)
{
    (void)state;
    struct world *w = connected_pair();
    struct ghm_swarm_event event;
    uint32_t number;
    size_t before = w->nodes[1].mem.used_bytes;
    ghm_swarm_disconnect(swarm_of(w, 1), id_of(w, 0), w->now_ns);
    while (ghm_swarm_next(swarm_of(w, 1), &event))
        continue;
    assert_int_equal(event.type, GHM_SWARM_CLOSE);
    assert_true(w->nodes[1].mem.used_bytes > before / 2);
    assert_int_equal(ghm_swarm_deadline(swarm_of(w, 1)), w->now_ns + 5 * GHM_NS_PER_S);
    ghm_swarm_tick(swarm_of(w, 1), w->now_ns + 5 * GHM_NS_PER_S);
    assert_int_equal(ghm_swarm_deadline(swarm_of(w, 1)), GHM_NEVER);
    assert_false(ghm_swarm_writer(swarm_of(w, 1), &number));
    world_free(w);
}

static void silent_peer_is_pinged_then_dropped(void **state)
{
    (void)state;
    struct world *w = connected_pair();
    world_pass(w, 300 * GHM_NS_PER_S);
    assert_int_equal(world_count(w, 0, GHM_SWARM_PEER_DOWN), 0); /* it answers */
    w->sockets[0].ends[0].node = -1;                             /* the network swallows all */
    w->sockets[0].ends[1].node = -1;
    world_pass(w, 40 * GHM_NS_PER_S);
    assert_int_equal(world_count(w, 1, GHM_SWARM_PEER_DOWN), 1);
    world_free(w);
}

/* ---- bounds ---- */

static void accepts_stop_at_the_bound_per_address(void **state)
{
    (void)state;
    const struct ghm_swarm_config limits = {.inbound_per_ip_max = 3};
    struct world *w = world_new_with(1, &limits);
    for (int i = 0; i < 5; i++)
        world_knock(w, 0, "10.1.1.1");
    for (int i = 0; i < 5; i++)
        assert_int_equal(w->sockets[i].is_open, i < 3);
    assert_true(w->sockets[world_knock(w, 0, "10.1.1.2")].is_open);
    world_free(w);
}

static void handshakes_stop_at_sixty_four(void **state)
{
    (void)state;
    struct world *w = world_new(1);
    char ip[32];
    for (int i = 0; i < 70; i++) {
        snprintf(ip, sizeof ip, "10.2.1.%d", i);
        assert_int_equal(w->sockets[world_knock(w, 0, ip)].is_open, i < 64);
    }
    world_pass(w, 10 * GHM_NS_PER_S); /* none of them said a word */
    assert_int_equal(world_count(w, 0, GHM_SWARM_CLOSE), 64);
    assert_true(w->sockets[world_knock(w, 0, "10.2.1.1")].is_open);
    world_free(w);
}

static void connections_stop_at_their_bound(void **state)
{
    (void)state;
    const struct ghm_swarm_config limits = {.connections_max = 3};
    struct world *w = world_new_with(6, &limits);
    for (int i = 1; i < 6; i++)
        world_bootstrap(w, i, 0, true);
    world_settle(w);
    assert_int_equal(ghm_swarm_peers_count(swarm_of(w, 0)), 3);
    struct ghm_multiaddr addr = world_addr(w, 1, false);
    uint32_t number;
    assert_int_equal(ghm_swarm_dial(swarm_of(w, 0), &number, &addr, w->now_ns), GHM_ELIMIT);
    world_free(w);
}

static void addresses_stop_at_their_bounds(void **state)
{
    (void)state;
    struct world *w = world_new(1);
    struct ghm_multiaddr addr;
    char host[32];
    int error = GHM_OK;
    for (int i = 1; i <= 65; i++) {
        assert_int_equal(error, GHM_OK);
        snprintf(host, sizeof host, "10.3.0.%d", i);
        assert_int_equal(ghm_multiaddr_of_tcp(&addr, host, 1, GHM_BYTES_NONE), GHM_OK);
        error = ghm_swarm_bootstrap(swarm_of(w, 0), &addr, w->now_ns);
    }
    assert_int_equal(error, GHM_ELIMIT);
    for (int i = 1; i < 16; i++)
        assert_int_equal(ghm_swarm_listen_add(swarm_of(w, 0), &addr), GHM_OK);
    assert_int_equal(ghm_swarm_listen_add(swarm_of(w, 0), &addr), GHM_ELIMIT);
    assert_int_equal(ghm_multiaddr_parse(&addr, "/dnsaddr/example.org"), GHM_OK);
    assert_int_equal(ghm_swarm_bootstrap(swarm_of(w, 0), &addr, w->now_ns), GHM_ENOTSUP);
    world_free(w);
}

static void dials_stop_at_sixty_four(void **state)
{
    (void)state;
    struct world *w = world_new(2);
    struct ghm_multiaddr addr = world_addr(w, 1, false);
    uint32_t number;
    w->nodes[1].hangs = true;
    for (int i = 0; i < 64; i++)
        assert_int_equal(ghm_swarm_dial(swarm_of(w, 0), &number, &addr, w->now_ns), GHM_OK);
    assert_int_equal(ghm_swarm_dial(swarm_of(w, 0), &number, &addr, w->now_ns), GHM_ELIMIT);
    world_free(w);
}

/* ---- many, and memory ---- */

static void five_stay_connected_through_cuts(void **state)
{
    (void)state;
    struct world *w = world_new(5);
    w->piece_max = 400;
    for (int i = 0; i < 5; i++) {
        for (int j = 0; j < 5; j++) {
            if (i != j) world_bootstrap(w, i, j, (i + j) % 2 == 0);
        }
    }
    for (int round = 0; round < 3; round++) {
        world_pass(w, 70 * GHM_NS_PER_S);
        for (int i = 0; i < 5; i++) {
            assert_int_equal(ghm_swarm_peers_count(swarm_of(w, i)), 4);
            assert_int_equal(world_count(w, i, GHM_SWARM_PEER_UP),
                             world_count(w, i, GHM_SWARM_PEER_DOWN) + 4);
            for (int j = 0; j < 5; j++) {
                if (i == j) continue;
                struct ghm_stream stream = open_stream(w, i, j, ECHO);
                write_text(w, i, stream, "hello");
                world_settle(w);
                assert_data(w, i, stream, "hello");
                ghm_swarm_reset(swarm_of(w, i), stream);
            }
        }
        world_cut_all(w);
    }
    world_free(w);
}

/* A ceiling that is too low ends in an error or a lost connection, never in a crash or a leak; when
 * memory returns, so does the peer. */
static void live_under(size_t ceiling, int poor)
{
    struct world *w = world_new(2);
    struct ghm_multiaddr addr = world_addr(w, 1, true);
    w->nodes[0].asks = true;
    w->nodes[poor].mem.used_bytes_max = w->nodes[poor].mem.used_bytes + ceiling;
    int error = ghm_swarm_bootstrap(swarm_of(w, 0), &addr, w->now_ns);
    world_pass(w, 5 * GHM_NS_PER_S);
    w->nodes[poor].mem.used_bytes_max = 256 << 20;
    if (error == GHM_OK) {
        world_pass(w, 120 * GHM_NS_PER_S);
        assert_int_equal(ghm_swarm_peers_count(swarm_of(w, 0)), 1);
        assert_int_equal(ghm_swarm_peers_count(swarm_of(w, 1)), 1);
    }
    world_free(w);
}

static void any_ceiling_of_memory_is_survived(void **state)
{
    (void)state;
    for (size_t ceiling = 1; ceiling < 12000; ceiling += 31) {
        live_under(ceiling, 0);
        live_under(ceiling, 1);
    }
}

/* One allocation refused, whichever: a stream or a connection less, and then all is as it was. */
static void every_refused_allocation_is_survived(void **state)
{
    (void)state;
    for (uint64_t n = 1; n < 120; n++) {
        for (int poor = 0; poor < 2; poor++) {
            struct world *w = world_new(2);
            struct ghm_multiaddr addr = world_addr(w, 1, true);
            w->nodes[0].asks = true;
            w->nodes[poor].mem.fail_after = n;
            int error = ghm_swarm_bootstrap(swarm_of(w, 0), &addr, w->now_ns);
            assert_true(error == GHM_OK || error == GHM_ENOMEM);
            if (error != GHM_OK) error = ghm_swarm_bootstrap(swarm_of(w, 0), &addr, w->now_ns);
            assert_int_equal(error, GHM_OK);
            world_pass(w, 70 * GHM_NS_PER_S);
            assert_int_equal(ghm_swarm_peers_count(swarm_of(w, 0)), 1);
            assert_int_equal(ghm_swarm_peers_count(swarm_of(w, 1)), 1);
            world_free(w);
        }
    }
}

static void noise_from_the_outside_is_survived(void **state)
{
    (void)state;
    struct world *w = world_new(1);
    uint32_t random = 1;
    for (int i = 0; i < 300; i++) {
        uint8_t bytes[200];
        size_t socket = world_knock(w, 0, "10.4.0.1");
        world_say(w, socket, ghm_bytes_text("\x13/multistream/1.0.0\n\x07/noise\n"));
        for (size_t j = 0; j < sizeof bytes; j++) {
            random = random * 1664525 + 1013904223;
            bytes[j] = (uint8_t)(random >> 24);
        }
        bytes[0] = 0;
        world_say(w, socket, ghm_bytes(bytes + (i % 3 == 0), 100));
        world_settle(w);
        world_pass(w, GHM_NS_PER_S);
    }
    world_pass(w, 20 * GHM_NS_PER_S);
    assert_int_equal(world_count(w, 0, GHM_SWARM_CLOSE), 300);
    assert_int_equal(ghm_swarm_deadline(swarm_of(w, 0)), GHM_NEVER);
    world_free(w);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(two_connect_and_identify),
        cmocka_unit_test(security_and_date_are_the_owners),
        cmocka_unit_test(all_splits_tell_the_same),
        cmocka_unit_test(all_splits_of_a_conversation_tell_the_same),
        cmocka_unit_test(stream_is_written_echoed_and_finished),
        cmocka_unit_test(first_request_shares_its_flight_with_the_handshake),
        cmocka_unit_test(unknown_protocol_is_refused),
        cmocka_unit_test(reset_is_told_to_both_once),
        cmocka_unit_test(what_came_before_the_end_can_be_read),
        cmocka_unit_test(queue_has_a_bound),
        cmocka_unit_test(hungry_streams_are_reset_and_the_connection_lives),
        cmocka_unit_test(ping_measures_the_way_there_and_back),
        cmocka_unit_test(ping_ends_with_its_connection_and_its_time),
        cmocka_unit_test(third_inbound_ping_stream_is_reset),
        cmocka_unit_test(push_changes_what_a_peer_speaks),
        cmocka_unit_test(one_push_at_a_time_and_not_for_ever),
        cmocka_unit_test(redials_with_growing_waits),
        cmocka_unit_test(numbers_are_never_used_again),
        cmocka_unit_test(connected_peer_is_not_dialed_again),
        cmocka_unit_test(simultaneous_dials_make_one_peer),
        cmocka_unit_test(of_three_connections_the_oldest_goes),
        cmocka_unit_test(wrong_peer_is_never_up),
        cmocka_unit_test(own_id_is_not_dialed),
        cmocka_unit_test(own_address_is_dialed_once),
        cmocka_unit_test(disconnect_says_goodbye),
        cmocka_unit_test(dial_that_is_never_answered_ends),
        cmocka_unit_test(slow_handshake_is_cut_at_ten_seconds),
        cmocka_unit_test(closed_is_forgotten_though_nobody_sends_its_rest),
        cmocka_unit_test(silent_peer_is_pinged_then_dropped),
        cmocka_unit_test(accepts_stop_at_the_bound_per_address),
        cmocka_unit_test(handshakes_stop_at_sixty_four),
        cmocka_unit_test(connections_stop_at_their_bound),
        cmocka_unit_test(addresses_stop_at_their_bounds),
        cmocka_unit_test(dials_stop_at_sixty_four),
        cmocka_unit_test(five_stay_connected_through_cuts),
        cmocka_unit_test(any_ceiling_of_memory_is_survived),
        cmocka_unit_test(every_refused_allocation_is_survived),
        cmocka_unit_test(noise_from_the_outside_is_survived),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
