/* SPDX-License-Identifier: MIT */
#include "crypto/certificate.h"

#include "base/assert.h"
#include "crypto/der.h"
#include "crypto/spki.h"

#include <openssl/err.h>
#include <openssl/evp.h>
#include <openssl/x509.h>
#include <openssl/x509v3.h>

#define VERSION_3 2
#define SPKI_LEN_MAX 2048 /* bytes of a certificate's key; RSA 8192 takes 1062 */
#define SIGNED_PREFIX "libp2p-tls-handshake:"
#define SIGNED_PREFIX_LEN (sizeof SIGNED_PREFIX - 1)
#define SIGNED_KEY_LEN (2 + 2 + GHM_KEY_ED25519_PROTO_LEN + 2 + 64) /* ours, in DER */

/* The body of OID 1.3.6.1.4.1.53594.1.1. */
static const uint8_t oid[] = {0x2b, 0x06, 0x01, 0x04, 0x01, 0x83, 0xa2, 0x5a, 0x01, 0x01};

/* What the identity key signs. */
struct signed_text {
    size_t len;
    uint8_t bytes[SIGNED_PREFIX_LEN + SPKI_LEN_MAX];
};

static bool write_signed_text(struct signed_text *ret_text, const X509 *x509)
{
    uint8_t *at = ret_text->bytes + SIGNED_PREFIX_LEN;
    X509_PUBKEY *spki = X509_get_X509_PUBKEY(x509);
    int len = i2d_X509_PUBKEY(spki, NULL);
    if (len <= 0 || len > SPKI_LEN_MAX) return false;
    memcpy(ret_text->bytes, SIGNED_PREFIX, SIGNED_PREFIX_LEN);
    if (i2d_X509_PUBKEY(spki, &at) != len) return false;
    ret_text->len = SIGNED_PREFIX_LEN + (size_t)len;
    return true;
}

static struct ghm_bytes spki_of(const struct signed_text *text)
{
    return ghm_bytes_from(ghm_bytes(text->bytes, text->len), SIGNED_PREFIX_LEN);
}

/* ---- ours ---- */

/* A P-256 key of secret bytes, through its form of RFC 5915; libcrypto computes the public half. */
static EVP_PKEY *draw_key(struct ghm_entropy *entropy)
{
    uint8_t der[51] = {0x30, 0x31, 0x02, 0x01, 0x01, 0x04, 0x20};
    static const uint8_t curve[] = {0xa0, 0x0a, 0x06, 0x08, 0x2a, 0x86,
                                    0x48, 0xce, 0x3d, 0x03, 0x01, 0x07};
    const uint8_t *at = der;
    ghm_entropy_fill(entropy, der + 7, 32);
    der[7] &= 0x7f; /* below the order of the curve */
    memcpy(der + 39, curve, sizeof curve);
    EVP_PKEY *key = d2i_PrivateKey(EVP_PKEY_EC, NULL, &at, sizeof der);
    ghm_mem_wipe(der, sizeof der);
    return key;
}

static bool set_serial(X509 *x509, struct ghm_entropy *entropy)
{
    uint64_t serial = 0;
    ghm_entropy_fill(entropy, &serial, sizeof serial);
    return ASN1_INTEGER_set_uint64(X509_get_serialNumber(x509), serial >> 1 | 1) == 1;
}

static bool set_name(X509 *x509)
{
    X509_NAME *name = X509_NAME_new();
    bool done = name != NULL &&
                X509_NAME_add_entry_by_NID(name, NID_organizationName, MBSTRING_ASC,
                                           (const uint8_t *)"libp2p.io", -1, -1, 0) == 1 &&
                X509_set_issuer_name(x509, name) == 1 && X509_set_subject_name(x509, name) == 1;
    X509_NAME_free(name);
    return done;
}

static bool set_dates(X509 *x509, const struct ghm_certificate_dates *dates)
{
    return ASN1_TIME_set(X509_getm_notBefore(x509), dates->from_s) != NULL &&
           ASN1_TIME_set(X509_getm_notAfter(x509), dates->until_s) != NULL;
}

/* SignedKey of the specification: the identity key, and its signature of the certificate's. */
static bool write_signed_key(uint8_t ret_der[SIGNED_KEY_LEN], const X509 *x509,
                             const struct ghm_key *identity)
{
    struct signed_text text;
    uint8_t *at = ret_der;
    if (!write_signed_text(&text, x509)) return false;
    *at++ = GHM_DER_SEQUENCE;
    *at++ = SIGNED_KEY_LEN - 2;
    *at++ = GHM_DER_OCTET_STRING;
    *at++ = GHM_KEY_ED25519_PROTO_LEN;
    ghm_key_encode(at, identity);
    at += GHM_KEY_ED25519_PROTO_LEN;
    *at++ = GHM_DER_OCTET_STRING;
    *at++ = 64;
    ghm_key_sign(at, identity, ghm_bytes(text.bytes, text.len));
    return true;
}

