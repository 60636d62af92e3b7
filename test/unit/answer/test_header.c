/* SPDX-License-Identifier: MIT */
#include "answer/header.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#define TEXT(text) ghm_bytes((text), sizeof(text) - 1)

static const char raw[] =
    "HTTP/2 200\r\nETag: W/\"abc\"\r\nX-RateLimit-Remaining: 59\r\nX-Empty:\r\n"
    "Set-Cookie: secret=1\r\nlink:   <u>; rel=\"next\"  \r\n\r\n";

static void finds_in_any_case(void **state)
{
    (void)state;
    assert_true(ghm_bytes_equal(ghm_header_find(TEXT(raw), "etag"), TEXT("W/\"abc\"")));
    assert_true(ghm_bytes_equal(ghm_header_find(TEXT(raw), "link"), TEXT("<u>; rel=\"next\"")));
    struct ghm_bytes empty = ghm_header_find(TEXT(raw), "x-empty");
    assert_true(empty.ptr != NULL && empty.len == 0);
    assert_null(ghm_header_find(TEXT(raw), "eta").ptr);
    assert_null(ghm_header_find(TEXT(raw), "etagg").ptr);
    assert_null(ghm_header_find(GHM_BYTES_NONE, "etag").ptr);
    assert_null(ghm_header_find(TEXT("\n\n\r\n:"), "etag").ptr);
}

static int number(int64_t *ret_number, const char *value)
{
    char block[64] = "n: ";
    memcpy(block + 3, value, strlen(value));
    return ghm_header_number(ret_number, ghm_bytes_text(block), "n");
}

static void reads_numbers(void **state)
{
    (void)state;
    int64_t n = 7;
    assert_int_equal(ghm_header_number(&n, TEXT(raw), "x-ratelimit-remaining"), GHM_OK);
    assert_int_equal(n, 59);
    assert_int_equal(number(&n, "999999999999999999"), GHM_OK);
    assert_int_equal(n, INT64_C(999999999999999999));
    assert_int_equal(number(&n, "1000000000000000000"), GHM_EINVAL);
    assert_int_equal(number(&n, "-1"), GHM_EINVAL);
    assert_int_equal(number(&n, "1x"), GHM_EINVAL);
    assert_int_equal(number(&n, ""), GHM_EINVAL);
    assert_int_equal(ghm_header_number(&n, TEXT(raw), "none"), GHM_ENOTFOUND);
}

static void keeps_what_belongs_to_the_answer(void **state)
{
    (void)state;
    static const char *const kept[] = {"etag",
                                       "Last-Modified",
                                       "LINK",
                                       "content-type",
                                       "cache-control",
                                       "vary",
                                       "x-github-media-type",
                                       "x-github-api-version-selected",
                                       "x-poll-interval"};
    static const char *const never[] = {
        "set-cookie",  "authorization",       "x-ratelimit-remaining", "x-ratelimit-reset",
        "date",        "x-github-request-id", "x-oauth-scopes",        "x-accepted-oauth-scopes",
        "retry-after", "transfer-encoding",   "content-length",        "connection"};
    for (size_t i = 0; i < sizeof kept / sizeof kept[0]; i++) {
        assert_true(ghm_header_is_kept(ghm_bytes_text(kept[i]), 200));
    }
    for (size_t i = 0; i < sizeof never / sizeof never[0]; i++) {
        assert_false(ghm_header_is_kept(ghm_bytes_text(never[i]), 200));
    }
}

/* A 302 leads to a signed address: whoever has it has the file. */
static void location_is_kept_for_permanent_redirects_only(void **state)
{
    (void)state;
    assert_true(ghm_header_is_kept(TEXT("Location"), 301));
    assert_true(ghm_header_is_kept(TEXT("location"), 308));
    assert_false(ghm_header_is_kept(TEXT("location"), 302));
    assert_false(ghm_header_is_kept(TEXT("location"), 307));
    assert_false(ghm_header_is_kept(TEXT("location"), 200));
}

static void kept_block_has_its_form(void **state)
{
    (void)state;
    struct ghm_mem mem;
    struct ghm_buf buf;
    struct ghm_header header;
    struct ghm_bytes walk = TEXT(raw);
    ghm_mem_init(&mem, NULL, 4096);
    ghm_buf_init(&buf, &mem, 60);
    while (ghm_header_next(&walk, &header)) {
        assert_int_equal(ghm_header_keep(&buf, &header, 200), GHM_OK);
    }
    struct ghm_bytes block = ghm_buf_bytes(&buf);
    assert_true(ghm_bytes_equal(block, TEXT("etag: W/\"abc\"\nlink: <u>; rel=\"next\"\n")));
    assert_true(ghm_header_is_block(block));
    header = (struct ghm_header){TEXT("vary"), TEXT("a\rb")};
    assert_int_equal(ghm_header_keep(&buf, &header, 200), GHM_OK);
    assert_int_equal(ghm_buf_len(&buf), block.len);
    header = (struct ghm_header){TEXT("vary"), TEXT("12345678901234567890")};
    assert_int_equal(ghm_header_keep(&buf, &header, 200), GHM_ELIMIT);
    ghm_buf_fini(&buf);
    ghm_mem_fini(&mem);
}

