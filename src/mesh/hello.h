/* SPDX-License-Identifier: MIT */
/* /ghmesh/hello/1: two authenticated peers show each other that they hold the same mesh secret,
 * without telling it or anything derived from it. One stream, opened by the peer with the smaller
 * id:
 *
 *   opener -> other   version(1)=1  count(1)  nonce_a(32)  count hints of 8 bytes
 *                     hint i = HMAC(hello_i, "hint" nonce_a)[0..8]: which secrets the opener holds
 *   other  -> opener  version(1)=1  index(1)  nonce_b(32)  mac_b(32)    index: the opener's hint
 *   opener -> other   mac_a(32)
 *   other  -> opener  welcome(1)=1
 *
 *   mac_x = HMAC(hello, "opener"|"other " nonce_a nonce_b peer_id(opener) peer_id(other))
 *
 * A peer that holds no common secret learns nothing but that. MACs are compared in constant time.
 * Call protocol: init -> (push* | pull/pulled* | next*)* ; no memory of its own, no fini but a
 * wipe. */
#ifndef GHM_MESH_HELLO_H
#define GHM_MESH_HELLO_H

#include "base/bytes.h"
#include "crypto/peerid.h"
#include "mesh/keyring.h"

#define GHM_HELLO_MESSAGE_MAX (34 + 8 * GHM_KEYRING_SECRETS_MAX)

#define GHM_HELLO_STATE_MAP(X)                                                                     \
    X(GHM_HELLO_OPENER_WAITS_MAC, "opener sent its nonce and waits for the other's mac")           \
    X(GHM_HELLO_OPENER_WAITS_WELCOME, "opener sent its mac and waits for the welcome")             \
    X(GHM_HELLO_OTHER_WAITS_NONCE, "other waits for the opener's nonce")                           \
    X(GHM_HELLO_OTHER_WAITS_MAC, "other sent its mac and waits for the opener's")                  \
    X(GHM_HELLO_DONE, "both have shown that they hold the secret")                                 \
    X(GHM_HELLO_FAILED, "the peer did not show it")

enum ghm_hello_state {
#define GHM_HELLO_STATE_ENUM(name, text) name,
    GHM_HELLO_STATE_MAP(GHM_HELLO_STATE_ENUM)
#undef GHM_HELLO_STATE_ENUM
};

enum ghm_hello_event {
    GHM_HELLO_PROVEN, /* the peer holds our secret: what it sends may be read */
    GHM_HELLO_WELCOME /* the peer knows that we hold it: it will read what we send */
};

struct ghm_hello {
    enum ghm_hello_state state;
    const struct ghm_keyring *keyring; /* borrowed */
    struct ghm_peerid opener;
    struct ghm_peerid other;
    uint8_t nonce_a[32];
    uint8_t nonce_b[32];
    size_t key; /* index into the keyring of the secret both hold */
    uint8_t in[GHM_HELLO_MESSAGE_MAX];
    size_t in_len;
    uint8_t out[2 * GHM_HELLO_MESSAGE_MAX];
    size_t out_len;
    unsigned events; /* bit per event not yet taken */
    const char *reason;
};

/** Start as the opener of the stream, or as the other side of it. */
void ghm_hello_init(struct ghm_hello *ret_hello, bool is_opener, const struct ghm_keyring *keyring,
                    const struct ghm_peerid *self, const struct ghm_peerid *peer,
                    struct ghm_entropy *entropy);

/** Give received bytes in any split. GHM_OK; GHM_EAUTH: the peer holds no common secret;
 * GHM_EPROTO: malformed. After an error the session is dead (ghm_hello_reason). */
int ghm_hello_push(struct ghm_hello *hello, struct ghm_bytes in) GHM_MUST_USE;

struct ghm_bytes ghm_hello_pull(const struct ghm_hello *hello);
void ghm_hello_pulled(struct ghm_hello *hello, size_t len);

bool ghm_hello_next(struct ghm_hello *hello, enum ghm_hello_event *ret_event);

/** Why it failed, in a few words; "" while it has not. */
const char *ghm_hello_reason(const struct ghm_hello *hello);

#endif
