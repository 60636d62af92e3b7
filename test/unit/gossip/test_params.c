/* SPDX-License-Identifier: MIT */
#include "gossip/params.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

/* go-libp2p-pubsub 41b11d5, gossipsub.go */
static void params_defaults_are_go(void **state)
{
    (void)state;
    const struct ghm_params *p = &ghm_params_defaults;
    assert_true(ghm_params_are_valid(p));
    assert_true(p->d == 6 && p->d_low == 5 && p->d_high == 12 && p->d_lazy == 6);
    assert_true(p->d_score == 4 && p->d_out == 2 && p->floods);
    assert_true(p->heartbeat_ns == GHM_NS_PER_S && p->seen_ns == 120 * GHM_NS_PER_S);
    assert_true(p->prune_wait_s == 60 && p->leave_wait_s == 10);
    assert_true(p->ids_max == 5000 && p->ihaves_max == 10 && p->dontwant_bytes == 1024);
    assert_true(p->follow_up_ns == 3 * GHM_NS_PER_S && p->better_beats == 60);
}

static void params_that_contradict_each_other_are_refused(void **state)
{
    (void)state;
    struct ghm_params p = ghm_params_defaults;
    p.d_low = 7;
    assert_false(ghm_params_are_valid(&p));
    p = ghm_params_defaults;
    p.d_high = 5;
    assert_false(ghm_params_are_valid(&p));
    p.d_high = 65;
    assert_false(ghm_params_are_valid(&p));
    p = ghm_params_defaults;
    p.d_out = 4;
    assert_false(ghm_params_are_valid(&p));
    p = ghm_params_defaults;
    p.d_low = 2;
    assert_false(ghm_params_are_valid(&p));
    p = ghm_params_defaults;
    p.d_score = 7;
    assert_false(ghm_params_are_valid(&p));
    p = ghm_params_defaults;
    p.heartbeat_ns = 0;
    assert_false(ghm_params_are_valid(&p));
    p = ghm_params_defaults;
    p.better_beats = 0;
    assert_false(ghm_params_are_valid(&p));
    /* a bootstrapper without a mesh: "set D=D_lo=D_hi=D_out=0" */
    p = ghm_params_defaults;
    p.d = p.d_low = p.d_high = p.d_out = p.d_score = 0;
    assert_true(ghm_params_are_valid(&p));
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(params_defaults_are_go),
        cmocka_unit_test(params_that_contradict_each_other_are_refused),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
