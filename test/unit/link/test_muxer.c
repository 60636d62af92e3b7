/* SPDX-License-Identifier: MIT */
/* A muxer whose far end is yamux alone: what is said on its streams is the test's. */
#include "link/muxer.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>

#include <cmocka.h>

#define NOW (5 * GHM_NS_PER_S)
#define KIB ((size_t)1024)
#define EVENTS_MAX 512
#define HEADER "\x13/multistream/1.0.0\n"
#define A "\x05/a/1\n"
#define B "\x05/b/1\n"
#define NA "\x03na\n"

static const uint8_t seed[16] = {9};
static const char *const protocols[] = {"/a/1", "/b/1", NULL};

struct fixture {
    struct ghm_mem mem;
    struct ghm_mem far_mem;
    struct ghm_muxer near;
    struct ghm_yamux far;
    size_t piece; /* bytes moved at once */
    int error;
    uint64_t far_closed; /* a bit for each stream */
    size_t events_count;
    struct ghm_link_event events[EVENTS_MAX];
};

static struct fixture *start(bool is_client)
{
    struct fixture *f = calloc(1, sizeof *f);
    assert_non_null(f);
    const struct ghm_muxer_config config = {
        .is_client = is_client, .protocols = protocols, .seed = seed};
    f->piece = SIZE_MAX;
    ghm_mem_init(&f->mem, NULL, 64 << 20);
    ghm_mem_init(&f->far_mem, NULL, 64 << 20);
    ghm_muxer_init(&f->near, &f->mem, &config, NOW);
    ghm_yamux_init(&f->far, &f->far_mem, !is_client, seed, NOW);
    return f;
}

static void stop(struct fixture *f)
{
    ghm_muxer_fini(&f->near);
    ghm_yamux_fini(&f->far);
    ghm_mem_fini(&f->mem);
    ghm_mem_fini(&f->far_mem);
    free(f);
}

static void drain(struct fixture *f)
{
    struct ghm_link_event event;
    struct ghm_yamux_event far_event;
    while (ghm_muxer_next(&f->near, &event)) {
        assert_true(f->events_count < EVENTS_MAX);
        f->events[f->events_count++] = event;
    }
    while (ghm_yamux_next(&f->far, &far_event)) {
        if (far_event.type == GHM_YAMUX_CLOSED && far_event.id < 64)
            f->far_closed |= (uint64_t)1 << far_event.id;
    }
}

static void pump(struct fixture *f)
{
    drain(f);
    for (bool moved = true; moved && f->error == GHM_OK;) {
        struct ghm_bytes out = ghm_bytes_upto(ghm_yamux_pull(&f->far), f->piece);
        moved = out.len > 0;
        f->error = ghm_muxer_push(&f->near, out, NOW);
        ghm_yamux_pulled(&f->far, out.len);
        drain(f);
        out = ghm_bytes_upto(ghm_yamux_pull(&f->near.yamux), f->piece);
        moved |= out.len > 0;
        assert_int_equal(ghm_yamux_push(&f->far, out, NOW), GHM_OK);
        ghm_yamux_pulled(&f->near.yamux, out.len);
        drain(f);
    }
}

static uint32_t far_opens(struct fixture *f, const char *text)
{
    uint32_t id;
    assert_int_equal(ghm_yamux_open(&f->far, &id), GHM_OK);
    assert_int_equal(ghm_yamux_write(&f->far, id, ghm_bytes_text(text)), GHM_OK);
    return id;
}

static uint32_t near_opens(struct fixture *f, const char *protocol)
{
    uint32_t id;
    assert_int_equal(ghm_muxer_open(&f->near, &id, protocol, NOW), GHM_OK);
    return id;
}

static void far_says(struct fixture *f, uint32_t id, const char *text)
{
    assert_int_equal(ghm_yamux_write(&f->far, id, ghm_bytes_text(text)), GHM_OK);
    pump(f);
}

static void assert_far_heard(const struct fixture *f, uint32_t id, const char *text)
{
    assert_true(ghm_bytes_equal(ghm_yamux_data(&f->far, id), ghm_bytes_text(text)));
}

static bool was_reset(const struct fixture *f, uint32_t id)
{
    return (f->far_closed >> id & 1) != 0;
}

static const struct ghm_link_event *found(const struct fixture *f, uint32_t id,
                                          enum ghm_link_event_type type)
{
    for (size_t i = 0; i < f->events_count; i++) {
        if (f->events[i].id == id && f->events[i].type == type) return &f->events[i];
    }
    return NULL;
}

/* ---- agreements ---- */

