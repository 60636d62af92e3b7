/* SPDX-License-Identifier: MIT */
#include "crypto/certificate.h"

#include "certificates.h"
#include "forge.h"
#include "hex.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>
#include <openssl/err.h>

#define NOW_S INT64_C(1700000000)
#define DAY_S 86400

static int check(struct ghm_certificate_owner *ret_owner, const char **ret_reason,
                 struct ghm_bytes der, int64_t now_s)
{
    int error = ghm_certificate_check(ret_owner, ret_reason, der, now_s);
    assert_int_equal(ERR_peek_error(), 0); /* nothing is left in the thread's queue */
    return error;
}

/* All four are signed rightly as certificates: only the identity's signature tells the last. */
static void certificate_vectors_of_the_specification(void **state)
{
    (void)state;
    for (size_t i = 0; i < sizeof certificates / sizeof certificates[0]; i++) {
        struct hex hex = hex_of(certificates[i].hex);
        struct ghm_certificate_owner owner = {.key_len = 7};
        const char *reason = "";
        int error = check(&owner, &reason, hex_bytes(&hex), NOW_S);
        if (certificates[i].peerid == NULL) {
            assert_int_equal(error, GHM_EAUTH);
            assert_string_equal(reason, "wrong signature of the certificate's key");
            assert_int_equal(owner.key_len, 7);
            continue;
        }
        char text[GHM_PEERID_TEXT_MAX];
        struct ghm_peerid of_key;
        assert_int_equal(error, GHM_OK);
        ghm_peerid_text(text, &owner.peer);
        assert_string_equal(text, certificates[i].peerid);
        ghm_peerid_of_key(&of_key, ghm_bytes(owner.key, owner.key_len));
        assert_true(ghm_peerid_equal(&of_key, &owner.peer));
        assert_string_equal(reason, "");
    }
}

static struct ghm_key key_of(uint8_t fill)
{
    struct ghm_key key;
    uint8_t seed[32];
    memset(seed, fill, sizeof seed);
    ghm_key_from_seed(&key, seed);
    return key;
}

/* The outcome for a certificate that is wrong in one way, good from a day ago for two. */
static int check_forged(enum forge forge, const char **ret_reason)
{
    struct ghm_key key = key_of(0x33);
    struct forged_certificate c = forge_certificate(forge, &key, NOW_S - DAY_S, NOW_S + DAY_S);
    struct ghm_certificate_owner owner;
    uint8_t *der = NULL;
    int len = i2d_X509(c.x509, &der);
    assert_true(len > 0);
    ERR_clear_error();
    int error = check(&owner, ret_reason, ghm_bytes(der, (size_t)len), NOW_S);
    OPENSSL_free(der);
    forged_free(&c);
    return error;
}

static void expect(enum forge forge, int error, const char *reason)
{
    const char *got = "";
    assert_int_equal(check_forged(forge, &got), error);
    assert_string_equal(got, reason);
}

static void certificate_may_be_made_otherwise(void **state)
{
    (void)state;
    expect(FORGE_NOTHING, GHM_OK, "");
    expect(FORGE_OTHER_EXTENSION, GHM_OK, "");
    expect(FORGE_ED25519_KEY, GHM_OK, "");
    expect(FORGE_RSA_KEY, GHM_OK, "");
}

/* rust-libp2p marks its extension critical; nobody may mark one that others do not know. */
static void certificate_critical_extensions(void **state)
{
    (void)state;
    expect(FORGE_CRITICAL, GHM_OK, "");
    expect(FORGE_CRITICAL_USAGE, GHM_OK, "");
    expect(FORGE_OTHER_CRITICAL, GHM_EPROTO, "certificate with a critical extension");
}

static void certificate_needs_one_identity(void **state)
{
    (void)state;
    expect(FORGE_NO_IDENTITY, GHM_EPROTO, "certificate without an identity");
    expect(FORGE_TWO_IDENTITIES, GHM_EPROTO, "certificate with two identities");
    expect(FORGE_NO_DER, GHM_EPROTO, "malformed identity in the certificate");
    expect(FORGE_MORE_DER, GHM_EPROTO, "malformed identity in the certificate");
    expect(FORGE_LOOSE_KEY, GHM_EPROTO, "malformed identity in the certificate");
}

static void certificate_needs_both_signatures(void **state)
{
    (void)state;
    static const char *const wrong = "wrong signature of the certificate's key";
    expect(FORGE_WRONG_SIGNATURE, GHM_EAUTH, wrong);
    expect(FORGE_SIGNED_ELSEWHERE, GHM_EAUTH, wrong);
    expect(FORGE_NO_PREFIX, GHM_EAUTH, wrong);
    expect(FORGE_NOISE_PREFIX, GHM_EAUTH, wrong);
    expect(FORGE_SELF_SIGNATURE, GHM_EAUTH, "wrong signature of the certificate");
}

