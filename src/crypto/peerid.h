/* SPDX-License-Identifier: MIT */
/* Peer ids: the multihash of a public key. Spec: libp2p/specs peer-ids/peer-ids.md */
#ifndef GHM_CRYPTO_PEERID_H
#define GHM_CRYPTO_PEERID_H

#include "crypto/key.h"

#include <stdbool.h>

#define GHM_PEERID_LEN_MAX 44  /* identity multihash of a 42-byte key */
#define GHM_PEERID_TEXT_MAX 80 /* characters, with the terminator; both text forms fit */

struct ghm_peerid {
    uint8_t len; /* 0: none */
    uint8_t bytes[GHM_PEERID_LEN_MAX];
};

/** The id of a public key in protobuf form: identity multihash up to 42 bytes, else sha2-256. */
void ghm_peerid_of_key(struct ghm_peerid *ret_id, struct ghm_bytes key_proto);

/** Check and copy the binary multihash. GHM_EPROTO. */
int ghm_peerid_decode(struct ghm_peerid *ret_id, struct ghm_bytes in) GHM_MUST_USE;

/** Read "12D3Koo...", "Qm..." (base58btc) or the CIDv1 form (libp2p-key). GHM_EINVAL. */
int ghm_peerid_parse(struct ghm_peerid *ret_id, const char *text) GHM_MUST_USE;

/** Write the base58btc form, terminated; "" for no id. */
void ghm_peerid_text(char ret_text[GHM_PEERID_TEXT_MAX], const struct ghm_peerid *id);

bool ghm_peerid_equal(const struct ghm_peerid *a, const struct ghm_peerid *b);

static inline struct ghm_bytes ghm_peerid_bytes(const struct ghm_peerid *id)
{
    if (id->len == 0) return GHM_BYTES_NONE;
    return ghm_bytes(id->bytes, id->len);
}

#endif