static void stream_is_told_when_it_is_agreed(void **state)
{
    (void)state;
    struct fixture *f = start(false);
    uint32_t id = far_opens(f, HEADER "\x05/b");
    pump(f);
    assert_int_equal(f->events_count, 0);
    assert_int_equal(ghm_muxer_data(&f->near, id).len, 0);
    far_says(f, id,
             "/1\n"
             "ask");
    assert_int_equal(f->events_count, 2);
    assert_ptr_equal(found(f, id, GHM_LINK_OPENED)->protocol, protocols[1]);
    assert_true(ghm_bytes_equal(ghm_muxer_data(&f->near, id), ghm_bytes_text("ask")));
    assert_far_heard(f, id, HEADER B);
    stop(f);
}

/* go-libp2p#2330: the extension for simultaneous opens is a protocol like any other that we do not
 * speak; and so is `ls`. */
static void others_are_refused_and_the_next_one_is_heard(void **state)
{
    (void)state;
    struct fixture *f = start(false);
    uint32_t id = far_opens(f, HEADER "\x1d/libp2p/simultaneous-connect\n\x03ls\n" A);
    pump(f);
    assert_far_heard(f, id, HEADER NA NA A);
    assert_ptr_equal(found(f, id, GHM_LINK_OPENED)->protocol, protocols[0]);
    stop(f);
}

/* What was sent behind a proposal that is refused is read as proposals: where it is none, the
 * stream is reset, and never taken for one that was agreed. */
static void bytes_behind_a_refused_proposal_end_the_stream(void **state)
{
    (void)state;
    struct fixture *f = start(false);
    uint32_t id = far_opens(f, HEADER "\x0a/nobody/1\n\x20request of some protocol of yours");
    pump(f);
    assert_int_equal(f->error, GHM_OK);
    assert_int_equal(f->events_count, 0);
    assert_true(was_reset(f, id));
    uint32_t again = far_opens(f, HEADER A);
    pump(f);
    assert_non_null(found(f, again, GHM_LINK_OPENED));
    stop(f);
}

/* go-multistream#115, go-libp2p#3038: ended before the peer's echo came. The echo is read, and both
 * halves end well. */
static void stream_finished_at_once_reads_the_echo(void **state)
{
    (void)state;
    struct fixture *f = start(true);
    uint32_t id = near_opens(f, "/x/1");
    assert_int_equal(ghm_muxer_write(&f->near, id, ghm_bytes_text("all")), GHM_OK);
    ghm_yamux_finish(&f->near.yamux, id);
    pump(f);
    assert_far_heard(f, id, HEADER "\x05/x/1\nall");
    assert_int_equal(f->events_count, 0);
    far_says(f, id, HEADER);
    far_says(f, id, "\x05/x/1\nanswer");
    assert_non_null(found(f, id, GHM_LINK_READY));
    assert_true(ghm_bytes_equal(ghm_muxer_data(&f->near, id), ghm_bytes_text("answer")));
    ghm_muxer_data_drop(&f->near, id, 6);
    ghm_yamux_finish(&f->far, id);
    pump(f);
    assert_int_equal(found(f, id, GHM_LINK_CLOSED)->error, GHM_OK);
    stop(f);
}

static void ended_without_an_answer(struct fixture *f, uint32_t id, bool is_reset)
{
    if (is_reset)
        ghm_yamux_reset(&f->far, id, GHM_ECLOSED);
    else
        ghm_yamux_finish(&f->far, id);
    pump(f);
    assert_null(found(f, id, GHM_LINK_READY));
    assert_int_equal(found(f, id, GHM_LINK_CLOSED)->error, is_reset ? GHM_ECLOSED : GHM_ENOTSUP);
    assert_int_equal(f->error, GHM_OK);
}

/* js-libp2p#2161: js ends the stream where it should have said `na`. It is a refusal, and only this
 * stream's. */
static void peer_that_ends_the_stream_has_refused(void **state)
{
    (void)state;
    for (int i = 0; i < 4; i++) {
        struct fixture *f = start(true);
        uint32_t id = near_opens(f, "/x/1"), other = near_opens(f, "/y/1");
        pump(f);
        if (i >= 2) far_says(f, id, HEADER);
        ended_without_an_answer(f, id, i % 2 == 0);
        far_says(f, other, HEADER "\x05/y/1\n");
        assert_non_null(found(f, other, GHM_LINK_READY));
        stop(f);
    }
}

static void peer_that_says_na_has_refused(void **state)
{
    (void)state;
    struct fixture *f = start(true);
    uint32_t id = near_opens(f, "/x/1");
    pump(f);
    far_says(f, id, HEADER NA);
    assert_null(found(f, id, GHM_LINK_READY));
    assert_int_equal(found(f, id, GHM_LINK_CLOSED)->error, GHM_ENOTSUP);
    stop(f);
}

/* ---- limits ---- */

