/* SPDX-License-Identifier: MIT */
/* Certificates of the libp2p TLS handshake that are wrong in one way each. */
#ifndef GHM_TEST_FORGE_H
#define GHM_TEST_FORGE_H

#include "crypto/key.h"

#include <openssl/evp.h>
#include <openssl/x509.h>
#include <stdlib.h>

#define FORGE_IDENTITY_OID "1.3.6.1.4.1.53594.1.1"

enum forge {
    FORGE_NOTHING,          /* right in every way */
    FORGE_CRITICAL,         /* right: our extension is critical, as rust-libp2p's */
    FORGE_CRITICAL_USAGE,   /* right: a critical extension that libcrypto knows */
    FORGE_OTHER_EXTENSION,  /* right: an unknown one that is not critical */
    FORGE_ED25519_KEY,      /* right: another key of the certificate's own */
    FORGE_RSA_KEY,          /* right: one of RSA 2048 */
    FORGE_OTHER_CRITICAL,   /* an unknown critical extension */
    FORGE_NO_IDENTITY,      /* no extension */
    FORGE_TWO_IDENTITIES,   /* the extension twice */
    FORGE_NO_DER,           /* bytes that are no SignedKey */
    FORGE_MORE_DER,         /* a byte behind it */
    FORGE_LOOSE_KEY,        /* an identity key in another encoding */
    FORGE_WRONG_SIGNATURE,  /* of the identity key */
    FORGE_SIGNED_ELSEWHERE, /* the identity signed another certificate's key */
    FORGE_NO_PREFIX,        /* it signed the key without the words before */
    FORGE_NOISE_PREFIX,     /* it signed it for Noise */
    FORGE_SELF_SIGNATURE,   /* the certificate is signed by another key than its own */
    FORGE_SMALL_RSA_KEY,    /* RSA 1024 */
    FORGE_HUGE_RSA_KEY,     /* RSA 16384, made without looking for primes */
    FORGE_P192_KEY,         /* a curve that nobody uses */
};

struct forged_certificate {
    X509 *x509;
    EVP_PKEY *key;
};

static inline void forge_need(bool is_right)
{
    if (!is_right) abort();
}

/* RSA of 16384 bits, all of them ones, in PKIX form. */
static inline EVP_PKEY *forge_huge_key(void)
{
    static const uint8_t head[] = {0x30, 0x82, 0x08, 0x22, 0x30, 0x0d, 0x06, 0x09, 0x2a,
                                   0x86, 0x48, 0x86, 0xf7, 0x0d, 0x01, 0x01, 0x01, 0x05,
                                   0x00, 0x03, 0x82, 0x08, 0x0f, 0x00, 0x30, 0x82, 0x08,
                                   0x0a, 0x02, 0x82, 0x08, 0x01, 0x00};
    static const uint8_t exponent[] = {0x02, 0x03, 0x01, 0x00, 0x01};
    uint8_t der[sizeof head + 2048 + sizeof exponent];
    const uint8_t *at = der;
    memcpy(der, head, sizeof head);
    memset(der + sizeof head, 0xff, 2048);
    memcpy(der + sizeof head + 2048, exponent, sizeof exponent);
    EVP_PKEY *key = d2i_PUBKEY(NULL, &at, sizeof der);
    forge_need(key != NULL && at == der + sizeof der);
    return key;
}

static inline EVP_PKEY *forge_key(enum forge forge)
{
    if (forge == FORGE_ED25519_KEY) return EVP_PKEY_Q_keygen(NULL, NULL, "ED25519");
    if (forge == FORGE_RSA_KEY) return EVP_PKEY_Q_keygen(NULL, NULL, "RSA", (size_t)2048);
    if (forge == FORGE_SMALL_RSA_KEY) return EVP_PKEY_Q_keygen(NULL, NULL, "RSA", (size_t)1024);
    if (forge == FORGE_P192_KEY) return EVP_PKEY_Q_keygen(NULL, NULL, "EC", "P-192");
    return EVP_PKEY_Q_keygen(NULL, NULL, "EC", "P-256");
}

static inline void forge_add(X509 *x509, const char *oid, int critical, struct ghm_bytes value)
{
    ASN1_OBJECT *object = OBJ_txt2obj(oid, 1);
    ASN1_OCTET_STRING *octets = ASN1_OCTET_STRING_new();
    forge_need(object != NULL && ASN1_OCTET_STRING_set(octets, value.ptr, (int)value.len) == 1);
    X509_EXTENSION *extension = X509_EXTENSION_create_by_OBJ(NULL, object, critical, octets);
    forge_need(extension != NULL && X509_add_ext(x509, extension, -1) == 1);
    X509_EXTENSION_free(extension);
    ASN1_OCTET_STRING_free(octets);
    ASN1_OBJECT_free(object);
}

