/* SPDX-License-Identifier: MIT */
#include "gossip/intake.h"
#include "gossip/rpc.h"
#include "wire/varint.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

static struct ghm_mem mem;
static uint8_t stream[3 << 20];
static size_t stream_len;

static void put(size_t len)
{
    stream_len += ghm_varint_encode(stream + stream_len, len);
    for (size_t i = 0; i < len; i++)
        stream[stream_len + i] = (uint8_t)(len + i);
    stream_len += len;
}

struct taken {
    size_t count;
    size_t lens[16];
    int error;
};

/* The stream's buffer grows by `piece` bytes, and what is used leaves it. */
static struct taken take(size_t piece, bool is_ignored)
{
    struct taken taken = {.count = 0};
    struct ghm_intake intake;
    size_t start = 0, end = 0;
    ghm_intake_init(&intake, &mem);
    while (taken.error == 0 && (end < stream_len || start < end)) {
        end = end + piece < stream_len ? end + piece : stream_len;
        for (;;) {
            struct ghm_bytes rpc;
            size_t used;
            int more = ghm_intake_next(&intake, &rpc, &used, ghm_bytes(stream + start, end - start),
                                       is_ignored);
            if (more > 0) {
                assert_true(taken.count < 16);
                for (size_t i = 0; i < rpc.len; i++)
                    assert_int_equal(rpc.ptr[i], (uint8_t)(rpc.len + i));
                taken.lens[taken.count++] = rpc.len;
            }
            if (more < 0) taken.error = more;
            start += used;
            if (more < 0 || used == 0) break;
        }
        if (end == stream_len) break;
    }
    ghm_intake_fini(&intake);
    return taken;
}

static void start(void)
{
    ghm_mem_init(&mem, NULL, SIZE_MAX);
    stream_len = 0;
}

static void all_splits_give_the_same(void **state)
{
    (void)state;
    static const size_t lens[] = {5, 0, 300, GHM_INTAKE_IN_PLACE_MAX, GHM_INTAKE_IN_PLACE_MAX + 1,
                                  7};
    start();
    for (size_t i = 0; i < 6; i++)
        put(lens[i]);
    for (size_t piece = 1; piece < 1 << 20; piece = piece * 7 + 1) {
        struct taken taken = take(piece, false);
        assert_int_equal(taken.error, 0);
        assert_int_equal(taken.count, 6);
        assert_memory_equal(taken.lens, lens, sizeof lens);
    }
    ghm_mem_fini(&mem);
}

static void large_ones_that_nobody_wants_are_not_gathered(void **state)
{
    (void)state;
    start();
    put(4);
    put(GHM_RPC_LEN_MAX);
    put(6);
    struct taken taken = take(1000, true);
    assert_int_equal(taken.error, 0);
    assert_int_equal(taken.count, 2);
    assert_int_equal(mem.peak_bytes, 0);
    taken = take(1000, false);
    assert_int_equal(taken.count, 3);
    assert_int_equal(taken.lens[1], GHM_RPC_LEN_MAX);
    assert_true(mem.peak_bytes <= 2 * GHM_RPC_LEN_MAX);
    ghm_mem_fini(&mem);
}

static void lengths_are_bounded(void **state)
{
    (void)state;
    start();
    stream_len = ghm_varint_encode(stream, GHM_RPC_LEN_MAX + 1);
    assert_int_equal(take(1, false).error, GHM_EPROTO);
    memset(stream, 0xff, 3);
    stream_len = 3; /* already longer than any allowed */
    assert_int_equal(take(1, false).error, GHM_EPROTO);
    stream[0] = 0x80;
    stream[1] = 0x00; /* not the shortest form */
    stream_len = 2;
    assert_int_equal(take(1, false).error, GHM_EPROTO);
    ghm_mem_fini(&mem);
}

static void memory_follows_what_is_received(void **state)
{
    (void)state;
    struct ghm_intake intake;
    struct ghm_bytes rpc;
    size_t used;
    start();
    put(GHM_RPC_LEN_MAX);
    ghm_intake_init(&intake, &mem);
    assert_int_equal(ghm_intake_next(&intake, &rpc, &used, ghm_bytes(stream, 10), false), 0);
    assert_int_equal(used, 10);
    assert_true(mem.used_bytes <= 256);
    mem.fail_after = 1;
    assert_int_equal(ghm_intake_next(&intake, &rpc, &used, ghm_bytes(stream + 10, 5000), false),
                     GHM_ENOMEM);
    ghm_intake_fini(&intake);
    ghm_mem_fini(&mem);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(all_splits_give_the_same),
        cmocka_unit_test(large_ones_that_nobody_wants_are_not_gathered),
        cmocka_unit_test(lengths_are_bounded),
        cmocka_unit_test(memory_follows_what_is_received),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
