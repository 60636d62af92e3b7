/* SPDX-License-Identifier: MIT */
#include "gossip/promise.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

static const uint8_t seed[16] = {1, 2, 3};

static struct ghm_mem mem;
static struct ghm_promise_book book;

static void start(void)
{
    ghm_mem_init(&mem, NULL, SIZE_MAX);
    ghm_promise_init(&book, &mem, seed);
}

static void end(void)
{
    ghm_promise_fini(&book);
    assert_int_equal(book.count, 0);
    ghm_mem_fini(&mem);
}

static void promise(const char *id, uint16_t peer, uint64_t due_ns)
{
    ghm_promise_add(&book, ghm_bytes_text(id), peer, due_ns);
}

static void promise_is_broken_when_it_is_late(void **state)
{
    (void)state;
    uint16_t peer = 0;
    start();
    promise("a", 1, 10);
    promise("a", 2, 12);
    promise("a", 1, 13); /* the older one stays */
    promise("b", 3, 14);
    assert_int_equal(book.count, 3);
    assert_false(ghm_promise_broken(&book, &peer, 9));
    assert_true(ghm_promise_broken(&book, &peer, 11));
    assert_int_equal(peer, 1);
    assert_false(ghm_promise_broken(&book, &peer, 11));
    assert_true(ghm_promise_broken(&book, &peer, 20));
    assert_int_equal(peer, 2);
    assert_true(ghm_promise_broken(&book, &peer, 20));
    assert_int_equal(peer, 3);
    assert_false(ghm_promise_broken(&book, &peer, 20));
    end();
}

static void message_frees_all_who_promised_it(void **state)
{
    (void)state;
    uint16_t peer = 0;
    start();
    for (uint16_t i = 0; i < 5; i++)
        promise("a", i, 10 + i);
    promise("b", 9, 20);
    ghm_promise_forget_peer(&book, 0); /* the one that the map knows */
    ghm_promise_forget_peer(&book, 3);
    assert_int_equal(book.count, 4);
    ghm_promise_keep(&book, ghm_bytes_text("a"));
    ghm_promise_keep(&book, ghm_bytes_text("c"));
    assert_true(ghm_promise_broken(&book, &peer, 99));
    assert_int_equal(peer, 9);
    assert_false(ghm_promise_broken(&book, &peer, 99));
    end();
}

static void promises_are_bounded(void **state)
{
    (void)state;
    start();
    for (size_t i = 0; i < GHM_PROMISE_MAX + 10; i++) {
        uint8_t id[8];
        ghm_store_be64(id, i);
        ghm_promise_add(&book, ghm_bytes(id, 8), 1, i);
    }
    assert_int_equal(book.count, GHM_PROMISE_MAX);
    end();
    for (uint64_t n = 1; n <= 2; n++) {
        start();
        mem.fail_after = n;
        promise("a", 1, 1);
        assert_int_equal(book.count, 0);
        end();
    }
}

static void promises_of_one_message_are_bounded(void **state)
{
    (void)state;
    start();
    for (uint16_t i = 0; i < GHM_PROMISE_MAX + 10; i++)
        promise("a", i, i);
    assert_int_equal(book.count, GHM_PROMISE_MAX);
    end();
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(promise_is_broken_when_it_is_late),
        cmocka_unit_test(message_frees_all_who_promised_it),
        cmocka_unit_test(promises_are_bounded),
        cmocka_unit_test(promises_of_one_message_are_bounded),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
