/* SPDX-License-Identifier: MIT */
#include "gossip/pending.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "parcels.h"

static const uint8_t seed[16] = {1, 2, 3};

static struct ghm_mem mem;
static struct ghm_pending pending;

static void start(void)
{
    ghm_mem_init(&mem, NULL, SIZE_MAX);
    ghm_pending_init(&pending, &mem, seed);
}

static void end(void)
{
    ghm_pending_fini(&pending);
    ghm_mem_fini(&mem);
}

static int add(uint64_t number, size_t len, size_t source)
{
    struct ghm_parcel *parcel = parcel_of(&mem, number, len);
    int error = ghm_pending_add(&pending, parcel, 3, source);
    ghm_parcel_drop(parcel);
    return error;
}

static void pending_is_told_once_in_order(void **state)
{
    (void)state;
    start();
    assert_int_equal(add(5, 0, 1), GHM_OK);
    assert_int_equal(add(6, 0, 2), GHM_OK);
    const struct ghm_pending_entry *first = ghm_pending_tell(&pending);
    const struct ghm_pending_entry *second = ghm_pending_tell(&pending);
    assert_null(ghm_pending_tell(&pending));
    assert_int_equal(first->parcel->id.bytes[19], 5);
    assert_int_equal(second->parcel->id.bytes[19], 6);
    assert_ptr_equal(ghm_pending_by_ticket(&pending, second->ticket), second);
    assert_null(ghm_pending_by_ticket(&pending, 77));
    ghm_pending_remove(&pending, ghm_pending_by_ticket(&pending, first->ticket));
    assert_null(ghm_pending_by_ticket(&pending, 1));
    end();
}

static void pending_ticket_is_not_known_before_it_is_told(void **state)
{
    (void)state;
    start();
    assert_int_equal(add(5, 0, 1), GHM_OK);
    assert_null(ghm_pending_by_ticket(&pending, 1));
    end();
}

static void pending_knows_who_brought_it(void **state)
{
    (void)state;
    start();
    assert_int_equal(add(5, 0, 255), GHM_OK);
    uint8_t id[20] = {[19] = 5};
    struct ghm_pending_entry *entry = ghm_pending_find(&pending, ghm_bytes(id, 20));
    ghm_pending_bring(entry, 8);
    assert_true(ghm_pending_is_bringer(entry, 255));
    assert_true(ghm_pending_is_bringer(entry, 8));
    assert_false(ghm_pending_is_bringer(entry, 9));
    ghm_pending_forget_peer(&pending, 8);
    assert_false(ghm_pending_is_bringer(entry, 8));
    assert_true(entry->has_source);
    ghm_pending_forget_peer(&pending, 255);
    assert_false(entry->has_source);
    end();
}

static void pending_is_bounded(void **state)
{
    (void)state;
    start();
    for (uint64_t i = 0; i < GHM_PENDING_MAX; i++)
        assert_int_equal(add(i, 0, 0), GHM_OK);
    assert_false(ghm_pending_has_room(&pending, 1));
    assert_int_equal(add(1000, 0, 0), GHM_ELIMIT);
    end();
    start();
    for (uint64_t i = 0; i < 8; i++)
        assert_int_equal(add(i, 1000000, 0), GHM_OK);
    assert_int_equal(add(9, 1000000, 0), GHM_ELIMIT);
    assert_int_equal(add(9, 0, 0), GHM_OK);
    end();
    for (uint64_t n = 2; n <= 3; n++) {
        start();
        mem.fail_after = n; /* the first is the parcel's */
        assert_int_equal(add(1, 0, 0), GHM_ENOMEM);
        end();
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(pending_is_told_once_in_order),
        cmocka_unit_test(pending_ticket_is_not_known_before_it_is_told),
        cmocka_unit_test(pending_knows_who_brought_it),
        cmocka_unit_test(pending_is_bounded),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
