/* SPDX-License-Identifier: MIT */
#include "crypto/entropy.h"

#include "hex.h"
#include "noise.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

static struct ghm_entropy seeded(uint8_t byte)
{
    struct ghm_entropy entropy;
    uint8_t seed[32];
    memset(seed, byte, sizeof seed);
    ghm_entropy_init(&entropy, seed);
    return entropy;
}

/* Source: test/vector/noise.py */
static void entropy_is_the_stated_stream(void **state)
{
    (void)state;
    struct ghm_entropy entropy = seeded(0x11);
    for (size_t i = 0; i < 3; i++) {
        struct hex want = hex_of(entropy_stream[i]);
        uint8_t out[128];
        ghm_entropy_fill(&entropy, out, want.len);
        assert_memory_equal(out, want.bytes, want.len);
    }
}

/* What was given out is not in the state left behind, nor the key that made it. */
static void entropy_forgets_its_past(void **state)
{
    (void)state;
    struct ghm_entropy entropy = seeded(0x11);
    struct ghm_entropy before = entropy;
    uint8_t out[64];
    ghm_entropy_fill(&entropy, out, sizeof out);
    assert_memory_not_equal(entropy.key, before.key, 32);
    assert_memory_not_equal(entropy.key, out, 32);
    assert_memory_not_equal(entropy.key, out + 32, 32);
    before = entropy;
    ghm_entropy_fill(&entropy, out, 0);
    assert_memory_equal(entropy.key, before.key, 32);
}

static void entropy_below_keeps_its_bound(void **state)
{
    (void)state;
    static const uint64_t bounds[] = {
        1, 2, 3, 10, 1000, UINT64_C(1) << 32, UINT64_MAX, UINT64_MAX / 2 + 2};
    struct ghm_entropy entropy = seeded(1);
    for (size_t i = 0; i < sizeof bounds / sizeof bounds[0]; i++) {
        for (size_t n = 0; n < 200; n++)
            assert_true(ghm_entropy_below(&entropy, bounds[i]) < bounds[i]);
    }
}

/* With bound 3 * 2^62 a plain remainder gives the lowest third half of all results, not a third. */
static void entropy_below_has_no_bias(void **state)
{
    (void)state;
    const uint64_t third = UINT64_C(1) << 62;
    struct ghm_entropy entropy = seeded(2);
    size_t low = 0;
    for (size_t n = 0; n < 3000; n++)
        low += ghm_entropy_below(&entropy, 3 * third) < third;
    assert_in_range(low, 900, 1100);
}

static void entropy_forks_into_two_streams(void **state)
{
    (void)state;
    struct ghm_entropy entropy = seeded(3);
    struct ghm_entropy child;
    uint8_t a[32];
    uint8_t b[32];
    ghm_entropy_fork(&entropy, &child);
    ghm_entropy_fill(&entropy, a, sizeof a);
    ghm_entropy_fill(&child, b, sizeof b);
    assert_memory_not_equal(a, b, sizeof a);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(entropy_is_the_stated_stream),
        cmocka_unit_test(entropy_forgets_its_past),
        cmocka_unit_test(entropy_below_keeps_its_bound),
        cmocka_unit_test(entropy_below_has_no_bias),
        cmocka_unit_test(entropy_forks_into_two_streams),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
