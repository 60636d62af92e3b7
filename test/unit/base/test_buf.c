/* SPDX-License-Identifier: MIT */
#include "base/buf.h"

#include "death.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>

#include <cmocka.h>

struct fixture {
    struct ghm_mem mem;
    struct ghm_buf buf;
};

static struct fixture *begin(struct fixture *f, size_t len_max)
{
    ghm_mem_init(&f->mem, NULL, 1 << 20);
    ghm_buf_init(&f->buf, &f->mem, len_max);
    return f;
}

static void end(struct fixture *f)
{
    ghm_buf_fini(&f->buf);
    ghm_mem_fini(&f->mem);
}

static void assert_holds(const struct ghm_buf *buf, const char *text)
{
    assert_true(ghm_bytes_equal(ghm_buf_bytes(buf), ghm_bytes_text(text)));
}

static void bound_is_reached_and_not_passed(void **state)
{
    (void)state;
    static const size_t bounds[] = {1, 10, 255, 256, 257, 300, 512, 1000, 4097};
    uint8_t bytes[4098];
    memset(bytes, 'x', sizeof bytes);
    for (size_t i = 0; i < sizeof bounds / sizeof bounds[0]; i++) {
        struct fixture f;
        begin(&f, bounds[i]);
        for (size_t at = 0; at < bounds[i]; at++)
            assert_int_equal(ghm_buf_append(&f.buf, ghm_bytes(bytes, 1)), GHM_OK);
        assert_int_equal(ghm_buf_len(&f.buf), bounds[i]);
        assert_int_equal(ghm_buf_append(&f.buf, ghm_bytes(bytes, 1)), GHM_ELIMIT);
        assert_int_equal(ghm_buf_len(&f.buf), bounds[i]);
        /* Dropped bytes make room again, wherever the block's end is. */
        ghm_buf_drop(&f.buf, 1);
        assert_int_equal(ghm_buf_append(&f.buf, ghm_bytes(bytes, 2)), GHM_ELIMIT);
        assert_int_equal(ghm_buf_append(&f.buf, ghm_bytes(bytes, 1)), GHM_OK);
        end(&f);
        begin(&f, bounds[i]);
        assert_int_equal(ghm_buf_append(&f.buf, ghm_bytes(bytes, bounds[i] + 1)), GHM_ELIMIT);
        assert_int_equal(f.mem.used_bytes, 0);
        assert_int_equal(ghm_buf_append(&f.buf, ghm_bytes(bytes, bounds[i])), GHM_OK);
        end(&f);
    }
}

static void huge_lengths_do_not_wrap(void **state)
{
    (void)state;
    uint8_t *room;
    struct fixture f;
    begin(&f, 100);
    assert_int_equal(ghm_buf_append_text(&f.buf, "abc"), GHM_OK);
    assert_int_equal(ghm_buf_reserve(&f.buf, &room, SIZE_MAX), GHM_ELIMIT);
    assert_int_equal(ghm_buf_reserve(&f.buf, &room, SIZE_MAX - 2), GHM_ELIMIT);
    assert_int_equal(ghm_buf_reserve(&f.buf, &room, 98), GHM_ELIMIT);
    assert_int_equal(ghm_buf_reserve(&f.buf, &room, 97), GHM_OK);
    end(&f);
    begin(&f, SIZE_MAX);
    assert_int_equal(ghm_buf_reserve(&f.buf, &room, SIZE_MAX), GHM_ENOMEM);
    assert_int_equal(ghm_buf_append_text(&f.buf, "abc"), GHM_OK);
    end(&f);
}

static void failure_appends_nothing(void **state)
{
    (void)state;
    struct fixture f;
    uint8_t bytes[300] = {0};
    begin(&f, 1000);
    assert_int_equal(ghm_buf_append_text(&f.buf, "kept"), GHM_OK);
    f.mem.fail_after = 1;
    assert_int_equal(ghm_buf_append(&f.buf, ghm_bytes(bytes, sizeof bytes)), GHM_ENOMEM);
    assert_holds(&f.buf, "kept");
    assert_int_equal(ghm_buf_append(&f.buf, ghm_bytes(bytes, sizeof bytes)), GHM_OK);
    assert_int_equal(ghm_buf_len(&f.buf), 304);
    end(&f);
}

