/* SPDX-License-Identifier: MIT */
#include "front.h"

#include "front/response.h"

static struct ghm_bytes header_of(const struct ghm_response *response, const char *name)
{
    struct ghm_bytes found = GHM_BYTES_NONE;
    for (size_t i = 0; i < response->headers_count; i++) {
        if (!ghm_asked_is(response->headers[i].name, name)) continue;
        assert_null(found.ptr); /* once */
        found = response->headers[i].value;
    }
    return found;
}

static struct ghm_answer *answer_of(enum ghm_source source, int status, const char *headers,
                                    const uint8_t *foreign_sha256)
{
    struct ghm_answer *answer;
    struct ghm_reply reply = {.status = status,
                              .source = source,
                              .age_ms = 61999,
                              .ttl_s = 300,
                              .foreign_sha256 = foreign_sha256,
                              .headers = ghm_bytes_text(headers),
                              .body = TEXT("{}")};
    assert_int_equal(ghm_reply_new(&answer, &reply), GHM_OK);
    return answer;
}

/* T17: what GitHub said of the request that brought it is for that request's sender only. */
static void where_it_came_from_is_told(void **state)
{
    static const struct {
        enum ghm_source source;
        const char *mode;
        const char *age;
    } rows[] = {
        {GHM_SOURCE_ORIGIN, "MISS", NULL},     {GHM_SOURCE_REVALIDATED, "REVALIDATED", "61"},
        {GHM_SOURCE_LOCAL, "COALESCED", "61"}, {GHM_SOURCE_PEER, "COALESCED", "61"},
        {GHM_SOURCE_STALE, "COALESCED", "61"},
    };
    struct ghm_intent intent = {0};
    (void)state;
    for (size_t i = 0; i < sizeof rows / sizeof rows[0]; i++) {
        struct ghm_response response;
        struct ghm_answer *answer =
            answer_of(rows[i].source, 200,
                      "date: x\netag: \"a\"\ncontent-length: 9\ntransfer-encoding: chunked\n"
                      "connection: close\ncontent-encoding: gzip\nlink: <u>\ncache-status: y\n",
                      NULL);
        ghm_response_of_answer(&response, &intent, answer);
        assert_int_equal(response.status, 200);
        assert_true(response.has_body);
        assert_bytes(header_of(&response, "x-cache-mode"), rows[i].mode);
        assert_bytes(header_of(&response, "age"), rows[i].age);
        assert_bytes(header_of(&response, "cache-status"), answer->cache_status);
        assert_bytes(header_of(&response, "etag"), "\"a\"");
        assert_bytes(header_of(&response, "link"), "<u>");
        assert_null(header_of(&response, "date").ptr);
        assert_null(header_of(&response, "content-length").ptr);
        assert_null(header_of(&response, "transfer-encoding").ptr);
        assert_null(header_of(&response, "content-encoding").ptr);
        assert_null(header_of(&response, "connection").ptr);
        ghm_reply_free(answer);
    }
}

/* T6, T7: the client's validator is answered here, and weakly. */
static void a_client_that_knows_gets_a_304(void **state)
{
    static const struct {
        int status;
        const char *headers;
        const char *if_none_match;
        int told;
    } rows[] = {
        {200, "etag: \"a\"\n", "\"a\"", 304},
        {200, "etag: W/\"a\"\n", "\"a\"", 304},
        {200, "etag: \"a\"\n", "W/\"a\"", 304},
        {200, "etag: \"a\"\n", "\"b\", W/\"a\"", 304},
        {200, "etag: \"a\"\n", "*", 304},
        {200, "etag: \"a\"\n", "\"b\"", 200},
        {200, "etag: \"a\"\n", NULL, 200},
        {200, "x: y\n", "\"a\"", 200},
        {200, "x: y\n", "*", 200},
        {404, "etag: \"a\"\n", "\"a\"", 404},
    };
    (void)state;
    for (size_t i = 0; i < sizeof rows / sizeof rows[0]; i++) {
        struct ghm_response response;
        struct ghm_intent intent = {.if_none_match = ghm_bytes_text(rows[i].if_none_match)};
        struct ghm_answer *answer =
            answer_of(GHM_SOURCE_LOCAL, rows[i].status, rows[i].headers, NULL);
        ghm_response_of_answer(&response, &intent, answer);
        assert_int_equal(response.status, rows[i].told);
        assert_int_equal(response.has_body, rows[i].told != 304);
        ghm_reply_free(answer);
    }
}

/* T5: another identity's tag is not shown. */
static void a_shared_answer_has_a_tag_of_ours(void **state)
{
    uint8_t sha256[32];
    struct ghm_response response;
    struct ghm_intent intent = {.if_none_match = TEXT("\"theirs\"")};
    (void)state;
    for (size_t i = 0; i < sizeof sha256; i++)
        sha256[i] = (uint8_t)(0xf0 + i);
    struct ghm_answer *answer = answer_of(GHM_SOURCE_LOCAL, 200, "etag: \"theirs\"\n", sha256);
    ghm_response_of_answer(&response, &intent, answer);
    assert_int_equal(response.status, 200);
    assert_bytes(header_of(&response, "etag"), "\"ghm-f0f1f2f3f4f5f6f7f8f9fafbfcfdfeff\"");
    intent.if_none_match = TEXT("\"ghm-f0f1f2f3f4f5f6f7f8f9fafbfcfdfeff\"");
    ghm_response_of_answer(&response, &intent, answer);
    assert_int_equal(response.status, 304);
    ghm_reply_free(answer);
}

