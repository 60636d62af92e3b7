/* SPDX-License-Identifier: MIT */
/* One connection from its first byte to its last: multistream-select, Noise or TLS, the muxer, and
 * one protocol per stream. Who dialed whom is told by `is_dialer` and nowhere else (DCUtR turns
 * it).
 *
 * Call protocol: new -> (push | pull/pulled | next | tick)* and, after UP, stream verbs -> free.
 * Three round trips to the first answer:
 *
 *     dialer                             listener
 *     /multistream, /noise, Noise 1 -->
 *                                   <--  /multistream, /noise, Noise 2 (muxers)
 *     UP
 *     Noise 3, SYN, /multistream,
 *     protocol, request             -->
 *                                        UP
 *                                   <--  ACK, /multistream, protocol, response
 *
 * With TLS the second flight is the same, and the third has the dialer's certificate in it. A
 * dialer that offers both pays a round trip more: what it sent behind a refused offer could not be
 * unsent.
 *
 * Bounds: `mem` is the connection's own budget (ghm_mem, GHM_LINK_MEM_MAX is meant); 10 s for the
 * whole handshake and for each stream's negotiation; those of yamux, Noise and TLS.
 *
 * Spec: libp2p/specs connections/README.md, noise/README.md, tls/tls.md, yamux/README.md */
#ifndef GHM_LINK_LINK_H
#define GHM_LINK_LINK_H

#include "base/deadline.h"
#include "base/mem.h"
#include "crypto/credential.h"
#include "crypto/entropy.h"
#include "crypto/key.h"
#include "crypto/peerid.h"

#define GHM_LINK_MEM_MAX 20971520 /* bytes held by one connection, everything in it */
/* Bytes held when nothing is under way, whatever went through it: OpenSSL's for it, identify and
 * the peer's place in the book included. */
#define GHM_LINK_IDLE_MAX 24576
#define GHM_LINK_HANDSHAKE_NS (10 * GHM_NS_PER_S)
#define GHM_LINK_NEGOTIATION_NS (10 * GHM_NS_PER_S)
#define GHM_LINK_QUEUE_MAX 1048576 /* bytes queued to send on one stream, its negotiation apart */

#define GHM_LINK_STATE_MAP(X)                                                                      \
    X(GHM_LINK_SELECTING, "agreeing on a secure channel")                                          \
    X(GHM_LINK_SECURING, "securing")                                                               \
    X(GHM_LINK_MUXING, "agreeing on yamux")                                                        \
    X(GHM_LINK_UP, "up")                                                                           \
    X(GHM_LINK_OVER, "over")

/* From, to, when; ANY: every state but the last. Drawn in doc/design/. */
#define GHM_LINK_MOVE_MAP(X)                                                                       \
    X(GHM_LINK_SELECTING, GHM_LINK_SECURING, "the secure channel is agreed")                       \
    X(GHM_LINK_SECURING, GHM_LINK_UP, "authenticated, yamux agreed within it")                     \
    X(GHM_LINK_SECURING, GHM_LINK_MUXING, "authenticated, no muxer agreed")                        \
    X(GHM_LINK_MUXING, GHM_LINK_UP, "yamux is agreed")                                             \
    X(ANY, GHM_LINK_OVER, "an error, 10 s of handshake, a silent peer, or we leave")

enum ghm_link_state {
#define GHM_LINK_STATE_ENUM(name, text) name,
    GHM_LINK_STATE_MAP(GHM_LINK_STATE_ENUM)
#undef GHM_LINK_STATE_ENUM
};

/** What a dialer offers, in this order; a listener accepts both. */
enum ghm_link_security {
    GHM_LINK_NOISE, /* alone: three round trips to the first answer, as with the next */
    GHM_LINK_TLS,
    GHM_LINK_NOISE_THEN_TLS, /* four */
    GHM_LINK_TLS_THEN_NOISE,
};

struct ghm_link;

struct ghm_link_config {
    bool is_dialer;
    const struct ghm_key *identity;    /* borrowed while the link lives */
    struct ghm_credential *credential; /* of the identity, shared by links that may speak TLS;
                                        * borrowed until SECURED; NULL: each makes one, of 17 KiB */
    struct ghm_peerid expected;        /* the peer that must answer; len 0: any */
    const char *const *protocols; /* inbound, NULL-terminated, each under 1024 bytes; borrowed */
    enum ghm_link_security security;
    int64_t date_s; /* seconds since 1970, for the dates of TLS certificates; 0: not looked at */
};

