/* SPDX-License-Identifier: MIT */
/* CIDs of both versions in general, and strictly of a body ("bafkrei...": version 1, raw, sha2-256)
 * and of a peer ("bafz...": version 1, libp2p-key). */
#ifndef GHM_WIRE_CID_H
#define GHM_WIRE_CID_H

#include "base/bytes.h"
#include "base/error.h"
#include "wire/multihash.h"

#define GHM_CID_TEXT_MAX 60 /* characters of a body's CID, with the terminator */
#define GHM_CID_LEN_MAX 96  /* bytes of any CID */

/** Any CID. Version 0 is a sha2-256 of dag-pb in bytes, without version and codec. */
struct ghm_cid {
    unsigned version; /* 0 or 1 */
    uint64_t codec;
    struct ghm_multihash hash; /* views what it was read from */
};

/**
 * Read the binary form of a CID that is all of `in`.
 *
 * @return GHM_OK; GHM_EPROTO on a version that does not exist, a malformed multihash, or bytes left
 * over
 *
 * Spec: multiformats/cid README.md, "Decoding Algorithm"
 */
int ghm_cid_decode(struct ghm_cid *ret_cid, struct ghm_bytes in) GHM_MUST_USE;

/** Write the binary form; returns the bytes written. */
size_t ghm_cid_encode(uint8_t ret_out[GHM_CID_LEN_MAX], const struct ghm_cid *cid);

/**
 * Read the text form, "Qm..." of version 0 or multibase of version 1, into its bytes.
 *
 * @param ret_out bytes for ghm_cid_decode, checked; written on success only
 * @return bytes written; GHM_EINVAL, also for version 0 in multibase
 */
int ghm_cid_bytes(uint8_t ret_out[GHM_CID_LEN_MAX], struct ghm_bytes text) GHM_MUST_USE;

/** Write the CID of the body whose SHA-256 this is, terminated. Spec: multiformats/cid README.md */
void ghm_cid_text(char ret_text[GHM_CID_TEXT_MAX], const uint8_t sha256[32]);

/** Read the form that ghm_cid_text writes. GHM_EINVAL on anything else. */
int ghm_cid_parse(uint8_t ret_sha256[32], struct ghm_bytes text) GHM_MUST_USE;

/**
 * Read a peer id in either text form: a bare base58btc multihash ("12D3Koo...", "16Uiu...",
 * "Qm...") or a CIDv1 of libp2p-key in multibase ("bafz...", "k51...", "z...").
 *
 * @param ret_multihash the binary multihash; written on success only
 * @return bytes written, 3..44; GHM_EINVAL
 *
 * Spec: libp2p/specs peer-ids/peer-ids.md, "String representation"
 */
int ghm_cid_parse_peer(uint8_t ret_multihash[GHM_MULTIHASH_LEN_MAX],
                       struct ghm_bytes text) GHM_MUST_USE;

#endif