/* Bounded before anything is computed: a key of 16384 bits costs nothing. */
static void certificate_bounds_its_own_key(void **state)
{
    (void)state;
    expect(FORGE_SMALL_RSA_KEY, GHM_EPROTO, "certificate with an unknown key");
    expect(FORGE_P192_KEY, GHM_EPROTO, "certificate with an unknown key");
    expect(FORGE_HUGE_RSA_KEY, GHM_EPROTO, "certificate with an oversized key");
}

static int check_dates(int64_t from_s, int64_t until_s, int64_t now_s, const char **ret_reason)
{
    struct ghm_key key = key_of(0x33);
    struct forged_certificate c = forge_certificate(FORGE_NOTHING, &key, from_s, until_s);
    struct ghm_certificate_owner owner;
    uint8_t *der = NULL;
    int len = i2d_X509(c.x509, &der);
    int error = check(&owner, ret_reason, ghm_bytes(der, (size_t)len), now_s);
    OPENSSL_free(der);
    forged_free(&c);
    return error;
}

static void certificate_dates_are_checked_with_tolerance(void **state)
{
    (void)state;
    static const struct {
        int64_t from_s;
        int64_t until_s;
        const char *reason; /* NULL: good */
    } cases[] = {
        {NOW_S - DAY_S, NOW_S + DAY_S, NULL},
        {NOW_S + GHM_CERTIFICATE_SKEW_S - 1, NOW_S + DAY_S, NULL}, /* the peer's clock is ahead */
        {NOW_S + GHM_CERTIFICATE_SKEW_S + 1, NOW_S + DAY_S, "certificate is not yet good"},
        {NOW_S + DAY_S, NOW_S + 2 * DAY_S, "certificate is not yet good"},
        {NOW_S - DAY_S, NOW_S - GHM_CERTIFICATE_SKEW_S + 1, NULL}, /* or behind */
        {NOW_S - DAY_S, NOW_S - GHM_CERTIFICATE_SKEW_S - 1, "certificate is no longer good"},
        {NOW_S - 2 * DAY_S, NOW_S - DAY_S, "certificate is no longer good"},
    };
    for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++) {
        const char *reason = "";
        int error = check_dates(cases[i].from_s, cases[i].until_s, NOW_S, &reason);
        assert_int_equal(error, cases[i].reason == NULL ? GHM_OK : GHM_EAUTH);
        assert_string_equal(reason, cases[i].reason == NULL ? "" : cases[i].reason);
        /* Where nobody knows the time, no certificate is out of date. */
        assert_int_equal(check_dates(cases[i].from_s, cases[i].until_s, 0, &reason), GHM_OK);
    }
}

static void certificate_of_ours_is_right(void **state)
{
    (void)state;
    static const uint8_t seed[32] = {5};
    const struct ghm_certificate_dates dates = {NOW_S, NOW_S + DAY_S};
    struct ghm_key key = key_of(0x33);
    struct ghm_certificate made[2];
    for (size_t i = 0; i < 2; i++) {
        struct ghm_entropy entropy;
        struct ghm_certificate_owner owner;
        const char *reason = "";
        uint8_t *der = NULL;
        uint8_t proto[GHM_KEY_ED25519_PROTO_LEN];
        ghm_entropy_init(&entropy, seed);
        assert_int_equal(ghm_certificate_make(&made[i], &key, &dates, &entropy), GHM_OK);
        int len = i2d_X509(made[i].x509, &der);
        assert_int_equal(check(&owner, &reason, ghm_bytes(der, (size_t)len), NOW_S), GHM_OK);
        ghm_key_encode(proto, &key);
        assert_true(
            ghm_bytes_equal(ghm_bytes(owner.key, owner.key_len), ghm_bytes(proto, sizeof proto)));
        assert_true(len < 500);
        /* A byte behind it, and the certificate in something longer. */
        assert_int_equal(check(&owner, &reason, ghm_bytes(der, (size_t)len - 1), NOW_S),
                         GHM_EPROTO);
        uint8_t longer[512] = {0};
        memcpy(longer, der, (size_t)len);
        assert_int_equal(check(&owner, &reason, ghm_bytes(longer, (size_t)len + 1), NOW_S),
                         GHM_EPROTO);
        OPENSSL_free(der);
    }
    /* The same entropy: the same key and number; signed with a nonce of its own. */
    assert_int_equal(EVP_PKEY_eq(made[0].key, made[1].key), 1);
    assert_int_equal(ASN1_INTEGER_cmp(X509_get0_serialNumber(made[0].x509),
                                      X509_get0_serialNumber(made[1].x509)),
                     0);
    for (size_t i = 0; i < 2; i++)
        ghm_certificate_fini(&made[i]);
    ghm_certificate_fini(&made[0]); /* a zeroed one */
}

