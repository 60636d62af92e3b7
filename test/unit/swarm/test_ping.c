/* SPDX-License-Identifier: MIT */
/* A connection whose far end is played by the test: it echoes, errs or says nothing. */
#include "swarm/ping.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stdlib.h>

#include <cmocka.h>

#define NOW (5 * GHM_NS_PER_S)

struct fixture {
    struct ghm_mem mem;
    struct ghm_key keys[2];
    struct ghm_entropy entropy;
    struct ghm_link *near;
    struct ghm_link *far;
    uint32_t far_stream;           /* the ping that arrived there */
    struct ghm_link_event far_end; /* the last CLOSED there */
    struct ghm_ping ping;
};

static struct ghm_link *new_link(struct fixture *f, bool is_dialer)
{
    static const char *const protocols[] = {ghm_ping_protocol, NULL};
    uint8_t seed[32] = {is_dialer};
    struct ghm_link *link;
    ghm_key_from_seed(&f->keys[is_dialer], seed);
    struct ghm_link_config config = {
        .is_dialer = is_dialer, .identity = &f->keys[is_dialer], .protocols = protocols};
    assert_int_equal(ghm_link_new(&link, &f->mem, &config, &f->entropy, NOW), GHM_OK);
    return link;
}

static bool move(struct ghm_link *from, struct ghm_link *to)
{
    struct ghm_bytes out = ghm_link_pull(from);
    if (out.len == 0) return false;
    assert_int_equal(ghm_link_push(to, out, NOW), GHM_OK);
    ghm_link_pulled(from, out.len);
    return true;
}

static void pump(struct fixture *f, uint64_t now_ns)
{
    struct ghm_link_event event;
    for (bool moved = true; moved;) {
        while (ghm_link_next(f->near, &event)) {
            if (event.protocol == ghm_ping_protocol) {
                ghm_ping_event(&f->ping, f->near, &event, now_ns);
            }
        }
        while (ghm_link_next(f->far, &event)) {
            if (event.type == GHM_LINK_OPENED) f->far_stream = event.id;
            if (event.type == GHM_LINK_CLOSED) f->far_end = event;
        }
        moved = move(f->near, f->far);
        moved |= move(f->far, f->near);
    }
}

static struct fixture *start(void)
{
    struct fixture *f = calloc(1, sizeof *f);
    assert_non_null(f);
    ghm_mem_init(&f->mem, NULL, 1 << 24);
    f->near = new_link(f, true);
    f->far = new_link(f, false);
    ghm_ping_init(&f->ping);
    pump(f, NOW);
    assert_int_equal(ghm_ping_start(&f->ping, f->near, &f->entropy, NOW), GHM_OK);
    pump(f, NOW);
    assert_int_equal(ghm_link_data(f->far, f->far_stream).len, GHM_PING_LEN);
    return f;
}

static void stop(struct fixture *f)
{
    ghm_link_free(f->near);
    ghm_link_free(f->far);
    ghm_mem_fini(&f->mem);
    free(f);
}

static void answer(struct fixture *f, uint8_t change, size_t len)
{
    uint8_t echo[GHM_PING_LEN + 1] = {0};
    memcpy(echo, ghm_link_data(f->far, f->far_stream).ptr, GHM_PING_LEN);
    echo[GHM_PING_LEN - 1] ^= change;
    assert_int_equal(ghm_link_write(f->far, f->far_stream, ghm_bytes(echo, len)), GHM_OK);
    pump(f, NOW + 7);
}

static void assert_result(struct fixture *f, int error, uint64_t rtt_ns)
{
    struct ghm_ping_result result;
    assert_true(ghm_ping_is_busy(&f->ping));
    assert_true(ghm_ping_take(&f->ping, &result));
    assert_int_equal(result.error, error);
    assert_int_equal(result.rtt_ns, rtt_ns);
    assert_false(ghm_ping_take(&f->ping, &result));
    assert_false(ghm_ping_is_busy(&f->ping));
    uint64_t deadline = error == GHM_OK ? NOW + 7 + GHM_PING_KEPT_NS : GHM_NEVER;
    assert_int_equal(ghm_ping_deadline(&f->ping), deadline);
}

