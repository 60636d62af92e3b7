/* SPDX-License-Identifier: MIT */
#include "link/yamux.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>

#include <cmocka.h>

#define MIB (1 << 20)
#define WINDOW GHM_WINDOW_MIN
#define NOW (5 * GHM_NS_PER_S)
#define EVENTS_MAX 4096

static const uint8_t seed[16] = {9};
static uint8_t pattern[2 * MIB];

struct side {
    struct ghm_mem mem;
    struct ghm_yamux y;
    size_t events_count;
    struct ghm_yamux_event events[EVENTS_MAX];
};

static void start(struct side *side, bool is_client)
{
    ghm_mem_init(&side->mem, NULL, 64 * MIB);
    ghm_yamux_init(&side->y, &side->mem, is_client, seed, NOW);
    side->events_count = 0;
}

static void stop(struct side *side)
{
    ghm_yamux_fini(&side->y);
    ghm_mem_fini(&side->mem);
}

static void drain(struct side *side)
{
    struct ghm_yamux_event event;
    while (ghm_yamux_next(&side->y, &event)) {
        assert_true(side->events_count < EVENTS_MAX);
        side->events[side->events_count++] = event;
    }
}

static int give(struct side *side, struct ghm_bytes in)
{
    int error = ghm_yamux_push(&side->y, in, NOW);
    drain(side);
    return error;
}

static int give_frame(struct side *side, enum ghm_frame_type type, int flags, uint32_t stream,
                      uint32_t length)
{
    uint8_t bytes[GHM_FRAME_LEN];
    struct ghm_frame frame = {type, (uint16_t)flags, stream, length};
    ghm_frame_encode(bytes, &frame);
    return give(side, ghm_bytes(bytes, sizeof bytes));
}

static int give_data(struct side *side, int flags, uint32_t stream, size_t len)
{
    int error = give_frame(side, GHM_FRAME_DATA, flags, stream, (uint32_t)len);
    return error == GHM_OK ? give(side, ghm_bytes(pattern, len)) : error;
}

static void assert_sends(struct side *side, const char *bytes, size_t len)
{
    struct ghm_bytes out = ghm_yamux_pull(&side->y);
    assert_int_equal(out.len, len);
    if (len > 0) assert_memory_equal(out.ptr, bytes, len);
    ghm_yamux_pulled(&side->y, out.len);
}

static void forget_output(struct side *side)
{
    struct ghm_bytes out;
    while ((out = ghm_yamux_pull(&side->y)).len > 0)
        ghm_yamux_pulled(&side->y, out.len);
    drain(side);
}

static size_t count(const struct side *side, enum ghm_yamux_event_type type, uint32_t id)
{
    size_t n = 0;
    for (size_t i = 0; i < side->events_count; i++)
        n += side->events[i].type == type && side->events[i].id == id;
    return n;
}

static int closed_with(const struct side *side, uint32_t id)
{
    for (size_t i = 0; i < side->events_count; i++) {
        if (side->events[i].type == GHM_YAMUX_CLOSED && side->events[i].id == id) {
            return side->events[i].error;
        }
    }
    fail_msg("stream %u is not closed", id);
    return 0;
}

static uint32_t open_stream(struct side *side)
{
    uint32_t id;
    assert_int_equal(ghm_yamux_open(&side->y, &id), GHM_OK);
    return id;
}

static void write_bytes(struct side *side, uint32_t id, size_t len)
{
    assert_int_equal(ghm_yamux_write(&side->y, id, ghm_bytes(pattern, len)), GHM_OK);
}

/* ---- golden conversations ---- */

static void client_opens_writes_and_finishes(void **state)
{
    (void)state;
    struct side c;
    start(&c, true);
    uint32_t id = open_stream(&c);
    assert_int_equal(id, 1);
    assert_int_equal(ghm_yamux_write(&c.y, id, ghm_bytes_text("hello")), GHM_OK);
    assert_int_equal(ghm_yamux_queued(&c.y, id), 5);
    ghm_yamux_finish(&c.y, id);
    assert_int_equal(ghm_yamux_write(&c.y, id, ghm_bytes_text("x")), GHM_ECLOSED);
    assert_sends(&c, "\0\0\0\1\0\0\0\1\0\0\0\5hello\0\1\0\4\0\0\0\1\0\0\0\0", 29);
    assert_int_equal(ghm_yamux_queued(&c.y, id), 0);
    assert_int_equal(open_stream(&c), 3);
    assert_sends(&c, "\0\1\0\1\0\0\0\3\0\0\0\0", 12); /* nothing to say: a window of 0 more */
    assert_int_equal(give_frame(&c, GHM_FRAME_WINDOW, GHM_FRAME_ACK, 1, 0), GHM_OK);
    assert_int_equal(give_data(&c, 0, 1, 3), GHM_OK);
    assert_int_equal(give_frame(&c, GHM_FRAME_WINDOW, GHM_FRAME_FIN, 1, 0), GHM_OK);
    assert_int_equal(count(&c, GHM_YAMUX_DATA, 1), 1);
    assert_int_equal(count(&c, GHM_YAMUX_FINISHED, 1), 1);
    assert_int_equal(count(&c, GHM_YAMUX_CLOSED, 1), 0); /* three bytes are unread */
    assert_int_equal(ghm_yamux_data(&c.y, 1).len, 3);
    ghm_yamux_data_drop(&c.y, 1, 3);
    drain(&c);
    assert_int_equal(closed_with(&c, 1), GHM_OK);
    assert_sends(&c, "", 0);
    stop(&c);
}

static void server_acknowledges_with_its_first_frame(void **state)
{
    (void)state;
    struct side s;
    start(&s, false);
    assert_int_equal(give_data(&s, GHM_FRAME_SYN, 1, 4), GHM_OK);
    assert_int_equal(s.events[0].type, GHM_YAMUX_OPENED);
    assert_int_equal(s.events[1].type, GHM_YAMUX_DATA);
    assert_int_equal(ghm_yamux_write(&s.y, 1, ghm_bytes_text("yes")), GHM_OK);
    assert_sends(&s, "\0\0\0\2\0\0\0\1\0\0\0\3yes", 15);
    assert_int_equal(give_frame(&s, GHM_FRAME_WINDOW, GHM_FRAME_SYN, 3, 0), GHM_OK);
    assert_sends(&s, "\0\1\0\2\0\0\0\3\0\0\0\0", 12);
    assert_int_equal(open_stream(&s), 2);
    assert_int_equal(open_stream(&s), 4);
    stop(&s);
}

