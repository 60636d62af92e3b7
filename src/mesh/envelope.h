/* SPDX-License-Identifier: MIT */
/* What members tell each other, sealed so that a relay which does not hold the secret can neither
 * read nor alter it:
 *
 *   version(1)=1  kind(1)  network id(16)  epoch(4)  sender id length(1), id  nonce(12) |
 * ciphertext  tag(16)
 *   \_______________________ authenticated, in clear _________________________________/
 *
 * AES-256-GCM under a key of this sender and this epoch: HKDF(seal key, "sender" id epoch). The
 * epoch is the hour of GitHub time, so that no key lives long; nonces are random. The plaintext
 * starts with the time of sealing, which bounds how long a copy can be replayed. */
#ifndef GHM_MESH_ENVELOPE_H
#define GHM_MESH_ENVELOPE_H

#include "base/buf.h"
#include "crypto/aead.h"
#include "crypto/peerid.h"
#include "mesh/keyring.h"

#define GHM_ENVELOPE_PLAIN_MAX                                                                     \
    (49152U) /* bytes sealed at most: an answer that fits is sent inline */
#define GHM_ENVELOPE_NONCE_LEN 12
#define GHM_ENVELOPE_HEAD_MAX (1 + 1 + 16 + 4 + 1 + GHM_PEERID_LEN_MAX + GHM_ENVELOPE_NONCE_LEN)
#define GHM_ENVELOPE_LEN_MAX (GHM_ENVELOPE_HEAD_MAX + 8 + GHM_ENVELOPE_PLAIN_MAX + 16)

#define GHM_ENVELOPE_EPOCH_MS INT64_C(3600000)

enum ghm_envelope_kind {
    GHM_ENVELOPE_ENTRY = 1, /* a new answer, or a new date of one, whole (announce.h) */
};

/** One sender's key in one direction, kept from message to message. Zeroed to start. */
struct ghm_envelope_cipher {
    struct ghm_aead aead;
    bool is_set;
    size_t ring; /* which secret of the keyring */
    uint32_t epoch;
    struct ghm_peerid sender;
};

void ghm_envelope_cipher_fini(struct ghm_envelope_cipher *cipher);

struct ghm_envelope {
    enum ghm_envelope_kind kind;
    struct ghm_peerid sender;
    size_t ring; /* which secret of the keyring */
    uint32_t epoch;
    uint8_t nonce[GHM_ENVELOPE_NONCE_LEN];
    int64_t sent_ms;        /* GitHub time */
    struct ghm_bytes plain; /* behind the time; views the buf it was opened into */
};

/**
 * Seal and append one message, with the first secret of the keyring.
 *
 * @param cipher kept by the sender between calls
 * @param letter kind, sender, sent_ms and plain (at most GHM_ENVELOPE_PLAIN_MAX) are used
 * @return GHM_OK; GHM_ELIMIT; GHM_ENOMEM
 */
int ghm_envelope_seal(struct ghm_buf *buf, struct ghm_envelope_cipher *cipher,
                      const struct ghm_keyring *keyring, const struct ghm_envelope *letter,
                      struct ghm_entropy *entropy) GHM_MUST_USE;

/** Read what stands outside, of which nothing is proven: all but `sent_ms` and `plain`. GHM_EPROTO:
 * malformed; GHM_EAUTH: of another mesh. */
int ghm_envelope_glance(struct ghm_envelope *ret_letter, const struct ghm_keyring *keyring,
                        struct ghm_bytes sealed) GHM_MUST_USE;

/**
 * Open one message.
 *
 * @param buf        receives the plaintext (cleared first)
 * @param cipher     kept for this sender between calls
 * @param ret_letter views `buf`
 * @return GHM_OK; GHM_EPROTO: malformed; GHM_EAUTH: of another mesh, altered, or not by `sender` it
 *         names; GHM_ENOMEM
 */
int ghm_envelope_open(struct ghm_buf *buf, struct ghm_envelope_cipher *cipher,
                      struct ghm_envelope *ret_letter, const struct ghm_keyring *keyring,
                      struct ghm_bytes sealed) GHM_MUST_USE;

#endif
