/* SPDX-License-Identifier: MIT */
/* Sealing bytes with a key: AES-256-GCM and ChaCha20-Poly1305 through libcrypto, which is twice as
 * fast as libsodium from 16 KiB on. One `struct ghm_aead` is one key in one direction; its context
 * is set up once and used for every message.
 *
 * Call protocol: init -> (seal* | open*) -> fini */
#ifndef GHM_CRYPTO_AEAD_H
#define GHM_CRYPTO_AEAD_H

#include "base/bytes.h"
#include "base/error.h"

#define GHM_AEAD_KEY_LEN 32
#define GHM_AEAD_NONCE_LEN 12
#define GHM_AEAD_TAG_LEN 16
#define GHM_AEAD_LEN_MAX (1U << 30) /* bytes of one message, and of its extra data */

enum ghm_aead_cipher {
    GHM_AEAD_AES256_GCM,
    GHM_AEAD_CHACHA20_POLY1305,
};

enum ghm_aead_use {
    GHM_AEAD_SEAL,
    GHM_AEAD_OPEN,
};

struct ghm_aead {
    struct evp_cipher_ctx_st *ctx; /* NULL: not inited */
    enum ghm_aead_use use;
};

/**
 * Start with a key, which libcrypto copies.
 *
 * @param ret_aead written on success only
 * @param use      whether this one seals or opens
 * @return GHM_OK; GHM_ENOMEM when libcrypto cannot make a context
 */
int ghm_aead_init(struct ghm_aead *ret_aead, enum ghm_aead_cipher cipher, enum ghm_aead_use use,
                  const uint8_t key[GHM_AEAD_KEY_LEN]) GHM_MUST_USE;

/** Wipe the key and give the memory back. A zeroed one is accepted. */
void ghm_aead_fini(struct ghm_aead *aead);

/**
 * Encrypt and append the tag.
 *
 * @param ret_out bytes[plain.len + GHM_AEAD_TAG_LEN]; may begin where `plain` does
 * @param nonce   never used before with this key
 * @param aad     bound to the message but not sent; may be absent
 * @param plain   at most GHM_AEAD_LEN_MAX bytes
 * @return GHM_OK; GHM_ENOMEM when libcrypto fails: then ret_out holds nothing to send
 *
 * Spec: NIST SP 800-38D; RFC 8439
 */
int ghm_aead_seal(struct ghm_aead *aead, uint8_t *ret_out, const uint8_t nonce[GHM_AEAD_NONCE_LEN],
                  struct ghm_bytes aad, struct ghm_bytes plain) GHM_MUST_USE;

/**
 * Check the tag and decrypt.
 *
 * @param ret_out bytes[sealed.len - GHM_AEAD_TAG_LEN]; may begin where `sealed` does; zeroed when
 * the tag is wrong
 * @return GHM_OK; GHM_EAUTH when the tag is wrong or missing; GHM_ENOMEM when libcrypto fails
 */
int ghm_aead_open(struct ghm_aead *aead, uint8_t *ret_out, const uint8_t nonce[GHM_AEAD_NONCE_LEN],
                  struct ghm_bytes aad, struct ghm_bytes sealed) GHM_MUST_USE;

#endif