static void data_may_carry_syn_and_fin_at_once(void **state)
{
    (void)state;
    struct side s;
    start(&s, false);
    assert_int_equal(give_data(&s, GHM_FRAME_SYN | GHM_FRAME_FIN, 1, 4), GHM_OK);
    assert_int_equal(s.events_count, 3);
    assert_int_equal(s.events[2].type, GHM_YAMUX_FINISHED);
    assert_int_equal(ghm_yamux_data(&s.y, 1).len, 4);
    assert_int_equal(give_data(&s, GHM_FRAME_SYN | GHM_FRAME_FIN, 3, 0), GHM_OK);
    assert_int_equal(count(&s, GHM_YAMUX_FINISHED, 3), 1);
    stop(&s);
}

static void half_closed_streams_still_carry_the_other_half(void **state)
{
    (void)state;
    struct side s;
    start(&s, false);
    assert_int_equal(give_frame(&s, GHM_FRAME_WINDOW, GHM_FRAME_SYN | GHM_FRAME_FIN, 1, 0), GHM_OK);
    write_bytes(&s, 1, 10);
    forget_output(&s);
    write_bytes(&s, 1, 10);
    ghm_yamux_finish(&s.y, 1);
    forget_output(&s);
    assert_int_equal(closed_with(&s, 1), GHM_OK);

    assert_int_equal(give_frame(&s, GHM_FRAME_WINDOW, GHM_FRAME_SYN, 3, 0), GHM_OK);
    ghm_yamux_finish(&s.y, 3);
    forget_output(&s);
    assert_int_equal(give_data(&s, 0, 3, 100), GHM_OK);
    assert_int_equal(ghm_yamux_data(&s.y, 3).len, 100);
    stop(&s);
}

static void reset_of_either_side_ends_the_stream(void **state)
{
    (void)state;
    struct side c;
    start(&c, true);
    uint32_t id = open_stream(&c);
    forget_output(&c);
    write_bytes(&c, id, 100);
    ghm_yamux_reset(&c.y, id, GHM_ETIMEOUT);
    drain(&c);
    assert_int_equal(closed_with(&c, id), GHM_ETIMEOUT);
    assert_sends(&c, "\0\1\0\x8\0\0\0\1\0\0\0\0", 12);
    /* what was on its way means nothing any more */
    assert_int_equal(give_data(&c, 0, id, 50), GHM_OK);
    assert_int_equal(give_frame(&c, GHM_FRAME_WINDOW, 0, id, 5), GHM_OK);
    assert_int_equal(give_frame(&c, GHM_FRAME_WINDOW, GHM_FRAME_FIN, id, 0), GHM_OK);
    assert_int_equal(give_frame(&c, GHM_FRAME_WINDOW, GHM_FRAME_RST, id, 0), GHM_OK);
    assert_int_equal(c.events_count, 1);

    id = open_stream(&c);
    forget_output(&c);
    assert_int_equal(give_frame(&c, GHM_FRAME_DATA, GHM_FRAME_RST, id, 0), GHM_OK);
    assert_int_equal(closed_with(&c, id), GHM_ECLOSED);
    assert_sends(&c, "", 0);

    id = open_stream(&c); /* of a stream that the peer never heard of, it hears nothing */
    ghm_yamux_reset(&c.y, id, GHM_ECLOSED);
    assert_sends(&c, "", 0);
    stop(&c);
}

static void what_came_before_a_reset_stays_readable_until_closed(void **state)
{
    (void)state;
    struct side s;
    struct ghm_yamux_event event;
    start(&s, false);
    assert_int_equal(give_data(&s, GHM_FRAME_SYN, 1, 7), GHM_OK);
    assert_int_equal(give_data(&s, 0, 1, 7), GHM_OK);
    uint8_t rst[] = "\0\1\0\x8\0\0\0\1\0\0\0\0";
    assert_int_equal(ghm_yamux_push(&s.y, ghm_bytes(rst, 12), NOW), GHM_OK);
    assert_int_equal(ghm_yamux_data(&s.y, 1).len, 14);
    ghm_yamux_data_drop(&s.y, 1, 4);
    ghm_yamux_data_drop(&s.y, 1, 100); /* an owner may be late: no more than there is */
    assert_int_equal(ghm_yamux_data(&s.y, 1).len, 0);
    assert_true(ghm_yamux_next(&s.y, &event));
    assert_int_equal(event.type, GHM_YAMUX_CLOSED);
    assert_int_equal(ghm_yamux_data(&s.y, 1).len, 0);
    stop(&s);
}

/* ---- windows ---- */

static void sender_stops_at_the_window(void **state)
{
    (void)state;
    struct side c;
    start(&c, true);
    uint32_t id = open_stream(&c);
    write_bytes(&c, id, WINDOW + 1000);
    forget_output(&c);
    assert_int_equal(ghm_yamux_queued(&c.y, id), 1000);
    assert_int_equal(give_frame(&c, GHM_FRAME_WINDOW, 0, id, 999), GHM_OK);
    forget_output(&c);
    assert_int_equal(ghm_yamux_queued(&c.y, id), 1);
    ghm_yamux_finish(&c.y, id);
    assert_sends(&c, "", 0); /* the FIN waits behind the last byte */
    assert_int_equal(give_frame(&c, GHM_FRAME_WINDOW, 0, id, 1), GHM_OK);
    struct ghm_bytes out = ghm_yamux_pull(&c.y);
    assert_int_equal(out.len, 2 * GHM_FRAME_LEN + 1);
    stop(&c);
}

/* jvm-libp2p#292: a stream that the peer opened has its whole window before we first write on it,
 * and what came with its SYN is added. */
static void window_of_a_stream_that_came_is_there_at_once(void **state)
{
    (void)state;
    for (uint32_t more = 0; more <= 100; more += 100) {
        struct side s;
        start(&s, false);
        assert_int_equal(give_frame(&s, GHM_FRAME_WINDOW, GHM_FRAME_SYN, 1, more), GHM_OK);
        write_bytes(&s, 1, WINDOW + 1000);
        forget_output(&s);
        assert_int_equal(ghm_yamux_queued(&s.y, 1), 1000 - more);
        stop(&s);
    }
}

static void reader_gives_the_window_back_by_halves(void **state)
{
    (void)state;
    struct side s;
    start(&s, false);
    assert_int_equal(give_data(&s, GHM_FRAME_SYN, 1, WINDOW), GHM_OK);
    /* so much at once: how far is the peer? */
    assert_sends(&s, "\0\2\0\1\0\0\0\0\0\0\0\0\0\1\0\2\0\0\0\1\0\0\0\0", 24);
    ghm_yamux_data_drop(&s.y, 1, WINDOW / 2 - 1);
    assert_sends(&s, "", 0);
    ghm_yamux_data_drop(&s.y, 1, 1);
    assert_sends(&s, "\0\1\0\0\0\0\0\1\0\2\0\0", 12);
    assert_int_equal(give_data(&s, 0, 1, WINDOW / 2), GHM_OK);
    assert_int_equal(give_data(&s, 0, 1, 1), GHM_EPROTO);
    stop(&s);
}