static void what_is_streamed_keeps_its_own_headers(void **state)
{
    struct ghm_response response;
    struct ghm_intent intent = {.is_write = true};
    static const char head[] = "date: d\ncontent-encoding: gzip\ncontent-length: 5\nage: 3\n"
                               "connection: close\nx-ratelimit-remaining: 4\nlocation: /x\n";
    (void)state;
    ghm_response_of_head(&response, &intent, 201, TEXT(head));
    assert_int_equal(response.status, 201);
    assert_true(response.has_body);
    assert_bytes(header_of(&response, "x-cache-mode"), "SKIP");
    assert_bytes(header_of(&response, "cache-status"), "ghmesh; fwd=method");
    assert_bytes(header_of(&response, "content-encoding"), "gzip");
    assert_bytes(header_of(&response, "date"), "d");
    assert_bytes(header_of(&response, "age"), "3");
    assert_bytes(header_of(&response, "x-ratelimit-remaining"), "4");
    assert_bytes(header_of(&response, "location"), "/x");
    assert_null(header_of(&response, "content-length").ptr);
    assert_null(header_of(&response, "connection").ptr);
    intent.is_write = false;
    ghm_response_of_head(&response, &intent, 304, TEXT(head));
    assert_false(response.has_body);
    assert_bytes(header_of(&response, "x-cache-mode"), "NO-STORE");
    ghm_response_of_head(&response, &intent, 204, TEXT(head));
    assert_false(response.has_body);
}

static void too_many_headers_are_left_out(void **state)
{
    static char head[200 * 8 + 1];
    struct ghm_response response;
    struct ghm_intent intent = {0};
    (void)state;
    for (size_t i = 0; i < 200; i++)
        memcpy(head + 8 * i, "x-a: bc\n", 8);
    ghm_response_of_head(&response, &intent, 200, TEXT(head));
    assert_int_equal(response.headers_count, GHM_RESPONSE_HEADERS_MAX);
    assert_bytes(header_of(&response, "x-cache-mode"), "NO-STORE");
}

static void too_long_headers_are_left_out(void **state)
{
    static char head[GHM_RESPONSE_HEADERS_BYTES_MAX + 64];
    struct ghm_response response;
    struct ghm_intent intent = {0};
    (void)state;
    memset(head, 'a', GHM_RESPONSE_HEADERS_BYTES_MAX);
    head[1] = ':';
    memcpy(head + GHM_RESPONSE_HEADERS_BYTES_MAX, "\nb: c\n", 7);
    ghm_response_of_head(&response, &intent, 200, ghm_bytes_text(head));
    assert_null(header_of(&response, "a").ptr);
    assert_bytes(header_of(&response, "b"), "c");
}

/* T10, T12 */
static void ways_back_lead_where_the_client_came_from(void **state)
{
    static const char head[] = "location: https://api.github.com/a\n"
                               "link: <https://api.github.com/b>; rel=\"next\"\n"
                               "x-link: <https://api.github.com/c>\n";
    struct ghm_response response;
    struct ghm_intent intent = {.site = {.kind = GHM_SITE_API,
                                         .is_tls = true,
                                         .host = TEXT("api.github.com"),
                                         .asked_host = TEXT("localhost:9")}};
    (void)state;
    ghm_response_of_head(&response, &intent, 301, TEXT(head));
    assert_bytes(header_of(&response, "location"), "http://localhost:9/a");
    assert_bytes(header_of(&response, "link"), "<http://localhost:9/b>; rel=\"next\"");
    assert_bytes(header_of(&response, "x-link"), "<https://api.github.com/c>");
    struct ghm_answer *answer = answer_of(GHM_SOURCE_LOCAL, 200, head, NULL);
    ghm_response_of_answer(&response, &intent, answer);
    assert_bytes(header_of(&response, "link"), "<http://localhost:9/b>; rel=\"next\"");
    ghm_reply_free(answer);
}

static void ways_too_long_stay_as_they_are(void **state)
{
    static char head[2 * GHM_RESPONSE_WAYS_MAX];
    struct ghm_response response;
    struct ghm_intent intent = {.site = {.kind = GHM_SITE_API,
                                         .host = TEXT("api.github.com"),
                                         .asked_host = TEXT("localhost:9")}};
    (void)state;
    memset(head, 'a', GHM_RESPONSE_WAYS_MAX + 40);
    memcpy(head, "location: http://api.github.com/", 32);
    memcpy(head + GHM_RESPONSE_WAYS_MAX + 40, "\nlink: <http://api.github.com/b>\n", 34);
    ghm_response_of_head(&response, &intent, 301, ghm_bytes_text(head));
    assert_memory_equal(header_of(&response, "location").ptr, "http://api.github.com/", 22);
    assert_bytes(header_of(&response, "link"), "<http://localhost:9/b>");
}

static void a_refusal_is_not_kept_by_anybody(void **state)
{
    struct ghm_response response;
    (void)state;
    ghm_response_of_refusal(&response, GHM_REFUSAL_MISDIRECTED);
    assert_int_equal(response.status, 421);
    assert_bytes(header_of(&response, "cache-control"), "no-store");
    assert_bytes(header_of(&response, "x-cache-mode"), "ERROR");
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(where_it_came_from_is_told),
        cmocka_unit_test(a_client_that_knows_gets_a_304),
        cmocka_unit_test(a_shared_answer_has_a_tag_of_ours),
        cmocka_unit_test(what_is_streamed_keeps_its_own_headers),
        cmocka_unit_test(too_many_headers_are_left_out),
        cmocka_unit_test(too_long_headers_are_left_out),
        cmocka_unit_test(ways_back_lead_where_the_client_came_from),
        cmocka_unit_test(ways_too_long_stay_as_they_are),
        cmocka_unit_test(a_refusal_is_not_kept_by_anybody),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