_Static_assert(SIGNED_KEY_LEN - 2 < 0x80, "one byte of length");

static bool add_extension(X509 *x509, const struct ghm_key *identity)
{
    uint8_t der[SIGNED_KEY_LEN];
    if (!write_signed_key(der, x509, identity)) return false;
    ASN1_OBJECT *object = OBJ_txt2obj("1.3.6.1.4.1.53594.1.1", 1);
    ASN1_OCTET_STRING *value = ASN1_OCTET_STRING_new();
    X509_EXTENSION *extension = NULL;
    if (object != NULL && value != NULL && ASN1_OCTET_STRING_set(value, der, sizeof der) == 1)
        extension = X509_EXTENSION_create_by_OBJ(NULL, object, 0, value);
    bool done = extension != NULL && X509_add_ext(x509, extension, -1) == 1;
    X509_EXTENSION_free(extension);
    ASN1_OCTET_STRING_free(value);
    ASN1_OBJECT_free(object);
    return done;
}

static bool fill(X509 *x509, EVP_PKEY *key, const struct ghm_key *identity,
                 const struct ghm_certificate_dates *dates, struct ghm_entropy *entropy)
{
    return X509_set_version(x509, VERSION_3) == 1 && set_serial(x509, entropy) && set_name(x509) &&
           set_dates(x509, dates) && X509_set_pubkey(x509, key) == 1 &&
           add_extension(x509, identity) && X509_sign(x509, key, EVP_sha256()) > 0;
}

int ghm_certificate_make(struct ghm_certificate *ret_certificate, const struct ghm_key *identity,
                         const struct ghm_certificate_dates *dates, struct ghm_entropy *entropy)
{
    struct ghm_certificate certificate = {.x509 = X509_new(), .key = draw_key(entropy)};
    bool done = certificate.x509 != NULL && certificate.key != NULL &&
                fill(certificate.x509, certificate.key, identity, dates, entropy);
    if (!done) {
        ghm_certificate_fini(&certificate);
        ERR_clear_error();
        return GHM_ENOMEM;
    }
    *ret_certificate = certificate;
    return GHM_OK;
}

void ghm_certificate_fini(struct ghm_certificate *certificate)
{
    X509_free(certificate->x509); /* both accept NULL */
    EVP_PKEY_free(certificate->key);
    *certificate = (struct ghm_certificate){NULL, NULL};
}

/* ---- a peer's ---- */

static int refuse(const char **ret_reason, int error, const char *reason)
{
    *ret_reason = reason;
    return error;
}

static int check_dates(const X509 *x509, const char **ret_reason, int64_t now_s)
{
    time_t latest = (time_t)(now_s + GHM_CERTIFICATE_SKEW_S);
    time_t earliest = (time_t)(now_s - GHM_CERTIFICATE_SKEW_S);
    if (now_s == 0) return GHM_OK;
    /* Negative when the certificate's time is not after ours, 0 when it is malformed. */
    if (X509_cmp_time(X509_get0_notBefore(x509), &latest) >= 0)
        return refuse(ret_reason, GHM_EAUTH, "certificate is not yet good");
    if (X509_cmp_time(X509_get0_notAfter(x509), &earliest) <= 0)
        return refuse(ret_reason, GHM_EAUTH, "certificate is no longer good");
    return GHM_OK;
}

/* Bound the certificate's own key before anything is computed with it. */
static int check_key(const struct signed_text *text, EVP_PKEY *key, const char **ret_reason)
{
    int type = key == NULL ? 0 : EVP_PKEY_get_base_id(key);
    bool is_known = type == EVP_PKEY_ED25519 ||
                    (type == EVP_PKEY_EC && ghm_spki_check_ec(spki_of(text)) == GHM_OK) ||
                    (type == EVP_PKEY_RSA && ghm_spki_check_rsa(spki_of(text)) == GHM_OK);
    return is_known ? GHM_OK : refuse(ret_reason, GHM_EPROTO, "certificate with an unknown key");
}

static bool is_ours(X509_EXTENSION *extension)
{
    const ASN1_OBJECT *object = X509_EXTENSION_get_object(extension);
    return ghm_bytes_equal(ghm_bytes(OBJ_get0_data(object), OBJ_length(object)),
                           ghm_bytes(oid, sizeof oid));
}

