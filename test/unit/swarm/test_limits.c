/* SPDX-License-Identifier: MIT */
#include "swarm/limits.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>

#include <cmocka.h>

#define S GHM_NS_PER_S

static const uint8_t seed[16] = {3};

struct fixture {
    struct ghm_mem mem;
    struct ghm_limits limits;
    struct ghm_limits_hold holds[400];
    size_t count;
};

static void start(struct fixture *f, const struct ghm_limits_config *config)
{
    *f = (struct fixture){.count = 0};
    ghm_mem_init(&f->mem, NULL, 1 << 20);
    ghm_limits_init(&f->limits, &f->mem, config, seed);
}

static const struct ghm_limits_config usual = {256, 64, 8, 5};

static void stop(struct fixture *f)
{
    for (size_t i = 0; i < f->count; i++)
        ghm_limits_release(&f->limits, &f->holds[i]);
    assert_int_equal(f->limits.connections + f->limits.accepting + f->limits.dialing, 0);
    ghm_limits_fini(&f->limits);
    ghm_mem_fini(&f->mem);
}

static int accept_one(struct fixture *f, const char *ip, uint64_t now_ns)
{
    int error = ghm_limits_accept(&f->limits, &f->holds[f->count], ip, now_ns);
    f->count += error == GHM_OK;
    return error;
}

static int accept_settled(struct fixture *f, const char *ip, uint64_t now_ns)
{
    int error = accept_one(f, ip, now_ns);
    if (error == GHM_OK) ghm_limits_settle(&f->limits, &f->holds[f->count - 1]);
    return error;
}

static void one_address_comes_five_times_a_second(void **state)
{
    (void)state;
    struct fixture f;
    start(&f, &usual);
    for (int i = 0; i < 5; i++)
        assert_int_equal(accept_settled(&f, "10.0.0.1", S), GHM_OK);
    assert_int_equal(accept_settled(&f, "10.0.0.1", S), GHM_ELIMIT);
    assert_int_equal(accept_settled(&f, "10.0.0.2", S), GHM_OK); /* nobody else's matter */
    assert_int_equal(accept_settled(&f, "10.0.0.1", S + S / 5 - 1), GHM_ELIMIT);
    assert_int_equal(accept_settled(&f, "10.0.0.1", S + S / 5), GHM_OK);
    assert_int_equal(accept_settled(&f, "10.0.0.1", S + S / 5), GHM_ELIMIT);
    for (int i = 0; i < 5; i++) /* a long silence saves up no more than a second */
        assert_int_equal(accept_settled(&f, "10.0.0.1", 100 * S), GHM_OK);
    assert_int_equal(accept_settled(&f, "10.0.0.1", 100 * S), GHM_ELIMIT);
    stop(&f);
}

static void one_address_has_eight_handshakes(void **state)
{
    (void)state;
    struct fixture f;
    start(&f, &usual);
    for (uint64_t i = 0; i < 8; i++)
        assert_int_equal(accept_one(&f, "10.0.0.1", i * S), GHM_OK);
    assert_int_equal(accept_one(&f, "10.0.0.1", 9 * S), GHM_ELIMIT);
    ghm_limits_settle(&f.limits, &f.holds[3]);
    ghm_limits_settle(&f.limits, &f.holds[3]); /* again is ignored */
    assert_int_equal(accept_one(&f, "10.0.0.1", 9 * S), GHM_OK);
    assert_int_equal(accept_one(&f, "10.0.0.1", 9 * S), GHM_ELIMIT);
    stop(&f);
}

static void one_address_has_sixty_four_connections(void **state)
{
    (void)state;
    struct fixture f;
    start(&f, &usual);
    for (uint64_t i = 0; i < 64; i++)
        assert_int_equal(accept_settled(&f, "10.0.0.1", i * S), GHM_OK);
    assert_int_equal(accept_settled(&f, "10.0.0.1", 70 * S), GHM_ELIMIT);
    ghm_limits_release(&f.limits, &f.holds[0]);
    ghm_limits_release(&f.limits, &f.holds[0]);
    assert_int_equal(accept_settled(&f, "10.0.0.1", 70 * S), GHM_OK);
    stop(&f);
}

