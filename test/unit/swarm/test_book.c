/* SPDX-License-Identifier: MIT */
#include "swarm/book.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>

#include <cmocka.h>

static const uint8_t seed[16] = {3};

struct fixture {
    struct ghm_mem mem;
    struct ghm_book book;
    struct ghm_multiaddr addrs[40];
};

static void start(struct fixture *f)
{
    ghm_mem_init(&f->mem, NULL, 16 << 20);
    ghm_book_init(&f->book, &f->mem, seed);
    for (size_t i = 0; i < 40; i++) {
        assert_int_equal(
            ghm_multiaddr_of_tcp(&f->addrs[i], "8.8.8.8", (uint16_t)(i + 1), GHM_BYTES_NONE),
            GHM_OK);
    }
}

static void stop(struct fixture *f)
{
    ghm_book_fini(&f->book);
    ghm_mem_fini(&f->mem);
}

static struct ghm_peerid peer_of(int i)
{
    return (struct ghm_peerid){.len = 2, .bytes = {(uint8_t)(i / 256), (uint8_t)i}};
}

static size_t count_of(const struct fixture *f, int i)
{
    size_t count = 99;
    struct ghm_peerid peer = peer_of(i);
    const struct ghm_multiaddr *addrs = ghm_book_addrs(&f->book, &count, &peer);
    assert_int_equal(addrs != NULL, count > 0);
    return count;
}

static int tell(struct fixture *f, int i, size_t count)
{
    struct ghm_peerid peer = peer_of(i);
    return ghm_book_tell(&f->book, &peer, f->addrs, count);
}

static void the_last_telling_counts_up_to_thirty_two(void **state)
{
    (void)state;
    struct fixture f;
    start(&f);
    assert_int_equal(count_of(&f, 1), 0);
    assert_int_equal(tell(&f, 1, 3), GHM_OK);
    assert_int_equal(count_of(&f, 1), 3);
    assert_int_equal(tell(&f, 1, 40), GHM_OK);
    assert_int_equal(count_of(&f, 1), GHM_BOOK_ADDRS_MAX);
    assert_int_equal(tell(&f, 1, 0), GHM_OK);
    assert_int_equal(count_of(&f, 1), 0);
    stop(&f);
}

static void of_more_than_256_peers_the_one_that_told_first_goes(void **state)
{
    (void)state;
    struct fixture f;
    start(&f);
    for (int i = 0; i < GHM_BOOK_PEERS_MAX; i++)
        assert_int_equal(tell(&f, i, 32), GHM_OK);
    assert_int_equal(tell(&f, 0, 1), GHM_OK); /* again: now the youngest */
    size_t used = f.mem.used_bytes;
    for (int i = 0; i < 1000; i++)
        assert_int_equal(tell(&f, 1000 + i, 32), GHM_OK);
    assert_true(f.mem.peak_bytes < used + 65536 && used < 3 << 20);
    assert_int_equal(count_of(&f, 1999), 32);
    assert_int_equal(count_of(&f, 255), 0);
    assert_int_equal(tell(&f, 3000, 1), GHM_OK);
    assert_int_equal(f.book.peers.count, GHM_BOOK_PEERS_MAX);
    stop(&f);
}

static void refused_memory_changes_nothing(void **state)
{
    (void)state;
    for (uint64_t n = 1; n < 4; n++) {
        struct fixture f;
        start(&f);
        f.mem.fail_after = n;
        assert_int_equal(tell(&f, 1, 3), GHM_ENOMEM);
        assert_int_equal(count_of(&f, 1), 0);
        assert_int_equal(tell(&f, 1, 3), GHM_OK);
        f.mem.fail_after = 1;
        assert_int_equal(tell(&f, 1, 5), GHM_ENOMEM);
        assert_int_equal(count_of(&f, 1), 3);
        stop(&f);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(the_last_telling_counts_up_to_thirty_two),
        cmocka_unit_test(of_more_than_256_peers_the_one_that_told_first_goes),
        cmocka_unit_test(refused_memory_changes_nothing),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
