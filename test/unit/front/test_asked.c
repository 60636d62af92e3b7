/* SPDX-License-Identifier: MIT */
#include "front.h"

/* T33: what two readers could understand in two ways. */
static void what_is_ambiguous_is_refused(void **state)
{
    static const struct {
        const char *text;
        enum ghm_refusal refusal;
    } rows[] = {
        {"GET / HTTP/1.1\nHost: a\n", GHM_REFUSAL_NONE},
        {"GET / HTTP/1.0\n", GHM_REFUSAL_NONE},
        {"GET / HTTP/1.1\n", GHM_REFUSAL_HOST},
        {"GET / HTTP/1.1\nHost: a\nHost: a\n", GHM_REFUSAL_HOST},
        {"POST / HTTP/1.1\nHost: a\nContent-Length: 4\n", GHM_REFUSAL_NONE},
        {"POST / HTTP/1.1\nHost: a\nTransfer-Encoding: chunked\n", GHM_REFUSAL_NONE},
        {"POST / HTTP/1.1\nHost: a\nTransfer-Encoding: Chunked\n", GHM_REFUSAL_NONE},
        {"POST / HTTP/1.1\nHost: a\nContent-Length: 4\nTransfer-Encoding: chunked\n",
         GHM_REFUSAL_FRAMING},
        {"POST / HTTP/1.1\nHost: a\nContent-Length: 4\nContent-Length: 4\n", GHM_REFUSAL_FRAMING},
        {"POST / HTTP/1.1\nHost: a\nContent-Length: 4, 4\n", GHM_REFUSAL_FRAMING},
        {"POST / HTTP/1.1\nHost: a\nContent-Length: +4\n", GHM_REFUSAL_FRAMING},
        {"POST / HTTP/1.1\nHost: a\nContent-Length: -1\n", GHM_REFUSAL_FRAMING},
        {"POST / HTTP/1.1\nHost: a\nContent-Length: 0x4\n", GHM_REFUSAL_FRAMING},
        {"POST / HTTP/1.1\nHost: a\nContent-Length:\n", GHM_REFUSAL_FRAMING},
        {"POST / HTTP/1.1\nHost: a\nContent-Length: 1000000000000000000\n", GHM_REFUSAL_FRAMING},
        {"POST / HTTP/1.1\nHost: a\nTransfer-Encoding: gzip, chunked\n", GHM_REFUSAL_FRAMING},
        {"POST / HTTP/1.1\nHost: a\nTransfer-Encoding: identity\n", GHM_REFUSAL_FRAMING},
        {"POST / HTTP/1.1\nHost: a\nTransfer-Encoding: xchunked\n", GHM_REFUSAL_FRAMING},
        {"POST / HTTP/1.1\nHost: a\nTransfer-Encoding: chunked\nTransfer-Encoding: chunked\n",
         GHM_REFUSAL_FRAMING},
        {"POST / HTTP/1.0\nHost: a\nTransfer-Encoding: chunked\n", GHM_REFUSAL_FRAMING},
        {"GET / HTTP/1.1\nHost: a\nContent-Length : 4\n", GHM_REFUSAL_HEADER},
        {"GET / HTTP/1.1\nHost: a\n X: 4\n", GHM_REFUSAL_HEADER},
        {"GET / HTTP/1.1\nHost: a\n: 4\n", GHM_REFUSAL_HEADER},
        {"GET / HTTP/1.1\nHost: a\nX\x01Y: 4\n", GHM_REFUSAL_HEADER},
        {"GET / HTTP/1.1\nHost: a\nX: a\rb\n", GHM_REFUSAL_HEADER},
        {"GET / HTTP/1.1\nHost: a\nX: a\x7f\n", GHM_REFUSAL_HEADER},
        {"GET / HTTP/1.1\nHost: a\nX: a\tb\n", GHM_REFUSAL_NONE},
        {"GET / HTTP/1.1\nHost: a\nX: caf\xc3\xa9\n", GHM_REFUSAL_NONE},
        {"GET / HTTP/1.1\nHost: a\nAuthorization: token a\nauthorization: token b\n",
         GHM_REFUSAL_TWICE},
        {"GET /a b HTTP/1.1\nHost: a\n", GHM_REFUSAL_TARGET},
        {"GET /a\tb HTTP/1.1\nHost: a\n", GHM_REFUSAL_TARGET},
        {"GET /a#b HTTP/1.1\nHost: a\n", GHM_REFUSAL_TARGET},
        {"GET /caf\xc3\xa9 HTTP/1.1\nHost: a\n", GHM_REFUSAL_TARGET},
        {"GET  HTTP/1.1\nHost: a\n", GHM_REFUSAL_TARGET},
        {"G@T / HTTP/1.1\nHost: a\n", GHM_REFUSAL_METHOD},
        {"GGGGGGGGGGGGGGGGG / HTTP/1.1\nHost: a\n", GHM_REFUSAL_METHOD},
        {"CONNECT a:443 HTTP/1.1\nHost: a\n", GHM_REFUSAL_CONNECT},
        {"TRACE / HTTP/1.1\nHost: a\n", GHM_REFUSAL_TRACE},
        {"PROPFIND / HTTP/1.1\nHost: a\n", GHM_REFUSAL_NONE},
    };
    (void)state;
    for (size_t i = 0; i < sizeof rows / sizeof rows[0]; i++) {
        struct ghm_asked asked = asked_of(rows[i].text);
        if (ghm_asked_check(&asked) != rows[i].refusal) print_message("row %zu\n", i);
        assert_int_equal(ghm_asked_check(&asked), rows[i].refusal);
    }
}

