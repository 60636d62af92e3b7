/* SPDX-License-Identifier: MIT */
/* Our own key: libsodium only. Those of peers are in public.c. */
#include "crypto/key.h"

#include <sodium.h>

void ghm_key_from_seed(struct ghm_key *ret_key, const uint8_t seed[32])
{
    memcpy(ret_key->seed, seed, sizeof ret_key->seed);
    (void)crypto_sign_seed_keypair(ret_key->public_key, ret_key->secret_key, ret_key->seed);
}

void ghm_key_sign(uint8_t ret_signature[64], const struct ghm_key *key, struct ghm_bytes message)
{
    (void)crypto_sign_detached(ret_signature, NULL, message.ptr, message.len, key->secret_key);
}

void ghm_key_wipe(struct ghm_key *key)
{
    ghm_mem_wipe(key, sizeof *key);
}

void ghm_key_encode(uint8_t ret_proto[GHM_KEY_ED25519_PROTO_LEN], const struct ghm_key *key)
{
    static const uint8_t head[] = {0x08, GHM_KEY_ED25519, 0x12, 32};
    memcpy(ret_proto, head, sizeof head);
    memcpy(ret_proto + sizeof head, key->public_key, sizeof key->public_key);
}
