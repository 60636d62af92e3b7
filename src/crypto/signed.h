/* SPDX-License-Identifier: MIT */
/* Signed envelopes: a payload with its type, the key that signed it, and the signature, made for
 * one domain and worth nothing in another. Spec: libp2p/specs RFC/0002-signed-envelopes.md */
#ifndef GHM_CRYPTO_SIGNED_H
#define GHM_CRYPTO_SIGNED_H

#include "base/buf.h"
#include "crypto/key.h"
#include "crypto/peerid.h"

#define GHM_SIGNED_LEN_MAX 16384 /* bytes of an envelope */

/** What an envelope is for; both are part of what is signed. */
struct ghm_signed_kind {
    const char *domain;
    struct ghm_bytes type;
};

/** An envelope that has been checked: views into it. */
struct ghm_signed {
    struct ghm_peerid signer;
    struct ghm_bytes key; /* of the signer, in protobuf form */
    struct ghm_bytes payload;
};

/**
 * Append an envelope, signed by our key.
 *
 * @return GHM_OK; GHM_ELIMIT when it would be longer than GHM_SIGNED_LEN_MAX, or by `out`;
 * GHM_ENOMEM. On failure `out` holds what it held.
 */
int ghm_signed_append(struct ghm_buf *out, const struct ghm_key *key,
                      const struct ghm_signed_kind *kind, struct ghm_bytes payload) GHM_MUST_USE;

/**
 * Read an envelope of one kind and check its signature. Nothing of the payload is looked at.
 *
 * @param mem for the text that was signed, given back before the return
 * @return GHM_OK; GHM_EPROTO: malformed, too long, or of another type; GHM_EAUTH: the signature is
 * wrong, or made for another domain; GHM_ENOMEM
 */
int ghm_signed_open(struct ghm_signed *ret_signed, struct ghm_mem *mem,
                    const struct ghm_signed_kind *kind, struct ghm_bytes in) GHM_MUST_USE;

#endif