/* A NUL ends the text for one reader and not for another. */
static void a_nul_is_refused_wherever_it_is(void **state)
{
    (void)state;
    struct ghm_asked asked = asked_of("GET /ab HTTP/1.1\nHost: a\nX: ab\n");
    asked.headers[1].value = ghm_bytes("a\0b", 3);
    assert_int_equal(ghm_asked_check(&asked), GHM_REFUSAL_HEADER);
    asked = asked_of("GET /ab HTTP/1.1\nHost: a\nX: ab\n");
    asked.headers[1].name = ghm_bytes("X\0", 2);
    assert_int_equal(ghm_asked_check(&asked), GHM_REFUSAL_HEADER);
    asked = asked_of("GET /ab HTTP/1.1\nHost: a\n");
    asked.target = ghm_bytes("/\0b", 3);
    assert_int_equal(ghm_asked_check(&asked), GHM_REFUSAL_TARGET);
}

/* Spec: RFC 9110 section 5.6.2, tchar. Guard: is_token_byte. */
static void a_name_is_made_of_these_bytes_alone(void **state)
{
    static const char good[] = "!#$%&'*+-.^_`|~0123456789abcdefghijklmnopqrstuvwxyz"
                               "ABCDEFGHIJKLMNOPQRSTUVWXYZ";
    (void)state;
    for (unsigned byte = 0; byte < 256; byte++) {
        struct ghm_asked asked = asked_of("GET / HTTP/1.1\nHost: a\nX: b\n");
        uint8_t name = (uint8_t)byte;
        asked.headers[1].name = ghm_bytes(&name, 1);
        bool is_good = byte != 0 && strchr(good, (int)byte) != NULL;
        assert_int_equal(ghm_asked_check(&asked), is_good ? GHM_REFUSAL_NONE : GHM_REFUSAL_HEADER);
    }
}

static void targets_are_bounded(void **state)
{
    static char target[GHM_ASKED_TARGET_MAX + 1];
    (void)state;
    memset(target, 'a', sizeof target);
    target[0] = '/';
    struct ghm_asked asked = asked_of("GET / HTTP/1.1\nHost: a\n");
    asked.target = ghm_bytes(target, GHM_ASKED_TARGET_MAX);
    assert_int_equal(ghm_asked_check(&asked), GHM_REFUSAL_NONE);
    asked.target.len++;
    assert_int_equal(ghm_asked_check(&asked), GHM_REFUSAL_TOO_LONG);
}

static void headers_are_bounded(void **state)
{
    (void)state;
    struct ghm_asked asked = get_of("/", "Host: a\n");
    asked.is_cut = true;
    assert_int_equal(ghm_asked_check(&asked), GHM_REFUSAL_TOO_LARGE);
}

static void what_hides_something_is_refused(void **state)
{
    (void)state;
    struct ghm_asked asked = get_of("/", "Host: a\n");
    asked.is_hiding = true;
    assert_int_equal(ghm_asked_check(&asked), GHM_REFUSAL_HIDING);
}

static void bodies_are_told_by_their_length(void **state)
{
    static const struct {
        const char *headers;
        bool has_body;
    } rows[] = {
        {"", false},
        {"Content-Length: 0\n", false},
        {"Content-Length: 000\n", false},
        {"Content-Length: 10\n", true},
        {"Transfer-Encoding: chunked\n", true},
    };
    (void)state;
    for (size_t i = 0; i < sizeof rows / sizeof rows[0]; i++) {
        struct ghm_asked asked = get_of("/", rows[i].headers);
        assert_int_equal(ghm_asked_has_body(&asked), rows[i].has_body);
    }
}

static void lists_are_read_word_by_word(void **state)
{
    (void)state;
    struct ghm_asked asked =
        get_of("/", "Connection: keep-alive ,\tX-One,,x-two \nconnection: three\n");
    assert_true(ghm_asked_lists(&asked, "connection", "keep-alive"));
    assert_true(ghm_asked_lists(&asked, "connection", "x-one"));
    assert_true(ghm_asked_lists(&asked, "connection", "x-two"));
    assert_true(ghm_asked_lists(&asked, "connection", "three"));
    assert_false(ghm_asked_lists(&asked, "connection", "x"));
    assert_false(ghm_asked_lists(&asked, "connection", "x-on"));
    assert_false(ghm_asked_lists(&asked, "via", "three"));
    assert_bytes(ghm_asked_find(&asked, "connection"), "keep-alive ,\tX-One,,x-two");
    assert_bytes(ghm_asked_find(&asked, "connectio"), NULL);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(what_is_ambiguous_is_refused),
        cmocka_unit_test(a_nul_is_refused_wherever_it_is),
        cmocka_unit_test(a_name_is_made_of_these_bytes_alone),
        cmocka_unit_test(targets_are_bounded),
        cmocka_unit_test(headers_are_bounded),
        cmocka_unit_test(what_hides_something_is_refused),
        cmocka_unit_test(bodies_are_told_by_their_length),
        cmocka_unit_test(lists_are_read_word_by_word),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
