/* SPDX-License-Identifier: MIT */
#include "wire/multihash.h"

#include "base/assert.h"
#include "wire/varint.h"

_Static_assert(GHM_MULTIHASH_DIGEST_MAX < 0x80, "a length is a varint of one byte");

/* The longest digest that a function makes. */
static size_t digest_max(uint64_t code)
{
    if (code == GHM_MULTIHASH_SHA1) return 20;
    if (code == GHM_MULTIHASH_SHA2_256) return 32;
    return GHM_MULTIHASH_DIGEST_MAX;
}

int ghm_multihash_take(struct ghm_bytes *left, struct ghm_multihash *ret_hash)
{
    uint64_t code;
    uint64_t len;
    int used = ghm_varint_decode(&code, *left);
    if (used < 0) return GHM_EPROTO;
    struct ghm_bytes rest = ghm_bytes_from(*left, (size_t)used);
    used = ghm_varint_decode(&len, rest);
    if (used < 0 || len > digest_max(code)) return GHM_EPROTO;
    rest = ghm_bytes_from(rest, (size_t)used);
    if (len > rest.len) return GHM_EPROTO;
    *ret_hash = (struct ghm_multihash){code, ghm_bytes_upto(rest, (size_t)len)};
    *left = ghm_bytes_from(rest, (size_t)len);
    return GHM_OK;
}

size_t ghm_multihash_put(uint8_t ret_out[GHM_MULTIHASH_ANY_MAX], const struct ghm_multihash *hash)
{
    GHM_ASSERT(hash->digest.len <= digest_max(hash->code));
    size_t len = ghm_varint_encode(ret_out, hash->code);
    ret_out[len++] = (uint8_t)hash->digest.len;
    ghm_bytes_copy(ret_out + len, hash->digest);
    return len + hash->digest.len;
}

bool ghm_multihash_is_name(const struct ghm_multihash *hash)
{
    size_t len = hash->digest.len;
    if (hash->code == GHM_MULTIHASH_SHA2_256) return len == 32;
    if (hash->code == GHM_MULTIHASH_IDENTITY) return len >= 1 && len <= GHM_MULTIHASH_IDENTITY_MAX;
    return false;
}

int ghm_multihash_decode(struct ghm_multihash *ret_hash, struct ghm_bytes in)
{
    struct ghm_multihash hash;
    int error = ghm_multihash_take(&in, &hash);
    if (error != GHM_OK || in.len > 0 || !ghm_multihash_is_name(&hash)) return GHM_EPROTO;
    *ret_hash = hash;
    return GHM_OK;
}

size_t ghm_multihash_encode(uint8_t ret_out[GHM_MULTIHASH_LEN_MAX],
                            const struct ghm_multihash *hash)
{
    uint8_t out[GHM_MULTIHASH_ANY_MAX];
    GHM_ASSERT(ghm_multihash_is_name(hash));
    size_t len = ghm_multihash_put(out, hash);
    memcpy(ret_out, out, len);
    return len;
}