static void no_window_is_given_after_the_end(void **state)
{
    (void)state;
    struct side s;
    start(&s, false);
    assert_int_equal(give_data(&s, GHM_FRAME_SYN, 1, WINDOW), GHM_OK);
    assert_int_equal(give_frame(&s, GHM_FRAME_WINDOW, GHM_FRAME_FIN, 1, 0), GHM_OK);
    forget_output(&s);
    ghm_yamux_data_drop(&s.y, 1, WINDOW);
    assert_sends(&s, "", 0);
    /* and a peer's window after its FIN is tolerated */
    assert_int_equal(give_frame(&s, GHM_FRAME_WINDOW, 0, 1, 100), GHM_OK);
    stop(&s);
}

static void data_beyond_the_window_ends_the_session(void **state)
{
    (void)state;
    struct side s;
    start(&s, false);
    assert_int_equal(give_data(&s, GHM_FRAME_SYN, 1, WINDOW - 10), GHM_OK);
    size_t used = s.mem.used_bytes;
    assert_int_equal(give_frame(&s, GHM_FRAME_DATA, 0, 1, 11), GHM_EPROTO);
    assert_string_equal(s.y.reason, "yamux: data beyond the window");
    assert_true(s.mem.used_bytes <= used);
    assert_int_equal(closed_with(&s, 1), GHM_ECLOSED);
    struct ghm_bytes out = ghm_yamux_pull(&s.y); /* GOAWAY: protocol error; behind a ping */
    assert_int_equal(out.len, 2 * GHM_FRAME_LEN);
    assert_memory_equal(out.ptr + GHM_FRAME_LEN, "\0\3\0\0\0\0\0\0\0\0\0\1", 12);
    stop(&s);
}

/* CVE-2026-32314 of rust-yamux: the length is refused before the stream exists. */
static void oversized_first_frame_allocates_nothing(void **state)
{
    (void)state;
    struct side s;
    start(&s, false);
    assert_int_equal(give_frame(&s, GHM_FRAME_DATA, GHM_FRAME_SYN, 1, WINDOW + 1), GHM_EPROTO);
    assert_int_equal(s.mem.peak_bytes, 0);
    assert_int_equal(s.events_count, 0);
    stop(&s);
    start(&s, false);
    assert_int_equal(give_frame(&s, GHM_FRAME_DATA, GHM_FRAME_SYN, 1, UINT32_MAX), GHM_EPROTO);
    assert_int_equal(s.mem.peak_bytes, 0);
    stop(&s);
}

static void announced_bytes_are_not_allocated_before_they_come(void **state)
{
    (void)state;
    struct side s;
    start(&s, false);
    assert_int_equal(give_frame(&s, GHM_FRAME_DATA, GHM_FRAME_SYN, 1, WINDOW), GHM_OK);
    assert_true(s.mem.peak_bytes < 2048);
    stop(&s);
}

static void window_overflow_ends_the_session(void **state)
{
    (void)state;
    struct side c;
    start(&c, true);
    uint32_t id = open_stream(&c);
    assert_int_equal(give_frame(&c, GHM_FRAME_WINDOW, 0, id, UINT32_MAX - WINDOW), GHM_OK);
    assert_int_equal(give_frame(&c, GHM_FRAME_WINDOW, 0, id, 1), GHM_EPROTO);
    assert_string_equal(c.y.reason, "yamux: window overflow");
    stop(&c);
}

static void data_after_fin_resets_only_the_stream(void **state)
{
    (void)state;
    struct side s;
    start(&s, false);
    assert_int_equal(give_data(&s, GHM_FRAME_SYN | GHM_FRAME_FIN, 1, 1), GHM_OK);
    assert_int_equal(give_data(&s, 0, 1, 1), GHM_OK);
    assert_int_equal(closed_with(&s, 1), GHM_EPROTO);
    assert_int_equal(give_data(&s, GHM_FRAME_SYN, 3, 1), GHM_OK);
    stop(&s);
}

static void refused_memory_resets_only_the_stream(void **state)
{
    (void)state;
    struct side s;
    start(&s, false);
    assert_int_equal(give_frame(&s, GHM_FRAME_WINDOW, GHM_FRAME_SYN, 1, 0), GHM_OK);
    s.mem.used_bytes_max = s.mem.used_bytes + 1000;
    assert_int_equal(give_data(&s, 0, 1, 2000), GHM_OK);
    assert_int_equal(closed_with(&s, 1), GHM_ENOMEM);
    s.mem.used_bytes_max = 64 * MIB;
    assert_sends(&s, "\0\1\0\x8\0\0\0\1\0\0\0\0", 12);
    assert_int_equal(give_data(&s, 0, 1, 2000), GHM_OK); /* already on its way */
    assert_int_equal(give_data(&s, GHM_FRAME_SYN, 3, 2000), GHM_OK);
    stop(&s);
}

/* ---- ids ---- */

static void frames_for_streams_that_never_were_end_the_session(void **state)
{
    (void)state;
    static const struct ghm_frame bad[] = {
        {GHM_FRAME_DATA, 0, 1, 0},               /* the peer's, not opened */
        {GHM_FRAME_WINDOW, 0, 2, 1},             /* ours, not opened */
        {GHM_FRAME_WINDOW, GHM_FRAME_RST, 2, 0}, /* nothing to reset */
        {GHM_FRAME_DATA, GHM_FRAME_FIN, 9, 1},   /* data, and nothing to end */
        {GHM_FRAME_DATA, GHM_FRAME_SYN, 2, 0},   /* our parity */
    };
    for (size_t i = 0; i < sizeof bad / sizeof bad[0]; i++) {
        struct side s;
        start(&s, false);
        assert_int_equal(give_frame(&s, bad[i].type, bad[i].flags, bad[i].stream, bad[i].length),
                         GHM_EPROTO);
        stop(&s);
    }
}

/* rust-yamux sends SYN with the first data: a stream that is dropped or closed before that is heard
 * of by a lone RST or FIN. */
static void streams_given_up_unseen_mean_nothing(void **state)
{
    (void)state;
    struct side s;
    start(&s, false);
    assert_int_equal(give_frame(&s, GHM_FRAME_DATA, GHM_FRAME_RST, 1, 0), GHM_OK);
    assert_int_equal(give_frame(&s, GHM_FRAME_DATA, GHM_FRAME_FIN, 3, 0), GHM_OK);
    assert_int_equal(give_frame(&s, GHM_FRAME_WINDOW, GHM_FRAME_RST, 5, 0), GHM_OK);
    assert_int_equal(give_frame(&s, GHM_FRAME_WINDOW, GHM_FRAME_FIN, 7, 0), GHM_OK);
    assert_int_equal(s.y.inbound, 0);
    assert_int_equal(give_frame(&s, GHM_FRAME_DATA, GHM_FRAME_SYN, 9, 0), GHM_OK);
    assert_int_equal(s.y.inbound, 1);
    stop(&s);
}

