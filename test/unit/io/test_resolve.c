/* SPDX-License-Identifier: MIT */
/* The order in which addresses are tried; the rest is met in test/e2e. */
#include "io/resolve.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <arpa/inet.h>
#include <cmocka.h>
#include <string.h>

#define FOUND_MAX 20

struct found {
    size_t count;
    struct addrinfo infos[FOUND_MAX];
    struct sockaddr_storage addrs[FOUND_MAX];
};

static void add(struct found *found, const char *host)
{
    struct addrinfo *info = &found->infos[found->count];
    struct sockaddr_storage *addr = &found->addrs[found->count];
    bool is_six = strchr(host, ':') != NULL;
    info->ai_family = is_six ? AF_INET6 : AF_INET;
    info->ai_addr = (struct sockaddr *)addr;
    addr->ss_family = (sa_family_t)info->ai_family;
    void *room = is_six ? (void *)&((struct sockaddr_in6 *)(void *)addr)->sin6_addr
                        : (void *)&((struct sockaddr_in *)(void *)addr)->sin_addr;
    assert_int_equal(inet_pton(info->ai_family, host, room), 1);
    if (found->count > 0) found->infos[found->count - 1].ai_next = info;
    found->count++;
}

/* Hosts, separated by blanks, to the order in which they are tried. */
static void assert_order(const char *hosts, const char *wanted)
{
    struct found found = {.count = 0};
    struct sockaddr_storage addrs[GHM_RESOLVE_ADDRS_MAX];
    char room[512], order[512] = "", text[64], *left = room;
    strncpy(room, hosts, sizeof room - 1);
    room[sizeof room - 1] = '\0';
    for (char *host; (host = strsep(&left, " ")) != NULL;)
        add(&found, host);
    size_t count = ghm_resolve_line_up(addrs, found.infos);
    for (size_t i = 0; i < count; i++) {
        const void *ip = addrs[i].ss_family == AF_INET6
                             ? (void *)&((struct sockaddr_in6 *)(void *)&addrs[i])->sin6_addr
                             : (void *)&((struct sockaddr_in *)(void *)&addrs[i])->sin_addr;
        assert_non_null(inet_ntop(addrs[i].ss_family, ip, text, sizeof text));
        strncat(order, i == 0 ? "" : " ", sizeof order - strlen(order) - 1);
        strncat(order, text, sizeof order - strlen(order) - 1);
    }
    assert_string_equal(order, wanted);
}

static void families_take_turns(void **state)
{
    (void)state;
    assert_order("10.0.0.1", "10.0.0.1");
    assert_order("10.0.0.1 ::1", "::1 10.0.0.1");
    assert_order("10.0.0.1 10.0.0.2 10.0.0.3 ::1 ::2", "::1 10.0.0.1 ::2 10.0.0.2 10.0.0.3");
    assert_order("::1 ::2 ::3 10.0.0.1", "::1 10.0.0.1 ::2 ::3");
}

static void none_is_tried_twice(void **state)
{
    (void)state;
    assert_order("10.0.0.1 10.0.0.1 ::1 10.0.0.1 ::1", "::1 10.0.0.1");
}

static void eight_are_tried_of_both_families(void **state)
{
    (void)state;
    assert_order("::1 ::2 ::3 ::4 ::5 ::6 ::7 ::8 ::9 ::a 10.0.0.1",
                 "::1 10.0.0.1 ::2 ::3 ::4 ::5 ::6 ::7");
    assert_order("10.0.0.1 10.0.0.2 10.0.0.3 10.0.0.4 10.0.0.5 10.0.0.6 10.0.0.7 10.0.0.8 10.0.0.9",
                 "10.0.0.1 10.0.0.2 10.0.0.3 10.0.0.4 10.0.0.5 10.0.0.6 10.0.0.7 10.0.0.8");
}

static void other_families_are_left_out(void **state)
{
    (void)state;
    struct found found = {.count = 0};
    struct sockaddr_storage addrs[GHM_RESOLVE_ADDRS_MAX];
    assert_int_equal(ghm_resolve_line_up(addrs, NULL), 0);
    add(&found, "10.0.0.1");
    add(&found, "10.0.0.2");
    found.infos[0].ai_family = AF_UNIX;
    assert_int_equal(ghm_resolve_line_up(addrs, found.infos), 1);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(families_take_turns),
        cmocka_unit_test(none_is_tried_twice),
        cmocka_unit_test(eight_are_tried_of_both_families),
        cmocka_unit_test(other_families_are_left_out),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
