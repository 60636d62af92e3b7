/* SPDX-License-Identifier: MIT */
/* Multihashes: of any function in general, and strictly of the two kinds that peers and bodies are
 * named by, identity (a short key itself) and sha2-256. */
#ifndef GHM_WIRE_MULTIHASH_H
#define GHM_WIRE_MULTIHASH_H

#include "base/bytes.h"
#include "base/error.h"

#define GHM_MULTIHASH_IDENTITY_MAX 42                          /* bytes carried as they are */
#define GHM_MULTIHASH_LEN_MAX (2 + GHM_MULTIHASH_IDENTITY_MAX) /* code, length, digest */
#define GHM_MULTIHASH_DIGEST_MAX 64                            /* of any function */
#define GHM_MULTIHASH_ANY_MAX (9 + 1 + GHM_MULTIHASH_DIGEST_MAX)

enum ghm_multihash_code {
    GHM_MULTIHASH_IDENTITY = 0x00,
    GHM_MULTIHASH_SHA1 = 0x11,
    GHM_MULTIHASH_SHA2_256 = 0x12,
    GHM_MULTIHASH_SHA2_512 = 0x13,
};

struct ghm_multihash {
    uint64_t code;           /* one of the enum, or another that we only carry */
    struct ghm_bytes digest; /* a view */
};

/**
 * Take one multihash of any function from the front of `left`. A digest may be cut short, as the
 * specification allows, but not be longer than its function makes.
 *
 * @param ret_hash digest 0..GHM_MULTIHASH_DIGEST_MAX bytes
 * @return GHM_OK; GHM_EPROTO when malformed or too long, and then `left` is as it was
 *
 * Spec: multiformats/multihash README.md
 */
int ghm_multihash_take(struct ghm_bytes *left, struct ghm_multihash *ret_hash) GHM_MUST_USE;

/** Write any multihash; returns the bytes written. */
size_t ghm_multihash_put(uint8_t ret_out[GHM_MULTIHASH_ANY_MAX], const struct ghm_multihash *hash);

/** Whether it may name a peer or a body: 1..42 bytes of identity, or 32 of sha2-256. */
bool ghm_multihash_is_name(const struct ghm_multihash *hash);

/**
 * Read one multihash that names a peer or a body and is all of `in`.
 *
 * @return GHM_OK; GHM_EPROTO when ghm_multihash_is_name says no, or bytes are left over
 *
 * Spec: libp2p/specs peer-ids/peer-ids.md
 */
int ghm_multihash_decode(struct ghm_multihash *ret_hash, struct ghm_bytes in) GHM_MUST_USE;

/** Write a multihash that names a peer or a body; returns the bytes written. */
size_t ghm_multihash_encode(uint8_t ret_out[GHM_MULTIHASH_LEN_MAX],
                            const struct ghm_multihash *hash);

#endif
