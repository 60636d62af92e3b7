/* SPDX-License-Identifier: MIT */
/* The secure channel of a connection, Noise or TLS, behind one set of verbs: those of noise.h.
 *
 * Call protocol: init -> (push | write | pull/pulled | next)* -> fini. A zeroed one is of no kind:
 * it has nothing to pull, and fini accepts it. */
#ifndef GHM_LINK_SECURE_H
#define GHM_LINK_SECURE_H

#include "crypto/noise.h"
#include "crypto/tls.h"

enum ghm_secure_kind {
    GHM_SECURE_NONE,
    GHM_SECURE_NOISE,
    GHM_SECURE_TLS,
};

struct ghm_secure {
    enum ghm_secure_kind kind;
    union {
        struct ghm_noise *noise;
        struct ghm_tls *tls;
    };
};

struct ghm_secure_config {
    bool is_dialer;
    const struct ghm_key *identity;    /* borrowed while the channel lives */
    struct ghm_credential *credential; /* of the identity, for TLS; or NULL: tls.h */
    struct ghm_peerid expected;        /* the peer that must answer; len 0: any */
    const char *const *muxers;         /* ours in order of preference, NULL-terminated; borrowed */
    int64_t date_s; /* seconds since 1970; 0: unknown, certificates have no dates */
};

/** The name of a kind in multistream: "/noise", "/tls/1.0.0". */
const char *ghm_secure_protocol(enum ghm_secure_kind kind);

/** The kind of a name, which must be one of those. */
enum ghm_secure_kind ghm_secure_kind_of(const char *protocol);

/** Start; a dialer has its first message to pull. GHM_ENOMEM. */
int ghm_secure_init(struct ghm_secure *secure, struct ghm_mem *mem, enum ghm_secure_kind kind,
                    const struct ghm_secure_config *config,
                    struct ghm_entropy *entropy) GHM_MUST_USE;
void ghm_secure_fini(struct ghm_secure *secure);

/** Errors as ghm_noise_push and ghm_tls_push. */
int ghm_secure_push(struct ghm_secure *secure, struct ghm_bytes in) GHM_MUST_USE;
struct ghm_bytes ghm_secure_pull(const struct ghm_secure *secure);
void ghm_secure_pulled(struct ghm_secure *secure, size_t len);

/** True once, when the peer is authenticated. */
bool ghm_secure_next_ready(struct ghm_secure *secure);

struct ghm_bytes ghm_secure_plain(const struct ghm_secure *secure);
void ghm_secure_plain_drop(struct ghm_secure *secure, size_t len);

/** Errors as ghm_noise_write and ghm_tls_write. */
int ghm_secure_write(struct ghm_secure *secure, struct ghm_bytes plain) GHM_MUST_USE;

/** Tell the peer that no more follows, where the channel has a word for it. Errors as
 * ghm_tls_finish. */
int ghm_secure_finish(struct ghm_secure *secure) GHM_MUST_USE;

const struct ghm_peerid *ghm_secure_peer(const struct ghm_secure *secure);
struct ghm_bytes ghm_secure_peer_key(const struct ghm_secure *secure);
const char *ghm_secure_muxer(const struct ghm_secure *secure);
const char *ghm_secure_reason(const struct ghm_secure *secure);

#endif
