/* SPDX-License-Identifier: MIT */
/* What rides in messages 2 and 3 of the libp2p Noise handshake: an identity key, its signature of
 * the Noise static key, and the muxers that the sender speaks. Spec: libp2p/specs noise/README.md
 */
#ifndef GHM_CRYPTO_NOISEPAYLOAD_H
#define GHM_CRYPTO_NOISEPAYLOAD_H

#include "base/buf.h"
#include "base/error.h"
#include "crypto/key.h"

#define GHM_NOISEPAYLOAD_LEN_MAX 4096 /* bytes; an RSA 8192 key and signature take 2.3 KiB */

/** A payload as received: views into it. */
struct ghm_noisepayload {
    struct ghm_bytes key;        /* identity key in protobuf form */
    struct ghm_bytes signature;  /* of the Noise static key */
    struct ghm_bytes extensions; /* the message with the muxers; absent when not sent */
};

/**
 * Append our payload, signed.
 *
 * @param static_key our public Noise key
 * @param muxers     NULL-terminated, or NULL to send no list
 * @return GHM_OK; GHM_ELIMIT and GHM_ENOMEM of `out`, which then holds what it held
 */
int ghm_noisepayload_append(struct ghm_buf *out, const struct ghm_key *identity,
                            const uint8_t static_key[32], const char *const *muxers) GHM_MUST_USE;

/** Read a payload. GHM_EPROTO when malformed, longer than the maximum, or without key or signature.
 */
int ghm_noisepayload_decode(struct ghm_noisepayload *ret_payload, struct ghm_bytes in) GHM_MUST_USE;

/**
 * Check that the identity key signed the sender's public Noise key.
 *
 * @return GHM_OK; GHM_EPROTO when the identity key is malformed; GHM_EAUTH when the signature is
 *         wrong; GHM_ENOMEM
 */
int ghm_noisepayload_verify(const struct ghm_noisepayload *payload,
                            const uint8_t static_key[32]) GHM_MUST_USE;

/**
 * Choose the muxer: the first of the initiator's list that the responder has too.
 *
 * @param ret_muxer one of ours; NULL when nothing matches, or the peer's list is absent or longer
 * than GHM_NOISE_MUXERS_MAX, which counts as absent
 * @param ours      NULL-terminated, or NULL
 * @return GHM_OK; GHM_EPROTO when the extensions are malformed
 */
int ghm_noisepayload_match(const char **ret_muxer, const struct ghm_noisepayload *payload,
                           const char *const *ours, bool is_initiator) GHM_MUST_USE;

#endif
