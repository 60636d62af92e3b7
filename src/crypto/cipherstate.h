/* SPDX-License-Identifier: MIT */
/* One direction of an open Noise channel: a key and a counter that is never used twice.
 *
 * Call protocol: init -> (seal* | open*) -> fini
 *
 * Spec: noiseprotocol.org revision 34, sections 5.1 and 12.3 */
#ifndef GHM_CRYPTO_CIPHERSTATE_H
#define GHM_CRYPTO_CIPHERSTATE_H

#include "crypto/aead.h"

#define GHM_CIPHERSTATE_NONCE_END UINT64_MAX /* reserved: no message has it */

struct ghm_cipherstate {
    struct ghm_aead aead;
    uint64_t nonce; /* of the next message */
};

/** Start at message 0. Errors as ghm_aead_init. */
int ghm_cipherstate_init(struct ghm_cipherstate *ret_state, enum ghm_aead_use use,
                         const uint8_t key[GHM_AEAD_KEY_LEN]) GHM_MUST_USE;

/** Wipe the key. A zeroed one is accepted. */
void ghm_cipherstate_fini(struct ghm_cipherstate *state);

/** Encrypt the next message. GHM_ECLOSED when every nonce has been used; else as ghm_aead_seal. */
int ghm_cipherstate_seal(struct ghm_cipherstate *state, uint8_t *ret_out,
                         struct ghm_bytes plain) GHM_MUST_USE;

/** Decrypt the next message. GHM_ECLOSED when every nonce has been used; else as ghm_aead_open. */
int ghm_cipherstate_open(struct ghm_cipherstate *state, uint8_t *ret_out,
                         struct ghm_bytes sealed) GHM_MUST_USE;

#endif
