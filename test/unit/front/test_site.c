/* SPDX-License-Identifier: MIT */
#include "front.h"

#include "front/site.h"

#include <stdio.h>

static struct ghm_site_config api(const char *host, const char *prefix, bool is_tls)
{
    return (struct ghm_site_config){.host = ghm_bytes_text(host),
                                    .prefix = ghm_bytes_text(prefix),
                                    .is_tls = is_tls,
                                    .others = TEXT("files.example, http://127.0.0.1:81,x.example")};
}

struct row {
    const char *host;
    const char *target;
    enum ghm_refusal refusal;
    const char *url; /* of NONE; "api" before it: what is cached */
};

static void assert_rows(const struct ghm_site_config *config, const struct row *rows, size_t count)
{
    for (size_t i = 0; i < count; i++) {
        char host[400];
        char url[9000];
        struct ghm_site site;
        (void)snprintf(host, sizeof host, "Host: %s\n", rows[i].host);
        struct ghm_asked asked = get_of(rows[i].target, host);
        enum ghm_refusal refusal = ghm_site_of(&site, config, &asked);
        if (refusal != rows[i].refusal) print_message("%s %s\n", rows[i].host, rows[i].target);
        assert_int_equal(refusal, rows[i].refusal);
        if (refusal != GHM_REFUSAL_NONE) continue;
        (void)snprintf(url, sizeof url, "%s%s://%.*s%.*s", site.kind == GHM_SITE_API ? "api " : "",
                       site.is_tls ? "https" : "http", (int)site.host.len,
                       (const char *)site.host.ptr, (int)site.target.len,
                       (const char *)site.target.ptr);
        assert_string_equal(url, rows[i].url);
    }
}
#define COUNT(rows) (sizeof(rows) / sizeof(rows)[0])

/* T12 */
static void githubs_own(void **state)
{
    static const struct row rows[] = {
        {"api.github.com", "/r?q=1", 0, "api https://api.github.com/r?q=1"},
        {"API.GitHub.com:443", "/r", 0, "api https://api.github.com/r"},
        {"api.github.com:8080", "/r", GHM_REFUSAL_MISDIRECTED, NULL},
        {"localhost:9", "/r", 0, "api https://api.github.com/r"},
        {"127.0.0.1", "/r", 0, "api https://api.github.com/r"},
        {"127.9.9.9:1", "/r", 0, "api https://api.github.com/r"},
        {"[::1]:1", "/r", 0, "api https://api.github.com/r"},
        {"", "/r", 0, "api https://api.github.com/r"},
        {"github.localhost", "/r", 0, "api https://api.github.com/r"},
        {"x", "http://api.github.localhost/r", 0, "api https://api.github.com/r"},
        {"evil.example", "http://api.github.com/r", 0, "api https://api.github.com/r"},
        {"api.github.com", "http://evil.example/r", GHM_REFUSAL_MISDIRECTED, NULL},
        {"x", "HTTPS://api.github.com/r", 0, "api https://api.github.com/r"},
        {"x", "https://api.github.com", 0, "api https://api.github.com/"},
        {"x", "https://api.github.com?a=b", GHM_REFUSAL_TARGET, NULL},
        {"x", "https:///r", GHM_REFUSAL_HOST, NULL},
        {"x", "https://u:p@api.github.com/r", GHM_REFUSAL_HOST, NULL},
        {"x", "ftp://api.github.com/r", GHM_REFUSAL_TARGET, NULL},
        {"api.github.com", "*", GHM_REFUSAL_TARGET, NULL},
        {"api.github.com", "r", GHM_REFUSAL_TARGET, NULL},
        {"a b", "/r", GHM_REFUSAL_HOST, NULL},
        {"a/b", "/r", GHM_REFUSAL_HOST, NULL},
        {"uploads.github.com", "/r", 0, "https://uploads.github.com/r"},
        {"codeload.github.com", "/r", 0, "https://codeload.github.com/r"},
        {"objects.githubusercontent.com", "/r", 0, "https://objects.githubusercontent.com/r"},
        {"pipelines.actions.githubusercontent.com", "/r", 0,
         "https://pipelines.actions.githubusercontent.com/r"},
        {"productionresultssa1.blob.core.windows.net", "/r?sig=s", 0,
         "https://productionresultssa1.blob.core.windows.net/r?sig=s"},
        {"github-cloud.s3.amazonaws.com", "/r", 0, "https://github-cloud.s3.amazonaws.com/r"},
        {"github-x.evil.s3.amazonaws.com", "/r", GHM_REFUSAL_MISDIRECTED, NULL},
        {"other.s3.amazonaws.com", "/r", GHM_REFUSAL_MISDIRECTED, NULL},
        {"objects.githubusercontent.com:8443", "/r", GHM_REFUSAL_MISDIRECTED, NULL},
        {"evilgithubusercontent.com", "/r", GHM_REFUSAL_MISDIRECTED, NULL},
        {".githubusercontent.com.evil.example", "/r", GHM_REFUSAL_MISDIRECTED, NULL},
        {"127.0.0.1.evil.example", "/r", GHM_REFUSAL_MISDIRECTED, NULL},
        {"notlocalhost", "/r", GHM_REFUSAL_MISDIRECTED, NULL},
        {"169.254.169.254", "/r", GHM_REFUSAL_MISDIRECTED, NULL},
        {"10.0.0.1", "/r", GHM_REFUSAL_MISDIRECTED, NULL},
        {"files.example", "/r", 0, "https://files.example/r"},
        {"X.example", "/r", 0, "https://X.example/r"},
        {"127.0.0.1:81", "/r", 0, "http://127.0.0.1:81/r"},
        {"127.0.0.1:82", "/r", 0, "api https://api.github.com/r"},
    };
    struct ghm_site_config config = api("api.github.com", "", true);
    (void)state;
    assert_rows(&config, rows, COUNT(rows));
}

