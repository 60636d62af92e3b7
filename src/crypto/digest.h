/* SPDX-License-Identifier: MIT */
/* SHA-256 of much: libcrypto uses the processor's own instructions where libsodium does not, and is
 * several times faster. What has to start at once uses crypto/hash.h. */
#ifndef GHM_CRYPTO_DIGEST_H
#define GHM_CRYPTO_DIGEST_H

#include "base/bytes.h"

#define GHM_DIGEST_LEN 32

/** Hash `in`. Spec: FIPS 180-4 */
void ghm_digest_sha256(uint8_t ret_digest[GHM_DIGEST_LEN], struct ghm_bytes in);

#endif