static void loopback_is_hurried_by_nobody(void **state)
{
    (void)state;
    struct fixture f;
    start(&f, &usual);
    for (int i = 0; i < 64; i++)
        assert_int_equal(accept_one(&f, "127.0.0.1", S), GHM_OK);
    assert_int_equal(accept_one(&f, "127.0.0.1", S), GHM_ELIMIT); /* the swarm's bound holds */
    stop(&f);
}

static void the_swarm_has_sixty_four_handshakes_and_dials(void **state)
{
    (void)state;
    struct fixture f;
    char ip[32];
    start(&f, &usual);
    for (int i = 0; i < 64; i++) {
        snprintf(ip, sizeof ip, "10.0.1.%d", i);
        assert_int_equal(accept_one(&f, ip, S), GHM_OK);
    }
    assert_int_equal(accept_one(&f, "10.0.2.1", S), GHM_ELIMIT);
    assert_int_equal(f.limits.ips.count, 64); /* who was refused for others leaves no trace */
    for (int i = 0; i < 64; i++)
        assert_int_equal(ghm_limits_dial(&f.limits, &f.holds[f.count++]), GHM_OK);
    assert_int_equal(ghm_limits_dial(&f.limits, &f.holds[f.count]), GHM_ELIMIT);
    ghm_limits_release(&f.limits, &f.holds[100]);
    assert_int_equal(ghm_limits_dial(&f.limits, &f.holds[100]), GHM_OK);
    stop(&f);
}

static void the_swarm_has_its_connections(void **state)
{
    (void)state;
    struct fixture f;
    char ip[32];
    start(&f, &usual);
    for (int i = 0; i < 256; i++) {
        snprintf(ip, sizeof ip, "10.0.1.%d", i);
        assert_int_equal(accept_settled(&f, ip, S), GHM_OK);
    }
    assert_int_equal(accept_settled(&f, "10.0.2.1", S), GHM_ELIMIT);
    assert_int_equal(ghm_limits_dial(&f.limits, &f.holds[f.count]), GHM_ELIMIT);
    stop(&f);
}

/* Each comes once and leaves: those remembered stay within their bound, and who is connected or was
 * here lately is the last to be forgotten. */
static void remembered_addresses_are_bounded(void **state)
{
    (void)state;
    struct fixture f;
    char ip[32];
    start(&f, &usual);
    assert_int_equal(accept_settled(&f, "10.9.9.9", 0), GHM_OK);
    for (int i = 0; i < 20000; i++) {
        snprintf(ip, sizeof ip, "11.%d.%d.1", i / 250, i % 250);
        assert_int_equal(accept_settled(&f, ip, (uint64_t)i * (S / 5000)), GHM_OK);
        ghm_limits_release(&f.limits, &f.holds[--f.count]);
        assert_true(f.limits.ips.count <= GHM_LIMITS_IPS_MAX);
    }
    assert_true(f.mem.peak_bytes < 256 * 1024);
    assert_int_equal(f.limits.connections, 1);
    assert_int_equal(accept_settled(&f, "10.9.9.9", 5 * S), GHM_OK);
    assert_ptr_equal(f.holds[0].ip, f.holds[1].ip);
    stop(&f);
}

static void refused_memory_counts_nothing(void **state)
{
    (void)state;
    for (uint64_t n = 1; n < 3; n++) {
        struct fixture f;
        start(&f, &usual);
        f.mem.fail_after = n;
        assert_int_equal(accept_one(&f, "10.0.0.1", S), GHM_ENOMEM);
        assert_int_equal(f.limits.connections, 0);
        assert_int_equal(accept_one(&f, "10.0.0.1", S), GHM_OK);
        stop(&f);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(one_address_comes_five_times_a_second),
        cmocka_unit_test(one_address_has_eight_handshakes),
        cmocka_unit_test(one_address_has_sixty_four_connections),
        cmocka_unit_test(loopback_is_hurried_by_nobody),
        cmocka_unit_test(the_swarm_has_sixty_four_handshakes_and_dials),
        cmocka_unit_test(the_swarm_has_its_connections),
        cmocka_unit_test(remembered_addresses_are_bounded),
        cmocka_unit_test(refused_memory_counts_nothing),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
