/* SPDX-License-Identifier: MIT */
#include "front.h"

#include "front/reverse.h"

#include <stdio.h>

#define NEXT "; rel=\"next\""

static struct ghm_site_config github = {.is_tls = true};
static struct ghm_site_config enterprise = {.is_tls = true};
static struct ghm_site_config stand_in;

static int set_up(void **state)
{
    (void)state;
    github.host = TEXT("api.github.com");
    enterprise.host = TEXT("ghe.example");
    enterprise.prefix = TEXT("/api/v3");
    stand_in.host = TEXT("127.0.0.1:81");
    return 0;
}

static struct ghm_site site_of(const struct ghm_site_config *config, const char *host,
                               const char *target)
{
    char line[300];
    struct ghm_site site;
    (void)snprintf(line, sizeof line, "Host: %s\n", host);
    memset(&site, 'x', sizeof site);
    struct ghm_asked asked = get_of(target, line);
    assert_int_equal(ghm_site_of(&site, config, &asked), GHM_REFUSAL_NONE);
    return site;
}

static void assert_told(const struct ghm_site *site, const char *value, const char *told)
{
    char room[4096];
    assert_bytes(ghm_reverse_value(site, ghm_bytes_text(value), room, sizeof room), told);
}

/* T10: the links of a page, as who came by another name can follow them. */
static void links_lead_back_where_the_client_came_from(void **state)
{
    static const struct {
        const struct ghm_site_config *config;
        const char *host;
        const char *target;
        const char *link;
        const char *told;
    } rows[] = {
        {&github, "127.0.0.1:8080", "/user/repos",
         "<https://api.github.com/user/repos?page=2>" NEXT,
         "<http://127.0.0.1:8080/user/repos?page=2>" NEXT},
        {&github, "127.0.0.1:8080", "/api/v3/user/repos",
         "<https://api.github.com/repositories/1/x?page=2>" NEXT,
         "<http://127.0.0.1:8080/api/v3/repositories/1/x?page=2>" NEXT},
        {&github, "LOCALHOST:80", "/r", "<https://api.github.com/r?page=2>" NEXT,
         "<http://LOCALHOST/r?page=2>" NEXT},
        {&github, "[::1]:9", "/r", "<https://api.github.com/r?page=2>" NEXT,
         "<http://[::1]:9/r?page=2>" NEXT},
        {&github, "x", "http://api.github.localhost/r", "<https://api.github.com/r?page=2>" NEXT,
         "<http://api.github.localhost/r?page=2>" NEXT},
        {&github, "x", "https://api.github.localhost/r", "<https://api.github.com/r?page=2>" NEXT,
         "<https://api.github.localhost/r?page=2>" NEXT},
        {&enterprise, "localhost:9", "/r", "<https://ghe.example/api/v3/r?page=2>" NEXT,
         "<http://localhost:9/r?page=2>" NEXT},
        {&enterprise, "localhost:9", "/api/v3/r", "<https://ghe.example/api/v3/r?page=2>" NEXT,
         "<http://localhost:9/api/v3/r?page=2>" NEXT},
        {&stand_in, "api.github.com", "/r", "<http://127.0.0.1:81/r?page=2>" NEXT,
         "<http://api.github.com/r?page=2>" NEXT},
        /* All of them; and nothing that only looks like one. */
        {&github, "h.localhost", "/r",
         "<https://api.github.com/r?page=1>; rel=\"prev\", <https://api.github.com/r?page=3>" NEXT
         ", <https://api.github.com/r?page=9>; rel=\"last\"",
         "<http://h.localhost/r?page=1>; rel=\"prev\", <http://h.localhost/r?page=3>" NEXT
         ", <http://h.localhost/r?page=9>; rel=\"last\""},
        {&github, "localhost", "/r", "</r>; title=\"<https://api.github.com/r>\"",
         "</r>; title=\"<https://api.github.com/r>\""},
        {&github, "localhost", "/r", "<https://api.github.com>, <https://api.github.com?a>",
         "<http://localhost>, <http://localhost?a>"},
        {&github, "localhost", "/r", "<https://api.github.com.evil.example/r>" NEXT,
         "<https://api.github.com.evil.example/r>" NEXT},
        {&github, "localhost", "/r", "<https://api.github.com:1/r>, <http://api.github.com/r>",
         "<https://api.github.com:1/r>, <http://api.github.com/r>"},
        {&enterprise, "localhost", "/r", "<https://ghe.example/api/v33/r>, <https://ghe.example/r>",
         "<https://ghe.example/api/v33/r>, <https://ghe.example/r>"},
        {&github, "localhost", "/r", "<https://api.github.com/r", "<http://localhost/r"},
        {&github, "localhost", "/r", "<", "<"},
        {&github, "localhost", "/r", "<>\"", "<>\""},
    };
    (void)state;
    for (size_t i = 0; i < sizeof rows / sizeof rows[0]; i++) {
        struct ghm_site site = site_of(rows[i].config, rows[i].host, rows[i].target);
        assert_told(&site, rows[i].link, rows[i].told);
    }
}