static void paths_with_and_without_v3(void **state)
{
    static const struct row rows[] = {
        {"localhost", "/api/v3/repos/o/r", 0, "api https://api.github.com/repos/o/r"},
        {"localhost", "/api/v3", 0, "api https://api.github.com/"},
        {"localhost", "/api/v3?a=b", 0, "api https://api.github.com/?a=b"},
        {"localhost", "/api/v3x", 0, "api https://api.github.com/api/v3x"},
        {"localhost", "/api/graphql", 0, "api https://api.github.com/graphql"},
        {"localhost", "/graphql", 0, "api https://api.github.com/graphql"},
    };
    static const struct row enterprise[] = {
        {"localhost", "/repos/o/r", 0, "api https://ghe.example/api/v3/repos/o/r"},
        {"ghe.example", "/api/v3/repos/o/r?x", 0, "api https://ghe.example/api/v3/repos/o/r?x"},
        {"ghe.example", "/api/graphql", 0, "api https://ghe.example/api/graphql"},
        {"localhost", "/graphql", 0, "api https://ghe.example/api/graphql"},
        {"codeload.ghe.example", "/r", 0, "https://codeload.ghe.example/r"},
        {"codeloadghe.example", "/r", GHM_REFUSAL_MISDIRECTED, NULL},
        /* The token of one API is not for the other. */
        {"api.github.com", "/repos/o/r", 0, "https://api.github.com/repos/o/r"},
    };
    static const struct row stand_in[] = {
        {"api.github.com", "/repos/o/r", 0, "api http://127.0.0.1:8080/repos/o/r"},
        {"127.0.0.1:9", "/repos/o/r", 0, "api http://127.0.0.1:8080/repos/o/r"},
    };
    struct ghm_site_config config = api("api.github.com", "", true);
    (void)state;
    assert_rows(&config, rows, COUNT(rows));
    config = api("ghe.example", "/api/v3", true);
    assert_rows(&config, enterprise, COUNT(enterprise));
    config = api("127.0.0.1:8080", "", false);
    assert_rows(&config, stand_in, COUNT(stand_in));
}

static void the_longest_target_fits_behind_any_prefix(void **state)
{
    static char target[GHM_ASKED_TARGET_MAX + 1];
    static char prefix[200];
    struct ghm_site site;
    (void)state;
    memset(target, 'a', GHM_ASKED_TARGET_MAX);
    memset(prefix, 'p', 127);
    target[0] = '/';
    prefix[0] = '/';
    struct ghm_site_config config = api("ghe.example", prefix, true);
    struct ghm_asked asked = get_of(target, "Host: localhost\n");
    assert_int_equal(ghm_site_of(&site, &config, &asked), GHM_REFUSAL_NONE);
    assert_int_equal(site.target.len, GHM_ASKED_TARGET_MAX + 127);
    memset(prefix, 'p', 130);
    prefix[0] = '/';
    config = api("ghe.example", prefix, true);
    assert_int_equal(ghm_site_of(&site, &config, &asked), GHM_REFUSAL_TOO_LONG);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(githubs_own),
        cmocka_unit_test(paths_with_and_without_v3),
        cmocka_unit_test(the_longest_target_fits_behind_any_prefix),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
