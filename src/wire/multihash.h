/* SPDX-License-Identifier: MIT */
/* Multihashes of the two kinds that peers and bodies are named by: identity (a short key itself)
 * and sha2-256. */
#ifndef GHM_WIRE_MULTIHASH_H
#define GHM_WIRE_MULTIHASH_H

#include "base/bytes.h"
#include "base/error.h"

#define GHM_MULTIHASH_IDENTITY_MAX 42                          /* bytes carried as they are */
#define GHM_MULTIHASH_LEN_MAX (2 + GHM_MULTIHASH_IDENTITY_MAX) /* code, length, digest */

enum ghm_multihash_code {
    GHM_MULTIHASH_IDENTITY = 0x00,
    GHM_MULTIHASH_SHA2_256 = 0x12,
};

struct ghm_multihash {
    enum ghm_multihash_code code;
    struct ghm_bytes digest; /* 1..42 bytes of identity, 32 of sha2-256; a view */
};

/**
 * Read one multihash that is all of `in`.
 *
 * @return GHM_OK; GHM_EPROTO on another code, a digest of the wrong length, or bytes left over
 *
 * Spec: multiformats/multihash README.md; libp2p/specs peer-ids/peer-ids.md
 */
int ghm_multihash_decode(struct ghm_multihash *ret_hash, struct ghm_bytes in) GHM_MUST_USE;

/** Write a multihash of valid length; returns the bytes written. */
size_t ghm_multihash_encode(uint8_t ret_out[GHM_MULTIHASH_LEN_MAX],
                            const struct ghm_multihash *hash);

#endif
