/* SPDX-License-Identifier: MIT */
#include "gossip/seen.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

static const uint8_t seed[16] = {1, 2, 3};

static struct ghm_message_id id_of(uint64_t number)
{
    struct ghm_message_id id = {.len = 20};
    ghm_store_be64(id.bytes + 12, number);
    return id;
}

static void seen_keeps_for_its_time(void **state)
{
    (void)state;
    struct ghm_mem mem;
    struct ghm_seen seen;
    struct ghm_seen_entry *entry;
    struct ghm_message_id id = id_of(1), out;
    ghm_mem_init(&mem, NULL, SIZE_MAX);
    ghm_seen_init(&seen, &mem, seed, 10, 100);
    assert_int_equal(ghm_seen_add(&seen, &entry, &id, 1000), GHM_OK);
    assert_int_equal(entry->state, GHM_SEEN_PENDING);
    assert_ptr_equal(ghm_seen_find(&seen, ghm_message_id_bytes(&id)), entry);
    assert_int_equal(ghm_seen_add(&seen, &entry, &id, 1000), GHM_EINVAL);
    /* not while its judge has not spoken */
    assert_false(ghm_seen_take(&seen, &out, 5000));
    entry->state = GHM_SEEN_ACCEPTED;
    assert_false(ghm_seen_take(&seen, &out, 1099));
    assert_true(ghm_seen_take(&seen, &out, 1100));
    assert_true(ghm_bytes_equal(ghm_message_id_bytes(&out), ghm_message_id_bytes(&id)));
    assert_null(ghm_seen_find(&seen, ghm_message_id_bytes(&id)));
    ghm_seen_fini(&seen);
    ghm_mem_fini(&mem);
}

static void seen_is_bounded_and_gives_the_oldest(void **state)
{
    (void)state;
    struct ghm_mem mem;
    struct ghm_seen seen;
    struct ghm_seen_entry *entry;
    struct ghm_message_id id, out;
    ghm_mem_init(&mem, NULL, SIZE_MAX);
    ghm_seen_init(&seen, &mem, seed, 10, 100);
    for (uint64_t i = 0; i < 10; i++) {
        id = id_of(i);
        assert_int_equal(ghm_seen_add(&seen, &entry, &id, i), GHM_OK);
        if (i > 0) entry->state = GHM_SEEN_REJECTED;
    }
    id = id_of(10);
    assert_int_equal(ghm_seen_add(&seen, &entry, &id, 10), GHM_ELIMIT);
    assert_true(ghm_seen_take(&seen, &out, GHM_NEVER));
    assert_int_equal(ghm_load_be64(out.bytes + 12), 1); /* 0 waits for its judge */
    assert_int_equal(ghm_seen_add(&seen, &entry, &id, 10), GHM_OK);
    ghm_seen_fini(&seen);
    assert_int_equal(mem.used_bytes, 0);
    for (uint64_t n = 1; n <= 2; n++) {
        ghm_seen_init(&seen, &mem, seed, 10, 100);
        mem.fail_after = n;
        assert_int_equal(ghm_seen_add(&seen, &entry, &id, 10), GHM_ENOMEM);
        assert_null(ghm_seen_find(&seen, ghm_message_id_bytes(&id)));
        ghm_seen_fini(&seen);
    }
    ghm_mem_fini(&mem);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(seen_keeps_for_its_time),
        cmocka_unit_test(seen_is_bounded_and_gives_the_oldest),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
