/* SPDX-License-Identifier: MIT */
#include "wire/varint.h"

#include "hex.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

/* Source: multiformats/unsigned-varint README.md, "Format" (values and bytes), and its two bounds.
 */
static const struct {
    uint64_t value;
    const char *hex;
} golden[] = {
    {0, "00"},     {1, "01"},     {127, "7f"},       {128, "8001"},
    {255, "ff01"}, {300, "ac02"}, {16384, "808001"}, {GHM_VARINT_MAX, "ffffffffffffffff7f"},
};

static void varint_matches_the_specification(void **state)
{
    (void)state;
    for (size_t i = 0; i < sizeof golden / sizeof golden[0]; i++) {
        struct hex hex = hex_of(golden[i].hex);
        uint8_t out[GHM_VARINT_LEN_MAX];
        uint64_t value = 7;
        assert_int_equal(ghm_varint_encode(out, golden[i].value), hex.len);
        assert_memory_equal(out, hex.bytes, hex.len);
        assert_int_equal(ghm_varint_decode(&value, hex_bytes(&hex)), hex.len);
        assert_true(value == golden[i].value);
    }
}

static void varint_stops_at_its_own_end(void **state)
{
    (void)state;
    struct hex hex = hex_of("ac02ff");
    uint64_t value;
    assert_int_equal(ghm_varint_decode(&value, hex_bytes(&hex)), 2);
    assert_true(value == 300);
}

static void varint_refuses_all_but_the_shortest_form(void **state)
{
    (void)state;
    static const char *const wrong[] = {
        "8000",
        "818000",
        "ff8000",
        "ffffffffffffffffff01",
        "80808080808080808001",
        "ffffffffffffffffff",
        "808080808080808000",
    };
    for (size_t i = 0; i < sizeof wrong / sizeof wrong[0]; i++) {
        struct hex hex = hex_of(wrong[i]);
        uint64_t value = 7;
        assert_int_equal(ghm_varint_decode(&value, hex_bytes(&hex)), GHM_EPROTO);
        assert_true(value == 7);
    }
}

static void ask_for_more(struct ghm_bytes in, struct ghm_bytes whole, void *arg)
{
    (void)whole;
    (void)arg;
    uint64_t value = 7;
    assert_int_equal(ghm_varint_decode(&value, in), GHM_EAGAIN);
    assert_true(value == 7);
}

/* Whatever is accepted is what would have been written. */
static void accept_only_what_is_written(struct ghm_bytes in, struct ghm_bytes whole, void *arg)
{
    (void)whole;
    (void)arg;
    uint64_t value;
    uint8_t out[GHM_VARINT_LEN_MAX];
    int used = ghm_varint_decode(&value, in);
    if (used < 0) return;
    assert_int_equal(ghm_varint_encode(out, value), used);
    assert_memory_equal(out, in.ptr, (size_t)used);
}

static void varint_survives_every_hurt(void **state)
{
    (void)state;
    for (size_t i = 0; i < sizeof golden / sizeof golden[0]; i++) {
        struct hex hex = hex_of(golden[i].hex);
        hurt_by_truncation(hex_bytes(&hex), ask_for_more, NULL);
        hurt_by_flip(hex_bytes(&hex), accept_only_what_is_written, NULL);
    }
}

static void varint_of_every_three_bytes_has_one_form(void **state)
{
    (void)state;
    for (uint32_t i = 0; i < 1U << 24; i += 7) {
        uint8_t in[] = {(uint8_t)i, (uint8_t)(i >> 8), (uint8_t)(i >> 16)};
        accept_only_what_is_written(ghm_bytes(in, sizeof in), GHM_BYTES_NONE, NULL);
    }
}

static void varint_append_is_whole_or_nothing(void **state)
{
    (void)state;
    struct ghm_mem mem;
    struct ghm_buf buf;
    ghm_mem_init(&mem, NULL, 4096);
    ghm_buf_init(&buf, &mem, 3);
    assert_int_equal(ghm_varint_append(&buf, 300), GHM_OK);
    assert_int_equal(ghm_varint_append(&buf, 300), GHM_ELIMIT);
    assert_true(ghm_bytes_equal(ghm_buf_bytes(&buf), ghm_bytes("\xac\x02", 2)));
    ghm_buf_fini(&buf);
    mem.fail_after = 1;
    assert_int_equal(ghm_varint_append(&buf, 1), GHM_ENOMEM);
    ghm_buf_fini(&buf);
    ghm_mem_fini(&mem);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(varint_matches_the_specification),
        cmocka_unit_test(varint_stops_at_its_own_end),
        cmocka_unit_test(varint_refuses_all_but_the_shortest_form),
        cmocka_unit_test(varint_survives_every_hurt),
        cmocka_unit_test(varint_of_every_three_bytes_has_one_form),
        cmocka_unit_test(varint_append_is_whole_or_nothing),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