static void an_id_opens_once(void **state)
{
    (void)state;
    struct side s;
    start(&s, false);
    assert_int_equal(give_frame(&s, GHM_FRAME_WINDOW, GHM_FRAME_SYN, 1, 0), GHM_OK);
    assert_int_equal(give_frame(&s, GHM_FRAME_WINDOW, GHM_FRAME_SYN, 1, 0), GHM_EPROTO);
    stop(&s);
    start(&s, false);
    assert_int_equal(give_frame(&s, GHM_FRAME_WINDOW, GHM_FRAME_SYN, 3, 0), GHM_OK);
    assert_int_equal(give_frame(&s, GHM_FRAME_WINDOW, GHM_FRAME_SYN, 1, 0), GHM_OK); /* overtaken */
    assert_int_equal(give_frame(&s, GHM_FRAME_WINDOW, GHM_FRAME_RST, 1, 0), GHM_OK);
    assert_int_equal(give_frame(&s, GHM_FRAME_WINDOW, GHM_FRAME_SYN, 1, 0), GHM_EPROTO);
    stop(&s);
}

static void peer_opens_at_most_256(void **state)
{
    (void)state;
    struct side s;
    start(&s, false);
    for (uint32_t i = 0; i < 256; i++) {
        assert_int_equal(give_frame(&s, GHM_FRAME_WINDOW, GHM_FRAME_SYN, 2 * i + 1, 0), GHM_OK);
        assert_int_equal(count(&s, GHM_YAMUX_OPENED, 2 * i + 1), 1);
    }
    forget_output(&s);
    assert_int_equal(give_data(&s, GHM_FRAME_SYN, 513, 5), GHM_OK);
    assert_int_equal(count(&s, GHM_YAMUX_OPENED, 513), 0);
    assert_sends(&s, "\0\1\0\x8\0\0\2\1\0\0\0\0", 12);
    assert_int_equal(give_data(&s, 0, 513, 5), GHM_OK); /* on its way before it was refused */
    /* a place that becomes free can be taken */
    assert_int_equal(give_frame(&s, GHM_FRAME_WINDOW, GHM_FRAME_RST, 1, 0), GHM_OK);
    assert_int_equal(give_frame(&s, GHM_FRAME_WINDOW, GHM_FRAME_SYN, 515, 0), GHM_OK);
    assert_int_equal(count(&s, GHM_YAMUX_OPENED, 515), 1);
    stop(&s);
}

static void flood_of_streams_ends_the_session(void **state)
{
    (void)state;
    struct side s;
    uint32_t id = 1;
    start(&s, false);
    for (int i = 0; i < 512; i++, id += 2)
        assert_int_equal(give_frame(&s, GHM_FRAME_WINDOW, GHM_FRAME_SYN, id, 0), GHM_OK);
    size_t used = s.mem.used_bytes;
    assert_int_equal(give_frame(&s, GHM_FRAME_WINDOW, GHM_FRAME_SYN, id, 0), GHM_EPROTO);
    assert_string_equal(s.y.reason, "yamux: stream flood");
    assert_true(s.mem.used_bytes <= used && used < 256 * 1024);
    stop(&s);
}

static void open_and_reset_in_a_loop_stays_bounded(void **state)
{
    (void)state;
    struct side s;
    uint32_t id = 1;
    int error = GHM_OK;
    start(&s, false);
    for (int i = 0; i < 100000 && error == GHM_OK; i++, id += 2) {
        uint8_t frames[2 * GHM_FRAME_LEN];
        ghm_frame_encode(frames, &(struct ghm_frame){GHM_FRAME_WINDOW, GHM_FRAME_SYN, id, 0});
        ghm_frame_encode(frames + GHM_FRAME_LEN,
                         &(struct ghm_frame){GHM_FRAME_WINDOW, GHM_FRAME_RST, id, 0});
        error = ghm_yamux_push(&s.y, ghm_bytes(frames, sizeof frames), NOW); /* never drained */
    }
    assert_int_equal(error, GHM_EPROTO);
    assert_true(s.mem.peak_bytes < 256 * 1024);
    stop(&s);
}

static void we_open_at_most_256(void **state)
{
    (void)state;
    struct side c;
    uint32_t id;
    start(&c, true);
    for (int i = 0; i < 256; i++)
        open_stream(&c);
    assert_int_equal(ghm_yamux_open(&c.y, &id), GHM_ELIMIT);
    forget_output(&c);
    assert_int_equal(give_frame(&c, GHM_FRAME_WINDOW, GHM_FRAME_RST, 1, 0), GHM_OK);
    assert_int_equal(open_stream(&c), 513);
    assert_int_equal(c.y.unacked, 256);
    assert_int_equal(give_frame(&c, GHM_FRAME_WINDOW, GHM_FRAME_ACK, 3, 0), GHM_OK);
    assert_int_equal(give_frame(&c, GHM_FRAME_WINDOW, GHM_FRAME_ACK, 3, 0), GHM_OK);
    assert_int_equal(c.y.unacked, 255);
    for (uint32_t i = 2; i < 256; i++)
        assert_int_equal(give_frame(&c, GHM_FRAME_WINDOW, GHM_FRAME_ACK, 2 * i + 1, 0), GHM_OK);
    assert_int_equal(ghm_yamux_open(&c.y, &id), GHM_ELIMIT); /* all acknowledged, and all open */
    stop(&c);
}

static void ids_do_not_wrap(void **state)
{
    (void)state;
    struct side c;
    uint32_t id;
    start(&c, true);
    c.y.next_id = UINT32_MAX - 2;
    assert_int_equal(open_stream(&c), UINT32_MAX - 2);
    assert_int_equal(ghm_yamux_open(&c.y, &id), GHM_ELIMIT);
    stop(&c);
}

/* ---- the session ---- */

