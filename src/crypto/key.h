/* SPDX-License-Identifier: MIT */
/* Identity keys. Ours is Ed25519; public keys of peers are carried in the libp2p protobuf form and
 * verified by type. Spec: libp2p/specs peer-ids/peer-ids.md */
#ifndef GHM_CRYPTO_KEY_H
#define GHM_CRYPTO_KEY_H

#include "base/buf.h"
#include "base/error.h"

#define GHM_KEY_PROTO_MAX 1200 /* bytes of an encoded public key; fits RSA 8192 */

enum ghm_key_type {
    GHM_KEY_RSA = 0,
    GHM_KEY_ED25519 = 1,
    GHM_KEY_SECP256K1 = 2,
    GHM_KEY_ECDSA = 3,
};

/** Our own identity. Wipe with ghm_key_wipe when done. */
struct ghm_key {
    uint8_t seed[32];
    uint8_t public_key[32];
    uint8_t secret_key[64]; /* libsodium's form: seed, then public key */
};

/** Derive the pair from its 32-byte seed. */
void ghm_key_from_seed(struct ghm_key *ret_key, const uint8_t seed[32]);
void ghm_key_sign(uint8_t ret_signature[64], const struct ghm_key *key, struct ghm_bytes message);
void ghm_key_wipe(struct ghm_key *key);

#define GHM_KEY_ED25519_PROTO_LEN 36 /* 08 01 12 20, then the key */

/** Our public key in protobuf form. */
void ghm_key_encode(uint8_t ret_proto[GHM_KEY_ED25519_PROTO_LEN], const struct ghm_key *key);

/** A peer's public key as received. */
struct ghm_public_key {
    enum ghm_key_type type;
    struct ghm_bytes data;  /* views `proto` */
    struct ghm_bytes proto; /* the canonical protobuf it came from, borrowed from the caller */
};

/** Read the protobuf form. GHM_EPROTO when malformed, oversized or not canonical (fields in order,
 * none unknown). */
int ghm_public_key_decode(struct ghm_public_key *ret_key, struct ghm_bytes proto) GHM_MUST_USE;

/** Check a signature, by the rules of the key's type. GHM_OK; GHM_EAUTH when wrong; GHM_ENOMEM. */
int ghm_public_key_verify(const struct ghm_public_key *key, struct ghm_bytes message,
                          struct ghm_bytes signature) GHM_MUST_USE;

#endif
