/* SPDX-License-Identifier: MIT */
#include "crypto/verify.h"

#include <openssl/err.h>
#include <openssl/evp.h>
#include <openssl/x509.h>

/* What libcrypto said last. Its queue of errors belongs to the thread: nothing of ours stays there.
 */
static int error_of_libcrypto(void)
{
    bool has_no_memory = ERR_GET_REASON(ERR_peek_last_error()) == ERR_R_MALLOC_FAILURE;
    ERR_clear_error();
    return has_no_memory ? GHM_ENOMEM : GHM_EAUTH;
}

static int verify(EVP_PKEY *key, struct ghm_bytes message, struct ghm_bytes signature)
{
    EVP_MD_CTX *ctx = EVP_MD_CTX_new();
    if (ctx == NULL) return GHM_ENOMEM;
    int done = EVP_DigestVerifyInit(ctx, NULL, EVP_sha256(), NULL, key);
    if (done == 1)
        done = EVP_DigestVerify(ctx, signature.ptr, signature.len, message.ptr, message.len);
    EVP_MD_CTX_free(ctx);
    return done == 1 ? GHM_OK : error_of_libcrypto();
}

int ghm_verify_spki(struct ghm_bytes spki, struct ghm_bytes message, struct ghm_bytes signature)
{
    const uint8_t *at = spki.ptr;
    EVP_PKEY *key = d2i_PUBKEY(NULL, &at, (long)spki.len);
    if (key == NULL) return error_of_libcrypto();
    int error = verify(key, message, signature);
    EVP_PKEY_free(key);
    return error;
}

int ghm_verify_secp256k1(const uint8_t point[33], struct ghm_bytes message,
                         struct ghm_bytes signature)
{
    /* The PKIX form of the same key, RFC 5480: id-ecPublicKey, the curve 1.3.132.0.10, the point.
     */
    uint8_t spki[56] = {0x30, 0x36, 0x30, 0x10, 0x06, 0x07, 0x2a, 0x86, 0x48, 0xce, 0x3d, 0x02,
                        0x01, 0x06, 0x05, 0x2b, 0x81, 0x04, 0x00, 0x0a, 0x03, 0x22, 0x00};
    memcpy(spki + 23, point, 33);
    return ghm_verify_spki(ghm_bytes(spki, sizeof spki), message, signature);
}
