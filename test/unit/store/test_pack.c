/* SPDX-License-Identifier: MIT */
#include "store/pack.h"

#include <zstd.h>

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>

#include <cmocka.h>

#define BODY_MAX 100000
#define FRONT_LEN 300

static uint8_t text[BODY_MAX];
static uint8_t noise[BODY_MAX];

static int fill(void **state)
{
    uint32_t random = 1;
    (void)state;
    for (size_t i = 0; i < BODY_MAX; i++) {
        random = random * 1664525U + 1013904223U;
        noise[i] = (uint8_t)(random >> 24);
        text[i] = (uint8_t)("{\"id\": 0, }"[i % 12] + (i % 97 == 0 ? noise[i] % 10 : 0));
    }
    return 0;
}

static void what_was_packed_opens_to_the_same(void **state)
{
    (void)state;
    struct ghm_pack pack;
    ghm_pack_init(&pack);
    for (size_t len = 1; len <= BODY_MAX; len += 1 + len / 3) {
        struct ghm_pack_block block;
        struct ghm_pack_block opened;
        struct ghm_bytes packed = ghm_pack_body(&pack, &block, ghm_bytes(text, len), FRONT_LEN);
        assert_true((packed.ptr == NULL) == (block.ptr == NULL));
        if (packed.ptr == NULL) continue;
        assert_int_equal(ghm_pack_open(&pack, &opened, packed, len), GHM_OK);
        assert_int_equal(opened.size, len);
        assert_memory_equal(opened.ptr, text, len);
        assert_int_equal(atomic_load(&pack.lent_bytes), len);
        ghm_pack_close(&pack, &opened);
        ghm_pack_free(&block);
        assert_int_equal(atomic_load(&pack.lent_bytes), 0);
    }
    ghm_pack_fini(&pack);
}

static bool is_packed(const uint8_t *body, size_t len)
{
    struct ghm_pack pack;
    struct ghm_pack_block block;
    ghm_pack_init(&pack);
    struct ghm_bytes packed = ghm_pack_body(&pack, &block, ghm_bytes(body, len), FRONT_LEN);
    bool is_it = packed.ptr != NULL;
    ghm_pack_free(&block);
    ghm_pack_fini(&pack);
    return is_it;
}

/* What lies in one page stays as it is: a reader would pay, and nobody gain. */
static void only_what_saves_a_page_is_packed(void **state)
{
    (void)state;
    const size_t one_page = GHM_PACK_PAGE - 16 - FRONT_LEN;
    assert_false(is_packed(text, 0));
    assert_false(is_packed(text, 1000));
    assert_false(is_packed(text, one_page));
    assert_true(is_packed(text, one_page + 1));
    assert_true(is_packed(text, BODY_MAX));
    assert_false(is_packed(noise, one_page + 1));
    assert_false(is_packed(noise, BODY_MAX));
}

/* A front that fills its pages alone leaves nothing to be saved. */
static void a_long_front_is_counted(void **state)
{
    (void)state;
    struct ghm_pack pack;
    struct ghm_pack_block block;
    struct ghm_bytes body = ghm_bytes(text, 100);
    ghm_pack_init(&pack);
    assert_null(ghm_pack_body(&pack, &block, body, GHM_PACK_PAGE).ptr);
    assert_null(ghm_pack_body(&pack, &block, body, 2 * GHM_PACK_PAGE - 16).ptr);
    assert_non_null(ghm_pack_body(&pack, &block, body, 2 * GHM_PACK_PAGE - 16 - 99).ptr);
    ghm_pack_free(&block);
    ghm_pack_fini(&pack);
}