/* Against a plain model: random appends and drops lose, add and turn around nothing. */
static void queue_keeps_its_order(void **state)
{
    (void)state;
    struct fixture f;
    static uint8_t model[1 << 20];
    size_t first = 0, last = 0;
    uint32_t random = 1;
    begin(&f, 700);
    for (int turn = 0; turn < 5000; turn++) {
        random = random * 1664525 + 1013904223;
        size_t len = (random >> 8) % 200;
        if (random >> 31) {
            for (size_t i = 0; i < len; i++)
                model[last + i] = (uint8_t)(last + i);
            int error = ghm_buf_append(&f.buf, ghm_bytes(model + last, len));
            assert_int_equal(error, last - first + len > 700 ? GHM_ELIMIT : GHM_OK);
            if (error == GHM_OK) last += len;
        } else {
            if (len > last - first) len = last - first;
            ghm_buf_drop(&f.buf, len);
            first += len;
        }
        assert_true(ghm_bytes_equal(ghm_buf_bytes(&f.buf), ghm_bytes(model + first, last - first)));
        assert_true(f.buf.size <= 700);
    }
    assert_true(last > 10000);
    end(&f);
}

static void nothing_is_taken_before_the_first_append(void **state)
{
    (void)state;
    struct fixture f;
    begin(&f, 100);
    assert_null(ghm_buf_bytes(&f.buf).ptr);
    assert_int_equal(ghm_buf_append(&f.buf, GHM_BYTES_NONE), GHM_OK);
    assert_int_equal(ghm_buf_append_text(&f.buf, NULL), GHM_OK);
    assert_int_equal(ghm_buf_append_text(&f.buf, ""), GHM_OK);
    ghm_buf_drop(&f.buf, 0);
    ghm_buf_clear(&f.buf);
    assert_int_equal(f.mem.used_bytes, 0);
    end(&f);
    end(&f); /* again: as good as new */
    struct ghm_buf zeroed = {0};
    ghm_buf_fini(&zeroed);
}

static void clear_keeps_the_block(void **state)
{
    (void)state;
    struct fixture f;
    begin(&f, 1000);
    assert_int_equal(ghm_buf_append_text(&f.buf, "abcdef"), GHM_OK);
    size_t used = f.mem.used_bytes;
    ghm_buf_drop(&f.buf, 2);
    assert_holds(&f.buf, "cdef");
    ghm_buf_clear(&f.buf);
    assert_int_equal(ghm_buf_len(&f.buf), 0);
    f.mem.fail_after = 1;
    assert_int_equal(ghm_buf_append_text(&f.buf, "xyz"), GHM_OK);
    assert_holds(&f.buf, "xyz");
    assert_int_equal(f.mem.used_bytes, used);
    end(&f);
}

static void trim_gives_back_what_is_empty_and_large(void **state)
{
    (void)state;
    struct ghm_mem mem;
    struct ghm_buf buf;
    static const uint8_t bytes[2000];
    ghm_mem_init(&mem, NULL, 10000);
    ghm_buf_init(&buf, &mem, 4000);
    ghm_buf_trim(&buf, 0); /* nothing to give back */
    assert_int_equal(ghm_buf_append(&buf, ghm_bytes(bytes, sizeof bytes)), GHM_OK);
    size_t size = buf.size;
    ghm_buf_drop(&buf, sizeof bytes - 1);
    ghm_buf_trim(&buf, 0); /* not empty */
    assert_int_equal(ghm_buf_len(&buf), 1);
    ghm_buf_drop(&buf, 1);
    ghm_buf_trim(&buf, size); /* not large */
    assert_int_equal(mem.used_bytes, size);
    ghm_buf_trim(&buf, size - 1);
    assert_int_equal(mem.used_bytes, 0);
    assert_int_equal(ghm_buf_append(&buf, ghm_bytes(bytes, sizeof bytes)), GHM_OK);
    assert_int_equal(buf.len_max, 4000);
    ghm_buf_fini(&buf);
    ghm_mem_fini(&mem);
}

static void drop_wiped_overwrites_what_it_drops(void **state)
{
    (void)state;
    struct fixture f;
    begin(&f, 1000);
    ghm_buf_drop_wiped(&f.buf, 0); /* no block yet */
    assert_int_equal(ghm_buf_append_text(&f.buf, "abcdef"), GHM_OK);
    ghm_buf_drop_wiped(&f.buf, 2);
    assert_holds(&f.buf, "cdef");
    assert_memory_equal(f.buf.ptr, "\0\0cdef", 6);
    ghm_buf_drop_wiped(&f.buf, 4);
    assert_memory_equal(f.buf.ptr, "\0\0\0\0\0\0", 6);
    end(&f);
}

