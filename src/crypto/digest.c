/* SPDX-License-Identifier: MIT */
/* The direct functions are marked as old, but what took their place looks the algorithm up by name
 * on every call, which takes half as long as hashing 1 KB does. */
#define OPENSSL_SUPPRESS_DEPRECATED
#include "crypto/digest.h"

#include <openssl/sha.h>

void ghm_digest_sha256(uint8_t ret_digest[GHM_DIGEST_LEN], struct ghm_bytes in)
{
    SHA256_CTX hash;
    (void)SHA256_Init(&hash);
    (void)SHA256_Update(&hash, in.ptr, in.len);
    (void)SHA256_Final(ret_digest, &hash);
}