/* Packed by hand: a frame that does not say what it becomes, says another length, or is none. */
static void what_says_another_length_is_refused(void **state)
{
    (void)state;
    struct ghm_pack pack;
    struct ghm_pack_block block;
    static uint8_t bytes[BODY_MAX];
    size_t len = ZSTD_compress(bytes, sizeof bytes, text, 5000, 1);
    ghm_pack_init(&pack);
    assert_int_equal(ghm_pack_open(&pack, &block, ghm_bytes(bytes, len), 5000), GHM_OK);
    ghm_pack_close(&pack, &block);
    static const size_t wrong[] = {0, 1, 4999, 5001, UINT32_C(32) << 20};
    for (size_t i = 0; i < sizeof wrong / sizeof wrong[0]; i++)
        assert_int_equal(ghm_pack_open(&pack, &block, ghm_bytes(bytes, len), wrong[i]),
                         GHM_ECORRUPT);
    for (size_t cut = 0; cut < len; cut++)
        assert_int_equal(ghm_pack_open(&pack, &block, ghm_bytes(bytes, cut), 5000), GHM_ECORRUPT);
    ZSTD_CCtx *packer = ZSTD_createCCtx();
    assert_false(ZSTD_isError(ZSTD_CCtx_setParameter(packer, ZSTD_c_contentSizeFlag, 0)));
    len = ZSTD_compress2(packer, bytes, sizeof bytes, text, 5000);
    (void)ZSTD_freeCCtx(packer);
    assert_int_equal(ghm_pack_open(&pack, &block, ghm_bytes(bytes, len), 5000), GHM_ECORRUPT);
    assert_int_equal(atomic_load(&pack.lent_bytes), 0);
    ghm_pack_fini(&pack);
}

/* 32 MiB from a few hundred bytes: so many are open at once, and then no more. */
static void what_is_open_is_bounded(void **state)
{
    (void)state;
    enum { BOMB = 32 << 20, OPEN = GHM_PACK_LENT_MAX / BOMB };
    struct ghm_pack pack;
    struct ghm_pack_block blocks[OPEN];
    struct ghm_pack_block one_more;
    uint8_t *zeros = calloc(1, BOMB);
    static uint8_t bytes[BODY_MAX];
    assert_non_null(zeros);
    struct ghm_bytes packed = ghm_bytes(bytes, ZSTD_compress(bytes, sizeof bytes, zeros, BOMB, 1));
    free(zeros);
    ghm_pack_init(&pack);
    for (int i = 0; i < OPEN; i++)
        assert_int_equal(ghm_pack_open(&pack, &blocks[i], packed, BOMB), GHM_OK);
    assert_int_equal(ghm_pack_open(&pack, &one_more, packed, BOMB), GHM_ELIMIT);
    ghm_pack_close(&pack, &blocks[0]);
    assert_int_equal(ghm_pack_open(&pack, &blocks[0], packed, BOMB), GHM_OK);
    for (int i = 0; i < OPEN; i++)
        ghm_pack_close(&pack, &blocks[i]);
    assert_int_equal(atomic_load(&pack.lent_bytes), 0);
    ghm_pack_fini(&pack);
}

/* A packer is kept for the next body, but not one that has grown with a large one. */
static void what_is_kept_is_bounded(void **state)
{
    (void)state;
    enum { LARGE = 4 << 20 };
    struct ghm_pack pack;
    struct ghm_pack_block block;
    uint8_t *large = calloc(1, LARGE);
    assert_non_null(large);
    ghm_pack_init(&pack);
    assert_non_null(ghm_pack_body(&pack, &block, ghm_bytes(text, 10000), FRONT_LEN).ptr);
    ghm_pack_free(&block);
    ZSTD_CCtx *packer = ghm_idle_take(&pack.packers);
    assert_non_null(packer);
    assert_true(ghm_idle_give(&pack.packers, packer));
    assert_non_null(ghm_pack_body(&pack, &block, ghm_bytes(large, LARGE), FRONT_LEN).ptr);
    ghm_pack_free(&block);
    assert_null(ghm_idle_take(&pack.packers));
    ghm_pack_fini(&pack);
    free(large);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(what_was_packed_opens_to_the_same),
        cmocka_unit_test(only_what_saves_a_page_is_packed),
        cmocka_unit_test(a_long_front_is_counted),
        cmocka_unit_test(what_says_another_length_is_refused),
        cmocka_unit_test(what_is_open_is_bounded),
        cmocka_unit_test(what_is_kept_is_bounded),
    };
    return cmocka_run_group_tests(tests, fill, NULL);
}
