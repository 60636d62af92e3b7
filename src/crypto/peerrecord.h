/* SPDX-License-Identifier: MIT */
/* Peer records: the addresses of a peer, told by itself and good to pass on.
 *
 * The domain is "libp2p-peer-record" and the type 03 01, as go, js and nim have them; the text of
 * the RFC names others. Of two records of a peer the one with the larger `seq` holds: which that
 * is, the owner remembers.
 *
 * Spec: libp2p/specs RFC/0003-routing-records.md */
#ifndef GHM_CRYPTO_PEERRECORD_H
#define GHM_CRYPTO_PEERRECORD_H

#include "crypto/signed.h"
#include "wire/multiaddr.h"

#define GHM_PEERRECORD_ADDRS_MAX 32 /* addresses kept of one record */
#define GHM_PEERRECORD_LEN_MAX 8192 /* bytes of an envelope with its record */

struct ghm_peerrecord {
    struct ghm_peerid peer; /* whose it is, and who signed it */
    uint64_t seq;
    size_t addrs_count;
    struct ghm_multiaddr addrs[GHM_PEERRECORD_ADDRS_MAX];
};

/**
 * Append the envelope of a record of our own addresses. Those past GHM_PEERRECORD_ADDRS_MAX, and
 * those that would make it longer than GHM_PEERRECORD_LEN_MAX, are left out.
 *
 * @param seq larger than in any record of ours before, also after a restart
 * @return GHM_OK; GHM_ELIMIT by `out`; GHM_ENOMEM. On failure `out` holds what it held.
 */
int ghm_peerrecord_append(struct ghm_buf *out, const struct ghm_key *key, uint64_t seq,
                          const struct ghm_multiaddr *addrs, size_t addrs_count) GHM_MUST_USE;

/**
 * Read an envelope and the record in it. The first GHM_PEERRECORD_ADDRS_MAX addresses that we can
 * read are kept; those of unknown protocols do not spoil the others.
 *
 * @param mem for the text that was signed, given back before the return
 * @return GHM_OK; GHM_EPROTO: malformed, too long, or no peer record; GHM_EAUTH: the signature is
 * wrong, or the signer is not the peer that the record is of; GHM_ENOMEM
 */
int ghm_peerrecord_open(struct ghm_peerrecord *ret_record, struct ghm_mem *mem,
                        struct ghm_bytes in) GHM_MUST_USE;

#endif
