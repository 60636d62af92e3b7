/* SPDX-License-Identifier: MIT */
/* HKDF-SHA256: many keys from one secret, a label for each use. Spec: RFC 5869 */
#ifndef GHM_CRYPTO_HKDF_H
#define GHM_CRYPTO_HKDF_H

#include "base/bytes.h"

#define GHM_HKDF_KEY_LEN 32
#define GHM_HKDF_OUT_MAX (255 * GHM_HKDF_KEY_LEN)

/** Concentrate a secret of any length into one key. An absent salt counts as zeros. */
void ghm_hkdf_extract(uint8_t ret_key[GHM_HKDF_KEY_LEN], struct ghm_bytes salt,
                      struct ghm_bytes secret);

/**
 * Derive bytes for one use.
 *
 * @param ret_out bytes[len]
 * @param len     at most GHM_HKDF_OUT_MAX; more is our bug
 * @param key     from ghm_hkdf_extract, or uniformly random
 * @param info    the label of the use
 */
void ghm_hkdf_expand(uint8_t *ret_out, size_t len, const uint8_t key[GHM_HKDF_KEY_LEN],
                     struct ghm_bytes info);

#endif
