/* SPDX-License-Identifier: MIT */
/* SHA-256 and HMAC-SHA256 in one call. Uses libsodium only, so that a hit does not load libcrypto.
 */
#ifndef GHM_CRYPTO_HASH_H
#define GHM_CRYPTO_HASH_H

#include "base/bytes.h"

#define GHM_HASH_LEN 32

/** Hash `in`. Spec: FIPS 180-4 */
void ghm_hash_sha256(uint8_t ret_hash[GHM_HASH_LEN], struct ghm_bytes in);

/** Authenticate `in` with a key of any length. Spec: RFC 2104 */
void ghm_hash_hmac(uint8_t ret_tag[GHM_HASH_LEN], struct ghm_bytes key, struct ghm_bytes in);

/** Compare two hashes or tags in constant time. */
bool ghm_hash_equal(const uint8_t a[GHM_HASH_LEN], const uint8_t b[GHM_HASH_LEN]);

#endif
