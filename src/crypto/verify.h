/* SPDX-License-Identifier: MIT */
/* Signatures of the keys that libsodium does not know, through libcrypto, in an object of its own:
 * what verifies nothing does not load libcrypto. libcrypto's own memory is not counted in any
 * budget; it is given back before each call returns and is bounded by the keys, which
 * ghm_public_key_decode has let through (RSA of at most 8192 bits).
 *
 * Each returns GHM_OK; GHM_EAUTH when the signature is wrong or the key is no point of its curve;
 * GHM_ENOMEM when libcrypto has no memory. */
#ifndef GHM_CRYPTO_VERIFY_H
#define GHM_CRYPTO_VERIFY_H

#include "base/bytes.h"
#include "base/error.h"

/** By a key in PKIX form that spki.h has checked: RSA with PKCS #1 v1.5 padding, or ECDSA in strict
 * DER, both of SHA-256. Spec: libp2p/specs peer-ids/peer-ids.md, "RSA" and "ECDSA" */
int ghm_verify_spki(struct ghm_bytes spki, struct ghm_bytes message,
                    struct ghm_bytes signature) GHM_MUST_USE;

/** By a compressed point of 33 bytes on secp256k1, ECDSA in strict DER of SHA-256; both values of s
 * are right, as for every other libp2p. Spec: libp2p/specs peer-ids/peer-ids.md, "Secp256k1" */
int ghm_verify_secp256k1(const uint8_t point[33], struct ghm_bytes message,
                         struct ghm_bytes signature) GHM_MUST_USE;

#endif
