/* SPDX-License-Identifier: MIT */
#include "io/mhdhead.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>

#define HEAD(literal, count) head_of((literal), sizeof(literal) - 1, (count))

/* As libmicrohttpd 0.9.75 leaves it: NUL for the blanks of the first line, for colons, CR and LF.
 */
static struct ghm_mhdhead head_of(const char *bytes, size_t len, size_t headers_count)
{
    const char *target = bytes + strlen(bytes) + 1;
    const char *last = bytes + len;
    for (const char *at = bytes; at + 8 <= bytes + len; at++) {
        if (memcmp(at, "HTTP/1.1", 8) == 0) last = at;
    }
    return (struct ghm_mhdhead){.bytes = ghm_bytes(bytes, len),
                                .target = ghm_bytes_text(target),
                                .version = last,
                                .headers_count = headers_count,
                                .library_text = "0.9.75"};
}

static void a_head_that_hides_nothing(void **state)
{
    (void)state;
    struct ghm_mhdhead head = HEAD("GET\0/a\0HTTP/1.1\0\0\0\0", 0);
    assert_false(ghm_mhdhead_hides(&head));
    head = HEAD("GET\0/a\0HTTP/1.1\0\0Host\0 a\0\0X\0\0\0\0\0", 2);
    assert_false(ghm_mhdhead_hides(&head));
    head = HEAD("GET\0/a\0HTTP/1.1\0Host\0 a\0\0", 1); /* lines that end with LF alone */
    assert_false(ghm_mhdhead_hides(&head));
}

static void a_head_that_hides_something(void **state)
{
    (void)state;
    struct ghm_mhdhead head = HEAD("GET\0/a\0b\0HTTP/1.1\0\0Host\0 a\0\0\0\0", 1);
    assert_true(ghm_mhdhead_hides(&head)); /* in the target */
    head = HEAD("GET\0/a\0 HTTP/1.1\0HTTP/1.1\0\0Host\0 a\0\0\0\0", 1);
    assert_true(ghm_mhdhead_hides(&head)); /* that looks like a version */
    head = HEAD("GET\0/a\0HTTP/1.1\0\0Host\0 a\0\0X\0 a\0b\0\0\0\0", 2);
    assert_true(ghm_mhdhead_hides(&head)); /* in a value */
    head = HEAD("GET\0/a\0HTTP/1.1\0\0Host\0 a\0\0X\0Y\0 a\0\0\0\0", 2);
    assert_true(ghm_mhdhead_hides(&head)); /* in a name */
    head = HEAD("GET\0/a\0HTTP/1.1\0\0Host\0 a\0\0 b\0\0\0\0", 1);
    assert_true(ghm_mhdhead_hides(&head)); /* a line that was joined to the one before */
    head = HEAD("GET\0/a\0HTTP/1.1\0\0Host\0 a\0\0\0 b\0\0\0\0", 1);
    assert_true(ghm_mhdhead_hides(&head)); /* a header without a name, which was left out */
}

/* Its texts are somewhere else then, and the refusal its own. */
static void a_later_library_is_believed(void **state)
{
    struct ghm_mhdhead head = HEAD("GET\0/a\0b\0HTTP/1.1\0\0\0\0\0\0", 0);
    (void)state;
    assert_true(ghm_mhdhead_hides(&head));
    head.library_text = "1.0.1";
    head.version = "HTTP/1.1";
    assert_false(ghm_mhdhead_hides(&head));
}

static void what_is_not_in_the_head_is_not_read(void **state)
{
    struct ghm_mhdhead head = HEAD("GET\0/a\0HTTP/1.1\0\0\0\0", 0);
    (void)state;
    head.bytes.len = 7; /* up to the version */
    assert_true(ghm_mhdhead_hides(&head));
    head.version = (const char *)head.bytes.ptr - 1;
    assert_true(ghm_mhdhead_hides(&head));
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_head_that_hides_nothing),
        cmocka_unit_test(a_head_that_hides_something),
        cmocka_unit_test(a_later_library_is_believed),
        cmocka_unit_test(what_is_not_in_the_head_is_not_read),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
