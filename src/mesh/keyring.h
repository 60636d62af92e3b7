/* SPDX-License-Identifier: MIT */
/* The mesh's secrets and what is derived from them. Several secrets allow rotation: the first
 * seals, all open. A "ghms1_" secret is 32 random bytes; any other text (a token, a passphrase)
 * first goes through Argon2id, which takes about 100 ms and 64 MiB. */
#ifndef GHM_MESH_KEYRING_H
#define GHM_MESH_KEYRING_H

#include "base/bytes.h"
#include "base/error.h"
#include "crypto/entropy.h"

#include <stdbool.h>

#define GHM_KEYRING_SECRETS_MAX 4
#define GHM_KEYRING_SECRET_TEXT_MAX 64 /* of a ghms1_ secret, with the terminator */
#define GHM_KEYRING_NETWORK_LEN 16

struct ghm_keyring_keys {
    uint8_t network_id[GHM_KEYRING_NETWORK_LEN]; /* names the mesh; tells nothing of the secret */
    uint8_t hello[32];
    uint8_t seal[32];
    uint8_t index[32];
};

struct ghm_keyring {
    size_t count;
    struct ghm_keyring_keys keys[GHM_KEYRING_SECRETS_MAX];
};

/**
 * Derive the keys of a comma-separated list of secrets.
 *
 * @param secrets blanks and tabs around each are no part of it
 * @return GHM_OK; GHM_EINVAL when one starts with "ghms1_" and is not such a secret, or is empty;
 *         GHM_ELIMIT past 4; GHM_ENOMEM. On failure the keyring is empty.
 */
int ghm_keyring_init(struct ghm_keyring *ret_keyring, const char *secrets) GHM_MUST_USE;

/** Wipe. A zeroed keyring is accepted. */
void ghm_keyring_fini(struct ghm_keyring *keyring);

/** Are all secrets of the list of the "ghms1_" kind, so that deriving is a matter of microseconds?
 */
bool ghm_keyring_is_fast(const char *secrets);

/** Make a new secret: "ghms1_" and 32 random bytes in base64url. */
void ghm_keyring_secret(char ret_text[GHM_KEYRING_SECRET_TEXT_MAX], struct ghm_entropy *entropy);

#endif