static void ping_is_answered_and_a_flood_is_bounded(void **state)
{
    (void)state;
    struct side s;
    start(&s, false);
    assert_int_equal(give_frame(&s, GHM_FRAME_PING, GHM_FRAME_SYN, 0, 0xcafe), GHM_OK);
    assert_sends(&s, "\0\2\0\2\0\0\0\0\0\0\xca\xfe", 12);
    uint32_t most = GHM_YAMUX_PONGS_MAX + GHM_YAMUX_PINGS_MAX;
    for (int turn = 0; turn < 10; turn++) { /* as many each time that pongs leave */
        for (uint32_t i = 1; i <= most; i++)
            assert_int_equal(give_frame(&s, GHM_FRAME_PING, GHM_FRAME_SYN, 0, i), GHM_OK);
        assert_int_equal(s.mem.used_bytes, 0);
        struct ghm_bytes out = ghm_yamux_pull(&s.y);
        assert_int_equal(out.len, GHM_YAMUX_PONGS_MAX * GHM_FRAME_LEN);
        assert_int_equal(ghm_load_be32(out.ptr + out.len - 4), most); /* the newest */
        ghm_yamux_pulled(&s.y, out.len);
    }
    assert_int_equal(give_frame(&s, GHM_FRAME_PING, GHM_FRAME_ACK, 0, 1), GHM_OK);
    assert_sends(&s, "", 0);
    for (uint32_t i = 1; i <= most; i++)
        assert_int_equal(give_frame(&s, GHM_FRAME_PING, GHM_FRAME_SYN, 0, i), GHM_OK);
    assert_int_equal(give_frame(&s, GHM_FRAME_PING, GHM_FRAME_SYN, 0, 1), GHM_EPROTO);
    assert_string_equal(s.y.reason, "yamux: a flood of pings");
    stop(&s);
}

/* rust-yamux #193: a session under back-pressure must still read and answer. */
static void reading_goes_on_while_nothing_can_be_sent(void **state)
{
    (void)state;
    struct side s;
    start(&s, false);
    assert_int_equal(give_frame(&s, GHM_FRAME_WINDOW, GHM_FRAME_SYN, 1, 0), GHM_OK);
    write_bytes(&s, 1, MIB);
    for (int i = 0; i < 100; i++) {
        assert_int_equal(give_data(&s, 0, 1, WINDOW / 2), GHM_OK);
        ghm_yamux_data_drop(&s.y, 1, WINDOW / 2);
        struct ghm_bytes out = ghm_yamux_pull(&s.y); /* lent, and only a little of it sent */
        ghm_yamux_pulled(&s.y, out.len < 1000 ? out.len : 1000);
        struct ghm_substream *stream = GHM_LIST_OF(
            ghm_map_find(&s.y.streams, ghm_bytes(&(uint32_t){1}, 4)), struct ghm_substream, by_id);
        stream->recv_window = WINDOW; /* as if the peer had its window back */
        stream->owed = 0;
    }
    stop(&s);
}

static void goaway_of_the_peer_stops_opening(void **state)
{
    (void)state;
    struct side c;
    uint32_t id;
    start(&c, true);
    open_stream(&c);
    assert_int_equal(give_frame(&c, GHM_FRAME_GOAWAY, 0, 0, 0), GHM_OK);
    assert_int_equal(give_frame(&c, GHM_FRAME_GOAWAY, 0, 0, 0), GHM_OK);
    assert_int_equal(c.events_count, 1);
    assert_int_equal(c.events[0].type, GHM_YAMUX_GOAWAY);
    assert_int_equal(c.events[0].error, GHM_OK);
    assert_int_equal(ghm_yamux_open(&c.y, &id), GHM_ECLOSED);
    write_bytes(&c, 1, 10); /* what is open goes on */
    stop(&c);
}

static void silence_is_asked_once_and_then_fatal(void **state)
{
    (void)state;
    struct side c;
    start(&c, true);
    assert_int_equal(ghm_yamux_deadline(&c.y), NOW + GHM_YAMUX_IDLE_NS);
    assert_int_equal(ghm_yamux_tick(&c.y, NOW + GHM_YAMUX_IDLE_NS - 1), GHM_OK);
    assert_sends(&c, "", 0);
    assert_int_equal(ghm_yamux_tick(&c.y, NOW + GHM_YAMUX_IDLE_NS), GHM_OK);
    assert_sends(&c, "\0\2\0\1\0\0\0\0\0\0\0\0", 12);
    uint64_t asked = NOW + GHM_YAMUX_IDLE_NS;
    assert_int_equal(ghm_yamux_deadline(&c.y), asked + GHM_YAMUX_SILENT_NS);
    assert_int_equal(ghm_yamux_push(&c.y, ghm_bytes("", 1), asked + 1), GHM_OK); /* it lives */
    assert_int_equal(ghm_yamux_deadline(&c.y), asked + 1 + GHM_YAMUX_IDLE_NS);
    assert_int_equal(ghm_yamux_tick(&c.y, asked + 1 + GHM_YAMUX_IDLE_NS), GHM_OK);
    uint64_t again = asked + 1 + GHM_YAMUX_IDLE_NS + GHM_YAMUX_SILENT_NS;
    assert_int_equal(ghm_yamux_tick(&c.y, again - 1), GHM_OK);
    assert_int_equal(ghm_yamux_tick(&c.y, again), GHM_ETIMEOUT);
    stop(&c);
}

static void streams_take_turns(void **state)
{
    (void)state;
    struct side c;
    start(&c, true);
    uint32_t a = open_stream(&c), b = open_stream(&c);
    write_bytes(&c, a, 200000);
    write_bytes(&c, b, 10);
    struct ghm_bytes out = ghm_yamux_pull(&c.y);
    assert_true(out.len <= GHM_YAMUX_BATCH_MAX);
    struct ghm_frame first, second;
    assert_int_equal(ghm_frame_decode(&first, out.ptr), GHM_OK);
    assert_int_equal(first.stream, a);
    assert_int_equal(first.length, GHM_SUBSTREAM_TURN_MAX);
    assert_int_equal(ghm_frame_decode(&second, out.ptr + GHM_FRAME_LEN + first.length), GHM_OK);
    assert_int_equal(second.stream, b);
    stop(&c);
}

/* ---- windows that grow ---- */

/* Two sessions with a way of `far_ns` between them, as much as fits sent at once, all that comes
 * dropped at once or `per_ms` bytes of it each millisecond. */
struct road {
    struct side c, s;
    uint64_t now_ns, far_ns;
    struct ghm_mem mem;
    struct ghm_buf ways[2][128]; /* what was sent in each of the last milliseconds */
};

static void road_start(struct road *r, uint64_t far_ns)
{
    start(&r->c, true);
    start(&r->s, false);
    ghm_mem_init(&r->mem, NULL, SIZE_MAX);
    r->now_ns = NOW;
    r->far_ns = far_ns;
    for (size_t i = 0; i < 256; i++)
        ghm_buf_init(&r->ways[i / 128][i % 128], &r->mem, 64 * MIB);
}

static void road_stop(struct road *r)
{
    for (size_t i = 0; i < 256; i++)
        ghm_buf_fini(&r->ways[i / 128][i % 128]);
    ghm_mem_fini(&r->mem);
    stop(&r->c);
    stop(&r->s);
}

