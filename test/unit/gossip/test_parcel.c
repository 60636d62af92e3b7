/* SPDX-License-Identifier: MIT */
#include "gossip/parcel.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "parcels.h"

static void parcel_lives_while_it_is_held(void **state)
{
    (void)state;
    struct ghm_mem mem;
    ghm_mem_init(&mem, NULL, SIZE_MAX);
    struct ghm_parcel *parcel = parcel_of(&mem, 1, 30000);
    assert_ptr_equal(ghm_parcel_hold(parcel), parcel);
    ghm_parcel_drop(parcel);
    assert_true(ghm_bytes_equal(parcel->message.topic, ghm_bytes_text("t")));
    assert_ptr_equal(parcel->message.raw.ptr, parcel->bytes); /* a copy, not the received bytes */
    ghm_parcel_drop(parcel);
    ghm_parcel_drop(NULL);
    struct ghm_message message;
    struct ghm_message_id id = {.len = 1};
    mem.fail_after = 1;
    assert_int_equal(ghm_message_decode(&message, ghm_bytes("\x22\x01t", 3)), GHM_OK);
    assert_int_equal(ghm_parcel_new(&parcel, &mem, &message, &id), GHM_ENOMEM);
    ghm_mem_fini(&mem);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(parcel_lives_while_it_is_held),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
