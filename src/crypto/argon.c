/* SPDX-License-Identifier: MIT */
#include "crypto/argon.h"

#include <sodium.h>

_Static_assert(GHM_ARGON_SALT_LEN == crypto_pwhash_argon2id_SALTBYTES, "libsodium's salt");

int ghm_argon_derive(uint8_t ret_key[GHM_ARGON_KEY_LEN], struct ghm_bytes password,
                     const uint8_t salt[GHM_ARGON_SALT_LEN])
{
    uint8_t key[GHM_ARGON_KEY_LEN];
    /* libsodium asks for a pointer even when there is nothing behind it. */
    const char *text = password.len == 0 ? "" : (const char *)password.ptr;
    if (crypto_pwhash(key, sizeof key, text, password.len, salt, GHM_ARGON_PASSES,
                      GHM_ARGON_MEMORY_BYTES, crypto_pwhash_ALG_ARGON2ID13) != 0) {
        return GHM_ENOMEM;
    }
    memcpy(ret_key, key, sizeof key);
    sodium_memzero(key, sizeof key);
    return GHM_OK;
}