static void send_on(struct side *from, struct ghm_buf *way)
{
    struct ghm_bytes out;
    while ((out = ghm_yamux_pull(&from->y)).len > 0) {
        assert_int_equal(ghm_buf_append(way, out), GHM_OK);
        ghm_yamux_pulled(&from->y, out.len);
    }
}

static void hear(struct road *r, struct side *to, struct ghm_buf *way)
{
    if (ghm_buf_len(way) == 0) return;
    assert_int_equal(ghm_yamux_push(&to->y, ghm_buf_bytes(way), r->now_ns), GHM_OK);
    ghm_buf_clear(way);
    drain(to);
    to->events_count = 0;
}

static void fill_queue(struct side *side, uint32_t id)
{
    while (ghm_yamux_write(&side->y, id, ghm_bytes(pattern, 65536)) == GHM_OK)
        continue;
}

/* One millisecond: returns how many bytes the server took from its stream `id`. */
static size_t road_step(struct road *r, uint32_t id, size_t per_ms)
{
    size_t at = (size_t)(r->now_ns / GHM_NS_PER_MS),
           then = at + (size_t)(r->far_ns / GHM_NS_PER_MS);
    send_on(&r->c, &r->ways[0][then % 128]);
    send_on(&r->s, &r->ways[1][then % 128]);
    hear(r, &r->s, &r->ways[0][at % 128]);
    hear(r, &r->c, &r->ways[1][at % 128]);
    size_t len = ghm_yamux_data(&r->s.y, id).len;
    if (len > per_ms) len = per_ms;
    ghm_yamux_data_drop(&r->s.y, id, len);
    r->now_ns += GHM_NS_PER_MS;
    return len;
}

static const struct ghm_substream *stream_of(struct side *side, uint32_t id)
{
    struct ghm_map_node *node = ghm_map_find(&side->y.streams, ghm_bytes(&id, sizeof id));
    assert_non_null(node);
    return GHM_LIST_OF(node, struct ghm_substream, by_id);
}

static size_t carry(struct road *r, uint32_t id, int ms, size_t per_ms)
{
    size_t total = 0;
    for (int i = 0; i < ms; i++) {
        fill_queue(&r->c, id);
        total += road_step(r, id, per_ms);
    }
    return total;
}

/* 100 ms there and back: 256 KiB for each of them without, 4 MiB with growth. (One mebibyte is
 * queued at a time here: the sender adds to it each millisecond.) */
static void far_reader_that_keeps_up_gets_a_larger_window(void **state)
{
    (void)state;
    struct road *r = calloc(1, sizeof *r);
    road_start(r, 50 * GHM_NS_PER_MS);
    uint32_t id = open_stream(&r->c);
    carry(r, id, 1500, SIZE_MAX);
    assert_int_equal(stream_of(&r->s, id)->window.size, GHM_WINDOW_MAX);
    assert_int_equal(r->s.y.grown, GHM_WINDOW_MAX - WINDOW);
    size_t second = carry(r, id, 1000, SIZE_MAX);
    print_message("far reader: %zu KiB in a second, %d KiB without growth\n", second / 1024,
                  10 * WINDOW / 1024);
    assert_true(second > 8 * (size_t)GHM_WINDOW_MAX);
    assert_int_equal(r->s.y.rtt.estimate_ns / (10 * GHM_NS_PER_MS), 10);
    /* the end of the stream gives back what it had got, and no memory stays */
    ghm_yamux_reset(&r->c.y, id, GHM_ECLOSED);
    for (int i = 0; i < 200; i++)
        road_step(r, id, SIZE_MAX);
    assert_int_equal(r->s.y.grown, 0);
    assert_true(r->s.mem.used_bytes <= 1024 && r->c.mem.used_bytes <= 1024);
    road_stop(r);
    free(r);
}

static void slow_reader_keeps_the_small_window(void **state)
{
    (void)state;
    struct road *r = calloc(1, sizeof *r);
    road_start(r, 50 * GHM_NS_PER_MS);
    uint32_t id = open_stream(&r->c);
    carry(r, id, 3000, 500);
    assert_int_equal(stream_of(&r->s, id)->window.size, WINDOW);
    assert_true(r->s.mem.peak_bytes < 3 * WINDOW);
    road_stop(r);
    free(r);
}

static void near_reader_needs_no_more(void **state)
{
    (void)state;
    struct road *r = calloc(1, sizeof *r);
    road_start(r, GHM_NS_PER_MS);
    uint32_t id = open_stream(&r->c);
    for (int i = 0; i < 2000; i++) { /* half a window takes 13 round trips */
        assert_int_equal(ghm_yamux_write(&r->c.y, id, ghm_bytes(pattern, 10000)), GHM_OK);
        road_step(r, id, SIZE_MAX);
    }
    assert_int_equal(stream_of(&r->s, id)->window.size, WINDOW);
    road_stop(r);
    free(r);
}

/* Half a window within the round trip, all read: the stream may double. */
static void half_windows_come(struct side *s, uint32_t id, int times)
{
    for (int i = 0; i < times; i++) {
        uint32_t half = stream_of(s, id)->window.size / 2;
        for (uint32_t left = half; left > 0; left -= left < MIB ? left : MIB)
            assert_int_equal(give_data(s, 0, id, left < MIB ? left : MIB), GHM_OK);
        ghm_yamux_data_drop(&s->y, id, ghm_yamux_data(&s->y, id).len);
        forget_output(s);
    }
}

static void open_known(struct side *s, uint32_t id)
{
    assert_int_equal(give_frame(s, GHM_FRAME_WINDOW, GHM_FRAME_SYN, id, 0), GHM_OK);
    forget_output(s);
    s->events_count = 0;
}

static void all_windows_together_grow_by_sixteen_mebibytes(void **state)
{
    (void)state;
    struct side *s = calloc(1, sizeof *s);
    start(s, false);
    s->mem.used_bytes_max = 1024 * (size_t)MIB;
    s->y.rtt.estimate_ns = GHM_NS_PER_S;
    for (uint32_t id = 1; id < 20; id += 2) {
        open_known(s, id);
        half_windows_come(s, id, 12);
        assert_true(s->y.grown <= GHM_YAMUX_GROWN_MAX);
        s->events_count = 0;
    }
    assert_true(s->y.grown > GHM_YAMUX_GROWN_MAX - WINDOW);
    assert_int_equal(stream_of(s, 1)->window.size, GHM_WINDOW_MAX);
    assert_int_equal(stream_of(s, 19)->window.size, WINDOW);
    /* a grown one is still a promise that is kept to the byte */
    assert_int_equal(give_frame(s, GHM_FRAME_DATA, 0, 1, GHM_WINDOW_MAX + 1), GHM_EPROTO);
    stop(s);
    free(s);
}

