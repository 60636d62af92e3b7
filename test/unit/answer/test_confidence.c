/* SPDX-License-Identifier: MIT */
#include "answer/confidence.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>

#include <cmocka.h>

#define TEXT(text) ghm_bytes((text), sizeof(text) - 1)
#define REQUEST TEXT("Authorization: token x\n")

static void learn(struct ghm_confidence *confidence, const char *vary, const char *etag)
{
    char block[256];
    (void)snprintf(block, sizeof block, "vary: %s\netag: %s\n", vary, etag);
    ghm_confidence_learn(confidence, ghm_bytes_text(block), REQUEST, TEXT("body"));
}

static void is_learned_refuted_and_learned_again(void **state)
{
    (void)state;
    char right[GHM_ETAG_TEXT_MAX], weak[GHM_ETAG_TEXT_MAX + 2];
    struct ghm_confidence confidence = ghm_confidence_start();
    ghm_etag_compute(right, GHM_ETAG_AUTHORIZATION, REQUEST, TEXT("body"));
    (void)snprintf(weak, sizeof weak, "W/%s", right);
    assert_int_equal(confidence.state, GHM_CONFIDENCE_UNKNOWN);
    assert_int_equal(confidence.vary, GHM_ETAG_ALL);
    learn(&confidence, "Authorization", weak); /* T7: weak or strong, it names the same body */
    assert_int_equal(confidence.state, GHM_CONFIDENCE_LEARNED);
    assert_int_equal(confidence.vary, GHM_ETAG_AUTHORIZATION);
    learn(&confidence, "Accept", right);
    assert_int_equal(confidence.state, GHM_CONFIDENCE_REFUTED);
    learn(&confidence, "Authorization", right);
    assert_int_equal(confidence.state, GHM_CONFIDENCE_LEARNED);
    learn(&confidence, "Authorization", "\"opaque\"");
    assert_int_equal(confidence.state, GHM_CONFIDENCE_REFUTED);
}

static void without_a_tag_nothing_is_learned(void **state)
{
    (void)state;
    struct ghm_confidence confidence = ghm_confidence_start();
    ghm_confidence_learn(&confidence, TEXT("vary: Accept\n"), REQUEST, TEXT("body"));
    ghm_confidence_learn(&confidence, TEXT("etag: \n"), REQUEST, TEXT("body"));
    assert_int_equal(confidence.state, GHM_CONFIDENCE_UNKNOWN);
    assert_int_equal(confidence.vary, GHM_ETAG_ALL);
}

static bool is_one(const char *a, const char *b)
{
    uint8_t one[32], two[32];
    ghm_confidence_key(one, ghm_bytes_text(a), false);
    ghm_confidence_key(two, ghm_bytes_text(b), false);
    return memcmp(one, two, sizeof one) == 0;
}

static void one_for_each_host_and_route(void **state)
{
    (void)state;
    uint8_t one[32], two[32];
    const char *name = "GET api.github.com/repos/o/r";
    assert_true(is_one(name, "GET api.github.com/repos/x/y accept=z"));
    assert_true(is_one(name, "GET api.github.com/repos/x/y?page=2"));
    assert_false(is_one(name, "GET api.github.com/repos/o/r/issues"));
    assert_false(is_one(name, "GET ghe.example.org/repos/o/r"));
    assert_true(is_one("GET h/no/such", "GET h/other"));
    ghm_confidence_key(one, ghm_bytes_text(name), false);
    ghm_confidence_key(two, ghm_bytes_text(name), true);
    assert_memory_not_equal(one, two, sizeof one);
    ghm_confidence_key(one, GHM_BYTES_NONE, false);
}

static void is_read_as_written(void **state)
{
    (void)state;
    uint8_t bytes[GHM_CONFIDENCE_BYTES];
    struct ghm_confidence in = {GHM_CONFIDENCE_REFUTED, GHM_ETAG_COOKIE, true}, out;
    ghm_confidence_write(bytes, &in);
    assert_int_equal(ghm_confidence_read(&out, ghm_bytes(bytes, sizeof bytes)), GHM_OK);
    assert_true(ghm_confidence_equal(&in, &out));
    out.is_single = false;
    assert_false(ghm_confidence_equal(&in, &out));
    for (size_t len = 0; len < sizeof bytes; len++)
        assert_int_equal(ghm_confidence_read(&out, ghm_bytes(bytes, len)), GHM_ECORRUPT);
    for (size_t i = 0; i < sizeof bytes; i++) {
        uint8_t damaged[GHM_CONFIDENCE_BYTES];
        memcpy(damaged, bytes, sizeof bytes);
        damaged[i] = 8;
        assert_int_equal(ghm_confidence_read(&out, ghm_bytes(damaged, sizeof damaged)),
                         GHM_ECORRUPT);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(is_learned_refuted_and_learned_again),
        cmocka_unit_test(without_a_tag_nothing_is_learned),
        cmocka_unit_test(one_for_each_host_and_route),
        cmocka_unit_test(is_read_as_written),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
