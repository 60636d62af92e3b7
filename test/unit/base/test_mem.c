/* SPDX-License-Identifier: MIT */
#include "base/mem.h"

#include "death.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>

static void budget_is_reached_and_not_passed(void **state)
{
    (void)state;
    struct ghm_mem mem;
    ghm_mem_init(&mem, NULL, 100);
    void *a = ghm_mem_alloc(&mem, 60);
    void *b = ghm_mem_alloc(&mem, 40);
    assert_non_null(a);
    assert_non_null(b);
    assert_int_equal(mem.used_bytes, 100);
    assert_null(ghm_mem_alloc(&mem, 1));
    ghm_mem_free(&mem, b, 40);
    assert_null(ghm_mem_alloc(&mem, 41));
    assert_null(ghm_mem_alloc(&mem, SIZE_MAX));
    b = ghm_mem_alloc(&mem, 40);
    assert_non_null(b);
    ghm_mem_free(&mem, a, 60);
    ghm_mem_free(&mem, b, 40);
    assert_int_equal(mem.used_bytes, 0);
    assert_int_equal(mem.peak_bytes, 100);
    ghm_mem_fini(&mem);
}

static void every_parent_is_charged_and_asked(void **state)
{
    (void)state;
    struct ghm_mem process, swarm, stream;
    ghm_mem_init(&process, NULL, 100);
    ghm_mem_init(&swarm, &process, 1000);
    ghm_mem_init(&stream, &swarm, 1000);
    void *block = ghm_mem_alloc(&stream, 90);
    assert_non_null(block);
    assert_int_equal(stream.used_bytes, 90);
    assert_int_equal(swarm.used_bytes, 90);
    assert_int_equal(process.used_bytes, 90);
    /* The grandparent refuses, and then nobody was charged. */
    assert_null(ghm_mem_alloc(&stream, 11));
    assert_null(ghm_mem_resize(&stream, block, 90, 101));
    assert_int_equal(stream.used_bytes, 90);
    assert_int_equal(swarm.used_bytes, 90);
    assert_int_equal(process.used_bytes, 90);
    assert_int_equal(stream.peak_bytes, 90);
    void *other = ghm_mem_alloc(&swarm, 10);
    assert_non_null(other);
    assert_int_equal(stream.used_bytes, 90);
    assert_int_equal(process.used_bytes, 100);
    ghm_mem_free(&swarm, other, 10);
    ghm_mem_free(&stream, block, 90);
    ghm_mem_fini(&stream);
    ghm_mem_fini(&swarm);
    ghm_mem_fini(&process);
}

static void fresh_memory_is_zero(void **state)
{
    (void)state;
    struct ghm_mem mem;
    static const uint8_t zero[16];
    ghm_mem_init(&mem, NULL, 8192);
    uint8_t *block = ghm_mem_alloc(&mem, 16);
    assert_memory_equal(block, zero, 16);
    memset(block, 0xaa, 16);
    block = ghm_mem_resize(&mem, block, 16, 4096);
    assert_non_null(block);
    for (size_t i = 0; i < 16; i++)
        assert_int_equal(block[i], 0xaa);
    ghm_mem_free(&mem, block, 4096);
    ghm_mem_fini(&mem);
}

/* The same budget, the same order to fail; only what is in the block is nobody's business. */
static void unset_memory_is_charged_too(void **state)
{
    (void)state;
    struct ghm_mem mem;
    ghm_mem_init(&mem, NULL, 100);
    uint8_t *block = ghm_mem_alloc_unset(&mem, 100);
    assert_non_null(block);
    memset(block, 1, 100);
    assert_int_equal(mem.used_bytes, 100);
    assert_null(ghm_mem_alloc_unset(&mem, 1));
    ghm_mem_free(&mem, block, 100);
    mem.fail_after = 1;
    assert_null(ghm_mem_alloc_unset(&mem, 1));
    ghm_mem_fini(&mem);
}

static void resize_charges_the_difference_both_ways(void **state)
{
    (void)state;
    struct ghm_mem mem;
    ghm_mem_init(&mem, NULL, 100);
    uint8_t *block = ghm_mem_resize(&mem, NULL, 0, 40);
    assert_non_null(block);
    assert_int_equal(mem.used_bytes, 40);
    block = ghm_mem_resize(&mem, block, 40, 100);
    assert_non_null(block);
    assert_int_equal(mem.used_bytes, 100);
    memset(block, 7, 100);
    assert_null(ghm_mem_resize(&mem, block, 100, 101));
    assert_int_equal(block[99], 7);
    block = ghm_mem_resize(&mem, block, 100, 10);
    assert_non_null(block);
    assert_int_equal(mem.used_bytes, 10);
    assert_int_equal(block[9], 7);
    ghm_mem_free(&mem, block, 10);
    ghm_mem_fini(&mem);
}

/* fail_after n refuses the n-th allocation, once, and those after it are as before. */
static void fail_after_refuses_the_nth_allocation(void **state)
{
    (void)state;
    struct ghm_mem parent, mem;
    ghm_mem_init(&parent, NULL, 1000);
    ghm_mem_init(&mem, &parent, 1000);
    mem.fail_after = 3;
    void *a = ghm_mem_alloc(&mem, 1);
    void *b = ghm_mem_resize(&mem, NULL, 0, 1);
    assert_non_null(a);
    assert_non_null(b);
    assert_null(ghm_mem_alloc(&mem, 1));
    assert_int_equal(mem.fail_after, 0);
    void *c = ghm_mem_alloc(&mem, 1);
    assert_non_null(c);
    assert_int_equal(mem.used_bytes, 3);
    mem.fail_after = 1;
    assert_null(ghm_mem_resize(&mem, c, 1, 2));
    ghm_mem_free(&mem, a, 1);
    ghm_mem_free(&mem, b, 1);
    ghm_mem_free(&mem, c, 1);
    ghm_mem_fini(&mem);
    ghm_mem_fini(&parent);
}

