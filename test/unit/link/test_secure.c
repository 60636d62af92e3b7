/* SPDX-License-Identifier: MIT */
#include "link/secure.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

static const char *const muxers[] = {"/yamux/1.0.0", NULL};
static const enum ghm_secure_kind kinds[] = {GHM_SECURE_NOISE, GHM_SECURE_TLS};

struct end {
    struct ghm_mem mem;
    struct ghm_key key;
    struct ghm_secure secure;
};

static int64_t date_s = 1700000000;

static void start(struct end *end, enum ghm_secure_kind kind, bool is_dialer)
{
    uint8_t seed[32] = {is_dialer};
    struct ghm_entropy entropy;
    const struct ghm_secure_config config = {
        .is_dialer = is_dialer, .identity = &end->key, .muxers = muxers, .date_s = date_s};
    *end = (struct end){.secure = {.kind = GHM_SECURE_NONE}};
    ghm_mem_init(&end->mem, NULL, 1 << 20);
    ghm_key_from_seed(&end->key, seed);
    ghm_entropy_init(&entropy, seed);
    assert_int_equal(ghm_secure_init(&end->secure, &end->mem, kind, &config, &entropy), GHM_OK);
}

static void stop(struct end *end)
{
    ghm_secure_fini(&end->secure);
    ghm_secure_fini(&end->secure); /* of no kind by now */
    ghm_mem_fini(&end->mem);
}

static void move(struct end *from, struct end *to)
{
    struct ghm_bytes out = ghm_secure_pull(&from->secure);
    assert_true(out.len > 0);
    assert_int_equal(ghm_secure_push(&to->secure, out), GHM_OK);
    ghm_secure_pulled(&from->secure, out.len);
}

static void secure_has_the_same_verbs_for_each_kind(void **state)
{
    (void)state;
    for (size_t i = 0; i < 2; i++) {
        struct end a, b;
        start(&a, kinds[i], true);
        start(&b, kinds[i], false);
        assert_int_equal(a.secure.kind, kinds[i]);
        move(&a, &b);
        move(&b, &a);
        assert_true(ghm_secure_next_ready(&a.secure));
        assert_false(ghm_secure_next_ready(&a.secure));
        assert_false(ghm_secure_next_ready(&b.secure));
        move(&a, &b);
        assert_true(ghm_secure_next_ready(&b.secure));
        assert_string_equal(ghm_secure_muxer(&a.secure), muxers[0]);
        assert_int_equal(ghm_secure_peer(&a.secure)->len, 38);
        assert_int_equal(ghm_secure_peer_key(&b.secure).len, GHM_KEY_ED25519_PROTO_LEN);
        assert_int_equal(ghm_secure_write(&b.secure, ghm_bytes_text("text")), GHM_OK);
        move(&b, &a);
        assert_true(ghm_bytes_equal(ghm_secure_plain(&a.secure), ghm_bytes_text("text")));
        ghm_secure_plain_drop(&a.secure, 4);
        assert_int_equal(ghm_secure_plain(&a.secure).len, 0);
        assert_string_equal(ghm_secure_reason(&a.secure), "");
        uint8_t zeros[64] = {0};
        assert_true(ghm_secure_push(&a.secure, ghm_bytes(zeros, sizeof zeros)) != GHM_OK);
        assert_true(strlen(ghm_secure_reason(&a.secure)) > 0);
        stop(&a);
        stop(&b);
    }
}

static void secure_kinds_have_names(void **state)
{
    (void)state;
    assert_string_equal(ghm_secure_protocol(GHM_SECURE_NOISE), "/noise");
    assert_string_equal(ghm_secure_protocol(GHM_SECURE_TLS), "/tls/1.0.0");
    for (size_t i = 0; i < 2; i++)
        assert_int_equal(ghm_secure_kind_of(ghm_secure_protocol(kinds[i])), kinds[i]);
}

static void secure_of_no_kind_has_nothing(void **state)
{
    (void)state;
    struct ghm_secure secure = {.kind = GHM_SECURE_NONE};
    assert_int_equal(ghm_secure_pull(&secure).len, 0);
    assert_int_equal(ghm_secure_plain(&secure).len, 0);
    assert_int_equal(ghm_secure_peer_key(&secure).len, 0);
    assert_string_equal(ghm_secure_reason(&secure), "");
    assert_false(ghm_secure_next_ready(&secure));
    ghm_secure_pulled(&secure, 0);
    ghm_secure_fini(&secure);
}

/* In the year 4188 our certificates of today are no longer good. */
static void secure_passes_the_date_on(void **state)
{
    (void)state;
    struct end a, b;
    date_s = INT64_C(70000000000);
    start(&a, GHM_SECURE_TLS, true);
    start(&b, GHM_SECURE_TLS, false);
    move(&a, &b);
    assert_int_equal(ghm_secure_push(&a.secure, ghm_secure_pull(&b.secure)), GHM_EAUTH);
    assert_string_equal(ghm_secure_reason(&a.secure), "certificate is no longer good");
    stop(&a);
    stop(&b);
    date_s = 1700000000;
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(secure_has_the_same_verbs_for_each_kind),
        cmocka_unit_test(secure_kinds_have_names),
        cmocka_unit_test(secure_passes_the_date_on),
        cmocka_unit_test(secure_of_no_kind_has_nothing),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
