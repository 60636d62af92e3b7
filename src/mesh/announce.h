/* SPDX-License-Identifier: MIT */
/* What an announcement says, inside its envelope:
 *
 *   packing(1): 0 plain, 1 zstd   length(4) of the entry   the entry's bytes (see entry.h)
 *   packing(1)=2                  length(4) of the body    the entry's bytes without the body
 *
 * An entry travels whole when it fits one envelope; of a larger one the body is pulled (pull.h). */
#ifndef GHM_MESH_ANNOUNCE_H
#define GHM_MESH_ANNOUNCE_H

#include "answer/entry.h"
#include "mesh/envelope.h"
#include "mesh/pull.h"

#define GHM_ANNOUNCE_ENTRY_MAX (1U << 20)       /* bytes of an unpacked entry at most */
#define GHM_ANNOUNCE_AHEAD_MAX_MS INT64_C(5000) /* dates this far ahead of GitHub's are refused */

/** Room to pack and unpack, kept from call to call. */
struct ghm_announce_packer {
    struct ghm_buf raw;
    size_t
        missing; /* bytes of the body that the entry last unpacked came without; 0: it is whole */
    struct ZSTD_CCtx_s *pack;
    struct ZSTD_DCtx_s *unpack;
};

void ghm_announce_packer_init(struct ghm_announce_packer *ret_packer, struct ghm_mem *mem);
void ghm_announce_packer_fini(struct ghm_announce_packer *packer);

/** Append an entry's announcement: without the body when it does not fit an envelope even packed.
 * GHM_ELIMIT when the body is too large to be pulled, or the rest alone does not fit; then nothing
 * is appended. GHM_ENOMEM. */
int ghm_announce_pack(struct ghm_buf *buf, struct ghm_announce_packer *packer,
                      const struct ghm_entry *entry) GHM_MUST_USE;

/**
 * Read an entry's announcement and check what can be checked here: shape, bounds, the body, if it
 * is there, against its hash, the date against `now_ms`.
 *
 * @param ret_entry views `packer` until its next use; marked as from a peer
 * @return GHM_OK; GHM_EPROTO, or GHM_EAGAIN when it is dated ahead, with what is wrong in
 *         `ret_reason`; GHM_ENOMEM
 */
int ghm_announce_unpack(struct ghm_announce_packer *packer, struct ghm_entry *ret_entry,
                        const char **ret_reason, struct ghm_bytes plain,
                        int64_t now_ms) GHM_MUST_USE;

#endif