/* An order given to a parent hits what its children take, and each budget counts for itself. */
static void fail_after_of_a_parent_hits_its_children(void **state)
{
    (void)state;
    struct ghm_mem process, swarm, stream, other;
    ghm_mem_init(&process, NULL, 1000);
    ghm_mem_init(&swarm, &process, 1000);
    ghm_mem_init(&stream, &swarm, 1000);
    ghm_mem_init(&other, &swarm, 1000);
    process.fail_after = 3;
    void *a = ghm_mem_alloc(&stream, 1);
    void *b = ghm_mem_alloc(&other, 1);
    assert_non_null(a);
    assert_non_null(b);
    assert_null(ghm_mem_resize(&stream, a, 1, 2));
    assert_int_equal(process.fail_after, 0);
    a = ghm_mem_resize(&stream, a, 1, 2);
    assert_non_null(a);
    /* Both count the same allocations; the one who fails first does not stop the other. */
    stream.fail_after = 1;
    swarm.fail_after = 2;
    assert_null(ghm_mem_alloc(&stream, 1));
    assert_int_equal(swarm.fail_after, 1);
    assert_null(ghm_mem_alloc(&other, 1));
    assert_int_equal(swarm.used_bytes, 3);
    /* A child's order is not its parent's. */
    stream.fail_after = 1;
    void *c = ghm_mem_alloc(&swarm, 1);
    assert_non_null(c);
    assert_int_equal(stream.fail_after, 1);
    ghm_mem_free(&stream, a, 2);
    ghm_mem_free(&other, b, 1);
    ghm_mem_free(&swarm, c, 1);
    ghm_mem_fini(&other);
    ghm_mem_fini(&stream);
    ghm_mem_fini(&swarm);
    ghm_mem_fini(&process);
}

static void nobody_has_no_bound(void **state)
{
    (void)state;
    uint8_t *block = ghm_mem_alloc(NULL, 1 << 20);
    assert_non_null(block);
    block = ghm_mem_resize(NULL, block, 1 << 20, 2 << 20);
    assert_non_null(block);
    assert_int_equal(block[(2 << 20) - 1], 0);
    ghm_mem_free(NULL, block, 2 << 20);
    ghm_mem_free(NULL, NULL, 0);
}

static void wipe_leaves_zeros(void **state)
{
    (void)state;
    static const uint8_t zero[32];
    uint8_t secret[32];
    memset(secret, 0x5a, sizeof secret);
    ghm_mem_wipe(secret, sizeof secret);
    assert_memory_equal(secret, zero, sizeof secret);
    ghm_mem_wipe(secret, 0);
}

static void leak(void)
{
    struct ghm_mem mem;
    ghm_mem_init(&mem, NULL, 100);
    (void)!ghm_mem_alloc(&mem, 1);
    ghm_mem_fini(&mem);
}

static void free_too_much(void)
{
    struct ghm_mem mem;
    ghm_mem_init(&mem, NULL, 100);
    void *block = ghm_mem_alloc(&mem, 1);
    ghm_mem_free(&mem, block, 2);
}

static void take_nothing(void)
{
    struct ghm_mem mem;
    ghm_mem_init(&mem, NULL, 100);
    (void)!ghm_mem_alloc(&mem, 0);
}

static void our_bugs_stop_the_process(void **state)
{
    (void)state;
    assert_true(dies(leak));
    assert_true(dies(free_too_much));
    assert_true(dies(take_nothing));
}

static void room_is_that_of_the_tightest_bound(void **state)
{
    (void)state;
    struct ghm_mem parent, child;
    ghm_mem_init(&parent, NULL, 100);
    ghm_mem_init(&child, &parent, 80);
    assert_int_equal(ghm_mem_room(NULL), SIZE_MAX);
    assert_int_equal(ghm_mem_room(&child), 80);
    void *block = ghm_mem_alloc(&parent, 60);
    assert_int_equal(ghm_mem_room(&child), 40);
    assert_int_equal(ghm_mem_room(&parent), 40);
    ghm_mem_free(&parent, block, 60);
    ghm_mem_fini(&child);
    ghm_mem_fini(&parent);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(room_is_that_of_the_tightest_bound),
        cmocka_unit_test(budget_is_reached_and_not_passed),
        cmocka_unit_test(every_parent_is_charged_and_asked),
        cmocka_unit_test(fresh_memory_is_zero),
        cmocka_unit_test(unset_memory_is_charged_too),
        cmocka_unit_test(resize_charges_the_difference_both_ways),
        cmocka_unit_test(fail_after_refuses_the_nth_allocation),
        cmocka_unit_test(fail_after_of_a_parent_hits_its_children),
        cmocka_unit_test(nobody_has_no_bound),
        cmocka_unit_test(wipe_leaves_zeros),
        cmocka_unit_test(our_bugs_stop_the_process),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
