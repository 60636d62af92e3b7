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

/* ---- records ---- */

static size_t certified_of(const struct fixture *f, int i)
{
    size_t count = 99;
    struct ghm_peerid peer = peer_of(i);
    const struct ghm_multiaddr *addrs = ghm_book_certified(&f->book, &count, &peer);
    assert_int_equal(addrs != NULL, count > 0);
    return count;
}

static struct ghm_bytes record_of(const struct fixture *f, int i)
{
    struct ghm_peerid peer = peer_of(i);
    return ghm_book_record(&f->book, &peer);
}

static int certify(struct fixture *f, int i, uint64_t seq, const char *envelope, size_t count)
{
    struct ghm_peerid peer = peer_of(i);
    return ghm_book_certify(&f->book, &peer, seq, ghm_bytes_text(envelope), f->addrs, count);
}

static void the_newest_record_is_kept_apart(void **state)
{
    (void)state;
    struct fixture f;
    start(&f);
    assert_int_equal(record_of(&f, 1).len, 0);
    assert_int_equal(certified_of(&f, 1), 0);
    assert_int_equal(certify(&f, 1, 0, "nought", 0), GHM_OK); /* any number, the first time */
    assert_int_equal(certify(&f, 1, 7, "seven", 3), GHM_OK);
    assert_int_equal(certify(&f, 1, 7, "again", 5), GHM_EINVAL);
    assert_int_equal(certify(&f, 1, 6, "older", 5), GHM_EINVAL);
    assert_true(ghm_bytes_equal(record_of(&f, 1), ghm_bytes_text("seven")));
    assert_int_equal(certified_of(&f, 1), 3);
    assert_int_equal(count_of(&f, 1), 0);
    assert_int_equal(tell(&f, 1, 2), GHM_OK);
    assert_int_equal(certified_of(&f, 1), 3);
    assert_int_equal(certify(&f, 1, UINT64_MAX, "newest", 40), GHM_OK);
    assert_int_equal(certified_of(&f, 1), GHM_BOOK_ADDRS_MAX);
    assert_int_equal(count_of(&f, 1), 2);
    assert_int_equal(certify(&f, 2, 1, "another's", 1), GHM_OK);
    stop(&f);
}

static void records_of_1000_peers_fit_the_bound(void **state)
{
    (void)state;
    struct fixture f;
    static char envelope[GHM_PEERRECORD_LEN_MAX + 1];
    start(&f);
    memset(envelope, 'e', sizeof envelope - 1);
    for (int i = 0; i < 1000; i++) {
        assert_int_equal(tell(&f, i, 32), GHM_OK);
        assert_int_equal(certify(&f, i, 1, envelope, 32), GHM_OK);
    }
    assert_in_range(f.mem.peak_bytes, 5 << 20, 13 << 19);
    assert_int_equal(record_of(&f, 700).len, 0);
    assert_int_equal(record_of(&f, 999).len, GHM_PEERRECORD_LEN_MAX);
    stop(&f);
}

static void refused_memory_keeps_the_old_record(void **state)
{
    (void)state;
    for (uint64_t n = 1; n < 5; n++) {
        struct fixture f;
        start(&f);
        f.mem.fail_after = n;
        assert_int_equal(certify(&f, 1, 1, "first", 3), GHM_ENOMEM);
        assert_int_equal(record_of(&f, 1).len, 0);
        assert_int_equal(certify(&f, 1, 1, "first", 3), GHM_OK);
        f.mem.fail_after = n < 3 ? n : 2;
        assert_int_equal(certify(&f, 1, 2, "second", 5), GHM_ENOMEM);
        assert_true(ghm_bytes_equal(record_of(&f, 1), ghm_bytes_text("first")));
        assert_int_equal(certified_of(&f, 1), 3);
        stop(&f);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(the_last_telling_counts_up_to_thirty_two),
        cmocka_unit_test(of_more_than_256_peers_the_one_that_told_first_goes),
        cmocka_unit_test(refused_memory_changes_nothing),
        cmocka_unit_test(the_newest_record_is_kept_apart),
        cmocka_unit_test(records_of_1000_peers_fit_the_bound),
        cmocka_unit_test(refused_memory_keeps_the_old_record),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
