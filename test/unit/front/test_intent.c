/* SPDX-License-Identifier: MIT */
#include "front.h"

#include "front/intent.h"

static const struct ghm_site_config config = {.host = {(const uint8_t *)"api.github.com", 14},
                                              .prefix = {(const uint8_t *)"", 0},
                                              .name = "1.1 ghmesh-me",
                                              .is_tls = true};

#define HEAD "Host: api.github.com\n"
#define R GHM_INTENT_READ
#define P GHM_INTENT_PASS
#define W GHM_INTENT_WEIGH

static void what_is_read_and_what_is_passed(void **state)
{
    static const struct {
        const char *text;
        enum ghm_intent_kind kind;
        bool is_write;
    } rows[] = {
        {"GET /repos/o/r HTTP/1.1\n" HEAD, R, false},
        {"HEAD /repos/o/r HTTP/1.1\n" HEAD, R, false}, /* T14 */
        {"GET /repos/o/r HTTP/1.1\n" HEAD "Accept:\nTime-Zone: Etc/UTC\nContent-Type: a/b\n"
         "Authorization: token x\nUser-Agent: GitHub CLI 2.23.0\nAccept-Encoding: gzip\n",
         R, false},                                                            /* as gh asks */
        {"GET /repos/o/r HTTP/1.1\n" HEAD "If-None-Match: \"a\"\n", R, false}, /* T6 */
        {"GET /repos/o/r HTTP/1.1\n" HEAD "If-Modified-Since: x\n", R, false}, /* T9 */
        {"GET /repos/o/r HTTP/1.1\n" HEAD "Range: bytes=0-1\n", P, false},     /* T15 */
        {"GET /repos/o/r HTTP/1.1\n" HEAD "If-Range: \"a\"\n", P, false},
        {"GET /repos/o/r HTTP/1.1\n" HEAD "Cookie: a=b\n", P, false},     /* T24 */
        {"GET /repos/o/r HTTP/1.1\n" HEAD "X-GitHub-OTP: 1\n", P, false}, /* T24 */
        {"GET /repos/o/r HTTP/1.1\n" HEAD "Prefer: x\n", P, false},       /* T24 */
        {"GET /repos/o/r HTTP/1.1\n" HEAD "X-Unknown: x\n", P, false},
        {"GET /repos/o/r HTTP/1.1\n" HEAD "Accept: a\nAccept: b\n", P, false},
        {"GET /repos/o/r HTTP/1.1\n" HEAD "Cache-Control: no-store\n", P, false},
        {"GET /repos/o/r HTTP/1.1\n" HEAD "Cache-Control: no-cache\n", R, false},
        {"GET /repos/o/r HTTP/1.1\n" HEAD "Accept-Encoding: gzip, identity;q=0\n", P, false},
        {"GET /repos/o/r HTTP/1.1\n" HEAD "Accept-Encoding: gzip, *;q=0\n", P, false},
        {"GET /repos/o/r HTTP/1.1\n" HEAD "Accept-Encoding: gzip, identity, *;q=0\n", R, false},
        {"GET /repos/o/r HTTP/1.1\n" HEAD "Content-Length: 0\n", R, false},
        {"GET /repos/o/r HTTP/1.1\n" HEAD "Content-Length: 2\n", P, false}, /* T33 */
        {"GET /repos/o/r HTTP/1.1\n" HEAD "Transfer-Encoding: chunked\n", P, false},
        {"POST /repos/o/r HTTP/1.1\n" HEAD, P, true}, /* T18 */
        {"get /repos/o/r HTTP/1.1\n" HEAD, P, true},  /* methods have their case */
        {"DELETE /repos/o/r HTTP/1.1\n" HEAD, P, true},
        {"POST /graphql HTTP/1.1\n" HEAD "GraphQL-Features: a\n", W, true},
        {"POST /api/graphql HTTP/1.1\nHost: localhost\nContent-Length: 9\n", W, true},
        {"PUT /graphql HTTP/1.1\n" HEAD, P, true},
        {"POST /graphql HTTP/1.1\nHost: uploads.github.com\n", P, true},
        {"POST / HTTP/1.1\nHost: uploads.github.com\n", P, true},
        {"GET /x HTTP/1.1\nHost: codeload.github.com\n", P, false},                      /* T12 */
        {"GET /rate_limit HTTP/1.1\n" HEAD, P, false},                                   /* T26 */
        {"GET /repos/o/r/actions/runners/registration-token HTTP/1.1\n" HEAD, P, false}, /* T25 */
        {"GET /repos/o/r/actions/artifacts/1/zip HTTP/1.1\n" HEAD, P, false}, /* T12, T13 */
        {"GET /api/v3/rate_limit HTTP/1.1\nHost: localhost\n", P, false},
        {"GET /healthz HTTP/1.1\nHost: localhost\n", GHM_INTENT_HEALTH, false},
        {"GET /healthz HTTP/1.0\n", GHM_INTENT_HEALTH, false},
        {"GET /healthz HTTP/1.1\n" HEAD, R, false},
        {"GET / HTTP/1.1\nHost: example.com\n", GHM_INTENT_REFUSE, false},
        {"POST /x HTTP/1.1\n" HEAD "Via: 1.0 a, 1.1 ghmesh-me\n", GHM_INTENT_REFUSE, false},
        {"POST /x HTTP/1.1\n" HEAD "Via: 1.1 ghmesh-other\n", P, true},
    };
    (void)state;
    for (size_t i = 0; i < sizeof rows / sizeof rows[0]; i++) {
        struct ghm_intent intent;
        struct ghm_asked asked = asked_of(rows[i].text);
        ghm_intent_of(&intent, &config, &asked);
        if (intent.kind != rows[i].kind) print_message("%s", rows[i].text);
        assert_int_equal(intent.kind, rows[i].kind);
        assert_int_equal(intent.is_write, rows[i].is_write);
    }
}

