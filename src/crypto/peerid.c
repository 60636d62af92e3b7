/* SPDX-License-Identifier: MIT */
#include "crypto/peerid.h"

#include "crypto/hash.h"
#include "wire/base58.h"
#include "wire/cid.h"
#include "wire/multihash.h"

_Static_assert(GHM_PEERID_LEN_MAX == GHM_MULTIHASH_LEN_MAX, "a peer id is a multihash");

void ghm_peerid_of_key(struct ghm_peerid *ret_id, struct ghm_bytes key_proto)
{
    uint8_t sha256[GHM_HASH_LEN];
    struct ghm_multihash hash = {GHM_MULTIHASH_IDENTITY, key_proto};
    if (key_proto.len > GHM_MULTIHASH_IDENTITY_MAX) {
        ghm_hash_sha256(sha256, key_proto);
        hash = (struct ghm_multihash){GHM_MULTIHASH_SHA2_256, ghm_bytes(sha256, sizeof sha256)};
    }
    *ret_id = (struct ghm_peerid){0};
    ret_id->len = (uint8_t)ghm_multihash_encode(ret_id->bytes, &hash);
}

int ghm_peerid_decode(struct ghm_peerid *ret_id, struct ghm_bytes in)
{
    struct ghm_multihash hash;
    int error = ghm_multihash_decode(&hash, in);
    if (error != GHM_OK) return error;
    *ret_id = (struct ghm_peerid){.len = (uint8_t)in.len};
    memcpy(ret_id->bytes, in.ptr, in.len);
    return GHM_OK;
}

int ghm_peerid_parse(struct ghm_peerid *ret_id, const char *text)
{
    uint8_t bytes[GHM_MULTIHASH_LEN_MAX];
    int len = ghm_cid_parse_peer(bytes, ghm_bytes_text(text));
    if (len < 0) return GHM_EINVAL;
    *ret_id = (struct ghm_peerid){.len = (uint8_t)len};
    memcpy(ret_id->bytes, bytes, (size_t)len);
    return GHM_OK;
}

void ghm_peerid_text(char ret_text[GHM_PEERID_TEXT_MAX], const struct ghm_peerid *id)
{
    char text[GHM_BASE58_TEXT_MAX];
    /* 44 bytes make at most 61 characters. */
    size_t len = ghm_base58_encode(text, ghm_peerid_bytes(id));
    memcpy(ret_text, text, len + 1);
}

bool ghm_peerid_equal(const struct ghm_peerid *a, const struct ghm_peerid *b)
{
    return ghm_bytes_equal(ghm_peerid_bytes(a), ghm_peerid_bytes(b));
}
