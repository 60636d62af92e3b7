/* SPDX-License-Identifier: MIT */
#include "wire/multihash.h"

#include "base/assert.h"

#define HEAD_LEN 2 /* both codes and both lengths are varints of one byte */

static bool is_length_right(uint8_t code, size_t len)
{
    if (code == GHM_MULTIHASH_SHA2_256) return len == 32;
    if (code == GHM_MULTIHASH_IDENTITY) return len >= 1 && len <= GHM_MULTIHASH_IDENTITY_MAX;
    return false;
}

int ghm_multihash_decode(struct ghm_multihash *ret_hash, struct ghm_bytes in)
{
    if (in.len < HEAD_LEN || in.ptr[1] != in.len - HEAD_LEN) return GHM_EPROTO;
    if (!is_length_right(in.ptr[0], in.ptr[1])) return GHM_EPROTO;
    ret_hash->code = (enum ghm_multihash_code)in.ptr[0];
    ret_hash->digest = ghm_bytes_from(in, HEAD_LEN);
    return GHM_OK;
}

size_t ghm_multihash_encode(uint8_t ret_out[GHM_MULTIHASH_LEN_MAX],
                            const struct ghm_multihash *hash)
{
    GHM_ASSERT(is_length_right((uint8_t)hash->code, hash->digest.len));
    ret_out[0] = (uint8_t)hash->code;
    ret_out[1] = (uint8_t)hash->digest.len;
    memcpy(ret_out + HEAD_LEN, hash->digest.ptr, hash->digest.len);
    return HEAD_LEN + hash->digest.len;
}