/* T1, T2, T3: every part of the variant as it came, absent and empty apart. */
static void the_request_is_told_literally(void **state)
{
    struct ghm_intent intent;
    (void)state;
    struct ghm_asked asked = get_of("/Repos/o/r?b=1&a=2", HEAD);
    ghm_intent_of(&intent, &config, &asked);
    assert_bytes(intent.request.method, "GET");
    assert_bytes(intent.request.host, "api.github.com");
    assert_bytes(intent.request.target, "/Repos/o/r?b=1&a=2");
    assert_bytes(intent.request.accept, NULL);
    assert_bytes(intent.request.api_version, NULL);
    assert_bytes(intent.authorization, NULL);
    assert_bytes(intent.if_none_match, NULL);
    asked = get_of("/r", HEAD "Accept:\nX-GitHub-Api-Version: 2022-11-28\n"
                              "Authorization: Bearer  x\nIf-None-Match: W/\"a\"\n");
    ghm_intent_of(&intent, &config, &asked);
    assert_bytes(intent.request.accept, "");
    assert_bytes(intent.request.api_version, "2022-11-28");
    assert_bytes(intent.authorization, "Bearer  x");
    assert_bytes(intent.if_none_match, "W/\"a\"");
    assert_false(intent.is_head);
    asked = asked_of("HEAD /r HTTP/1.1\n" HEAD);
    ghm_intent_of(&intent, &config, &asked);
    assert_true(intent.is_head);
    assert_bytes(intent.request.method, "GET"); /* T14: never a variant of its own */
}

/* What is too long for a name of the store still goes to GitHub. */
static void a_long_target_is_passed(void **state)
{
    static char target[GHM_REQUEST_TARGET_MAX + 2];
    struct ghm_intent intent;
    (void)state;
    memset(target, 'a', sizeof target - 1);
    target[0] = '/';
    struct ghm_asked asked = get_of(target, HEAD);
    ghm_intent_of(&intent, &config, &asked);
    assert_int_equal(intent.kind, P);
    target[GHM_REQUEST_TARGET_MAX] = '\0';
    asked = get_of(target, HEAD);
    ghm_intent_of(&intent, &config, &asked);
    assert_int_equal(intent.kind, R);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(what_is_read_and_what_is_passed),
        cmocka_unit_test(the_request_is_told_literally),
        cmocka_unit_test(a_long_target_is_passed),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