/* The value of our extension. Others may be there unless they are critical and nobody knows them;
 * ours may be critical (rust-libp2p's is). */
static int find_extension(const X509 *x509, const char **ret_reason, struct ghm_bytes *ret_value)
{
    struct ghm_bytes value = GHM_BYTES_NONE;
    for (int i = 0; i < X509_get_ext_count(x509); i++) {
        X509_EXTENSION *extension = X509_get_ext(x509, i);
        if (!is_ours(extension)) {
            bool is_critical = X509_EXTENSION_get_critical(extension) != 0;
            if (is_critical && X509_supported_extension(extension) == 0)
                return refuse(ret_reason, GHM_EPROTO, "certificate with a critical extension");
            continue;
        }
        if (value.ptr != NULL)
            return refuse(ret_reason, GHM_EPROTO, "certificate with two identities");
        const ASN1_OCTET_STRING *data = X509_EXTENSION_get_data(extension);
        value = ghm_bytes(ASN1_STRING_get0_data(data), (size_t)ASN1_STRING_length(data));
    }
    if (value.ptr == NULL) return refuse(ret_reason, GHM_EPROTO, "certificate without an identity");
    *ret_value = value;
    return GHM_OK;
}

static int check_identity(struct ghm_certificate_owner *ret_owner, const char **ret_reason,
                          struct ghm_bytes extension, const struct signed_text *text)
{
    struct ghm_bytes body;
    struct ghm_bytes proto = GHM_BYTES_NONE;
    struct ghm_bytes signature = GHM_BYTES_NONE;
    struct ghm_public_key key;
    bool is_right = ghm_der_take_last(extension, GHM_DER_SEQUENCE, &body) &&
                    ghm_der_take(&body, GHM_DER_OCTET_STRING, &proto) &&
                    ghm_der_take_last(body, GHM_DER_OCTET_STRING, &signature);
    if (!is_right || ghm_public_key_decode(&key, proto) != GHM_OK)
        return refuse(ret_reason, GHM_EPROTO, "malformed identity in the certificate");
    int error = ghm_public_key_verify(&key, ghm_bytes(text->bytes, text->len), signature);
    if (error == GHM_ENOMEM) return refuse(ret_reason, error, "out of memory");
    if (error != GHM_OK)
        return refuse(ret_reason, error, "wrong signature of the certificate's key");
    ghm_peerid_of_key(&ret_owner->peer, proto);
    GHM_ASSERT(proto.len <= sizeof ret_owner->key); /* by the decoding of the key */
    memcpy(ret_owner->key, proto.ptr, proto.len);
    ret_owner->key_len = proto.len;
    return GHM_OK;
}

static bool has_unique_ids(const X509 *x509)
{
    const ASN1_BIT_STRING *issuer;
    const ASN1_BIT_STRING *subject;
    X509_get0_uids(x509, &issuer, &subject);
    return issuer != NULL || subject != NULL;
}

static int check(struct ghm_certificate_owner *ret_owner, const char **ret_reason, X509 *x509,
                 int64_t now_s)
{
    struct signed_text text;
    struct ghm_bytes extension = GHM_BYTES_NONE;
    EVP_PKEY *key = X509_get0_pubkey(x509);
    if (has_unique_ids(x509)) return refuse(ret_reason, GHM_EPROTO, "certificate with unique ids");
    if (!write_signed_text(&text, x509))
        return refuse(ret_reason, GHM_EPROTO, "certificate with an oversized key");
    int error = check_key(&text, key, ret_reason);
    if (error == GHM_OK) error = check_dates(x509, ret_reason, now_s);
    if (error == GHM_OK) error = find_extension(x509, ret_reason, &extension);
    if (error != GHM_OK) return error;
    if (X509_verify(x509, key) != 1)
        return refuse(ret_reason, GHM_EAUTH, "wrong signature of the certificate");
    return check_identity(ret_owner, ret_reason, extension, &text);
}

int ghm_certificate_check(struct ghm_certificate_owner *ret_owner, const char **ret_reason,
                          struct ghm_bytes der, int64_t now_s)
{
    const uint8_t *at = der.ptr;
    if (der.len > GHM_CERTIFICATE_LEN_MAX)
        return refuse(ret_reason, GHM_EPROTO, "oversized certificate");
    X509 *x509 = d2i_X509(NULL, &at, (long)der.len);
    int error = x509 != NULL && at == der.ptr + der.len
                    ? check(ret_owner, ret_reason, x509, now_s)
                    : refuse(ret_reason, GHM_EPROTO, "malformed certificate");
    X509_free(x509);
    ERR_clear_error();
    return error;
}
