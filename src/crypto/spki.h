/* SPDX-License-Identifier: MIT */
/* The outer form of SubjectPublicKeyInfo (DER) for RSA and elliptic keys: enough to bound a key
 * before any arithmetic is done with it, without a certificate library. */
#ifndef GHM_CRYPTO_SPKI_H
#define GHM_CRYPTO_SPKI_H

#include "base/bytes.h"
#include "base/error.h"

#define GHM_SPKI_RSA_BITS_MIN 2048
#define GHM_SPKI_RSA_BITS_MAX 8192

/** GHM_OK when `der` is an RSA key whose modulus has 2048..8192 bits and whose exponent is odd and
 * has at most 32; else GHM_EPROTO. Spec: RFC 3279 section 2.3.1; GHSA-876p-8259-xjgg for the bound
 */
int ghm_spki_check_rsa(struct ghm_bytes der) GHM_MUST_USE;

/** GHM_OK when `der` is an uncompressed point on P-256, P-384 or P-521; else GHM_EPROTO. The point
 * is not checked to lie on the curve. Spec: RFC 5480 */
int ghm_spki_check_ec(struct ghm_bytes der) GHM_MUST_USE;

#endif