enum ghm_link_event_type {
    GHM_LINK_SECURED,  /* the peer is authenticated and streams may be opened */
    GHM_LINK_OPENED,   /* inbound stream, negotiated */
    GHM_LINK_READY,    /* outbound stream, negotiated */
    GHM_LINK_DATA,     /* ghm_link_data has more */
    GHM_LINK_FINISHED, /* the peer will send no more on it */
    GHM_LINK_CLOSED,   /* the stream is gone; once for each that was OPENED or opened */
    GHM_LINK_LEAVING,  /* the peer takes no new streams */
};

struct ghm_link_event {
    enum ghm_link_event_type type;
    uint32_t id;          /* the stream */
    const char *protocol; /* the stream's: one of config.protocols, or what open was given */
    int error;            /* of CLOSED: GHM_OK when both sides finished, or why not */
};

/** Start. GHM_ENOMEM; GHM_EINVAL when a protocol's name is too long. */
int ghm_link_new(struct ghm_link **ret_link, struct ghm_mem *mem,
                 const struct ghm_link_config *config, struct ghm_entropy *entropy,
                 uint64_t now_ns) GHM_MUST_USE;
void ghm_link_free(struct ghm_link *link);

/**
 * Give received bytes, in any split; all are taken.
 *
 * @return GHM_OK; GHM_EPROTO, GHM_EAUTH, GHM_ENOTSUP (the peer has no channel that we offered, or
 * no yamux), GHM_ENOMEM: the link is over (see ghm_link_reason). Drain next, send what pull lends,
 * close. GHM_ECLOSED: it was over before.
 */
int ghm_link_push(struct ghm_link *link, struct ghm_bytes in, uint64_t now_ns) GHM_MUST_USE;

/** Bytes to send, lent until the next call. Drain next before: what its events make the owner write
 * then leaves in the same flight. */
struct ghm_bytes ghm_link_pull(struct ghm_link *link);
void ghm_link_pulled(struct ghm_link *link, size_t len);

bool ghm_link_next(struct ghm_link *link, struct ghm_link_event *ret_event);
uint64_t ghm_link_deadline(const struct ghm_link *link);

/** GHM_OK; GHM_ETIMEOUT: the handshake took too long or the peer is silent; the link is over. */
int ghm_link_tick(struct ghm_link *link, uint64_t now_ns) GHM_MUST_USE;

/** End it from this side: every stream is CLOSED with `error`, then pull lends a goodbye. */
void ghm_link_leave(struct ghm_link *link, int error);

enum ghm_link_state ghm_link_state(const struct ghm_link *link);
const char *ghm_link_state_text(enum ghm_link_state state);

/** Why it is over, in a few words; "" while it lives. */
const char *ghm_link_reason(const struct ghm_link *link);

/** After SECURED: who the peer is, and its key in protobuf form. */
const struct ghm_peerid *ghm_link_peer(const struct ghm_link *link);
struct ghm_bytes ghm_link_peer_key(const struct ghm_link *link);

/* ---- streams ---- */

/** Open a stream for `protocol`, borrowed while the stream lives. GHM_ECLOSED when the link is not
 * up or the peer leaves; GHM_ELIMIT; GHM_ENOMEM; GHM_EINVAL when the name is too long. */
int ghm_link_open(struct ghm_link *link, uint32_t *ret_id, const char *protocol,
                  uint64_t now_ns) GHM_MUST_USE;

/** Queue bytes, all or none, also before READY. GHM_ECLOSED; GHM_ELIMIT past QUEUE_MAX; GHM_ENOMEM.
 */
int ghm_link_write(struct ghm_link *link, uint32_t id, struct ghm_bytes bytes) GHM_MUST_USE;
size_t ghm_link_queued(const struct ghm_link *link, uint32_t id);

/** Received bytes of a negotiated stream, lent until the next call; drop lets the peer send more.
 */
struct ghm_bytes ghm_link_data(const struct ghm_link *link, uint32_t id);
void ghm_link_data_drop(struct ghm_link *link, uint32_t id, size_t len);

/** Send no more on it, after what is queued. A stream already gone is ignored, here and in reset.
 */
void ghm_link_finish(struct ghm_link *link, uint32_t id);
void ghm_link_reset(struct ghm_link *link, uint32_t id, int error);

#endif
