/* SPDX-License-Identifier: MIT */
#include "crypto/peerid.h"

#include "hex.h"
#include "keys.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

static void peerid_is_the_hash_of_a_key(void **state)
{
    (void)state;
    for (size_t i = 0; i < KEYS_COUNT; i++) {
        struct hex hex = hex_of(keys[i].hex);
        struct ghm_peerid id;
        struct ghm_peerid parsed;
        struct ghm_peerid decoded;
        char text[GHM_PEERID_TEXT_MAX];
        ghm_peerid_of_key(&id, hex_bytes(&hex));
        ghm_peerid_text(text, &id);
        assert_string_equal(text, keys[i].peerid);
        assert_int_equal(ghm_peerid_parse(&parsed, text), GHM_OK);
        assert_true(ghm_peerid_equal(&parsed, &id));
        assert_int_equal(ghm_peerid_decode(&decoded, ghm_peerid_bytes(&id)), GHM_OK);
        assert_true(ghm_peerid_equal(&decoded, &id));
    }
}

/* spec: keys of up to 42 bytes are carried as they are, longer ones hashed. */
static void peerid_changes_form_after_42_bytes(void **state)
{
    (void)state;
    static const uint8_t proto[43] = {0};
    struct ghm_peerid id;
    ghm_peerid_of_key(&id, ghm_bytes(proto, 42));
    assert_int_equal(id.len, GHM_PEERID_LEN_MAX);
    assert_int_equal(id.bytes[0], 0x00);
    ghm_peerid_of_key(&id, ghm_bytes(proto, 43));
    assert_int_equal(id.len, 34);
    assert_int_equal(id.bytes[0], 0x12);
}

/* Source: libp2p/specs peer-ids/peer-ids.md, "String representation"; the CID of the second by
 * Python. */
static void peerid_reads_both_text_forms(void **state)
{
    (void)state;
    static const char *const pairs[][2] = {
        {"QmYyQSo1c1Ym7orWxLYvCrM2EmxFTANf8wXmmE7DWjhx5N",
         "bafzbeie5745rpv2m6tjyuugywy4d5ewrqgqqhfnf445he3omzpjbx5xqxe"},
        {"12D3KooWD3eckifWpRn9wQpMG9R9hX3sD158z7EqHWmweQAJU5SA",
         "bafzaajaiaejcal72gwuz2or47oyxxn6b3rkwdmmkrxgkjxzy3rqt5kczyn7lcm3l"},
    };
    for (size_t i = 0; i < 2; i++) {
        struct ghm_peerid bare;
        struct ghm_peerid cid;
        char text[GHM_PEERID_TEXT_MAX];
        assert_int_equal(ghm_peerid_parse(&bare, pairs[i][0]), GHM_OK);
        assert_int_equal(ghm_peerid_parse(&cid, pairs[i][1]), GHM_OK);
        assert_true(ghm_peerid_equal(&bare, &cid));
        ghm_peerid_text(text, &cid);
        assert_string_equal(text, pairs[i][0]);
    }
}

static void peerid_refuses_other_texts(void **state)
{
    (void)state;
    static const char *const wrong[] = {"", "1", "Qm", "hello", "b", "bafkrei", "12D3KooW0OIl"};
    for (size_t i = 0; i < sizeof wrong / sizeof wrong[0]; i++) {
        struct ghm_peerid id = {.len = 7};
        assert_int_equal(ghm_peerid_parse(&id, wrong[i]), GHM_EINVAL);
        assert_int_equal(id.len, 7);
    }
}

static void peerid_none_is_no_id(void **state)
{
    (void)state;
    struct ghm_peerid none = {0};
    struct ghm_peerid also = {.bytes = {1}};
    struct ghm_peerid id;
    char text[GHM_PEERID_TEXT_MAX] = "x";
    ghm_peerid_text(text, &none);
    assert_string_equal(text, "");
    assert_true(ghm_peerid_equal(&none, &also));
    assert_null(ghm_peerid_bytes(&none).ptr);
    ghm_peerid_of_key(&id, ghm_bytes("x", 1));
    assert_false(ghm_peerid_equal(&none, &id));
}

static void refuse(struct ghm_bytes in, struct ghm_bytes whole, void *arg)
{
    (void)whole;
    (void)arg;
    struct ghm_peerid id = {.len = 7};
    assert_int_equal(ghm_peerid_decode(&id, in), GHM_EPROTO);
    assert_int_equal(id.len, 7);
}

static void refuse_or_differ(struct ghm_bytes in, struct ghm_bytes whole, void *arg)
{
    (void)arg;
    struct ghm_peerid id;
    struct ghm_peerid first;
    if (ghm_peerid_decode(&id, in) != GHM_OK) return;
    assert_int_equal(ghm_peerid_decode(&first, whole), GHM_OK);
    assert_false(ghm_peerid_equal(&id, &first));
}

static void peerid_survives_every_hurt(void **state)
{
    (void)state;
    for (size_t i = 0; i < KEYS_COUNT; i++) {
        struct hex hex = hex_of(keys[i].hex);
        struct ghm_peerid id;
        ghm_peerid_of_key(&id, hex_bytes(&hex));
        hurt_by_truncation(ghm_peerid_bytes(&id), refuse, NULL);
        hurt_by_flip(ghm_peerid_bytes(&id), refuse_or_differ, NULL);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(peerid_is_the_hash_of_a_key),
        cmocka_unit_test(peerid_changes_form_after_42_bytes),
        cmocka_unit_test(peerid_reads_both_text_forms),
        cmocka_unit_test(peerid_refuses_other_texts),
        cmocka_unit_test(peerid_none_is_no_id),
        cmocka_unit_test(peerid_survives_every_hurt),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
