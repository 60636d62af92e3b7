/* SPDX-License-Identifier: MIT */
/* CIDs, version 1: of a body ("bafkrei...": raw, sha2-256) and of a peer ("bafz...": libp2p-key).
 */
#ifndef GHM_WIRE_CID_H
#define GHM_WIRE_CID_H

#include "base/bytes.h"
#include "base/error.h"
#include "wire/multihash.h"

#define GHM_CID_TEXT_MAX 60 /* characters of a body's CID, with the terminator */

/** Write the CID of the body whose SHA-256 this is, terminated. Spec: multiformats/cid README.md */
void ghm_cid_text(char ret_text[GHM_CID_TEXT_MAX], const uint8_t sha256[32]);

/** Read the form that ghm_cid_text writes. GHM_EINVAL on anything else. */
int ghm_cid_parse(uint8_t ret_sha256[32], struct ghm_bytes text) GHM_MUST_USE;

/**
 * Read a peer id in either text form: a bare base58btc multihash ("12D3Koo...", "16Uiu...",
 * "Qm...") or a CIDv1 of libp2p-key in base32 ("b...") or base58btc ("z...").
 *
 * @param ret_multihash the binary multihash; written on success only
 * @return bytes written, 3..44; GHM_EINVAL
 *
 * Spec: libp2p/specs peer-ids/peer-ids.md, "String representation"
 */
int ghm_cid_parse_peer(uint8_t ret_multihash[GHM_MULTIHASH_LEN_MAX],
                       struct ghm_bytes text) GHM_MUST_USE;

#endif
