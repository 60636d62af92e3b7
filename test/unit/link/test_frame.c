/* SPDX-License-Identifier: MIT */
#include "link/frame.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>

#include <cmocka.h>

/* hashicorp/yamux spec.md, "Framing" and "Flag Field": laid out by hand */
static const struct {
    struct ghm_frame frame;
    const char bytes[GHM_FRAME_LEN + 1];
} golden[] = {
    {{GHM_FRAME_DATA, 0, 1, 5}, "\0\0\0\0\0\0\0\1\0\0\0\5"},
    {{GHM_FRAME_DATA, GHM_FRAME_SYN, 3, 0x01020304}, "\0\0\0\1\0\0\0\3\1\2\3\4"},
    {{GHM_FRAME_WINDOW, GHM_FRAME_ACK, 2, 0x40000}, "\0\1\0\2\0\0\0\2\0\4\0\0"},
    {{GHM_FRAME_WINDOW, GHM_FRAME_FIN, 0xfffffffe, 0}, "\0\1\0\4\xff\xff\xff\xfe\0\0\0\0"},
    {{GHM_FRAME_WINDOW, GHM_FRAME_RST, 7, 0}, "\0\1\0\x8\0\0\0\7\0\0\0\0"},
    {{GHM_FRAME_PING, GHM_FRAME_SYN, 0, 0xdeadbeef}, "\0\2\0\1\0\0\0\0\xde\xad\xbe\xef"},
    {{GHM_FRAME_PING, GHM_FRAME_ACK, 0, 1}, "\0\2\0\2\0\0\0\0\0\0\0\1"},
    {{GHM_FRAME_GOAWAY, 0, 0, 2}, "\0\3\0\0\0\0\0\0\0\0\0\2"},
};
#define GOLDEN_COUNT (sizeof golden / sizeof golden[0])

static void golden_frames_go_both_ways(void **state)
{
    (void)state;
    for (size_t i = 0; i < GOLDEN_COUNT; i++) {
        uint8_t out[GHM_FRAME_LEN];
        struct ghm_frame frame;
        ghm_frame_encode(out, &golden[i].frame);
        assert_memory_equal(out, golden[i].bytes, GHM_FRAME_LEN);
        assert_int_equal(ghm_frame_decode(&frame, out), GHM_OK);
        assert_int_equal(frame.type, golden[i].frame.type);
        assert_int_equal(frame.flags, golden[i].frame.flags);
        assert_int_equal(frame.stream, golden[i].frame.stream);
        assert_int_equal(frame.length, golden[i].frame.length);
    }
}

static void unknown_heads_are_refused(void **state)
{
    (void)state;
    static const char *const bad[] = {
        "\1\0\0\0\0\0\0\1\0\0\0\0",   /* version */
        "\0\4\0\0\0\0\0\1\0\0\0\0",   /* type */
        "\0\0\0\x10\0\0\0\1\0\0\0\0", /* flag */
        "\0\0\1\0\0\0\0\1\0\0\0\0",   /* flag */
        "\0\0\0\0\0\0\0\0\0\0\0\0",   /* data of the session */
        "\0\1\0\0\0\0\0\0\0\0\0\0",   /* window of the session */
        "\0\2\0\1\0\0\0\1\0\0\0\0",   /* ping of a stream */
        "\0\3\0\0\0\0\0\2\0\0\0\0",   /* goaway of a stream */
    };
    for (size_t i = 0; i < sizeof bad / sizeof bad[0]; i++) {
        struct ghm_frame frame;
        assert_int_equal(ghm_frame_decode(&frame, (const uint8_t *)bad[i]), GHM_EPROTO);
    }
}

/* A flipped bit is refused or read as what it now says: encoding gives the same bytes again. */
static void every_flipped_bit_is_refused_or_read_exactly(void **state)
{
    (void)state;
    for (size_t i = 0; i < GOLDEN_COUNT; i++) {
        for (size_t bit = 0; bit < 8 * GHM_FRAME_LEN; bit++) {
            uint8_t in[GHM_FRAME_LEN], out[GHM_FRAME_LEN];
            struct ghm_frame frame;
            memcpy(in, golden[i].bytes, sizeof in);
            in[bit / 8] = (uint8_t)(in[bit / 8] ^ 1u << bit % 8);
            if (ghm_frame_decode(&frame, in) != GHM_OK) continue;
            ghm_frame_encode(out, &frame);
            assert_memory_equal(in, out, sizeof in);
        }
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(golden_frames_go_both_ways),
        cmocka_unit_test(unknown_heads_are_refused),
        cmocka_unit_test(every_flipped_bit_is_refused_or_read_exactly),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
