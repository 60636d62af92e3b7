/* SPDX-License-Identifier: MIT */
#include "crypto/digest.h"

#include <openssl/sha.h>

void ghm_digest_sha256(uint8_t ret_digest[GHM_DIGEST_LEN], struct ghm_bytes in)
{
    (void)SHA256(in.ptr, in.len, ret_digest);
}