static void ask_again(struct fixture *f)
{
    assert_int_equal(ghm_ping_start(&f->ping, f->near, &f->entropy, NOW), GHM_OK);
}

static void echo_is_measured(void **state)
{
    (void)state;
    struct fixture *f = start();
    assert_int_equal(ghm_ping_start(&f->ping, f->near, &f->entropy, NOW), GHM_EBUSY);
    answer(f, 0, GHM_PING_LEN);
    assert_result(f, GHM_OK, 7);
    stop(f);
}

static void wrong_echo_is_an_error(void **state)
{
    (void)state;
    struct fixture *f = start();
    answer(f, 1, GHM_PING_LEN);
    assert_result(f, GHM_EPROTO, 0);
    stop(f);
}

static void too_long_an_echo_is_an_error(void **state)
{
    (void)state;
    struct fixture *f = start();
    answer(f, 0, GHM_PING_LEN + 1);
    assert_result(f, GHM_EPROTO, 0);
    stop(f);
}

static void half_an_echo_waits_and_times_out(void **state)
{
    (void)state;
    struct fixture *f = start();
    struct ghm_ping_result result;
    answer(f, 0, GHM_PING_LEN / 2);
    assert_int_equal(ghm_ping_deadline(&f->ping), NOW + GHM_PING_NS);
    ghm_ping_tick(&f->ping, f->near, NOW + GHM_PING_NS - 1);
    assert_false(ghm_ping_take(&f->ping, &result));
    ghm_ping_tick(&f->ping, f->near, NOW + GHM_PING_NS);
    assert_result(f, GHM_ETIMEOUT, 0);
    stop(f);
}

static void end_of_the_stream_is_an_error(void **state)
{
    (void)state;
    struct fixture *f = start();
    ghm_link_finish(f->far, f->far_stream);
    pump(f, NOW);
    assert_result(f, GHM_ECLOSED, 0);
    assert_int_equal(ghm_ping_start(&f->ping, f->near, &f->entropy, NOW), GHM_OK);
    pump(f, NOW);
    ghm_link_reset(f->far, f->far_stream, GHM_ECLOSED);
    pump(f, NOW);
    assert_result(f, GHM_ECLOSED, 0);
    stop(f);
}

static void next_ping_has_the_same_stream(void **state)
{
    (void)state;
    struct fixture *f = start();
    uint32_t stream = f->far_stream;
    answer(f, 0, GHM_PING_LEN);
    assert_result(f, GHM_OK, 7);
    ghm_link_data_drop(f->far, stream, GHM_PING_LEN);
    ask_again(f);
    pump(f, NOW);
    assert_int_equal(f->far_stream, stream);
    answer(f, 0, GHM_PING_LEN);
    assert_result(f, GHM_OK, 7);
    stop(f);
}

/* The far end gives the kept stream up while our ping is under way to it: another stream, once. */
static void crossed_end_is_asked_again(void **state, bool is_reset)
{
    (void)state;
    struct fixture *f = start();
    uint32_t stream = f->far_stream;
    answer(f, 0, GHM_PING_LEN);
    assert_result(f, GHM_OK, 7);
    if (is_reset)
        ghm_link_reset(f->far, stream, GHM_ECLOSED);
    else
        ghm_link_finish(f->far, stream);
    ask_again(f);
    pump(f, NOW);
    assert_int_not_equal(f->far_stream, stream);
    stream = f->far_stream;
    ghm_link_reset(f->far, stream, GHM_ECLOSED);
    pump(f, NOW);
    assert_int_equal(f->far_stream, stream);
    assert_result(f, GHM_ECLOSED, 0);
    stop(f);
}

static void crossed_finish_is_asked_again(void **state)
{
    crossed_end_is_asked_again(state, false);
}

static void crossed_reset_is_asked_again(void **state)
{
    crossed_end_is_asked_again(state, true);
}

static void kept_stream_that_ended_is_not_asked(void **state)
{
    (void)state;
    struct fixture *f = start();
    uint32_t stream = f->far_stream;
    answer(f, 0, GHM_PING_LEN);
    assert_result(f, GHM_OK, 7);
    ghm_link_finish(f->far, stream);
    pump(f, NOW);
    assert_int_equal(ghm_ping_deadline(&f->ping), GHM_NEVER);
    ask_again(f);
    pump(f, NOW);
    assert_int_not_equal(f->far_stream, stream);
    answer(f, 0, GHM_PING_LEN);
    assert_result(f, GHM_OK, 7);
    stop(f);
}

