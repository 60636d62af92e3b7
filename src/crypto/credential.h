/* SPDX-License-Identifier: MIT */
/* What all TLS sessions of one identity share: its certificate with the key of that, and OpenSSL's
 * context with the rules of libp2p. It is made when the first session needs it: who speaks Noise
 * only pays nothing for it.
 *
 * Memory: OpenSSL's own, not counted in `mem`: about 17 KiB, once made.
 *
 * Spec: libp2p/specs tls/tls.md */
#ifndef GHM_CRYPTO_CREDENTIAL_H
#define GHM_CRYPTO_CREDENTIAL_H

#include "crypto/entropy.h"
#include "crypto/key.h"

struct ghm_credential;

/** `identity` is borrowed while it lives; the key of the certificate will be drawn from a fork of
 * `entropy`. GHM_ENOMEM. */
int ghm_credential_new(struct ghm_credential **ret_credential, struct ghm_mem *mem,
                       const struct ghm_key *identity, struct ghm_entropy *entropy) GHM_MUST_USE;

/** Sessions that use it may outlive it, but only to be freed. NULL is accepted. */
void ghm_credential_free(struct ghm_credential *credential);

/** OpenSSL's context, lent; NULL when there is no memory for it now. */
struct ssl_ctx_st *ghm_credential_context(struct ghm_credential *credential);

#endif
