/* SPDX-License-Identifier: MIT */
#include "link/multistream.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>

#include <cmocka.h>

#define HEADER "\x13/multistream/1.0.0\n"
#define A "\x05/a/1\n"
#define B "\x05/b/1\n"
#define NA "\x03na\n"

_Static_assert(sizeof HEADER == 21, "one length, 18 characters, a newline");

static const char *const both[] = {"/a/1", "/b/1", NULL};
static const char *const only_b[] = {"/b/1", NULL};

struct side {
    struct ghm_mem mem;
    struct ghm_multistream ms;
    uint8_t held[8192];
    size_t held_len;
    int error;
};

static void start(struct side *side, bool is_dialer, const char *const *protocols)
{
    memset(side, 0, sizeof *side);
    ghm_mem_init(&side->mem, NULL, 1 << 16);
    assert_int_equal(ghm_multistream_init(&side->ms, &side->mem, is_dialer, protocols), GHM_OK);
}

static void stop(struct side *side)
{
    ghm_multistream_fini(&side->ms);
    ghm_mem_fini(&side->mem);
}

/* Give bytes, keeping what is not taken as an owner does. */
static int give(struct side *side, struct ghm_bytes in)
{
    size_t used = 0;
    if (side->error != GHM_OK) return side->error;
    memcpy(side->held + side->held_len, in.ptr, in.len);
    side->held_len += in.len;
    side->error = ghm_multistream_push(&side->ms, &used, ghm_bytes(side->held, side->held_len));
    if (side->error != GHM_OK) return side->error;
    side->held_len -= used;
    memmove(side->held, side->held + used, side->held_len);
    return GHM_OK;
}

static void assert_says(struct side *side, const char *text)
{
    struct ghm_bytes out = ghm_multistream_pull(&side->ms);
    assert_int_equal(out.len, strlen(text));
    assert_true(out.len == 0 || memcmp(out.ptr, text, out.len) == 0);
    ghm_multistream_pulled(&side->ms, out.len);
}

static void assert_outcome(struct side *side, enum ghm_multistream_event wanted)
{
    enum ghm_multistream_event event;
    assert_true(ghm_multistream_next(&side->ms, &event));
    assert_int_equal(event, wanted);
    assert_false(ghm_multistream_next(&side->ms, &event));
}

static void dialer_proposes_in_one_flight(void **state)
{
    (void)state;
    struct side d;
    enum ghm_multistream_event event;
    start(&d, true, only_b);
    assert_says(&d, HEADER B);
    assert_int_equal(give(&d, ghm_bytes_text(HEADER)), GHM_OK);
    assert_false(ghm_multistream_next(&d.ms, &event));
    assert_null(ghm_multistream_protocol(&d.ms));
    assert_int_equal(give(&d, ghm_bytes_text(B "data")), GHM_OK);
    assert_outcome(&d, GHM_MULTISTREAM_DONE);
    assert_string_equal(ghm_multistream_protocol(&d.ms), "/b/1");
    assert_int_equal(d.held_len, 4); /* what follows is not ours */
    stop(&d);
}

static void second_proposal_waits_for_the_refusal(void **state)
{
    (void)state;
    struct side d;
    start(&d, true, both);
    assert_says(&d, HEADER A);
    assert_int_equal(give(&d, ghm_bytes_text(HEADER)), GHM_OK);
    assert_says(&d, "");
    assert_int_equal(give(&d, ghm_bytes_text(NA)), GHM_OK);
    assert_says(&d, B);
    assert_int_equal(give(&d, ghm_bytes_text(NA)), GHM_OK);
    assert_says(&d, "");
    assert_outcome(&d, GHM_MULTISTREAM_NONE);
    stop(&d);
}