static void silent_streams_have_ten_seconds(void **state)
{
    (void)state;
    struct fixture *f = start(false);
    uint32_t mute = far_opens(f, "\x13/multi");
    uint32_t id = near_opens(f, "/x/1");
    pump(f);
    uint64_t end = NOW + GHM_LINK_NEGOTIATION_NS;
    assert_int_equal(ghm_muxer_deadline(&f->near), end);
    assert_int_equal(ghm_muxer_tick(&f->near, end - 1), GHM_OK);
    pump(f);
    assert_int_equal(f->events_count, 0);
    assert_int_equal(ghm_muxer_tick(&f->near, end), GHM_OK);
    pump(f);
    assert_int_equal(found(f, id, GHM_LINK_CLOSED)->error, GHM_ETIMEOUT);
    assert_null(found(f, mute, GHM_LINK_CLOSED)); /* nobody heard of it */
    assert_true(was_reset(f, mute));
    stop(f);
}

/* On each of 256 streams ten KiB of a name that was to have sixteen: the length alone ends it. */
static void names_without_an_end_are_bounded(void **state)
{
    (void)state;
    static char text[10240] = HEADER "\x80\x80\x01";
    struct fixture *f = start(false);
    memset(text + 23, 'n', sizeof text - 24);
    size_t used = f->mem.used_bytes;
    for (int i = 0; i < 256; i++)
        far_opens(f, text);
    pump(f);
    assert_int_equal(f->events_count, 0);
    assert_true(was_reset(f, 1) && was_reset(f, 63));
    assert_true(f->mem.peak_bytes < 512 * KIB);
    assert_in_range(f->mem.used_bytes - used, 0, 64 * KIB);
    stop(f);
}

/* ---- laws ---- */

/* All that is told and answered in one conversation; news of data count once. */
static void converse(size_t piece, char ret_story[2000])
{
    struct fixture *f = start(false);
    size_t at = 0;
    f->piece = piece;
    far_opens(f, HEADER A "one");
    far_opens(f, HEADER "\x05/c/1\n" B "two");
    uint32_t broken = far_opens(f, "\x13/multistream/2.0.0\n");
    uint32_t cut = far_opens(f, HEADER);
    uint32_t ours = near_opens(f, "/x/1");
    pump(f);
    ghm_yamux_finish(&f->far, cut);
    far_says(f, ours, HEADER NA);
    for (uint32_t id = 1; id <= 8; id++) {
        char last = '\0';
        for (size_t i = 0; i < f->events_count; i++) {
            const struct ghm_link_event *event = &f->events[i];
            char letter = "SORDFCL"[event->type];
            if (event->id != id || (letter == 'D' && last == 'D')) continue;
            last = letter;
            at += (size_t)snprintf(ret_story + at, 2000 - at, "%c", letter);
        }
        struct ghm_bytes answer = ghm_yamux_data(&f->far, id);
        at += (size_t)snprintf(ret_story + at, 2000 - at, "[%.*s]%zu ", (int)answer.len,
                               answer.len == 0 ? "" : (const char *)answer.ptr,
                               ghm_muxer_data(&f->near, id).len);
    }
    assert_true(was_reset(f, broken) && was_reset(f, cut));
    stop(f);
}

static void all_splits_tell_the_same(void **state)
{
    (void)state;
    char whole[2000], parts[2000];
    converse(SIZE_MAX, whole);
    assert_non_null(strstr(whole, "OD[" HEADER A "]3 "));
    assert_non_null(strstr(whole, "OD[" HEADER NA B "]3 "));
    for (size_t piece = 1; piece < 80; piece++) {
        converse(piece, parts);
        assert_string_equal(parts, whole);
    }
}

/* One allocation refused at each step: a stream less, and all memory comes back. */
static void every_refused_allocation_is_survived(void **state)
{
    (void)state;
    for (uint64_t n = 1; n < 60; n++) {
        struct fixture *f = start(false);
        f->mem.fail_after = n;
        for (int i = 0; i < 4; i++) {
            uint32_t id;
            far_opens(f, i % 2 == 0 ? HEADER A "text" : HEADER "\x05/c/1\n" B);
            pump(f);
            int error = ghm_muxer_open(&f->near, &id, "/x/1", NOW);
            assert_true(error == GHM_OK || error == GHM_ENOMEM);
            if (error == GHM_OK) error = ghm_muxer_write(&f->near, id, ghm_bytes_text("text"));
            assert_true(error == GHM_OK || error == GHM_ENOMEM);
            pump(f);
            assert_true(f->error == GHM_OK || f->error == GHM_ENOMEM);
        }
        stop(f);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(stream_is_told_when_it_is_agreed),
        cmocka_unit_test(others_are_refused_and_the_next_one_is_heard),
        cmocka_unit_test(bytes_behind_a_refused_proposal_end_the_stream),
        cmocka_unit_test(stream_finished_at_once_reads_the_echo),
        cmocka_unit_test(peer_that_ends_the_stream_has_refused),
        cmocka_unit_test(peer_that_says_na_has_refused),
        cmocka_unit_test(silent_streams_have_ten_seconds),
        cmocka_unit_test(names_without_an_end_are_bounded),
        cmocka_unit_test(all_splits_tell_the_same),
        cmocka_unit_test(every_refused_allocation_is_survived),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
