/* SPDX-License-Identifier: MIT */
#include "mesh/fingerprint.h"

#include "crypto/hash.h"
#include "hex.h"
#include "members.h"
#include "negentropy.h"

#include <stdio.h>

static void ids_add_up_as_theirs(void **state)
{
    (void)state;
    (void)negentropy_vectors;
    for (size_t v = 0; v < sizeof fingerprint_vectors / sizeof fingerprint_vectors[0]; v++) {
        struct ghm_fingerprint fingerprint = {.count = 0};
        uint8_t value[GHM_RANGE_FINGERPRINT_LEN];
        struct hex want = hex_of(fingerprint_vectors[v].value);
        for (size_t i = fingerprint_vectors[v].count; i-- > 0;) {
            char text[32];
            uint8_t id[GHM_HASH_LEN];
            (void)snprintf(text, sizeof text, "item %zu", i);
            ghm_hash_sha256(id, ghm_bytes_text(text));
            ghm_fingerprint_add(&fingerprint, id);
        }
        ghm_fingerprint_end(value, &fingerprint);
        assert_memory_equal(value, want.bytes, sizeof value);
    }
}

static void a_carry_goes_through_all_words_and_out(void **state)
{
    (void)state;
    struct ghm_fingerprint fingerprint = {.count = 0};
    uint8_t id[GHM_RANGE_ID_LEN];
    memset(id, 0xff, sizeof id);
    ghm_fingerprint_add(&fingerprint, id);
    ghm_fingerprint_add(&fingerprint, id);
    assert_true(fingerprint.sum[0] == UINT64_MAX - 1);
    for (size_t i = 1; i < 4; i++)
        assert_true(fingerprint.sum[i] == UINT64_MAX);
    memset(id, 0, sizeof id);
    id[0] = 2;
    ghm_fingerprint_add(&fingerprint, id);
    for (size_t i = 0; i < 4; i++)
        assert_true(fingerprint.sum[i] == 0);
    assert_true(fingerprint.count == 3);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(ids_add_up_as_theirs),
        cmocka_unit_test(a_carry_goes_through_all_words_and_out),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