static void blocks_of_peers_are_checked(void **state)
{
    (void)state;
    assert_true(ghm_header_is_block(GHM_BYTES_NONE));
    assert_true(ghm_header_is_block(TEXT("etag: \"x\"\nvary: \n")));
    assert_false(ghm_header_is_block(TEXT("etag: \"x\"")));
    assert_false(ghm_header_is_block(TEXT("Etag: x\n")));
    assert_false(ghm_header_is_block(TEXT("etag:x\n")));
    assert_false(ghm_header_is_block(TEXT("etag: x\r\n")));
    assert_false(ghm_header_is_block(TEXT("etag: x\n\n")));
    assert_false(ghm_header_is_block(TEXT(": x\n")));
    assert_false(ghm_header_is_block(TEXT("e tag: x\n")));
    assert_false(ghm_header_is_block(TEXT("etag: x\0y\n")));
}

static int date(int64_t *ret_ms, const char *text)
{
    return ghm_header_date_ms(ret_ms, ghm_bytes_text(text));
}

/* Source: RFC 9110 section 5.6.7 for the first; date -u -d for the others. */
static void reads_dates(void **state)
{
    (void)state;
    int64_t ms = 0;
    assert_int_equal(date(&ms, "Sun, 06 Nov 1994 08:49:37 GMT"), GHM_OK);
    assert_int_equal(ms, INT64_C(784111777000));
    assert_int_equal(date(&ms, "Thu, 01 Jan 1970 00:00:00 GMT"), GHM_OK);
    assert_int_equal(ms, 0);
    assert_int_equal(date(&ms, "Tue, 29 Feb 2000 23:59:59 GMT"), GHM_OK);
    assert_int_equal(ms, INT64_C(951868799000));
    assert_int_equal(date(&ms, "Wed, 31 Dec 2025 00:00:01 GMT"), GHM_OK);
    assert_int_equal(ms, INT64_C(1767139201000));
    assert_int_equal(date(&ms, "Fri, 01 Mar 2024 12:00:00 GMT"), GHM_OK);
    assert_int_equal(ms, INT64_C(1709294400000));
}

static void refuses_other_dates(void **state)
{
    (void)state;
    static const char *const wrong[] = {
        "",
        "Sun, 06 Nov 1994 08:49:37 UTC",
        "Sunday, 06-Nov-94 08:49:37 GMT",
        "Sun Nov  6 08:49:37 1994",
        "Sun, 6 Nov 1994 08:49:37 GMT",
        "Sun, 31 Apr 1994 08:49:37 GMT",
        "Sun, 29 Feb 2023 08:49:37 GMT",
        "Sun, 29 Feb 2100 08:49:37 GMT",
        "Sun, 00 Nov 1994 08:49:37 GMT",
        "Sun, 06 Nov 1994 24:00:00 GMT",
        "Sun, 06 Nov 1994 08:60:37 GMT",
        "Sun, 06 Nov 1994 08:49:61 GMT",
        "Sun, 06 Nov 1969 08:49:37 GMT",
        "Xxx, 06 Nov 1994 08:49:37 GMT",
        "Sun, 06 nov 1994 08:49:37 GMT",
        "Sun, 06 Nov 1994 08:49:37 GMT ",
        "Sun, 06 Nov 1994 0 :49:37 GMT",
    };
    int64_t ms = 7;
    for (size_t i = 0; i < sizeof wrong / sizeof wrong[0]; i++) {
        assert_int_equal(date(&ms, wrong[i]), GHM_EINVAL);
    }
    assert_int_equal(ms, 7);
}

static void presence_is_told_in_any_case(void **state)
{
    (void)state;
    struct ghm_bytes block = ghm_bytes_text("ETag: x\nLINK: y\nlin: z\n");
    assert_true(ghm_header_has(block, ghm_bytes_text("link")));
    assert_true(ghm_header_has(block, ghm_bytes_text("etag")));
    assert_false(ghm_header_has(block, ghm_bytes_text("links")));
    assert_false(ghm_header_has(block, ghm_bytes_text("ink")));
    assert_false(ghm_header_has(GHM_BYTES_NONE, ghm_bytes_text("link")));
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(finds_in_any_case),
        cmocka_unit_test(reads_numbers),
        cmocka_unit_test(keeps_what_belongs_to_the_answer),
        cmocka_unit_test(location_is_kept_for_permanent_redirects_only),
        cmocka_unit_test(kept_block_has_its_form),
        cmocka_unit_test(blocks_of_peers_are_checked),
        cmocka_unit_test(reads_dates),
        cmocka_unit_test(refuses_other_dates),
        cmocka_unit_test(presence_is_told_in_any_case),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
