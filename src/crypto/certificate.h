/* SPDX-License-Identifier: MIT */
/* The certificate of the libp2p TLS handshake: self-signed by a key of its own, with an extension
 * in which the identity key signs that key. Spec: libp2p/specs tls/tls.md, "Peer Authentication" */
#ifndef GHM_CRYPTO_CERTIFICATE_H
#define GHM_CRYPTO_CERTIFICATE_H

#include "crypto/entropy.h"
#include "crypto/key.h"
#include "crypto/peerid.h"

#define GHM_CERTIFICATE_LEN_MAX 16384 /* bytes; with keys of RSA 8192 it takes 6 KiB */
#define GHM_CERTIFICATE_SKEW_S 3600   /* by how much a peer's clock may differ from ours */

/** A certificate of ours and its key, in libcrypto's form. */
struct ghm_certificate {
    struct x509_st *x509; /* NULL: not made */
    struct evp_pkey_st *key;
};

/** When a certificate is good: seconds since 1970. */
struct ghm_certificate_dates {
    int64_t from_s;
    int64_t until_s;
};

/**
 * Make a certificate with a fresh P-256 key. The same entropy gives the same key and serial number;
 * the signature over it has a nonce of libcrypto's own randomness.
 *
 * @param identity signs the key of the certificate
 * @return GHM_OK; GHM_ENOMEM when libcrypto fails
 */
int ghm_certificate_make(struct ghm_certificate *ret_certificate, const struct ghm_key *identity,
                         const struct ghm_certificate_dates *dates,
                         struct ghm_entropy *entropy) GHM_MUST_USE;

/** A zeroed one is accepted. */
void ghm_certificate_fini(struct ghm_certificate *certificate);

/** Who a certificate says its owner is. */
struct ghm_certificate_owner {
    struct ghm_peerid peer;
    size_t key_len;
    uint8_t key[GHM_KEY_PROTO_MAX]; /* in protobuf form */
};

/**
 * Check a certificate by itself: its dates, its own signature, its extensions, and the signature of
 * the identity key. Whether the owner is the peer that was expected is another question.
 *
 * @param ret_owner  written on success only
 * @param ret_reason why not, in a few words; written on failure only
 * @param der        all of the certificate
 * @param now_s      seconds since 1970; 0 when nobody knows: then dates are not checked
 * @return GHM_OK; GHM_EPROTO: malformed, or without the extension; GHM_EAUTH: out of date, or a
 * signature is wrong; GHM_ENOMEM
 */
int ghm_certificate_check(struct ghm_certificate_owner *ret_owner, const char **ret_reason,
                          struct ghm_bytes der, int64_t now_s) GHM_MUST_USE;

#endif
