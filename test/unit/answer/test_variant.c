/* SPDX-License-Identifier: MIT */
#include "answer/variant.h"
#include <sodium.h>

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
        .target = TEXT("/repos/o/r"),
    };
}

static struct ghm_variant variant_of(struct ghm_request request)
{
    struct ghm_variant variant;
    assert_int_equal(ghm_variant_of_request(&variant, &request), GHM_OK);
    return variant;
}

static void assert_name(const struct ghm_variant *variant, const char *name)
{
    assert_int_equal(variant->name_len, strlen(name));
    assert_memory_equal(variant->name, name, variant->name_len);
}

static void assert_id(const struct ghm_variant *variant, const char *hex)
{
    char text[65];
    sodium_bin2hex(text, sizeof text, variant->id, sizeof variant->id);
    assert_string_equal(text, hex);
}

static void assert_differ(struct ghm_request a, struct ghm_request b)
{
    struct ghm_variant first = variant_of(a);
    struct ghm_variant second = variant_of(b);
    assert_memory_not_equal(first.id, second.id, sizeof first.id);
}

/* Ids: Python hashlib.blake2b(name, digest_size=32). */
static void has_the_known_name_and_id(void **state)
{
    (void)state;
    struct ghm_request request = plain();
    request.api_version = TEXT("2022-11-28");
    request.accept = TEXT("application/json");
    struct ghm_variant variant = variant_of(request);
    assert_name(&variant,
                "GET api.github.com/repos/o/r version=2022-11-28 accept=application/json");
    assert_id(&variant, "4d042d4090ea6fe63297fb0f1c230619a589862a94744a63226a4eda479abba2");
}

static void key_has_the_known_name_and_id(void **state)
{
    (void)state;
    struct ghm_variant variant;
    assert_int_equal(ghm_variant_of_key(&variant, TEXT("list_repos:owner=me:limit=10")), GHM_OK);
    assert_name(&variant, "list_repos:limit=10:owner=me");
    assert_id(&variant, "7dd6216b46689ea3cbdf1c05e9f9a0814544e59413445e8d73e4c8fa42081630");
}

static void absent_empty_and_any_accept_differ(void **state)
{
    (void)state;
    struct ghm_request absent = plain();
    struct ghm_request empty = plain();
    struct ghm_request any = plain();
    empty.accept = TEXT("");
    any.accept = TEXT("*"
                      "/"
                      "*");
    assert_differ(absent, empty);
    assert_differ(absent, any);
    assert_differ(empty, any);
    empty = plain();
    empty.api_version = TEXT("");
    assert_differ(absent, empty);
}

static void each_part_makes_another_variant(void **state)
{
    (void)state;
    struct ghm_request other = plain();
    other.method = TEXT("HEAD");
    assert_differ(plain(), other);
    other = plain();
    other.host = TEXT("ghe.example.com");
    assert_differ(plain(), other);
    other = plain();
    other.target = TEXT("/repos/o/r?");
    assert_differ(plain(), other);
    other = plain();
    other.api_version = TEXT("2022-11-28");
    assert_differ(plain(), other);
    struct ghm_request another = other;
    another.api_version = TEXT("2026-03-10");
    assert_differ(other, another);
    other = plain();
    other.body = TEXT("");
    assert_differ(plain(), other);
}

static void parts_cannot_stand_for_each_other(void **state)
{
    (void)state;
    struct ghm_request a = plain();
    struct ghm_request b = plain();
    a.api_version = TEXT("1");
    a.accept = TEXT("x");
    b.accept = TEXT("x version=1");
    assert_differ(a, b);
    b.accept = TEXT("version=1 accept=x");
    assert_differ(a, b);
    b.accept = GHM_BYTES_NONE;
    b.api_version = TEXT("1=accept=x");
    assert_differ(a, b);
}

static void host_is_compared_in_lower_case_and_query_as_it_is(void **state)
{
    (void)state;
    struct ghm_request request = plain();
    request.host = TEXT("API.GitHub.com");
    struct ghm_variant variant = variant_of(request);
    assert_name(&variant, "GET api.github.com/repos/o/r");
    request.target = TEXT("/repos/O/R?b=1&a=2");
    variant = variant_of(request);
    assert_name(&variant, "GET api.github.com/repos/O/R?b=1&a=2");
}

static void graphql_queries_differ_by_their_body(void **state)
{
    (void)state;
    struct ghm_request request = plain();
    request.method = TEXT("POST");
    request.target = TEXT("/graphql");
    request.body = TEXT("{\"query\":\"{viewer{login}}\"}");
    struct ghm_variant variant = variant_of(request);
    assert_name(&variant, "POST api.github.com/graphql body="
                          "08a7430ae742258aae98dd4945acd02924a47935ade9a9ca7987d20afd9a9b1b");
    struct ghm_request other = request;
    other.body = TEXT("{\"query\":\"{viewer{name}}\"}");
    assert_differ(request, other);
}

static void keys_and_requests_never_meet(void **state)
{
    (void)state;
    struct ghm_variant key;
    struct ghm_variant request = variant_of(plain());
    assert_int_equal(ghm_variant_of_key(&key, TEXT("GET api.github.com/repos/o/r")), GHM_OK);
    assert_name(&key, "GET%20api.github.com/repos/o/r");
    assert_memory_not_equal(key.id, request.id, sizeof key.id);
}

static void longest_request_has_a_name(void **state)
{
    (void)state;
    static uint8_t text[GHM_REQUEST_TARGET_MAX];
    memset(text, '/', sizeof text);
    struct ghm_request request = plain();
    request.target = ghm_bytes(text, GHM_REQUEST_TARGET_MAX);
    request.accept = ghm_bytes(text, GHM_REQUEST_ACCEPT_MAX);
    request.api_version = ghm_bytes(text, GHM_REQUEST_VERSION_MAX);
    request.body = TEXT("{}");
    struct ghm_variant variant = variant_of(request);
    assert_true(variant.name_len <= GHM_VARIANT_NAME_MAX);
}

static void malformed_ones_are_refused(void **state)
{
    (void)state;
    struct ghm_variant variant;
    struct ghm_request request = plain();
    request.target = TEXT("/a b");
    assert_int_equal(ghm_variant_of_request(&variant, &request), GHM_EINVAL);
    assert_int_equal(ghm_variant_of_key(&variant, TEXT("")), GHM_EINVAL);
    assert_int_equal(ghm_variant_of_key(&variant, TEXT("op:a=1:a=2")), GHM_EINVAL);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(has_the_known_name_and_id),
        cmocka_unit_test(key_has_the_known_name_and_id),
        cmocka_unit_test(absent_empty_and_any_accept_differ),
        cmocka_unit_test(each_part_makes_another_variant),
        cmocka_unit_test(parts_cannot_stand_for_each_other),
        cmocka_unit_test(host_is_compared_in_lower_case_and_query_as_it_is),
        cmocka_unit_test(graphql_queries_differ_by_their_body),
        cmocka_unit_test(keys_and_requests_never_meet),
        cmocka_unit_test(longest_request_has_a_name),
        cmocka_unit_test(malformed_ones_are_refused),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
