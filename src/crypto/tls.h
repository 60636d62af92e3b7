/* SPDX-License-Identifier: MIT */
/* The libp2p TLS channel: TLS 1.3 through OpenSSL over memory, both sides with a certificate that
 * carries their identity (certificate.h), the muxer agreed by ALPN.
 *
 * The verbs are those of noise.h. Call protocol: new -> (push* | write* | pull/pulled* | next*)* ->
 * free. Nothing is written before GHM_TLS_READY. A dialer is READY before the listener has checked
 * the dialer's certificate: only the listener's first answer tells that it did.
 *
 * Randomness: the certificate's key is drawn from `entropy`; the handshake and signatures draw from
 * OpenSSL's own generator, so that a run cannot be repeated byte for byte.
 *
 * Memory: what is counted in `mem` is what waits to be sent or read, and is given back when empty.
 * OpenSSL's own is not counted; it is 18 KiB of an idle session, 12 KiB more without a shared
 * credential, and is bounded by the certificate's and the handshake's maxima below (at most 131 KiB
 * for a first message that claims to be so long) and by one record in each direction, given back
 * when empty.
 *
 * Spec: libp2p/specs tls/tls.md, connections/inlined-muxer-negotiation.md; RFC 8446 */
#ifndef GHM_CRYPTO_TLS_H
#define GHM_CRYPTO_TLS_H

#include "base/buf.h"
#include "base/error.h"
#include "crypto/credential.h"
#include "crypto/entropy.h"
#include "crypto/key.h"
#include "crypto/peerid.h"

#include <stdbool.h>

#define GHM_TLS_PLAIN_MAX 16384               /* plaintext of one record */
#define GHM_TLS_HANDSHAKE_MAX (32 * 1024)     /* bytes received before READY */
#define GHM_TLS_MUXERS_MAX 16                 /* names in our list, each under 256 bytes */
#define GHM_TLS_PLAIN_HELD_MAX (256 * 1024)   /* received plaintext held for the owner */
#define GHM_TLS_SEALED_HELD_MAX (1024 * 1024) /* ciphertext held for sending */
#define GHM_TLS_IDLE_MAX                                                                           \
    (19 * 1024)               /* bytes of an idle session of a shared credential, with OpenSSL's */
#define GHM_TLS_KEPT_MAX 1024 /* bytes of a buffer that is kept when it is empty */

enum ghm_tls_event {
    GHM_TLS_READY, /* the peer is authenticated; data may flow */
};

struct ghm_tls_config {
    bool is_initiator;
    const struct ghm_key *identity;    /* borrowed for the call; not used when there is the next */
    struct ghm_credential *credential; /* of the identity, shared by sessions, borrowed for the
                                        * call; NULL: the session makes one of its own */
    struct ghm_peerid expected;        /* the peer that must answer; len 0: any */
    const char *const *muxers;         /* ours in order of preference, NULL-terminated; or NULL;
                                        * borrowed while the session lives */
    int64_t now_s; /* seconds since 1970, for the peer's certificate; 0: unknown,
                    * and dates are not checked */
};

struct ghm_tls;

/** Start; a dialer has its first message to pull. GHM_ENOMEM; GHM_EINVAL when the list of muxers is
 * too long. */
int ghm_tls_new(struct ghm_tls **ret_tls, struct ghm_mem *mem, const struct ghm_tls_config *config,
                struct ghm_entropy *entropy) GHM_MUST_USE;

/** Wipe the keys and give the memory back. NULL is accepted. */
void ghm_tls_free(struct ghm_tls *tls);

/**
 * Give received bytes, in any split. After the peer's close_notify more bytes are passed over.
 *
 * @return GHM_OK: all were taken; GHM_EPROTO: malformed, no TLS 1.3, or refused by the peer;
 *         GHM_EAUTH: a certificate, a tag or the expected peer is wrong (see ghm_tls_reason);
 *         GHM_ELIMIT: more plaintext than the owner has drained; GHM_ENOMEM. After an error the
 *         session is dead; pull may still lend an alert for the peer.
 */
int ghm_tls_push(struct ghm_tls *tls, struct ghm_bytes in) GHM_MUST_USE;

/** Bytes to send, lent until the next call; say ghm_tls_pulled for what was sent. */
struct ghm_bytes ghm_tls_pull(const struct ghm_tls *tls);
void ghm_tls_pulled(struct ghm_tls *tls, size_t len);

/** Take one event; false when there is none. */
bool ghm_tls_next(struct ghm_tls *tls, enum ghm_tls_event *ret_event);

/** Received plaintext, lent; drop what was used. */
struct ghm_bytes ghm_tls_plain(const struct ghm_tls *tls);
void ghm_tls_plain_drop(struct ghm_tls *tls, size_t len);

/** Encrypt and queue plaintext, in records as large as allowed. GHM_ELIMIT when more than 1 MiB is
 * queued unsent, and GHM_ENOMEM: then nothing is taken and the session lives, unless the memory was
 * OpenSSL's. GHM_ECLOSED when the session is dead or finished. */
int ghm_tls_write(struct ghm_tls *tls, struct ghm_bytes plain) GHM_MUST_USE;

/** Tell the peer that no more follows (close_notify), once; write is GHM_ECLOSED then, and push
 * goes on. Nothing happens before READY and when the session is dead. GHM_OK; GHM_ENOMEM,
 * GHM_ELIMIT: it is not told, ask again. */
int ghm_tls_finish(struct ghm_tls *tls) GHM_MUST_USE;

/** Of a READY session: who the peer is, and its key in protobuf form. */
const struct ghm_peerid *ghm_tls_peer(const struct ghm_tls *tls);
struct ghm_bytes ghm_tls_peer_key(const struct ghm_tls *tls);

/** The muxer agreed by ALPN (the first of the initiator's list that the responder has too), one of
 * config.muxers; NULL when there is none and multistream has to agree on one. */
const char *ghm_tls_muxer(const struct ghm_tls *tls);

/** Why the session died, in a few words; "" while it lives. */
const char *ghm_tls_reason(const struct ghm_tls *tls);

#endif
