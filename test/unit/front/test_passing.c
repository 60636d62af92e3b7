/* SPDX-License-Identifier: MIT */
#include "front.h"

#include "front/passing.h"

/* T24: what may change the answer is not read past. */
static void headers_that_may_change_an_answer(void **state)
{
    static const char *const harmless[] = {"Accept",
                                           "Authorization",
                                           "X-GitHub-Api-Version",
                                           "If-None-Match",
                                           "Host",
                                           "User-Agent",
                                           "Accept-Encoding",
                                           "Content-Type",
                                           "Time-Zone",
                                           "Connection",
                                           "X-Gh-Cache-Ttl",
                                           "Sec-Fetch-Mode",
                                           "X-Forwarded-For",
                                           "Graphql-Features",
                                           "Cache-Control",
                                           "X-PROW-TOKEN-EXPIRES-AT",
                                           "If-Modified-Since",
                                           "traceparent"};
    static const char *const others[] = {"Cookie",
                                         "Range",
                                         "If-Range",
                                         "If-Match",
                                         "If-Unmodified-Since",
                                         "X-GitHub-OTP",
                                         "Prefer",
                                         "X-Anything",
                                         "X-HTTP-Method-Override",
                                         "Accept-Encodin",
                                         "Accept-Encodings",
                                         "X-GitHub-Api-Versio",
                                         "Se",
                                         "X-Hub-Signature",
                                         ""};
    (void)state;
    for (size_t i = 0; i < sizeof harmless / sizeof harmless[0]; i++)
        assert_true(ghm_passing_is_harmless(ghm_bytes_text(harmless[i])));
    for (size_t i = 0; i < sizeof others / sizeof others[0]; i++)
        assert_false(ghm_passing_is_harmless(ghm_bytes_text(others[i])));
}

/* T33: hop-by-hop, and what Connection names. */
static void what_is_of_one_connection_stays_there(void **state)
{
    static const char *const sent[] = {"Accept", "Authorization", "User-Agent", "If-None-Match",
                                       "Range",  "Cookie",        "X-Anything", "Accept-Encoding"};
    static const char *const kept_back[] = {"Connection",
                                            "Keep-Alive",
                                            "Proxy-Connection",
                                            "Proxy-Authorization",
                                            "TE",
                                            "Trailer",
                                            "Transfer-Encoding",
                                            "Upgrade",
                                            "Host",
                                            "Content-Length",
                                            "Expect",
                                            "X-Gh-Cache-Ttl",
                                            "Via",
                                            "X-Mine",
                                            "x-other"};
    struct ghm_asked asked =
        get_of("/", "Host: a\nConnection: close, x-MINE\nConnection: X-Other\n");
    (void)state;
    for (size_t i = 0; i < sizeof sent / sizeof sent[0]; i++)
        assert_true(ghm_passing_is_sent(&asked, ghm_bytes_text(sent[i])));
    for (size_t i = 0; i < sizeof kept_back / sizeof kept_back[0]; i++)
        assert_false(ghm_passing_is_sent(&asked, ghm_bytes_text(kept_back[i])));
    asked = get_of("/", "Host: a\n");
    assert_true(ghm_passing_is_sent(&asked, TEXT("X-Mine")));
}

static void what_is_told_of_an_answer(void **state)
{
    (void)state;
    assert_true(ghm_passing_is_told(TEXT("ETag")));
    assert_true(ghm_passing_is_told(TEXT("X-RateLimit-Remaining")));
    assert_false(ghm_passing_is_told(TEXT("Content-Length")));
    assert_false(ghm_passing_is_told(TEXT("content-encoding")));
    assert_false(ghm_passing_is_told(TEXT("Transfer-Encoding")));
    assert_false(ghm_passing_is_told(TEXT("Cache-Status")));
    assert_false(ghm_passing_is_told(TEXT("Date")));
    assert_true(ghm_passing_is_hop(TEXT("TE")));
    assert_false(ghm_passing_is_hop(TEXT("ETag")));
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(headers_that_may_change_an_answer),
        cmocka_unit_test(what_is_of_one_connection_stays_there),
        cmocka_unit_test(what_is_told_of_an_answer),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
