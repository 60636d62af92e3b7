/* SPDX-License-Identifier: MIT */
/* Requests from text, as the wire has them. */
#ifndef TEST_FRONT_H
#define TEST_FRONT_H

#include "front/asked.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#define TEXT(text) ghm_bytes((text), sizeof(text) - 1)

/* "GET /x HTTP/1.1\nHost: a\n": good for as long as `text` is. */
static struct ghm_asked asked_of(const char *text)
{
    struct ghm_asked asked = {0};
    const char *line_end = strchr(text, '\n');
    const char *blank = strchr(text, ' ');
    const char *version = line_end - strlen("HTTP/1.1");
    asked.method = ghm_bytes(text, (size_t)(blank - text));
    asked.target = ghm_bytes(blank + 1, (size_t)(version - blank - 2));
    asked.is_old = strncmp(version, "HTTP/1.0", 8) == 0;
    struct ghm_bytes walk = ghm_bytes_text(line_end + 1);
    while (asked.headers_count < GHM_ASKED_HEADERS_MAX &&
           ghm_header_next(&walk, &asked.headers[asked.headers_count]))
        asked.headers_count++;
    return asked;
}

static inline struct ghm_asked get_of(const char *target, const char *headers)
{
    static char text[32768];
    memcpy(text, "GET ", 4);
    size_t at = 4;
    memcpy(text + at, target, strlen(target));
    at += strlen(target);
    memcpy(text + at, " HTTP/1.1\n", 10);
    at += 10;
    memcpy(text + at, headers, strlen(headers) + 1);
    return asked_of(text);
}

static inline void assert_bytes(struct ghm_bytes bytes, const char *text)
{
    if (text == NULL) {
        assert_null(bytes.ptr);
        return;
    }
    assert_non_null(bytes.ptr);
    assert_int_equal(bytes.len, strlen(text));
    assert_memory_equal(bytes.ptr, text, bytes.len);
}

#endif
