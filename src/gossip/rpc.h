/* SPDX-License-Identifier: MIT */
/* The RPC that peers exchange: subscriptions, messages and control, walked in place over the
 * received bytes. Nothing is allocated; the bounds are checked before the first item is given, so
 * that a peer's RPC is taken whole or not at all. Unknown fields are passed over.
 *
 * Read:  if (ghm_rpc_check(rpc) != GHM_OK) ...the peer broke the protocol...
 *        ghm_rpc_reader_init(&r, rpc); while (ghm_rpc_next(&r, &item)) ...
 *
 * Written are fragments: whole fields that can be put behind each other. An RPC is subscriptions,
 * then messages, then one control field around all control fragments: a second control field would
 * be merged by some implementations and would replace the first in others (js).
 *
 * Spec: libp2p/specs pubsub/README.md, The RPC; pubsub/gossipsub/gossipsub-v1.0.md, Protobuf;
 *       gossipsub-v1.1.md, PRUNE Backoff and Peer Exchange; gossipsub-v1.2.md, IDONTWANT Message */
#ifndef GHM_GOSSIP_RPC_H
#define GHM_GOSSIP_RPC_H

#include "base/buf.h"
#include "wire/proto.h"

#define GHM_RPC_LEN_MAX (1U << 20)     /* bytes of one received RPC */
#define GHM_RPC_SUBSCRIPTIONS_MAX 1024 /* in one RPC */
#define GHM_RPC_MESSAGES_MAX 5000
#define GHM_RPC_CONTROLS_MAX 1024 /* IHAVE, IWANT, GRAFT, PRUNE and IDONTWANT together */
#define GHM_RPC_IDS_MAX 5000      /* in one of them */
#define GHM_RPC_OFFERED_MAX 64    /* peers offered by one PRUNE */

enum ghm_rpc_type {
    GHM_RPC_SUBSCRIBE,   /* topic */
    GHM_RPC_UNSUBSCRIBE, /* topic */
    GHM_RPC_MESSAGE,     /* body */
    GHM_RPC_IHAVE,       /* topic, ids */
    GHM_RPC_IWANT,       /* ids */
    GHM_RPC_GRAFT,       /* topic */
    GHM_RPC_PRUNE,       /* topic, backoff_s, offered peers */
    GHM_RPC_IDONTWANT,   /* ids */
};

struct ghm_rpc_item {
    enum ghm_rpc_type type;
    struct ghm_bytes topic; /* empty when none was named */
    struct ghm_bytes body;  /* the field's content: of MESSAGE the message */
    uint64_t backoff_s;     /* of PRUNE: as received, any number; 0: none named */
};

/** GHM_OK; GHM_EPROTO: malformed, or past a bound. */
int ghm_rpc_check(struct ghm_bytes rpc) GHM_MUST_USE;

struct ghm_rpc_reader {
    struct ghm_proto_reader rpc;
    struct ghm_proto_reader control;
};

/** Walk a checked RPC. */
void ghm_rpc_reader_init(struct ghm_rpc_reader *reader, struct ghm_bytes rpc);
bool ghm_rpc_next(struct ghm_rpc_reader *reader, struct ghm_rpc_item *ret_item);

struct ghm_rpc_ids {
    struct ghm_proto_reader left;
    uint32_t number;
};

/** Walk the message ids of an IHAVE, IWANT or IDONTWANT of a checked RPC. */
void ghm_rpc_ids_init(struct ghm_rpc_ids *ids, const struct ghm_rpc_item *item);
bool ghm_rpc_ids_next(struct ghm_rpc_ids *ids, struct ghm_bytes *ret_id);

/** A peer that a PRUNE offers; views into it. */
struct ghm_rpc_offer {
    struct ghm_bytes peer;   /* its id; any bytes */
    struct ghm_bytes record; /* its signed peer record, not verified; empty: none was given */
};

struct ghm_rpc_offers {
    struct ghm_proto_reader left;
};

/** Walk the peers that a PRUNE of a checked RPC offers. */
void ghm_rpc_offers_init(struct ghm_rpc_offers *offers, const struct ghm_rpc_item *item);
bool ghm_rpc_offers_next(struct ghm_rpc_offers *offers, struct ghm_rpc_offer *ret_offer);

/* ---- fragments; errors as ghm_buf_append ---- */

/** A field of the RPC itself. */
int ghm_rpc_append_subscription(struct ghm_buf *buf, struct ghm_bytes topic,
                                bool is_subscribed) GHM_MUST_USE;

/* Fields of its control message. */
int ghm_rpc_append_graft(struct ghm_buf *buf, struct ghm_bytes topic) GHM_MUST_USE;
/** `backoff_s` 0: left out, for peers of before version 1.1. */
int ghm_rpc_append_prune(struct ghm_buf *buf, struct ghm_bytes topic,
                         uint64_t backoff_s) GHM_MUST_USE;
/** The same with the peers that `offers` holds, put there by ghm_rpc_append_offer. */
int ghm_rpc_append_prune_offering(struct ghm_buf *buf, struct ghm_bytes topic, uint64_t backoff_s,
                                  struct ghm_bytes offers) GHM_MUST_USE;
int ghm_rpc_append_offer(struct ghm_buf *offers, const struct ghm_rpc_offer *offer) GHM_MUST_USE;

/** The body of an IHAVE begins with its topic; each kind continues with ids; then the body becomes
 * a fragment. */
int ghm_rpc_append_topic(struct ghm_buf *body, struct ghm_bytes topic) GHM_MUST_USE;
int ghm_rpc_append_id(struct ghm_buf *body, enum ghm_rpc_type type,
                      struct ghm_bytes id) GHM_MUST_USE;
int ghm_rpc_append_ids(struct ghm_buf *buf, enum ghm_rpc_type type,
                       struct ghm_bytes body) GHM_MUST_USE;

/* Fields of the RPC around a whole message, and around all control fragments. */
int ghm_rpc_append_message(struct ghm_buf *buf, struct ghm_bytes message) GHM_MUST_USE;
int ghm_rpc_append_control(struct ghm_buf *buf, struct ghm_bytes fragments) GHM_MUST_USE;

#endif