static void windows_grow_into_free_memory_only(void **state)
{
    (void)state;
    struct side *s = calloc(1, sizeof *s);
    start(s, false);
    s->mem.used_bytes_max = 3 * (size_t)MIB;
    s->y.rtt.estimate_ns = GHM_NS_PER_S;
    open_known(s, 1);
    half_windows_come(s, 1, 12);
    assert_int_equal(stream_of(s, 1)->window.size,
                     4 * WINDOW); /* the next would be over a quarter */
    stop(s);
    free(s);
}

static void unread_bytes_keep_the_window(void **state)
{
    (void)state;
    struct side *s = calloc(1, sizeof *s);
    start(s, false);
    s->y.rtt.estimate_ns = GHM_NS_PER_S;
    open_known(s, 1);
    assert_int_equal(give_data(s, 0, 1, WINDOW / 2), GHM_OK);
    assert_int_equal(stream_of(s, 1)->window.size, 2 * WINDOW); /* nothing was unread before it */
    forget_output(s);
    for (int i = 0; i < 4; i++)
        assert_int_equal(give_data(s, 0, 1, WINDOW / 4), GHM_OK);
    assert_int_equal(stream_of(s, 1)->window.size, 2 * WINDOW);
    stop(s);
    free(s);
}

/* A full queue of which little is sent and to which as little is added: bytes are not moved again
 * and again. */
static void full_queue_costs_no_more_than_an_empty_one(void **state)
{
    (void)state;
    struct side *c = calloc(1, sizeof *c);
    start(c, true);
    uint32_t id = open_stream(c);
    write_bytes(c, id, MIB);
    const struct ghm_substream *stream = stream_of(c, id);
    size_t moves = 0;
    for (int i = 0; i < 3000; i++) {
        assert_int_equal(give_frame(c, GHM_FRAME_WINDOW, 0, id, 1024), GHM_OK);
        forget_output(c);
        size_t before = stream->send.start;
        size_t room = GHM_SUBSTREAM_QUEUE_MAX - ghm_yamux_queued(&c->y, id);
        write_bytes(c, id, room < 1024 ? room : 1024);
        moves += stream->send.start < before;
    }
    assert_in_range(moves, 1, 3); /* three mebibytes were sent */
    assert_true(c->mem.peak_bytes < 3 * (size_t)MIB + MIB / 2);
    stop(c);
    free(c);
}

/* ---- two sessions ---- */

static uint32_t random_state = 1;

static uint32_t draw(uint32_t bound)
{
    random_state = random_state * 1664525 + 1013904223;
    return (random_state >> 8) % bound;
}

static bool move(struct side *from, struct side *to, size_t piece_max)
{
    struct ghm_bytes out = ghm_yamux_pull(&from->y);
    size_t len = piece_max == 0 ? out.len : 1 + draw((uint32_t)piece_max);
    out = ghm_bytes_upto(out, len);
    if (out.len == 0) return false;
    assert_int_equal(ghm_yamux_push(&to->y, out, NOW), GHM_OK);
    ghm_yamux_pulled(&from->y, out.len);
    return true;
}

struct flow {
    size_t to_send, sent, received;
};

static void feed(struct side *side, uint32_t id, struct flow *flow)
{
    while (flow->sent < flow->to_send) {
        size_t len = 1 + draw(40000);
        if (len > flow->to_send - flow->sent) len = flow->to_send - flow->sent;
        if (ghm_yamux_queued(&side->y, id) + len > 100000) return;
        assert_int_equal(ghm_yamux_write(&side->y, id, ghm_bytes(pattern + flow->sent, len)),
                         GHM_OK);
        flow->sent += len;
        if (flow->sent == flow->to_send) ghm_yamux_finish(&side->y, id);
    }
}

static void eat(struct side *side, uint32_t id, struct flow *flow)
{
    struct ghm_bytes data = ghm_yamux_data(&side->y, id);
    size_t len = draw(3) == 0 ? data.len : draw(1 + (uint32_t)data.len);
    if (len > 0) assert_memory_equal(data.ptr, pattern + flow->received, len);
    ghm_yamux_data_drop(&side->y, id, len);
    flow->received += len;
}

/* 1 MiB both ways at once on each of two streams, in random pieces. */
static void transfer(size_t piece_max)
{
    struct side *c = calloc(1, sizeof *c), *s = calloc(1, sizeof *s);
    struct flow there[2] = {{.to_send = MIB}, {.to_send = MIB}},
                back[2] = {{MIB, 0, 0}, {MIB, 0, 0}};
    uint32_t ids[2];
    start(c, true);
    start(s, false);
    ids[0] = open_stream(c);
    ids[1] = open_stream(c);
    while (move(c, s, 0))
        continue;
    bool open = true;
    for (int turns = 0; open; turns++) {
        assert_true(turns < 3000000);
        for (size_t i = 0; i < 2; i++) {
            feed(c, ids[i], &there[i]);
            feed(s, ids[i], &back[i]);
            eat(s, ids[i], &there[i]);
            eat(c, ids[i], &back[i]);
        }
        move(c, s, piece_max);
        move(s, c, piece_max);
        drain(c);
        drain(s);
        c->events_count = s->events_count = 0;
        open = c->y.streams.count + s->y.streams.count > 0;
    }
    for (size_t i = 0; i < 2; i++) {
        assert_int_equal(there[i].received, MIB);
        assert_int_equal(back[i].received, MIB);
    }
    assert_true(c->mem.peak_bytes < 2 * (WINDOW + 4 * 131072) && s->mem.peak_bytes < 2 * MIB);
    /* idle again: nothing but the table of streams */
    assert_true(c->mem.used_bytes <= 1024 && s->mem.used_bytes <= 1024);
    stop(c);
    stop(s);
    free(c);
    free(s);
}

static void a_mebibyte_both_ways_at_once(void **state)
{
    (void)state;
    transfer(0);
    transfer(1000);
    transfer(70000);
}

