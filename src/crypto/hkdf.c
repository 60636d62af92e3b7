/* SPDX-License-Identifier: MIT */
#include "crypto/hkdf.h"

#include "base/assert.h"

#include <sodium.h>

_Static_assert(GHM_HKDF_KEY_LEN == crypto_auth_hmacsha256_BYTES, "the PRF is HMAC-SHA256");

void ghm_hkdf_extract(uint8_t ret_key[GHM_HKDF_KEY_LEN], struct ghm_bytes salt,
                      struct ghm_bytes secret)
{
    crypto_auth_hmacsha256_state state;
    (void)crypto_auth_hmacsha256_init(&state, salt.ptr, salt.len);
    (void)crypto_auth_hmacsha256_update(&state, secret.ptr, secret.len);
    (void)crypto_auth_hmacsha256_final(&state, ret_key);
    sodium_memzero(&state, sizeof state);
}

void ghm_hkdf_expand(uint8_t *ret_out, size_t len, const uint8_t key[GHM_HKDF_KEY_LEN],
                     struct ghm_bytes info)
{
    crypto_auth_hmacsha256_state state;
    uint8_t block[GHM_HKDF_KEY_LEN];
    size_t block_len = 0; /* T(0) is empty */
    uint8_t number = 1;
    GHM_ASSERT(len <= GHM_HKDF_OUT_MAX);
    for (size_t done = 0; done < len; done += GHM_HKDF_KEY_LEN, number++) {
        (void)crypto_auth_hmacsha256_init(&state, key, GHM_HKDF_KEY_LEN);
        (void)crypto_auth_hmacsha256_update(&state, block, block_len);
        (void)crypto_auth_hmacsha256_update(&state, info.ptr, info.len);
        (void)crypto_auth_hmacsha256_update(&state, &number, 1);
        (void)crypto_auth_hmacsha256_final(&state, block);
        block_len = sizeof block;
        memcpy(ret_out + done, block, len - done < sizeof block ? len - done : sizeof block);
    }
    sodium_memzero(block, sizeof block);
    sodium_memzero(&state, sizeof state);
}
