/* SPDX-License-Identifier: MIT */
#include "wire/cid.h"

#include "base/assert.h"
#include "wire/base32.h"
#include "wire/base58.h"
#include "wire/multibase.h"
#include "wire/varint.h"

#define VERSION_1 0x01
#define CODEC_RAW 0x55
#define CODEC_DAG_PB 0x70
#define CODEC_LIBP2P_KEY 0x72
#define VERSION_0_LEN 34
#define VERSION_0_TEXT_LEN 46

_Static_assert(2 * GHM_VARINT_LEN_MAX + GHM_MULTIHASH_ANY_MAX <= GHM_CID_LEN_MAX, "all parts fit");
_Static_assert(GHM_CID_LEN_MAX <= GHM_MULTIBASE_BYTES_MAX, "a CID fits multibase");
_Static_assert(2 + GHM_MULTIHASH_LEN_MAX <= GHM_BASE32_BYTES_MAX, "a body's CID fits base32");

/* ---- in general ---- */

static bool is_version_0(struct ghm_bytes in)
{
    return in.len == VERSION_0_LEN && in.ptr[0] == GHM_MULTIHASH_SHA2_256 && in.ptr[1] == 32;
}

static int decode_version_1(struct ghm_cid *ret_cid, struct ghm_bytes in)
{
    struct ghm_cid cid = {.version = 1};
    uint64_t version;
    int used = ghm_varint_decode(&version, in);
    if (used < 0 || version != VERSION_1) return GHM_EPROTO;
    in = ghm_bytes_from(in, (size_t)used);
    used = ghm_varint_decode(&cid.codec, in);
    if (used < 0) return GHM_EPROTO;
    in = ghm_bytes_from(in, (size_t)used);
    int error = ghm_multihash_take(&in, &cid.hash);
    if (error != GHM_OK || in.len > 0) return GHM_EPROTO;
    *ret_cid = cid;
    return GHM_OK;
}

int ghm_cid_decode(struct ghm_cid *ret_cid, struct ghm_bytes in)
{
    if (!is_version_0(in)) return decode_version_1(ret_cid, in);
    ret_cid->version = 0;
    ret_cid->codec = CODEC_DAG_PB;
    return ghm_multihash_take(&in, &ret_cid->hash);
}

size_t ghm_cid_encode(uint8_t ret_out[GHM_CID_LEN_MAX], const struct ghm_cid *cid)
{
    size_t len = 0;
    GHM_ASSERT(cid->version <= 1);
    if (cid->version == 1) {
        ret_out[len++] = VERSION_1;
        len += ghm_varint_encode(ret_out + len, cid->codec);
    }
    return len + ghm_multihash_put(ret_out + len, &cid->hash);
}

int ghm_cid_bytes(uint8_t ret_out[GHM_CID_LEN_MAX], struct ghm_bytes text)
{
    uint8_t bytes[GHM_MULTIBASE_BYTES_MAX];
    struct ghm_cid cid;
    bool bare = text.len == VERSION_0_TEXT_LEN && ghm_bytes_starts(text, ghm_bytes_text("Qm"));
    int len = bare ? ghm_base58_decode(bytes, text) : ghm_multibase_decode(bytes, text);
    if (len < 0 || len > GHM_CID_LEN_MAX) return GHM_EINVAL;
    if (ghm_cid_decode(&cid, ghm_bytes(bytes, (size_t)len)) != GHM_OK) return GHM_EINVAL;
    /* Version 0 has only its own text form. */
    if ((cid.version == 0) != bare) return GHM_EINVAL;
    memcpy(ret_out, bytes, (size_t)len);
    return len;
}

/* ---- of a body ---- */

void ghm_cid_text(char ret_text[GHM_CID_TEXT_MAX], const uint8_t sha256[32])
{
    uint8_t bytes[GHM_CID_LEN_MAX];
    char text[GHM_BASE32_TEXT_MAX];
    struct ghm_cid cid = {1, CODEC_RAW, {GHM_MULTIHASH_SHA2_256, ghm_bytes(sha256, 32)}};
    size_t len = ghm_cid_encode(bytes, &cid);
    size_t text_len = ghm_base32_encode(text, ghm_bytes(bytes, len));
    GHM_ASSERT(text_len + 2 == GHM_CID_TEXT_MAX);
    ret_text[0] = 'b';
    memcpy(ret_text + 1, text, text_len + 1);
}

/* The strict multihash inside a CIDv1 of `codec`. */
static int decode_hash(struct ghm_multihash *ret_hash, struct ghm_bytes in, uint64_t codec)
{
    struct ghm_cid cid;
    if (ghm_cid_decode(&cid, in) != GHM_OK || cid.version != 1) return GHM_EINVAL;
    if (cid.codec != codec || !ghm_multihash_is_name(&cid.hash)) return GHM_EINVAL;
    *ret_hash = cid.hash;
    return GHM_OK;
}

int ghm_cid_parse(uint8_t ret_sha256[32], struct ghm_bytes text)
{
    uint8_t bytes[GHM_BASE32_BYTES_MAX];
    struct ghm_multihash hash;
    /* One text for one body: lower case only. */
    if (text.len == 0 || text.ptr[0] != 'b') return GHM_EINVAL;
    int len = ghm_base32_decode(bytes, ghm_bytes_from(text, 1));
    if (len < 0) return GHM_EINVAL;
    int error = decode_hash(&hash, ghm_bytes(bytes, (size_t)len), CODEC_RAW);
    if (error != GHM_OK) return error;
    if (hash.code != GHM_MULTIHASH_SHA2_256) return GHM_EINVAL;
    memcpy(ret_sha256, hash.digest.ptr, 32);
    return GHM_OK;
}

/* ---- of a peer ---- */

static bool is_bare(struct ghm_bytes text)
{
    return text.ptr[0] == '1' || ghm_bytes_starts(text, ghm_bytes_text("Qm"));
}

int ghm_cid_parse_peer(uint8_t ret_multihash[GHM_MULTIHASH_LEN_MAX], struct ghm_bytes text)
{
    uint8_t bytes[GHM_MULTIBASE_BYTES_MAX];
    struct ghm_multihash hash;
    if (text.len == 0) return GHM_EINVAL;
    bool bare = is_bare(text);
    int len = bare ? ghm_base58_decode(bytes, text) : ghm_multibase_decode(bytes, text);
    if (len < 0) return GHM_EINVAL;
    struct ghm_bytes in = ghm_bytes(bytes, (size_t)len);
    int error = bare ? ghm_multihash_decode(&hash, in) : decode_hash(&hash, in, CODEC_LIBP2P_KEY);
    if (error != GHM_OK) return GHM_EINVAL;
    return (int)ghm_multihash_encode(ret_multihash, &hash);
}