static void listener_agrees_and_refuses(void **state)
{
    (void)state;
    struct side l;
    start(&l, false, both);
    assert_says(&l, "");
    assert_int_equal(give(&l, ghm_bytes_text(HEADER "\x03ls\n\x02x\n" B "\x05")), GHM_OK);
    assert_says(&l, HEADER NA NA B);
    assert_outcome(&l, GHM_MULTISTREAM_DONE);
    assert_string_equal(ghm_multistream_protocol(&l.ms), "/b/1");
    assert_int_equal(l.held_len, 1);
    stop(&l);
}

static void rounds_are_bounded(void **state)
{
    (void)state;
    struct side l;
    start(&l, false, both);
    assert_int_equal(give(&l, ghm_bytes_text(HEADER)), GHM_OK);
    for (int i = 0; i < GHM_MULTISTREAM_ROUNDS_MAX; i++)
        assert_int_equal(give(&l, ghm_bytes_text("\x02x\n")), GHM_OK);
    assert_int_equal(give(&l, ghm_bytes_text("\x02x\n")), GHM_EPROTO);
    stop(&l);
}

static void longest_message_is_read_and_a_longer_one_refused(void **state)
{
    (void)state;
    for (size_t len = 1024; len <= 1025; len++) {
        struct side l;
        uint8_t message[1027] = {(uint8_t)(len & 0x7f) | 0x80, (uint8_t)(len >> 7)};
        memset(message + 2, 'x', len);
        message[1 + len] = '\n';
        start(&l, false, both);
        assert_int_equal(give(&l, ghm_bytes_text(HEADER)), GHM_OK);
        /* the length alone decides, before the rest is there */
        assert_int_equal(give(&l, ghm_bytes(message, 2)), len == 1024 ? GHM_OK : GHM_EPROTO);
        if (len == 1024) {
            assert_int_equal(give(&l, ghm_bytes(message + 2, len - 1)), GHM_OK);
            assert_int_equal(l.held_len, GHM_MULTISTREAM_HELD_MAX - 1);
            assert_int_equal(give(&l, ghm_bytes(message + 1 + len, 1)), GHM_OK);
            assert_says(&l, HEADER NA);
        }
        stop(&l);
    }
}

static void broken_messages_are_refused(void **state)
{
    (void)state;
    static const char *const bad[] = {
        "\x13/multistream/2.0.0\n",
        "\x13/multistream/1.0.0 ",
        "\x12/multistream/1.0.0",
        "\x93\x80", /* an overlong length */
        "\xff\xff\x03",
    };
    struct side l, d;
    for (size_t i = 0; i < sizeof bad / sizeof bad[0]; i++) {
        start(&l, false, both);
        assert_int_equal(give(&l, ghm_bytes_text(bad[i])), GHM_EPROTO);
        assert_true(strlen(l.ms.reason) > 0);
        stop(&l);
    }
    start(&l, false, both);
    assert_int_equal(give(&l, ghm_bytes("", 1)), GHM_EPROTO); /* an empty message */
    stop(&l);
    start(&d, true, only_b);
    assert_int_equal(give(&d, ghm_bytes_text(HEADER A)), GHM_EPROTO); /* not what was proposed */
    stop(&d);
}

static void too_long_a_name_is_not_proposed(void **state)
{
    (void)state;
    char name[1025];
    const char *const names[] = {name, NULL};
    struct ghm_mem mem;
    struct ghm_multistream ms;
    ghm_mem_init(&mem, NULL, 1 << 16);
    memset(name, 'n', sizeof name);
    name[1024] = '\0';
    assert_int_equal(ghm_multistream_init(&ms, &mem, true, names), GHM_EINVAL);
    name[1023] = '\0';
    assert_int_equal(ghm_multistream_init(&ms, &mem, true, names), GHM_OK);
    ghm_multistream_fini(&ms);
    ghm_mem_fini(&mem);
}