static void commit_past_the_room(void)
{
    struct fixture f;
    uint8_t *room;
    begin(&f, 1000);
    (void)!ghm_buf_reserve(&f.buf, &room, 10);
    ghm_buf_commit(&f.buf, 257);
}

/* The block may be larger than the bound: the bound counts. */
static void commit_past_the_bound(void)
{
    struct fixture f;
    uint8_t *room;
    begin(&f, 10);
    (void)!ghm_buf_reserve(&f.buf, &room, 10);
    ghm_buf_commit(&f.buf, 11);
}

static void drop_past_the_end(void)
{
    struct fixture f;
    begin(&f, 10);
    (void)!ghm_buf_append_text(&f.buf, "abc");
    ghm_buf_drop(&f.buf, 4);
}

static void our_bugs_stop_the_process(void **state)
{
    (void)state;
    assert_true(dies(commit_past_the_room));
    assert_true(dies(commit_past_the_bound));
    assert_true(dies(drop_past_the_end));
}

/* ---- views ---- */

static void views_are_cut_and_compared(void **state)
{
    (void)state;
    struct ghm_bytes abc = ghm_bytes_text("abc");
    assert_true(ghm_bytes_equal(ghm_bytes_from(abc, 1), ghm_bytes_text("bc")));
    assert_int_equal(ghm_bytes_from(abc, 4).len, 0);
    assert_null(ghm_bytes_from(GHM_BYTES_NONE, 3).ptr);
    assert_int_equal(ghm_bytes_upto(abc, 9).len, 3);
    assert_true(ghm_bytes_equal(ghm_bytes_upto(abc, 2), ghm_bytes_text("ab")));
    assert_true(ghm_bytes_starts(abc, ghm_bytes_text("")));
    assert_true(ghm_bytes_starts(abc, ghm_bytes_text("abc")));
    assert_false(ghm_bytes_starts(abc, ghm_bytes_text("abcd")));
    assert_false(ghm_bytes_starts(abc, ghm_bytes_text("b")));
    assert_true(ghm_bytes_equal(GHM_BYTES_NONE, ghm_bytes_text("")));
    assert_int_equal(ghm_bytes_compare(abc, abc), 0);
    assert_true(ghm_bytes_compare(abc, ghm_bytes_text("abd")) < 0);
    assert_true(ghm_bytes_compare(abc, ghm_bytes_text("ab")) > 0);
    assert_true(ghm_bytes_compare(ghm_bytes("\x80", 1), ghm_bytes("\x7f", 1)) > 0);
    assert_int_equal(ghm_bytes_compare(GHM_BYTES_NONE, ghm_bytes_text("")), 0);
}

static void integers_are_big_endian(void **state)
{
    (void)state;
    static const uint8_t wire[8] = {0xf1, 0xe2, 0xd3, 0xc4, 0xb5, 0xa6, 0x97, 0x88};
    uint8_t out[8];
    assert_int_equal(ghm_load_be16(wire), 0xf1e2);
    assert_int_equal(ghm_load_be32(wire), 0xf1e2d3c4);
    assert_true(ghm_load_be64(wire) == UINT64_C(0xf1e2d3c4b5a69788));
    ghm_store_be64(out, UINT64_C(0xf1e2d3c4b5a69788));
    assert_memory_equal(out, wire, 8);
    ghm_store_be32(out, 0xf1e2d3c4);
    assert_memory_equal(out, wire, 4);
    ghm_store_be16(out, 0xf1e2);
    assert_memory_equal(out, wire, 2);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(bound_is_reached_and_not_passed),
        cmocka_unit_test(huge_lengths_do_not_wrap),
        cmocka_unit_test(failure_appends_nothing),
        cmocka_unit_test(queue_keeps_its_order),
        cmocka_unit_test(nothing_is_taken_before_the_first_append),
        cmocka_unit_test(clear_keeps_the_block),
        cmocka_unit_test(trim_gives_back_what_is_empty_and_large),
        cmocka_unit_test(drop_wiped_overwrites_what_it_drops),
        cmocka_unit_test(our_bugs_stop_the_process),
        cmocka_unit_test(views_are_cut_and_compared),
        cmocka_unit_test(integers_are_big_endian),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
