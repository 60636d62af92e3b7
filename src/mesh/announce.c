/* SPDX-License-Identifier: MIT */
#include "mesh/announce.h"

#include "crypto/digest.h"

#include <zstd.h>

#define PLAIN 0
#define PACKED 1
#define HEADED 2
#define HEAD_LEN 5
#define LEVEL 3
#define WORTH_PACKING 256 /* shorter entries gain nothing */

void ghm_announce_packer_init(struct ghm_announce_packer *ret_packer, struct ghm_mem *mem)
{
    *ret_packer = (struct ghm_announce_packer){0};
    ghm_buf_init(&ret_packer->raw, mem, GHM_ANNOUNCE_ENTRY_MAX);
}

void ghm_announce_packer_fini(struct ghm_announce_packer *packer)
{
    ghm_buf_fini(&packer->raw);
    (void)ZSTD_freeCCtx(packer->pack);
    (void)ZSTD_freeDCtx(packer->unpack);
    packer->pack = NULL;
    packer->unpack = NULL;
}

/* ---- packing ---- */

static int append_packed(struct ghm_buf *buf, struct ghm_announce_packer *packer,
                         struct ghm_bytes raw)
{
    uint8_t *out;
    if (packer->pack == NULL) packer->pack = ZSTD_createCCtx();
    if (packer->pack == NULL) return GHM_ENOMEM;
    int error = ghm_buf_reserve(buf, &out, GHM_ENVELOPE_PLAIN_MAX);
    if (error != GHM_OK) return error;
    size_t len = ZSTD_compressCCtx(packer->pack, out + HEAD_LEN, GHM_ENVELOPE_PLAIN_MAX - HEAD_LEN,
                                   raw.ptr, raw.len, LEVEL);
    if (ZSTD_isError(len)) return GHM_ELIMIT;
    out[0] = PACKED;
    ghm_store_be32(out + 1, (uint32_t)raw.len);
    ghm_buf_commit(buf, HEAD_LEN + len);
    return GHM_OK;
}

static int append_bare(struct ghm_buf *buf, uint8_t packing, size_t len, struct ghm_bytes raw)
{
    uint8_t *out;
    if (raw.len > GHM_ENVELOPE_PLAIN_MAX - HEAD_LEN) return GHM_ELIMIT;
    int error = ghm_buf_reserve(buf, &out, HEAD_LEN + raw.len);
    if (error != GHM_OK) return error;
    out[0] = packing;
    ghm_store_be32(out + 1, (uint32_t)len);
    ghm_bytes_copy(out + HEAD_LEN, raw);
    ghm_buf_commit(buf, HEAD_LEN + raw.len);
    return GHM_OK;
}

static int append_whole(struct ghm_buf *buf, struct ghm_announce_packer *packer,
                        const struct ghm_entry *entry)
{
    int error = ghm_entry_append(&packer->raw, entry);
    if (error != GHM_OK) return error;
    struct ghm_bytes raw = ghm_buf_bytes(&packer->raw);
    if (raw.len < WORTH_PACKING) return append_bare(buf, PLAIN, raw.len, raw);
    return append_packed(buf, packer, raw);
}

static int append_head(struct ghm_buf *buf, struct ghm_announce_packer *packer,
                       const struct ghm_entry *entry)
{
    struct ghm_entry head = *entry;
    head.body = GHM_BYTES_NONE;
    if (entry->body.len > GHM_PULL_BODY_MAX) return GHM_ELIMIT;
    ghm_buf_clear(&packer->raw);
    int error = ghm_entry_append(&packer->raw, &head);
    if (error != GHM_OK) return error;
    return append_bare(buf, HEADED, entry->body.len, ghm_buf_bytes(&packer->raw));
}

int ghm_announce_pack(struct ghm_buf *buf, struct ghm_announce_packer *packer,
                      const struct ghm_entry *entry)
{
    ghm_buf_clear(&packer->raw);
    int error = append_whole(buf, packer, entry);
    return error == GHM_ELIMIT ? append_head(buf, packer, entry) : error;
}

/* ---- unpacking ---- */

static int unpack(struct ghm_announce_packer *packer, struct ghm_bytes packed, size_t raw_len)
{
    uint8_t *room;
    if (packer->unpack == NULL) packer->unpack = ZSTD_createDCtx();
    if (packer->unpack == NULL) return GHM_ENOMEM;
    int error = ghm_buf_reserve(&packer->raw, &room, raw_len);
    if (error != GHM_OK) return error;
    size_t len = ZSTD_decompressDCtx(packer->unpack, room, raw_len, packed.ptr, packed.len);
    if (ZSTD_isError(len) || len != raw_len) return GHM_EPROTO;
    ghm_buf_commit(&packer->raw, raw_len);
    return GHM_OK;
}

static int read_head(struct ghm_announce_packer *packer, struct ghm_bytes head, size_t body_len)
{
    if (body_len == 0 || body_len > GHM_PULL_BODY_MAX) return GHM_EPROTO;
    packer->missing = body_len;
    return ghm_buf_append(&packer->raw, head);
}

static int read_raw(struct ghm_announce_packer *packer, struct ghm_bytes plain)
{
    if (plain.len < HEAD_LEN) return GHM_EPROTO;
    size_t raw_len = ghm_load_be32(plain.ptr + 1);
    struct ghm_bytes body = ghm_bytes_from(plain, HEAD_LEN);
    ghm_buf_clear(&packer->raw);
    packer->missing = 0;
    if (plain.ptr[0] == HEADED) return read_head(packer, body, raw_len);
    if (raw_len == 0 || raw_len > GHM_ANNOUNCE_ENTRY_MAX) return GHM_EPROTO;
    if (plain.ptr[0] == PACKED) return unpack(packer, body, raw_len);
    if (plain.ptr[0] != PLAIN || body.len != raw_len) return GHM_EPROTO;
    return ghm_buf_append(&packer->raw, body);
}

static bool is_body_right(const struct ghm_announce_packer *packer, const struct ghm_entry *entry)
{
    uint8_t hash[32];
    if (packer->missing > 0) return entry->body.len == 0;
    ghm_digest_sha256(hash, entry->body);
    return memcmp(hash, entry->body_sha256, sizeof hash) == 0;
}

int ghm_announce_unpack(struct ghm_announce_packer *packer, struct ghm_entry *ret_entry,
                        const char **ret_reason, struct ghm_bytes plain, int64_t now_ms)
{
    struct ghm_entry entry;
    *ret_reason = "malformed announcement";
    int error = read_raw(packer, plain);
    if (error == GHM_OK) error = ghm_entry_decode(&entry, ghm_buf_bytes(&packer->raw));
    if (error != GHM_OK) return error;
    *ret_reason = "an answer dated ahead of GitHub's time";
    if (entry.date_ms > now_ms + GHM_ANNOUNCE_AHEAD_MAX_MS) return GHM_EAGAIN;
    *ret_reason = "a body that is not what its hash says";
    if (!is_body_right(packer, &entry)) return GHM_EPROTO;
    entry.from_peer = true;
    *ret_entry = entry;
    return GHM_OK;
}
