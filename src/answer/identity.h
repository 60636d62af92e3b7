/* SPDX-License-Identifier: MIT */
/* Who asks. A token is known outside the caller's memory only by its fingerprint under the mesh's
 * key, and to people by the hash that GitHub's audit log shows too. */
#ifndef GHM_ANSWER_IDENTITY_H
#define GHM_ANSWER_IDENTITY_H

#include "answer/entry.h"

#define GHM_IDENTITY_KEY_LEN 32
#define GHM_IDENTITY_TEXT_MAX 9 /* 8 characters and the terminator */

/**
 * The token in an Authorization value: what follows "token" or "Bearer", which name one identity.
 * Any other value is taken whole. Absent for an absent value.
 */
struct ghm_bytes ghm_identity_token(struct ghm_bytes authorization);

/**
 * The identity of a token.
 *
 * @param key   secret, shared by those who compare identities
 * @param token the bytes alone, without a scheme; empty or absent gives the anonymous identity,
 * which no token has
 */
void ghm_identity_of(struct ghm_identity *ret_identity, const uint8_t key[GHM_IDENTITY_KEY_LEN],
                     struct ghm_bytes token);

bool ghm_identity_is_anonymous(const struct ghm_identity *identity);

/** Compares in a time that does not depend on the fingerprints. */
bool ghm_identity_equal(const struct ghm_identity *a, const struct ghm_identity *b);

/** Where an identity's answer of a variant is kept: the id XORed with the fingerprint, so that
 * answers of different identities never meet. Its own inverse: a slot gives the id back. */
void ghm_identity_slot(uint8_t ret_slot[GHM_VARIANT_ID_LEN], const uint8_t id[GHM_VARIANT_ID_LEN],
                       const struct ghm_identity *identity);

/** What people are shown for a token: the first 8 characters of base64(SHA-256(token)), as
 * `hashed_token` in GitHub's audit log; "-" for no token. */
void ghm_identity_text(char ret_text[GHM_IDENTITY_TEXT_MAX], struct ghm_bytes token);

#endif
