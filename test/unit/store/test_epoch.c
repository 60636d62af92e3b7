/* SPDX-License-Identifier: MIT */
#include "store/epoch.h"

#include <pthread.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

static struct ghm_shared shared;

static struct ghm_family keys(uint64_t first, uint64_t second)
{
    return (struct ghm_family){.count = 2, .keys = {first, second}};
}

static int setup(void **state)
{
    (void)state;
    memset(&shared, 0, sizeof shared);
    return 0;
}

static void the_last_write_of_any_key_counts(void **state)
{
    (void)state;
    struct ghm_family ab = keys(1000, 2000), bc = keys(2000, 3000), de = keys(4000, 5000);
    assert_int_equal(ghm_epoch_of(&shared, &ab).wrote_ms, 0);
    assert_int_equal(ghm_epoch_of(&shared, &ab).generation, 0);
    ghm_epoch_raise(&shared, &bc, 1700000000000);
    assert_int_equal(ghm_epoch_of(&shared, &ab).wrote_ms, 1700000000000);
    assert_int_equal(ghm_epoch_of(&shared, &ab).generation, 1);
    assert_int_equal(ghm_epoch_of(&shared, &bc).generation, 2);
    assert_int_equal(ghm_epoch_of(&shared, &de).wrote_ms, 0);
    ghm_epoch_raise(&shared, &ab, 1700000000001);
    assert_int_equal(ghm_epoch_of(&shared, &bc).wrote_ms, 1700000000001);
}

/* Guard: epoch.c: the number below the milliseconds. */
static void t19_every_write_is_another_generation(void **state)
{
    (void)state;
    struct ghm_family ab = keys(1000, 2000);
    ghm_epoch_raise(&shared, &ab, 1700000000000);
    struct ghm_epoch before = ghm_epoch_of(&shared, &ab);
    ghm_epoch_raise(&shared, &ab, 1700000000000); /* in the same millisecond */
    struct ghm_epoch after = ghm_epoch_of(&shared, &ab);
    assert_int_equal(after.wrote_ms, before.wrote_ms);
    assert_true(after.generation != before.generation);
}

/* Guard: epoch.c: is_kept. Clocks of processes differ by a little, or are wrong. */
static void t19_time_does_not_go_back_but_heals(void **state)
{
    (void)state;
    struct ghm_family ab = keys(1000, 2000);
    ghm_epoch_raise(&shared, &ab, 1700000060000);
    ghm_epoch_raise(&shared, &ab, 1700000000000);
    assert_int_equal(ghm_epoch_of(&shared, &ab).wrote_ms, 1700000060000);
    ghm_epoch_raise(&shared, &ab, 1699999999999); /* the first was from a clock that was wrong */
    assert_int_equal(ghm_epoch_of(&shared, &ab).wrote_ms, 1699999999999);
    ghm_epoch_raise(&shared, &ab, INT64_MAX);
    assert_true(ghm_epoch_of(&shared, &ab).wrote_ms > 1700000060000);
    ghm_epoch_raise(&shared, &ab, INT64_MIN);
    assert_int_equal(ghm_epoch_of(&shared, &ab).wrote_ms, 1);
}

static void every_key_has_a_word_and_no_table_is_accepted(void **state)
{
    (void)state;
    for (uint64_t key = 0; key < GHM_FAMILY_WIDE_MAX; key++) {
        struct ghm_family wide = {.count = 1, .keys = {key}};
        assert_int_equal(ghm_epoch_of(&shared, &wide).wrote_ms, 0); /* none shares its word */
        ghm_epoch_raise(&shared, &wide, 5);
    }
    struct ghm_family last = keys(UINT64_MAX, GHM_SHARED_EPOCHS - GHM_FAMILY_WIDE_MAX - 1);
    assert_int_equal(ghm_epoch_of(&shared, &last).wrote_ms, 0);
    ghm_epoch_raise(&shared, &last, 6);
    assert_int_equal(ghm_epoch_of(&shared, &last).wrote_ms, 6);
    for (size_t i = 0; i < GHM_SHARED_USES; i++)
        assert_int_equal(atomic_load(&shared.uses[i]), 0);
    ghm_epoch_raise(NULL, &last, 7);
    assert_int_equal(ghm_epoch_of(NULL, &last).wrote_ms, 0);
}

#define WRITES 300000

static pthread_barrier_t both;

static void *write_often(void *context)
{
    (void)pthread_barrier_wait(&both);
    for (int i = 0; i < WRITES; i++)
        ghm_epoch_raise(&shared, context, 1700000000000 + i);
    return NULL;
}

/* Guard: epoch.c: the exchange is compared. */
static void no_write_is_lost(void **state)
{
    (void)state;
    pthread_t other;
    struct ghm_family ab = keys(1000, 2000);
    assert_int_equal(pthread_barrier_init(&both, NULL, 2), 0);
    assert_int_equal(pthread_create(&other, NULL, write_often, &ab), 0);
    (void)write_often(&ab);
    assert_int_equal(pthread_join(other, NULL), 0);
    assert_int_equal(pthread_barrier_destroy(&both), 0);
    assert_int_equal(ghm_epoch_of(&shared, &ab).generation, 2 * 2 * WRITES);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup(the_last_write_of_any_key_counts, setup),
        cmocka_unit_test_setup(t19_every_write_is_another_generation, setup),
        cmocka_unit_test_setup(t19_time_does_not_go_back_but_heals, setup),
        cmocka_unit_test_setup(every_key_has_a_word_and_no_table_is_accepted, setup),
        cmocka_unit_test_setup(no_write_is_lost, setup),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
