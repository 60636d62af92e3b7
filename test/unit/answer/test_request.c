/* SPDX-License-Identifier: MIT */
#include "answer/request.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#define TEXT(text) ghm_bytes((text), sizeof(text) - 1)

static struct ghm_request plain(void)
{
    return (struct ghm_request){
        .method = TEXT("GET"),
        .host = TEXT("api.github.com"),
        .target = TEXT("/repos/o/r?page=2"),
    };
}

static int check_target(struct ghm_bytes target)
{
    struct ghm_request request = plain();
    request.target = target;
    return ghm_request_check(&request);
}

static int check_accept(struct ghm_bytes accept)
{
    struct ghm_request request = plain();
    request.accept = accept;
    return ghm_request_check(&request);
}

static void takes_what_clients_send(void **state)
{
    (void)state;
    struct ghm_request request = plain();
    assert_int_equal(ghm_request_check(&request), GHM_OK);
    request.host = TEXT("[::1]:8080");
    request.accept = TEXT("application/vnd.github+json, text/plain;q=0.5");
    request.api_version = TEXT("2022-11-28");
    assert_int_equal(ghm_request_check(&request), GHM_OK);
}

static void refuses_every_byte_that_splits_a_line(void **state)
{
    (void)state;
    for (unsigned byte = 0; byte < 256; byte++) {
        char target[] = "/repos/o/r?q=1234567890";
        char accept[] = "text/html, text/plain";
        bool is_control = byte < 0x20 || byte == 0x7f;
        for (size_t at = 1; at < sizeof target - 1; at++) {
            char kept = target[at];
            target[at] = (char)byte;
            int error = check_target(TEXT(target));
            assert_int_equal(error, is_control || byte == ' ' ? GHM_EINVAL : GHM_OK);
            target[at] = kept;
        }
        accept[10] = (char)byte;
        assert_int_equal(check_accept(TEXT(accept)),
                         is_control && byte != '\t' ? GHM_EINVAL : GHM_OK);
    }
}

static void refuses_malformed_parts(void **state)
{
    (void)state;
    assert_int_equal(check_target(TEXT("repos/o/r")), GHM_EINVAL);
    assert_int_equal(check_target(TEXT("")), GHM_EINVAL);
    assert_int_equal(check_target(TEXT("http://api.github.com/")), GHM_EINVAL);
    assert_int_equal(check_accept(TEXT(" text/html")), GHM_EINVAL);
    assert_int_equal(check_accept(TEXT("text/html\t")), GHM_EINVAL);
    struct ghm_request request = plain();
    request.method = TEXT("GE T");
    assert_int_equal(ghm_request_check(&request), GHM_EINVAL);
    request.method = GHM_BYTES_NONE;
    assert_int_equal(ghm_request_check(&request), GHM_EINVAL);
    request = plain();
    request.host = TEXT("api.github.com/x");
    assert_int_equal(ghm_request_check(&request), GHM_EINVAL);
    request.host = TEXT("");
    assert_int_equal(ghm_request_check(&request), GHM_EINVAL);
    request = plain();
    request.api_version = TEXT("2022 accept=x");
    assert_int_equal(ghm_request_check(&request), GHM_EINVAL);
}

static void holds_its_bounds(void **state)
{
    (void)state;
    static uint8_t text[GHM_REQUEST_TARGET_MAX + 1];
    memset(text, '/', sizeof text);
    assert_int_equal(check_target(ghm_bytes(text, GHM_REQUEST_TARGET_MAX)), GHM_OK);
    assert_int_equal(check_target(ghm_bytes(text, GHM_REQUEST_TARGET_MAX + 1)), GHM_ELIMIT);
    assert_int_equal(check_accept(ghm_bytes(text, GHM_REQUEST_ACCEPT_MAX)), GHM_OK);
    assert_int_equal(check_accept(ghm_bytes(text, GHM_REQUEST_ACCEPT_MAX + 1)), GHM_ELIMIT);
    memset(text, 'a', sizeof text);
    struct ghm_request request = plain();
    request.method = ghm_bytes(text, GHM_REQUEST_METHOD_MAX + 1);
    assert_int_equal(ghm_request_check(&request), GHM_ELIMIT);
    request = plain();
    request.host = ghm_bytes(text, GHM_REQUEST_HOST_MAX + 1);
    assert_int_equal(ghm_request_check(&request), GHM_ELIMIT);
    request = plain();
    request.api_version = ghm_bytes(text, GHM_REQUEST_VERSION_MAX + 1);
    assert_int_equal(ghm_request_check(&request), GHM_ELIMIT);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(takes_what_clients_send),
        cmocka_unit_test(refuses_every_byte_that_splits_a_line),
        cmocka_unit_test(refuses_malformed_parts),
        cmocka_unit_test(holds_its_bounds),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
