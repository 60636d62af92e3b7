/* SPDX-License-Identifier: MIT */
#include "wire/cid.h"

#include "base/assert.h"
#include "wire/base32.h"
#include "wire/base58.h"

#define VERSION_1 0x01
#define CODEC_RAW 0x55
#define CODEC_LIBP2P_KEY 0x72
#define HEAD_LEN 2 /* version and codec are varints of one byte */

_Static_assert(HEAD_LEN + GHM_MULTIHASH_LEN_MAX <= GHM_BASE32_BYTES_MAX, "a CID fits base32");
_Static_assert(HEAD_LEN + GHM_MULTIHASH_LEN_MAX <= GHM_BASE58_BYTES_MAX, "a CID fits base58");

void ghm_cid_text(char ret_text[GHM_CID_TEXT_MAX], const uint8_t sha256[32])
{
    uint8_t cid[HEAD_LEN + GHM_MULTIHASH_LEN_MAX] = {VERSION_1, CODEC_RAW};
    char text[GHM_BASE32_TEXT_MAX];
    struct ghm_multihash hash = {GHM_MULTIHASH_SHA2_256, ghm_bytes(sha256, 32)};
    size_t len = HEAD_LEN + ghm_multihash_encode(cid + HEAD_LEN, &hash);
    size_t text_len = ghm_base32_encode(text, ghm_bytes(cid, len));
    GHM_ASSERT(text_len + 2 == GHM_CID_TEXT_MAX);
    ret_text[0] = 'b';
    memcpy(ret_text + 1, text, text_len + 1);
}

/* The multihash inside a CIDv1 of `codec`. */
static int decode(struct ghm_multihash *ret_hash, struct ghm_bytes cid, uint8_t codec)
{
    if (cid.len < HEAD_LEN || cid.ptr[0] != VERSION_1 || cid.ptr[1] != codec) return GHM_EINVAL;
    int error = ghm_multihash_decode(ret_hash, ghm_bytes_from(cid, HEAD_LEN));
    return error == GHM_OK ? GHM_OK : GHM_EINVAL;
}

int ghm_cid_parse(uint8_t ret_sha256[32], struct ghm_bytes text)
{
    uint8_t cid[GHM_BASE32_BYTES_MAX];
    if (text.len == 0 || text.ptr[0] != 'b') return GHM_EINVAL;
    int len = ghm_base32_decode(cid, ghm_bytes_from(text, 1));
    if (len < 0) return GHM_EINVAL;
    struct ghm_multihash hash;
    int error = decode(&hash, ghm_bytes(cid, (size_t)len), CODEC_RAW);
    if (error != GHM_OK) return error;
    if (hash.code != GHM_MULTIHASH_SHA2_256) return GHM_EINVAL;
    memcpy(ret_sha256, hash.digest.ptr, 32);
    return GHM_OK;
}

static bool is_bare(struct ghm_bytes text)
{
    return text.ptr[0] == '1' || ghm_bytes_starts(text, ghm_bytes_text("Qm"));
}

/* The bytes of multibase text of the two bases that peer ids are written in. */
static int decode_multibase(uint8_t ret_bytes[GHM_BASE32_BYTES_MAX], struct ghm_bytes text)
{
    _Static_assert(GHM_BASE32_BYTES_MAX == GHM_BASE58_BYTES_MAX, "one array serves both");
    if (text.ptr[0] == 'b') return ghm_base32_decode(ret_bytes, ghm_bytes_from(text, 1));
    if (text.ptr[0] == 'z') return ghm_base58_decode(ret_bytes, ghm_bytes_from(text, 1));
    return GHM_EINVAL;
}

int ghm_cid_parse_peer(uint8_t ret_multihash[GHM_MULTIHASH_LEN_MAX], struct ghm_bytes text)
{
    uint8_t bytes[GHM_BASE58_BYTES_MAX];
    struct ghm_multihash hash;
    if (text.len == 0) return GHM_EINVAL;
    bool bare = is_bare(text);
    int len = bare ? ghm_base58_decode(bytes, text) : decode_multibase(bytes, text);
    if (len < 0) return GHM_EINVAL;
    struct ghm_bytes in = ghm_bytes(bytes, (size_t)len);
    int error = bare ? ghm_multihash_decode(&hash, in) : decode(&hash, in, CODEC_LIBP2P_KEY);
    if (error != GHM_OK) return GHM_EINVAL;
    return (int)ghm_multihash_encode(ret_multihash, &hash);
}
