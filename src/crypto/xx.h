/* SPDX-License-Identifier: MIT */
/* The handshake Noise_XX_25519_ChaChaPoly_SHA256 and nothing around it: three messages, then two
 * keys.
 *
 *     -> e                 message 0, by the initiator
 *     <- e, ee, s, es      message 1
 *     -> s, se             message 2
 *
 * Call protocol: init -> write and read in turn, three in all -> split -> wipe. After an error only
 * ghm_xx_wipe may follow. Nothing is allocated but the caller's bufs.
 *
 * Spec: noiseprotocol.org revision 34, sections 5 and 7.5 */
#ifndef GHM_CRYPTO_XX_H
#define GHM_CRYPTO_XX_H

#include "base/buf.h"
#include "base/error.h"

#include <stdbool.h>

#define GHM_XX_KEY_LEN 32
#define GHM_XX_TAG_LEN 16
#define GHM_XX_MESSAGES 3
#define GHM_XX_MESSAGE_MAX 65535
#define GHM_XX_OVERHEAD_MAX (2 * GHM_XX_KEY_LEN + 2 * GHM_XX_TAG_LEN) /* beside the payload */

struct ghm_xx_pair {
    uint8_t secret[GHM_XX_KEY_LEN];
    uint8_t shown[GHM_XX_KEY_LEN]; /* the public half */
};

struct ghm_xx_keys {
    uint8_t static_secret[GHM_XX_KEY_LEN];
    uint8_t ephemeral_secret[GHM_XX_KEY_LEN];
};

struct ghm_xx {
    bool is_initiator;
    bool has_key;
    unsigned message;                   /* the next one, 0..3 */
    uint64_t nonce;                     /* of `key` */
    uint8_t key[GHM_XX_KEY_LEN];        /* spec: k */
    uint8_t chain[GHM_XX_KEY_LEN];      /* spec: ck */
    uint8_t transcript[GHM_XX_KEY_LEN]; /* spec: h */
    struct ghm_xx_pair own_static;
    struct ghm_xx_pair own_ephemeral;
    uint8_t peer_static[GHM_XX_KEY_LEN]; /* known after message 1 (initiator) or 2 */
    uint8_t peer_ephemeral[GHM_XX_KEY_LEN];
};

/** Start. The secrets in `keys` are copied; `prologue` is bound to the handshake (libp2p: empty).
 */
void ghm_xx_init(struct ghm_xx *xx, bool is_initiator, const struct ghm_xx_keys *keys,
                 struct ghm_bytes prologue);

/** Forget all secrets. A zeroed one is accepted. */
void ghm_xx_wipe(struct ghm_xx *xx);

/** True when the next message is ours to write; false too when all three have passed. */
bool ghm_xx_is_our_turn(const struct ghm_xx *xx);

/** True when all three messages have passed. */
bool ghm_xx_is_done(const struct ghm_xx *xx);

/**
 * Append the next message, which must be ours, to `out`.
 *
 * @param payload at most GHM_XX_MESSAGE_MAX - GHM_XX_OVERHEAD_MAX bytes
 * @return GHM_OK; GHM_EPROTO when the peer's key gives an all-zero secret; GHM_ELIMIT and
 * GHM_ENOMEM of `out`, which then holds what it held
 */
int ghm_xx_write(struct ghm_xx *xx, struct ghm_buf *out, struct ghm_bytes payload) GHM_MUST_USE;

/**
 * Read the next message, which must be the peer's, and append its payload to `ret_payload`.
 *
 * @return GHM_OK; GHM_EPROTO when the message is too short, or a key gives an all-zero secret;
 *         GHM_EAUTH when a tag is wrong; GHM_ELIMIT and GHM_ENOMEM of `ret_payload`
 */
int ghm_xx_read(struct ghm_xx *xx, struct ghm_buf *ret_payload,
                struct ghm_bytes message) GHM_MUST_USE;

struct ghm_xx_split {
    uint8_t send_key[GHM_XX_KEY_LEN];
    uint8_t receive_key[GHM_XX_KEY_LEN];
};

/** The keys of the two directions, of a done handshake. Wipe them after use. */
void ghm_xx_split(struct ghm_xx_split *ret_split, const struct ghm_xx *xx);

#endif
