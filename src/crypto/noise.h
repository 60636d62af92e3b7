/* SPDX-License-Identifier: MIT */
/* The libp2p Noise channel: Noise_XX_25519_ChaChaPoly_SHA256 with a signed identity payload, then
 * encrypted records of at most 65535 bytes.
 *
 * Call protocol: init -> (push* | write* | pull/pulled* | next*)* -> fini. Ciphertext enters by
 * push and leaves by pull; plaintext enters by write and is lent by plain/plain_drop. Nothing is
 * written before GHM_NOISE_READY.
 *
 * Spec: libp2p/specs noise/README.md; noiseprotocol.org revision 34 */
#ifndef GHM_CRYPTO_NOISE_H
#define GHM_CRYPTO_NOISE_H

#include "base/buf.h"
#include "base/error.h"
#include "crypto/entropy.h"
#include "crypto/key.h"
#include "crypto/peerid.h"

#include <stdbool.h>

#define GHM_NOISE_RECORD_MAX 65535
#define GHM_NOISE_PLAIN_MAX (GHM_NOISE_RECORD_MAX - 16) /* plaintext of one record */
#define GHM_NOISE_MUXERS_MAX 100 /* names in a peer's list; a longer list counts as absent */
#define GHM_NOISE_HANDSHAKE_MAX (4096 + 96)     /* bytes of one message; see noisepayload.h */
#define GHM_NOISE_PLAIN_HELD_MAX (256 * 1024)   /* received plaintext held for the owner */
#define GHM_NOISE_SEALED_HELD_MAX (1024 * 1024) /* ciphertext held for sending */
#define GHM_NOISE_KEPT_MAX 1024 /* bytes of a buffer that is kept when it becomes empty */

enum ghm_noise_event {
    GHM_NOISE_READY, /* the peer is authenticated; data may flow */
};

struct ghm_noise_config {
    bool is_initiator;
    const struct ghm_key *identity; /* borrowed while the session lives */
    struct ghm_peerid expected;     /* the peer that must answer; len 0: any */
    const char *const *muxers;      /* ours in order of preference, NULL-terminated; or NULL;
                                     * borrowed while the session lives, at most 4 KiB in all */
};

struct ghm_noise;

/** Start. Draws the static and ephemeral Noise keys from `entropy`. */
int ghm_noise_new(struct ghm_noise **ret_noise, struct ghm_mem *mem,
                  const struct ghm_noise_config *config, struct ghm_entropy *entropy) GHM_MUST_USE;

/** Wipe the keys and give the memory back. NULL is accepted. */
void ghm_noise_free(struct ghm_noise *noise);

/**
 * Give received bytes, in any split.
 *
 * @return GHM_OK: all were taken; GHM_EPROTO: malformed; GHM_EAUTH: a signature, a tag or the
 *         expected peer is wrong (see ghm_noise_reason); GHM_ELIMIT: more plaintext than the owner
 *         has drained (at most 256 KiB is held); GHM_ENOMEM. After an error the session is dead.
 */
int ghm_noise_push(struct ghm_noise *noise, struct ghm_bytes in) GHM_MUST_USE;

/** Bytes to send, lent until the next call; say ghm_noise_pulled for what was sent. */
struct ghm_bytes ghm_noise_pull(const struct ghm_noise *noise);
void ghm_noise_pulled(struct ghm_noise *noise, size_t len);

/** Take one event; false when there is none. */
bool ghm_noise_next(struct ghm_noise *noise, enum ghm_noise_event *ret_event);

/** Received plaintext, lent; drop what was used. */
struct ghm_bytes ghm_noise_plain(const struct ghm_noise *noise);
void ghm_noise_plain_drop(struct ghm_noise *noise, size_t len);

/** Encrypt and queue plaintext, in records as large as allowed. GHM_ELIMIT when more than 1 MiB is
 * queued unsent, and GHM_ENOMEM: then nothing is taken and the session lives. GHM_ECLOSED when the
 * session is dead, or dies of its last nonce. */
int ghm_noise_write(struct ghm_noise *noise, struct ghm_bytes plain) GHM_MUST_USE;

/** Of a READY session: who the peer is, and its key in protobuf form. */
const struct ghm_peerid *ghm_noise_peer(const struct ghm_noise *noise);
struct ghm_bytes ghm_noise_peer_key(const struct ghm_noise *noise);

/** The muxer that both sides named (the first of the initiator's list that the responder has too),
 * one of config.muxers; NULL when a side sent no list or nothing matches. */
const char *ghm_noise_muxer(const struct ghm_noise *noise);

/** Why the session died, in a few words; "" while it lives. */
const char *ghm_noise_reason(const struct ghm_noise *noise);

#endif