/* One scripted conversation; all that the server tells is summed per stream. */
static void record(size_t piece, char *ret_story, size_t story_max)
{
    struct side c, s;
    char per_stream[8][200] = {{0}};
    start(&c, true);
    start(&s, false);
    for (uint32_t i = 0; i < 4; i++) {
        uint32_t id = open_stream(&c);
        write_bytes(&c, id, 100 * (i + 1));
        if (i % 2 == 0) ghm_yamux_finish(&c.y, id);
    }
    struct ghm_bytes out = ghm_yamux_pull(&c.y);
    for (struct ghm_bytes in = out; in.len > 0; in = ghm_bytes_from(in, piece)) {
        assert_int_equal(ghm_yamux_push(&s.y, ghm_bytes_upto(in, piece), NOW), GHM_OK);
        struct ghm_yamux_event event;
        while (ghm_yamux_next(&s.y, &event)) {
            char *story = per_stream[event.id];
            size_t len = strlen(story);
            char letter = "ODFCG"[event.type];
            bool is_again = letter == 'D' && len > 0 && story[len - 1] == 'D';
            if (!is_again) snprintf(story + len, 200 - len, "%c", letter);
        }
    }
    size_t at = 0;
    for (uint32_t id = 1; id < 8; id += 2) {
        at += (size_t)snprintf(ret_story + at, story_max - at, "%u:%s:%zu ", id, per_stream[id],
                               ghm_yamux_data(&s.y, id).len);
    }
    ghm_yamux_pulled(&c.y, out.len);
    out = ghm_yamux_pull(&s.y);
    for (size_t i = 0; i < out.len; i++)
        at += (size_t)snprintf(ret_story + at, story_max - at, "%02x", out.ptr[i]);
    stop(&c);
    stop(&s);
}

static void all_splits_tell_and_answer_the_same(void **state)
{
    (void)state;
    char whole[1024], split[1024];
    record(SIZE_MAX, whole, sizeof whole);
    assert_non_null(strstr(whole, "1:ODF:100 3:OD:200 5:ODF:300 7:OD:400 "));
    for (size_t piece = 1; piece < 60; piece++) {
        record(piece, split, sizeof split);
        assert_string_equal(split, whole);
    }
}

static void random_bytes_are_survived(void **state)
{
    (void)state;
    for (int round = 0; round < 3000; round++) {
        struct side s;
        uint8_t bytes[400];
        start(&s, round % 2 == 0);
        for (size_t i = 0; i < sizeof bytes; i++)
            bytes[i] = (uint8_t)draw(256);
        if (round % 3 > 0) { /* heads that mostly make sense */
            for (size_t i = 0; i + GHM_FRAME_LEN <= sizeof bytes; i += GHM_FRAME_LEN) {
                struct ghm_frame frame = {(enum ghm_frame_type)draw(2), (uint16_t)draw(16),
                                          1 + draw(6), draw(4) == 0 ? draw(300000) : 0};
                ghm_frame_encode(bytes + i, &frame);
            }
        }
        int error = give(&s, ghm_bytes(bytes, sizeof bytes));
        assert_true(error == GHM_OK || error == GHM_EPROTO);
        assert_true(s.mem.peak_bytes < 64 * 1024);
        forget_output(&s);
        stop(&s);
    }
}

/* Whatever allocation is refused: an error or a stream less, and all memory comes back. */
static void every_refused_allocation_is_survived(void **state)
{
    (void)state;
    for (uint64_t n = 1; n < 80; n++) {
        struct side c, s;
        start(&c, true);
        start(&s, false);
        c.mem.fail_after = n;
        s.mem.fail_after = n;
        for (int i = 0; i < 20; i++) {
            uint32_t id;
            if (ghm_yamux_open(&c.y, &id) != GHM_OK) continue;
            int error = ghm_yamux_write(&c.y, id, ghm_bytes(pattern, 5000));
            assert_true(error == GHM_OK || error == GHM_ENOMEM);
            ghm_yamux_finish(&c.y, id);
        }
        for (int turn = 0; turn < 50; turn++) {
            struct ghm_bytes out = ghm_yamux_pull(&c.y);
            int error = ghm_yamux_push(&s.y, out, NOW);
            ghm_yamux_pulled(&c.y, out.len);
            if (error != GHM_OK) assert_int_equal(error, GHM_ENOMEM);
            if (error != GHM_OK) break;
            drain(&s);
            move(&s, &c, 0);
        }
        stop(&c);
        stop(&s);
    }
}

int main(void)
{
    for (size_t i = 0; i < sizeof pattern; i++)
        pattern[i] = (uint8_t)(i * 31 + (i >> 8));
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(client_opens_writes_and_finishes),
        cmocka_unit_test(server_acknowledges_with_its_first_frame),
        cmocka_unit_test(data_may_carry_syn_and_fin_at_once),
        cmocka_unit_test(half_closed_streams_still_carry_the_other_half),
        cmocka_unit_test(reset_of_either_side_ends_the_stream),
        cmocka_unit_test(what_came_before_a_reset_stays_readable_until_closed),
        cmocka_unit_test(sender_stops_at_the_window),
        cmocka_unit_test(window_of_a_stream_that_came_is_there_at_once),
        cmocka_unit_test(reader_gives_the_window_back_by_halves),
        cmocka_unit_test(no_window_is_given_after_the_end),
        cmocka_unit_test(data_beyond_the_window_ends_the_session),
        cmocka_unit_test(oversized_first_frame_allocates_nothing),
        cmocka_unit_test(announced_bytes_are_not_allocated_before_they_come),
        cmocka_unit_test(window_overflow_ends_the_session),
        cmocka_unit_test(data_after_fin_resets_only_the_stream),
        cmocka_unit_test(refused_memory_resets_only_the_stream),
        cmocka_unit_test(frames_for_streams_that_never_were_end_the_session),
        cmocka_unit_test(streams_given_up_unseen_mean_nothing),
        cmocka_unit_test(an_id_opens_once),
        cmocka_unit_test(peer_opens_at_most_256),
        cmocka_unit_test(flood_of_streams_ends_the_session),
        cmocka_unit_test(open_and_reset_in_a_loop_stays_bounded),
        cmocka_unit_test(we_open_at_most_256),
        cmocka_unit_test(ids_do_not_wrap),
        cmocka_unit_test(ping_is_answered_and_a_flood_is_bounded),
        cmocka_unit_test(reading_goes_on_while_nothing_can_be_sent),
        cmocka_unit_test(goaway_of_the_peer_stops_opening),
        cmocka_unit_test(silence_is_asked_once_and_then_fatal),
        cmocka_unit_test(streams_take_turns),
        cmocka_unit_test(far_reader_that_keeps_up_gets_a_larger_window),
        cmocka_unit_test(slow_reader_keeps_the_small_window),
        cmocka_unit_test(near_reader_needs_no_more),
        cmocka_unit_test(all_windows_together_grow_by_sixteen_mebibytes),
        cmocka_unit_test(windows_grow_into_free_memory_only),
        cmocka_unit_test(unread_bytes_keep_the_window),
        cmocka_unit_test(full_queue_costs_no_more_than_an_empty_one),
        cmocka_unit_test(a_mebibyte_both_ways_at_once),
        cmocka_unit_test(all_splits_tell_and_answer_the_same),
        cmocka_unit_test(random_bytes_are_survived),
        cmocka_unit_test(every_refused_allocation_is_survived),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