/* T12: a name that moved; a signed address of another host is nobody's business. */
static void so_do_redirects(void **state)
{
    struct ghm_site site = site_of(&github, "127.0.0.1:8080", "/api/v3/repos/o/r");
    (void)state;
    assert_told(&site, "https://api.github.com/repositories/1",
                "http://127.0.0.1:8080/api/v3/repositories/1");
    assert_told(&site, "https://objects.githubusercontent.com/r?sig=s",
                "https://objects.githubusercontent.com/r?sig=s");
    assert_told(&site, "/repositories/1", "/repositories/1");
    assert_told(&site, "", "");
}

static void who_uses_the_apis_own_name_is_told_githubs_own_words(void **state)
{
    static const char link[] = "<https://api.github.com/r?page=2>" NEXT;
    static const struct {
        const char *host;
        const char *target;
    } rows[] = {
        {"api.github.com", "/r"},          {"API.github.com:443", "/r"},
        {"x", "http://api.github.com/r"},  {"x", "http://api.github.com:80/r"},
        {"x", "https://api.github.com/r"}, {"", "/r"},
        {"uploads.github.com", "/r"},
    };
    (void)state;
    for (size_t i = 0; i < sizeof rows / sizeof rows[0]; i++) {
        char room[100];
        struct ghm_site site = site_of(&github, rows[i].host, rows[i].target);
        struct ghm_bytes told = ghm_reverse_value(&site, TEXT(link), room, sizeof room);
        assert_ptr_equal(told.ptr, link);
        assert_int_equal(told.len, sizeof link - 1);
    }
}

static void without_room_it_stays_as_it_is(void **state)
{
    static const char link[] = "<https://api.github.com/r?page=2>" NEXT;
    static const char told[] = "<http://localhost/r?page=2>" NEXT;
    struct ghm_site site = site_of(&github, "localhost", "/r");
    (void)state;
    for (size_t size = 0; size <= sizeof told; size++) {
        char room[sizeof told + 1];
        memset(room, '#', sizeof room);
        struct ghm_bytes value = ghm_reverse_value(&site, TEXT(link), room, size);
        assert_bytes(value, size < sizeof told - 1 ? link : told);
        for (size_t i = size; i < sizeof room; i++)
            assert_int_equal(room[i], '#');
    }
}

static void only_these_headers_are_ways(void **state)
{
    (void)state;
    assert_true(ghm_reverse_is_way(TEXT("Link")));
    assert_true(ghm_reverse_is_way(TEXT("location")));
    assert_false(ghm_reverse_is_way(TEXT("content-location")));
    assert_false(ghm_reverse_is_way(TEXT("etag")));
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(links_lead_back_where_the_client_came_from),
        cmocka_unit_test(so_do_redirects),
        cmocka_unit_test(who_uses_the_apis_own_name_is_told_githubs_own_words),
        cmocka_unit_test(without_room_it_stays_as_it_is),
        cmocka_unit_test(only_these_headers_are_ways),
    };
    return cmocka_run_group_tests(tests, set_up, NULL);
}
