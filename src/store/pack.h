/* SPDX-License-Identifier: MIT */
/* Bodies under zstd, where that saves pages: LMDB gives a record of more than half a page pages of
 * its own, so that one which fits into one page saves nothing that a reader would pay for. The
 * figures are in doc/decisions.md. */
#ifndef GHM_STORE_PACK_H
#define GHM_STORE_PACK_H

#include "base/bytes.h"
#include "base/mem.h"
#include "store/idle.h"

#define GHM_PACK_PAGE 4096
#define GHM_PACK_KEPT_MAX (UINT32_C(512) << 10) /* bytes of a packer that is kept */
#define GHM_PACK_LENT_MAX (UINT32_C(128) << 20) /* bytes of unpacked bodies at one time */

struct ghm_pack {
    struct ghm_idle packers; /* zstd's contexts: making one costs more than what it does */
    struct ghm_idle unpackers;
    _Atomic uint64_t lent_bytes;
};

/** A block of memory; empty when all zero. */
struct ghm_pack_block {
    uint8_t *ptr;
    size_t size;
};

void ghm_pack_init(struct ghm_pack *pack);

/** What was opened must have been closed. */
void ghm_pack_fini(struct ghm_pack *pack);

/**
 * Pack a body if its record gets smaller by a page or more.
 *
 * @param ret_block free it with ghm_pack_free; empty when nothing was packed
 * @param front_len what precedes the body in its record
 * @return the packed body in ret_block; GHM_BYTES_NONE when it is to be kept as it is
 */
struct ghm_bytes ghm_pack_body(struct ghm_pack *pack, struct ghm_pack_block *ret_block,
                               struct ghm_bytes body, size_t front_len);
void ghm_pack_free(struct ghm_pack_block *block);

/**
 * Unpack a body.
 *
 * @param body_len what the entry says of it, checked against its own bound and what the packed
 *                 bytes say before anything is allocated
 * @return GHM_OK: `ret_block` of body_len bytes, for ghm_pack_close; GHM_ECORRUPT; GHM_ELIMIT past
 *         GHM_PACK_LENT_MAX; GHM_ENOMEM
 */
int ghm_pack_open(struct ghm_pack *pack, struct ghm_pack_block *ret_block, struct ghm_bytes packed,
                  size_t body_len) GHM_MUST_USE;
void ghm_pack_close(struct ghm_pack *pack, struct ghm_pack_block *block);

#endif
