/* SPDX-License-Identifier: MIT */
#include "crypto/aead.h"

#include "base/assert.h"
#include "base/mem.h"

#include <openssl/evp.h>

static const EVP_CIPHER *cipher_of(enum ghm_aead_cipher cipher)
{
    switch (cipher) {
    case GHM_AEAD_AES256_GCM:
        return EVP_aes_256_gcm();
    case GHM_AEAD_CHACHA20_POLY1305:
        return EVP_chacha20_poly1305();
    }
    GHM_UNREACHABLE();
}

int ghm_aead_init(struct ghm_aead *ret_aead, enum ghm_aead_cipher cipher, enum ghm_aead_use use,
                  const uint8_t key[GHM_AEAD_KEY_LEN])
{
    EVP_CIPHER_CTX *ctx = EVP_CIPHER_CTX_new();
    if (ctx == NULL) return GHM_ENOMEM;
    if (EVP_CipherInit_ex(ctx, cipher_of(cipher), NULL, key, NULL, use == GHM_AEAD_SEAL) != 1) {
        EVP_CIPHER_CTX_free(ctx);
        return GHM_ENOMEM;
    }
    *ret_aead = (struct ghm_aead){.ctx = ctx, .use = use};
    return GHM_OK;
}

void ghm_aead_fini(struct ghm_aead *aead)
{
    EVP_CIPHER_CTX_free(aead->ctx); /* wipes the key schedule; accepts NULL */
    *aead = (struct ghm_aead){0};
}

/* Set the nonce, feed the extra data, and pass `in` through the cipher. */
static bool pass(struct ghm_aead *aead, uint8_t *out, const uint8_t *nonce, struct ghm_bytes aad,
                 struct ghm_bytes in)
{
    int len;
    GHM_ASSERT(aad.len <= GHM_AEAD_LEN_MAX && in.len <= GHM_AEAD_LEN_MAX);
    if (EVP_CipherInit_ex(aead->ctx, NULL, NULL, NULL, nonce, -1) != 1) return false;
    if (aad.len > 0 && EVP_CipherUpdate(aead->ctx, NULL, &len, aad.ptr, (int)aad.len) != 1) {
        return false;
    }
    return in.len == 0 || EVP_CipherUpdate(aead->ctx, out, &len, in.ptr, (int)in.len) == 1;
}

int ghm_aead_seal(struct ghm_aead *aead, uint8_t *ret_out, const uint8_t nonce[GHM_AEAD_NONCE_LEN],
                  struct ghm_bytes aad, struct ghm_bytes plain)
{
    int len;
    GHM_ASSERT(aead->ctx != NULL && aead->use == GHM_AEAD_SEAL);
    uint8_t *tag = ret_out + plain.len;
    if (!pass(aead, ret_out, nonce, aad, plain)) return GHM_ENOMEM;
    if (EVP_CipherFinal_ex(aead->ctx, tag, &len) != 1) return GHM_ENOMEM;
    int done = EVP_CIPHER_CTX_ctrl(aead->ctx, EVP_CTRL_AEAD_GET_TAG, GHM_AEAD_TAG_LEN, tag);
    return done == 1 ? GHM_OK : GHM_ENOMEM;
}

int ghm_aead_open(struct ghm_aead *aead, uint8_t *ret_out, const uint8_t nonce[GHM_AEAD_NONCE_LEN],
                  struct ghm_bytes aad, struct ghm_bytes sealed)
{
    int len;
    uint8_t tag[GHM_AEAD_TAG_LEN];
    uint8_t unused[GHM_AEAD_TAG_LEN];
    GHM_ASSERT(aead->ctx != NULL && aead->use == GHM_AEAD_OPEN);
    if (sealed.len < GHM_AEAD_TAG_LEN) return GHM_EAUTH;
    struct ghm_bytes in = ghm_bytes_upto(sealed, sealed.len - GHM_AEAD_TAG_LEN);
    memcpy(tag, sealed.ptr + in.len, sizeof tag);
    bool passed = pass(aead, ret_out, nonce, aad, in);
    passed =
        passed && EVP_CIPHER_CTX_ctrl(aead->ctx, EVP_CTRL_AEAD_SET_TAG, GHM_AEAD_TAG_LEN, tag) == 1;
    /* Neither cipher has bytes left to write here; the result is the tag's. */
    bool right = passed && EVP_CipherFinal_ex(aead->ctx, unused, &len) == 1;
    if (right) return GHM_OK;
    if (in.len > 0) ghm_mem_wipe(ret_out, in.len);
    return passed ? GHM_EAUTH : GHM_ENOMEM;
}
