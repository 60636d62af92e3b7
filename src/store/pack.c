/* SPDX-License-Identifier: MIT */
#include "store/pack.h"

#include <zstd.h>

#define LEVEL 1          /* 3 saves a fiftieth more and takes a fifth longer */
#define NODE_LEN 50      /* what LMDB adds to a record in a leaf, its key included */
#define PAGE_HEAD_LEN 16 /* and to one with pages of its own */

void ghm_pack_init(struct ghm_pack *pack)
{
    ghm_idle_init(&pack->packers);
    ghm_idle_init(&pack->unpackers);
    atomic_init(&pack->lent_bytes, 0);
}

void ghm_pack_fini(struct ghm_pack *pack)
{
    for (ZSTD_CCtx *packer; (packer = ghm_idle_take(&pack->packers)) != NULL;)
        (void)ZSTD_freeCCtx(packer);
    for (ZSTD_DCtx *unpacker; (unpacker = ghm_idle_take(&pack->unpackers)) != NULL;)
        (void)ZSTD_freeDCtx(unpacker);
}

/* Pages that a record has for itself. */
static size_t pages_of(size_t record_len)
{
    if (record_len + NODE_LEN <= GHM_PACK_PAGE / 2) return 0;
    return (record_len + PAGE_HEAD_LEN + GHM_PACK_PAGE - 1) / GHM_PACK_PAGE;
}

/* The most that a packed body may have to save a page; 0: none can. */
static size_t room_for(size_t body_len, size_t front_len)
{
    size_t pages = pages_of(front_len + body_len);
    if (pages < 2) return 0;
    size_t record_max = (pages - 1) * GHM_PACK_PAGE - PAGE_HEAD_LEN;
    return record_max > front_len ? record_max - front_len : 0;
}

/* A packer that met a large body is large. */
static void give_back(struct ghm_pack *pack, ZSTD_CCtx *packer)
{
    bool is_kept = ZSTD_sizeof_CCtx(packer) <= GHM_PACK_KEPT_MAX;
    if (!is_kept || !ghm_idle_give(&pack->packers, packer)) (void)ZSTD_freeCCtx(packer);
}

/* The length of what was packed; 0 when it does not fit, or there is no memory. */
static size_t compress(struct ghm_pack *pack, const struct ghm_pack_block *block,
                       struct ghm_bytes body)
{
    ZSTD_CCtx *packer = ghm_idle_take(&pack->packers);
    if (packer == NULL) packer = ZSTD_createCCtx();
    if (packer == NULL) return 0;
    size_t len = ZSTD_compressCCtx(packer, block->ptr, block->size, body.ptr, body.len, LEVEL);
    give_back(pack, packer);
    return ZSTD_isError(len) ? 0 : len;
}

struct ghm_bytes ghm_pack_body(struct ghm_pack *pack, struct ghm_pack_block *ret_block,
                               struct ghm_bytes body, size_t front_len)
{
    struct ghm_pack_block block = {NULL, room_for(body.len, front_len)};
    *ret_block = (struct ghm_pack_block){NULL, 0};
    if (block.size == 0) return GHM_BYTES_NONE;
    block.ptr = ghm_mem_alloc_unset(NULL, block.size);
    if (block.ptr == NULL) return GHM_BYTES_NONE;
    size_t len = compress(pack, &block, body);
    if (len == 0) {
        ghm_pack_free(&block);
        return GHM_BYTES_NONE;
    }
    *ret_block = block;
    return ghm_bytes(block.ptr, len);
}

void ghm_pack_free(struct ghm_pack_block *block)
{
    ghm_mem_free(NULL, block->ptr, block->size);
    *block = (struct ghm_pack_block){NULL, 0};
}

static int take_room(struct ghm_pack *pack, struct ghm_pack_block *ret_block, size_t size)
{
    uint64_t before = atomic_fetch_add(&pack->lent_bytes, size);
    int error = before + size <= GHM_PACK_LENT_MAX ? GHM_OK : GHM_ELIMIT;
    uint8_t *room = error == GHM_OK ? ghm_mem_alloc_unset(NULL, size) : NULL;
    if (room == NULL) {
        (void)atomic_fetch_sub(&pack->lent_bytes, size);
        return error == GHM_OK ? GHM_ENOMEM : error;
    }
    *ret_block = (struct ghm_pack_block){room, size};
    return GHM_OK;
}

static int unpack(struct ghm_pack *pack, const struct ghm_pack_block *block,
                  struct ghm_bytes packed)
{
    ZSTD_DCtx *unpacker = ghm_idle_take(&pack->unpackers);
    if (unpacker == NULL) unpacker = ZSTD_createDCtx();
    if (unpacker == NULL) return GHM_ENOMEM;
    size_t len = ZSTD_decompressDCtx(unpacker, block->ptr, block->size, packed.ptr, packed.len);
    if (!ghm_idle_give(&pack->unpackers, unpacker)) (void)ZSTD_freeDCtx(unpacker);
    return len == block->size ? GHM_OK : GHM_ECORRUPT;
}

int ghm_pack_open(struct ghm_pack *pack, struct ghm_pack_block *ret_block, struct ghm_bytes packed,
                  size_t body_len)
{
    struct ghm_pack_block block;
    if (body_len == 0 || ZSTD_getFrameContentSize(packed.ptr, packed.len) != body_len)
        return GHM_ECORRUPT;
    int error = take_room(pack, &block, body_len);
    if (error != GHM_OK) return error;
    error = unpack(pack, &block, packed);
    if (error == GHM_OK)
        *ret_block = block;
    else
        ghm_pack_close(pack, &block);
    return error;
}

void ghm_pack_close(struct ghm_pack *pack, struct ghm_pack_block *block)
{
    if (block->ptr == NULL) return;
    (void)atomic_fetch_sub(&pack->lent_bytes, block->size);
    ghm_pack_free(block);
}
