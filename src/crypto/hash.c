/* SPDX-License-Identifier: MIT */
#include "crypto/hash.h"

#include <sodium.h>

void ghm_hash_sha256(uint8_t ret_hash[GHM_HASH_LEN], struct ghm_bytes in)
{
    (void)crypto_hash_sha256(ret_hash, in.ptr, in.len);
}

void ghm_hash_hmac(uint8_t ret_tag[GHM_HASH_LEN], struct ghm_bytes key, struct ghm_bytes in)
{
    crypto_auth_hmacsha256_state state;
    (void)crypto_auth_hmacsha256_init(&state, key.ptr, key.len);
    (void)crypto_auth_hmacsha256_update(&state, in.ptr, in.len);
    (void)crypto_auth_hmacsha256_final(&state, ret_tag);
    sodium_memzero(&state, sizeof state);
}

bool ghm_hash_equal(const uint8_t a[GHM_HASH_LEN], const uint8_t b[GHM_HASH_LEN])
{
    return sodium_memcmp(a, b, GHM_HASH_LEN) == 0;
}