/* One conversation of two sides, whose bytes move in pieces of `piece`. */
static void converse(size_t piece, char *ret_dialer, char *ret_listener)
{
    struct side d, l;
    start(&d, true, both);
    start(&l, false, only_b);
    size_t d_len = 0, l_len = 0;
    for (bool moved = true; moved;) {
        struct ghm_bytes out = ghm_bytes_upto(ghm_multistream_pull(&d.ms), piece);
        memcpy(ret_dialer + d_len, out.ptr == NULL ? (const uint8_t *)"" : out.ptr, out.len);
        d_len += out.len;
        moved = out.len > 0;
        if (out.len > 0) assert_int_equal(give(&l, out), GHM_OK);
        ghm_multistream_pulled(&d.ms, out.len);
        out = ghm_bytes_upto(ghm_multistream_pull(&l.ms), piece);
        memcpy(ret_listener + l_len, out.ptr == NULL ? (const uint8_t *)"" : out.ptr, out.len);
        l_len += out.len;
        moved |= out.len > 0;
        if (out.len > 0) assert_int_equal(give(&d, out), GHM_OK);
        ghm_multistream_pulled(&l.ms, out.len);
    }
    ret_dialer[d_len] = '\0';
    ret_listener[l_len] = '\0';
    assert_outcome(&d, GHM_MULTISTREAM_DONE);
    assert_outcome(&l, GHM_MULTISTREAM_DONE);
    stop(&d);
    stop(&l);
}

static void all_splits_say_the_same(void **state)
{
    (void)state;
    for (size_t piece = 1; piece < 40; piece++) {
        char dialer[256], listener[256];
        converse(piece, dialer, listener);
        assert_string_equal(dialer, HEADER A B);
        assert_string_equal(listener, HEADER NA B);
    }
}

/* Truncated: no outcome. Any bit flipped: an error, a refusal or more wanted, never the agreement.
 */
static void truncations_and_flips_do_not_agree(void **state)
{
    (void)state;
    static const char whole[] = HEADER B;
    enum ghm_multistream_event event;
    for (size_t len = 0; len < sizeof whole - 1; len++) {
        struct side l;
        start(&l, false, only_b);
        assert_int_equal(give(&l, ghm_bytes(whole, len)), GHM_OK);
        assert_false(ghm_multistream_next(&l.ms, &event));
        stop(&l);
    }
    for (size_t bit = 0; bit < 8 * (sizeof whole - 1); bit++) {
        struct side l;
        char flipped[sizeof whole];
        memcpy(flipped, whole, sizeof whole);
        flipped[bit / 8] = (char)(flipped[bit / 8] ^ 1 << bit % 8);
        start(&l, false, only_b);
        int error = give(&l, ghm_bytes(flipped, sizeof whole - 1));
        assert_true(error == GHM_EPROTO || !ghm_multistream_next(&l.ms, &event));
        stop(&l);
    }
}

static void refused_memory_is_an_error(void **state)
{
    (void)state;
    struct ghm_mem mem;
    struct ghm_multistream ms;
    size_t used;
    ghm_mem_init(&mem, NULL, 1 << 16);
    mem.fail_after = 1;
    assert_int_equal(ghm_multistream_init(&ms, &mem, true, both), GHM_ENOMEM);
    assert_int_equal(ghm_multistream_init(&ms, &mem, false, both), GHM_OK);
    mem.fail_after = 1;
    assert_int_equal(ghm_multistream_push(&ms, &used, ghm_bytes_text(HEADER)), GHM_ENOMEM);
    ghm_multistream_fini(&ms);
    ghm_mem_fini(&mem);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(dialer_proposes_in_one_flight),
        cmocka_unit_test(second_proposal_waits_for_the_refusal),
        cmocka_unit_test(listener_agrees_and_refuses),
        cmocka_unit_test(rounds_are_bounded),
        cmocka_unit_test(longest_message_is_read_and_a_longer_one_refused),
        cmocka_unit_test(broken_messages_are_refused),
        cmocka_unit_test(too_long_a_name_is_not_proposed),
        cmocka_unit_test(all_splits_say_the_same),
        cmocka_unit_test(truncations_and_flips_do_not_agree),
        cmocka_unit_test(refused_memory_is_an_error),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