static void unasked_answer_ends_the_stream(void **state)
{
    (void)state;
    struct fixture *f = start();
    struct ghm_ping_result result;
    answer(f, 0, GHM_PING_LEN);
    assert_result(f, GHM_OK, 7);
    assert_int_equal(ghm_link_write(f->far, f->far_stream, ghm_bytes("x", 1)), GHM_OK);
    pump(f, NOW);
    assert_false(ghm_ping_take(&f->ping, &result));
    assert_int_equal(ghm_ping_deadline(&f->ping), GHM_NEVER);
    stop(f);
}

static void kept_stream_is_finished_in_time(void **state)
{
    (void)state;
    struct fixture *f = start();
    struct ghm_ping_result result;
    answer(f, 0, GHM_PING_LEN);
    assert_result(f, GHM_OK, 7);
    ghm_ping_tick(&f->ping, f->near, NOW + 6 + GHM_PING_KEPT_NS);
    assert_int_not_equal(ghm_ping_deadline(&f->ping), GHM_NEVER);
    ghm_ping_tick(&f->ping, f->near, NOW + 7 + GHM_PING_KEPT_NS);
    assert_int_equal(ghm_ping_deadline(&f->ping), GHM_NEVER);
    assert_false(ghm_ping_take(&f->ping, &result));
    stop(f);
}

static void lost_connection_ends_the_ping(void **state)
{
    (void)state;
    struct fixture *f = start();
    ghm_ping_lose(&f->ping, GHM_ECLOSED);
    assert_result(f, GHM_ECLOSED, 0);
    stop(f);
}

/* go-libp2p#1853: a ping that is answered ends with a FIN of each side, whoever began it: a reset
 * would be counted against the peer. */
static void streams_end_well(void **state)
{
    (void)state;
    struct fixture *f = start();
    answer(f, 0, GHM_PING_LEN);
    assert_result(f, GHM_OK, 7);
    ghm_link_data_drop(f->far, f->far_stream, GHM_PING_LEN);
    ghm_link_finish(f->far, f->far_stream);
    pump(f, NOW + 8);
    assert_int_equal(f->far_end.id, f->far_stream);
    assert_int_equal(f->far_end.error, GHM_OK);

    uint32_t id; /* and the other way round: the far one pings twice, then ends */
    static const uint8_t payload[2 * GHM_PING_LEN] = {5};
    assert_int_equal(ghm_link_open(f->far, &id, "/ipfs/ping/1.0.0", NOW), GHM_OK);
    assert_int_equal(ghm_link_write(f->far, id, ghm_bytes(payload, sizeof payload)), GHM_OK);
    ghm_link_finish(f->far, id);
    pump(f, NOW);
    struct ghm_bytes echo = ghm_link_data(f->far, id);
    assert_true(ghm_bytes_equal(echo, ghm_bytes(payload, sizeof payload)));
    ghm_link_data_drop(f->far, id, echo.len);
    pump(f, NOW);
    assert_int_equal(f->far_end.id, id);
    assert_int_equal(f->far_end.error, GHM_OK);
    stop(f);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(echo_is_measured),
        cmocka_unit_test(streams_end_well),
        cmocka_unit_test(wrong_echo_is_an_error),
        cmocka_unit_test(too_long_an_echo_is_an_error),
        cmocka_unit_test(half_an_echo_waits_and_times_out),
        cmocka_unit_test(end_of_the_stream_is_an_error),
        cmocka_unit_test(next_ping_has_the_same_stream),
        cmocka_unit_test(crossed_finish_is_asked_again),
        cmocka_unit_test(crossed_reset_is_asked_again),
        cmocka_unit_test(kept_stream_that_ended_is_not_asked),
        cmocka_unit_test(unasked_answer_ends_the_stream),
        cmocka_unit_test(kept_stream_is_finished_in_time),
        cmocka_unit_test(lost_connection_ends_the_ping),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
