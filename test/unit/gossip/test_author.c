/* SPDX-License-Identifier: MIT */
#include "gossip/author.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

static const uint8_t seed[16] = {1, 2, 3};

static struct ghm_message_id id_of(uint64_t author, uint64_t seqno)
{
    struct ghm_message_id id = {.len = 46};
    ghm_store_be64(id.bytes + 20, author);
    ghm_store_be64(id.bytes + 38, seqno);
    return id;
}

static bool is_replay(const struct ghm_author_book *book, uint64_t author, uint64_t seqno)
{
    struct ghm_message_id id = id_of(author, seqno);
    return ghm_author_is_replay(book, &id);
}

static void raise_to(struct ghm_author_book *book, uint64_t author, uint64_t seqno)
{
    struct ghm_message_id id = id_of(author, seqno);
    ghm_author_raise(book, &id);
}

static void author_floor_only_rises(void **state)
{
    (void)state;
    struct ghm_mem mem;
    struct ghm_author_book book;
    ghm_mem_init(&mem, NULL, SIZE_MAX);
    ghm_author_init(&book, &mem, seed);
    assert_false(is_replay(&book, 1, 0));
    raise_to(&book, 1, 10);
    raise_to(&book, 1, 8);
    assert_true(is_replay(&book, 1, 8));
    assert_true(is_replay(&book, 1, 10));
    assert_false(is_replay(&book, 1, 11));
    assert_false(is_replay(&book, 2, 8));
    raise_to(&book, 1, UINT64_MAX);
    assert_true(is_replay(&book, 1, UINT64_MAX));
    ghm_author_fini(&book);
    ghm_mem_fini(&mem);
}

static void authors_are_bounded_and_the_quietest_goes(void **state)
{
    (void)state;
    struct ghm_mem mem;
    struct ghm_author_book book;
    ghm_mem_init(&mem, NULL, SIZE_MAX);
    ghm_author_init(&book, &mem, seed);
    for (uint64_t i = 0; i < GHM_AUTHOR_MAX; i++)
        raise_to(&book, i, 5);
    raise_to(&book, 0, 6);
    raise_to(&book, GHM_AUTHOR_MAX, 5);
    assert_int_equal(book.map.count, GHM_AUTHOR_MAX);
    assert_true(is_replay(&book, 0, 6));
    assert_false(is_replay(&book, 1, 5));
    assert_true(is_replay(&book, 2, 5));
    ghm_author_fini(&book);
    for (uint64_t n = 1; n <= 2; n++) {
        ghm_author_init(&book, &mem, seed);
        mem.fail_after = n;
        raise_to(&book, 7, 5);
        assert_false(is_replay(&book, 7, 5));
        ghm_author_fini(&book);
    }
    ghm_mem_fini(&mem);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(author_floor_only_rises),
        cmocka_unit_test(authors_are_bounded_and_the_quietest_goes),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