/* py-libp2p#1159: others refuse a certificate with a critical BasicConstraints or KeyUsage. Ours
 * has one extension, ours, and marks none critical. */
static void certificate_of_ours_marks_nothing_critical(void **state)
{
    (void)state;
    static const uint8_t seed[32] = {5};
    const struct ghm_certificate_dates dates = {NOW_S, NOW_S + DAY_S};
    struct ghm_key key = key_of(0x33);
    struct ghm_certificate made;
    struct ghm_entropy entropy;
    char oid[64];
    ghm_entropy_init(&entropy, seed);
    assert_int_equal(ghm_certificate_make(&made, &key, &dates, &entropy), GHM_OK);
    assert_int_equal(X509_get_ext_count(made.x509), 1);
    X509_EXTENSION *extension = X509_get_ext(made.x509, 0);
    assert_true(OBJ_obj2txt(oid, sizeof oid, X509_EXTENSION_get_object(extension), 1) > 0);
    assert_string_equal(oid, FORGE_IDENTITY_OID);
    assert_int_equal(X509_EXTENSION_get_critical(extension), 0);
    ghm_certificate_fini(&made);
}

static void certificate_bounds_its_length(void **state)
{
    (void)state;
    static uint8_t der[GHM_CERTIFICATE_LEN_MAX + 1] = {0x30};
    struct ghm_certificate_owner owner;
    const char *reason = "";
    assert_int_equal(check(&owner, &reason, ghm_bytes(der, sizeof der), 0), GHM_EPROTO);
    assert_string_equal(reason, "oversized certificate");
    assert_int_equal(check(&owner, &reason, ghm_bytes(der, sizeof der - 1), 0), GHM_EPROTO);
    assert_string_equal(reason, "malformed certificate");
}

/* An issuerUniqueID, which the specification forbids, put into the first vector. */
static void certificate_has_no_unique_ids(void **state)
{
    (void)state;
    struct hex hex = hex_of(certificates[0].hex);
    struct ghm_certificate_owner owner;
    const char *reason = "";
    size_t at = 0;
    while (memcmp(hex.bytes + at, "\xa3\x7c\x30\x7a", 4) != 0)
        at++;
    memmove(hex.bytes + at + 4, hex.bytes + at, hex.len - at);
    memcpy(hex.bytes + at, "\x81\x02\x00\x55", 4);
    hex.len += 4;
    hex.bytes[3] += 4; /* the lengths of both sequences around it */
    hex.bytes[7] += 4;
    assert_int_equal(check(&owner, &reason, hex_bytes(&hex), NOW_S), GHM_EPROTO);
    assert_string_equal(reason, "certificate with unique ids");
}

static void fail_to_check(struct ghm_bytes in, struct ghm_bytes whole, void *arg)
{
    (void)whole;
    (void)arg;
    struct ghm_certificate_owner owner;
    const char *reason = "";
    int error = check(&owner, &reason, in, NOW_S);
    assert_true(error == GHM_EPROTO || error == GHM_EAUTH);
    assert_true(strlen(reason) > 0);
}

static void certificate_survives_every_hurt(void **state)
{
    (void)state;
    for (size_t i = 0; i < 3; i++) {
        struct hex hex = hex_of(certificates[i].hex);
        hurt_by_truncation(hex_bytes(&hex), fail_to_check, NULL);
        hurt_by_flip(hex_bytes(&hex), fail_to_check, NULL);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(certificate_vectors_of_the_specification),
        cmocka_unit_test(certificate_may_be_made_otherwise),
        cmocka_unit_test(certificate_critical_extensions),
        cmocka_unit_test(certificate_needs_one_identity),
        cmocka_unit_test(certificate_needs_both_signatures),
        cmocka_unit_test(certificate_bounds_its_own_key),
        cmocka_unit_test(certificate_dates_are_checked_with_tolerance),
        cmocka_unit_test(certificate_of_ours_is_right),
        cmocka_unit_test(certificate_of_ours_marks_nothing_critical),
        cmocka_unit_test(certificate_bounds_its_length),
        cmocka_unit_test(certificate_has_no_unique_ids),
        cmocka_unit_test(certificate_survives_every_hurt),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
