/* SPDX-License-Identifier: MIT */
#include "swarm/scope.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>

#include <cmocka.h>

static void hosts_have_their_reach(void **state)
{
    (void)state;
    static const struct {
        const char *host;
        enum ghm_scope scope;
    } rows[] = {
        {"0.0.0.0", GHM_SCOPE_UNSPECIFIED}, {"::", GHM_SCOPE_UNSPECIFIED},
        {"127.0.0.1", GHM_SCOPE_LOOPBACK},  {"127.255.0.9", GHM_SCOPE_LOOPBACK},
        {"::1", GHM_SCOPE_LOOPBACK},        {"::ffff:127.0.0.1", GHM_SCOPE_LOOPBACK},
        {"10.1.2.3", GHM_SCOPE_PRIVATE},    {"172.16.0.1", GHM_SCOPE_PRIVATE},
        {"172.31.9.9", GHM_SCOPE_PRIVATE},  {"192.168.1.1", GHM_SCOPE_PRIVATE},
        {"169.254.0.1", GHM_SCOPE_PRIVATE}, {"100.64.0.1", GHM_SCOPE_PRIVATE},
        {"fd00::1", GHM_SCOPE_PRIVATE},     {"fe80::1", GHM_SCOPE_PRIVATE},
        {"febf::1", GHM_SCOPE_PRIVATE},     {"::ffff:10.0.0.1", GHM_SCOPE_PRIVATE},
        {"172.32.0.1", GHM_SCOPE_PUBLIC},   {"100.128.0.1", GHM_SCOPE_PUBLIC},
        {"11.0.0.1", GHM_SCOPE_PUBLIC},     {"2001:db8::1", GHM_SCOPE_PUBLIC},
        {"fec0::1", GHM_SCOPE_PUBLIC},      {"::2", GHM_SCOPE_PUBLIC},
        {"example.org", GHM_SCOPE_NAME},    {"", GHM_SCOPE_NAME},
    };
    for (size_t i = 0; i < sizeof rows / sizeof rows[0]; i++)
        assert_int_equal(ghm_scope_of_host(rows[i].host), rows[i].scope);
}

static void addresses_have_that_of_their_host(void **state)
{
    (void)state;
    struct ghm_multiaddr addr;
    assert_int_equal(ghm_multiaddr_parse(&addr, "/ip4/10.0.0.1/tcp/1"), GHM_OK);
    assert_int_equal(ghm_scope_of(&addr), GHM_SCOPE_PRIVATE);
    assert_int_equal(ghm_multiaddr_parse(&addr, "/dnsaddr/example.org"), GHM_OK);
    assert_int_equal(ghm_scope_of(&addr), GHM_SCOPE_NAME);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(hosts_have_their_reach),
        cmocka_unit_test(addresses_have_that_of_their_host),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