static inline size_t forge_text(uint8_t out[4096], enum forge forge, EVP_PKEY *key)
{
    const char *prefix = "libp2p-tls-handshake:";
    if (forge == FORGE_NO_PREFIX) prefix = "";
    if (forge == FORGE_NOISE_PREFIX) prefix = "noise-libp2p-static-key:";
    size_t len = strlen(prefix);
    memcpy(out, prefix, len);
    uint8_t *at = out + len;
    int more = i2d_PUBKEY(key, &at);
    forge_need(more > 0 && more < 4000);
    if (forge == FORGE_SIGNED_ELSEWHERE) out[len + (size_t)more - 1] ^= 1;
    return len + (size_t)more;
}

static inline void forge_identity(X509 *x509, enum forge forge, const struct ghm_key *identity,
                                  EVP_PKEY *key)
{
    uint8_t text[4096];
    uint8_t der[128] = {0x30, 104, 0x04, 36};
    size_t len = 106;
    size_t text_len = forge_text(text, forge, key);
    ghm_key_encode(der + 4, identity);
    der[40] = 0x04;
    der[41] = 64;
    ghm_key_sign(der + 42, identity, ghm_bytes(text, text_len));
    if (forge == FORGE_NO_DER) der[0] = 0x31;
    if (forge == FORGE_MORE_DER) len++;
    if (forge == FORGE_LOOSE_KEY) { /* the type behind the key */
        memmove(der + 4, der + 6, 34);
        memcpy(der + 38, "\x08\x01", 2);
    }
    if (forge == FORGE_WRONG_SIGNATURE) der[42] ^= 1;
    int critical = forge == FORGE_CRITICAL;
    if (forge == FORGE_NO_IDENTITY) return;
    forge_add(x509, FORGE_IDENTITY_OID, critical, ghm_bytes(der, len));
    if (forge == FORGE_TWO_IDENTITIES)
        forge_add(x509, FORGE_IDENTITY_OID, critical, ghm_bytes(der, len));
}

static inline void forge_others(X509 *x509, enum forge forge)
{
    static const uint8_t usage[] = {0x03, 0x02, 0x07, 0x80}; /* digitalSignature */
    struct ghm_bytes junk = ghm_bytes_text("junk");
    if (forge == FORGE_CRITICAL_USAGE)
        forge_add(x509, "2.5.29.15", 1, ghm_bytes(usage, sizeof usage));
    if (forge == FORGE_OTHER_EXTENSION) forge_add(x509, "1.3.6.1.4.1.53594.9", 0, junk);
    if (forge == FORGE_OTHER_CRITICAL) forge_add(x509, "1.3.6.1.4.1.53594.9", 1, junk);
}

static inline struct forged_certificate
forge_certificate(enum forge forge, const struct ghm_key *identity, int64_t from_s, int64_t until_s)
{
    struct forged_certificate c = {X509_new(), forge_key(forge)};
    EVP_PKEY *shown = forge == FORGE_HUGE_RSA_KEY ? forge_huge_key() : c.key;
    X509_NAME *name = X509_NAME_new();
    forge_need(c.x509 != NULL && c.key != NULL && name != NULL);
    forge_need(X509_set_version(c.x509, 2) == 1);
    forge_need(ASN1_INTEGER_set(X509_get_serialNumber(c.x509), 1) == 1);
    forge_need(X509_set_issuer_name(c.x509, name) == 1 && X509_set_subject_name(c.x509, name) == 1);
    forge_need(ASN1_TIME_set(X509_getm_notBefore(c.x509), from_s) != NULL);
    forge_need(ASN1_TIME_set(X509_getm_notAfter(c.x509), until_s) != NULL);
    forge_need(X509_set_pubkey(c.x509, shown) == 1);
    forge_identity(c.x509, forge, identity, shown);
    forge_others(c.x509, forge);
    EVP_PKEY *signer = forge == FORGE_SELF_SIGNATURE ? forge_key(forge) : c.key;
    const EVP_MD *md = forge == FORGE_ED25519_KEY ? NULL : EVP_sha256();
    forge_need(X509_sign(c.x509, signer, md) > 0);
    if (forge == FORGE_SELF_SIGNATURE) EVP_PKEY_free(signer);
    if (forge == FORGE_HUGE_RSA_KEY) EVP_PKEY_free(shown);
    X509_NAME_free(name);
    return c;
}

static inline void forged_free(struct forged_certificate *c)
{
    X509_free(c->x509);
    EVP_PKEY_free(c->key);
}

#endif
