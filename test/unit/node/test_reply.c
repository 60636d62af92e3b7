/* SPDX-License-Identifier: MIT */
#include "node/reply.h"

#include "base/mem.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>

#include <cmocka.h>

static struct ghm_answer *reply(enum ghm_source source, int64_t age_ms, int64_t ttl_s)
{
    struct ghm_answer *answer;
    struct ghm_reply made = {.status = 200, .source = source, .age_ms = age_ms, .ttl_s = ttl_s};
    assert_int_equal(ghm_reply_new(&answer, &made), GHM_OK);
    return answer;
}

static void assert_cache_status(enum ghm_source source, int64_t age_ms, int64_t ttl_s,
                                const char *want)
{
    struct ghm_answer *answer = reply(source, age_ms, ttl_s);
    assert_string_equal(answer->cache_status, want);
    ghm_reply_free(answer);
}

/* Spec: RFC 9211 section 2: ttl is the freshness that is left, negative when stale. */
static void provenance_is_told(void **state)
{
    (void)state;
    assert_cache_status(GHM_SOURCE_ORIGIN, 0, 300, "ghmesh; fwd=miss; ttl=300");
    assert_cache_status(GHM_SOURCE_REVALIDATED, 0, 60, "ghmesh; fwd=stale; fwd-status=304; ttl=60");
    assert_cache_status(GHM_SOURCE_LOCAL, 58000, 100, "ghmesh; hit; ttl=42");
    assert_cache_status(GHM_SOURCE_PEER, 58999, 100, "ghmesh; hit; ttl=42; detail=peer");
    assert_cache_status(GHM_SOURCE_STALE, 100000, 60, "ghmesh; hit; ttl=-40; detail=stale");
    assert_cache_status(GHM_SOURCE_LOCAL, 0, 0, "ghmesh; hit; ttl=0");
}

static void longest_numbers_fit(void **state)
{
    (void)state;
    assert_cache_status(GHM_SOURCE_REVALIDATED, 0, INT64_MAX,
                        "ghmesh; fwd=stale; fwd-status=304; ttl=9223372036854775807");
    assert_cache_status(GHM_SOURCE_STALE, 0, INT64_MIN,
                        "ghmesh; hit; ttl=-9223372036854775808; detail=stale");
    assert_cache_status(GHM_SOURCE_STALE, INT64_MAX, 0,
                        "ghmesh; hit; ttl=-9223372036854775; detail=stale");
}

static void bytes_are_copied_and_ended(void **state)
{
    (void)state;
    struct ghm_answer *answer;
    char headers[] = "etag: \"x\"\n", body[] = "b\0dy";
    struct ghm_reply made = {.status = 404,
                             .source = GHM_SOURCE_ORIGIN,
                             .age_ms = 5,
                             .ttl_s = 6,
                             .headers = ghm_bytes(headers, 10),
                             .body = ghm_bytes(body, 4)};
    assert_int_equal(ghm_reply_new(&answer, &made), GHM_OK);
    memset(headers, 'z', sizeof headers);
    memset(body, 'z', sizeof body);
    assert_int_equal(answer->status, 404);
    assert_int_equal(answer->age_ms, 5);
    assert_int_equal(answer->ttl_s, 6);
    assert_int_equal(answer->headers_len, 10);
    assert_string_equal(answer->bytes, "etag: \"x\"\n");
    assert_int_equal(answer->body_len, 4);
    assert_memory_equal(answer->bytes + 11, "b\0dy\0", 5);
    struct ghm_answer *copy;
    assert_int_equal(ghm_reply_copy(&copy, answer), GHM_OK);
    assert_ptr_not_equal(copy, answer);
    assert_memory_equal(copy, answer, answer->size);
    ghm_reply_free(answer);
    assert_memory_equal(copy->bytes + 11, "b\0dy\0", 5);
    ghm_reply_free(copy);
    ghm_reply_free(NULL);
}

static void nothing_is_a_body_too(void **state)
{
    (void)state;
    struct ghm_answer *answer = reply(GHM_SOURCE_ORIGIN, 0, 0);
    assert_int_equal(answer->headers_len + answer->body_len, 0);
    assert_memory_equal(answer->bytes, "\0", 2);
    ghm_reply_free(answer);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(provenance_is_told),
        cmocka_unit_test(longest_numbers_fit),
        cmocka_unit_test(bytes_are_copied_and_ended),
        cmocka_unit_test(nothing_is_a_body_too),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
