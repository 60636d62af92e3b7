/* SPDX-License-Identifier: MIT */
#include "base/buf.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

static void buf_refuses_more_than_its_bound(void **state)
{
    (void)state;
    struct ghm_mem mem;
    struct ghm_buf buf;
    ghm_mem_init(&mem, NULL, 4096);
    ghm_buf_init(&buf, &mem, 10);
    assert_int_equal(ghm_buf_append_text(&buf, "0123456789"), GHM_OK);
    assert_int_equal(ghm_buf_append_text(&buf, "x"), GHM_ELIMIT);
    ghm_buf_fini(&buf);
    ghm_mem_fini(&mem);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(buf_refuses_more_than_its_bound),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
