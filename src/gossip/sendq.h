/* SPDX-License-Identifier: MIT */
/* What waits to be sent to one peer, in three classes, the first always first: control
 * (subscriptions, GRAFT, PRUNE), which must arrive; gossip (IDONTWANT, IHAVE, IWANT) and messages,
 * which a slow peer loses.
 *
 * Call protocol: push_*; then (pack -> write it to the stream -> packed)* until pack has none.
 *
 * Bounds: 64 KiB of control, 128 KiB of gossip, 512 messages or 2 MiB of them; one RPC is at most
 * GHM_SENDQ_RPC_MAX, unless a single message is larger: RPCs are split, a message never is. Of it,
 * GHM_SENDQ_RPC_CONTROL_MAX are not messages, of which there are at most
 * GHM_SENDQ_RPC_MESSAGES_MAX.
 *
 * Spec: gossipsub-v1.0.md, Control Message Piggybacking */
#ifndef GHM_GOSSIP_SENDQ_H
#define GHM_GOSSIP_SENDQ_H

#include "gossip/parcel.h"
#include "gossip/rpc.h"

/* rust takes 64 KiB by default, and counts in (#6491) what follows in the 8 KiB that it read last.
 */
#define GHM_SENDQ_RPC_MAX (56U << 10)
#define GHM_SENDQ_RPC_CONTROL_MAX (16U << 10) /* rust takes no more by default */
#define GHM_SENDQ_RPC_MESSAGES_MAX 500        /* too */
#define GHM_SENDQ_FRAGMENT_MAX (15U << 10)
#define GHM_SENDQ_CONTROL_MAX (64U << 10)
#define GHM_SENDQ_GOSSIP_MAX (128U << 10)
#define GHM_SENDQ_MESSAGES_MAX 512
#define GHM_SENDQ_BYTES_MAX (2U << 20)
/* The largest RPC with its length: what `out` of pack must hold. */
#define GHM_SENDQ_OUT_MAX (GHM_MESSAGE_LEN_MAX + 32)

enum ghm_sendq_class {
    GHM_SENDQ_SUBSCRIPTION, /* a field of the RPC */
    GHM_SENDQ_CONTROL,      /* GRAFT, PRUNE: a field of the control message */
    GHM_SENDQ_GOSSIP,       /* IHAVE, IWANT, IDONTWANT: too */
};

/** What a pack took. */
struct ghm_sendq_batch {
    size_t control_bytes;
    size_t gossip_bytes;
    size_t messages;
};

struct ghm_sendq {
    struct ghm_mem *mem;
    struct ghm_buf control; /* fragments, each behind a small head */
    struct ghm_buf gossip;
    struct ghm_parcel **messages; /* a ring of MESSAGES_MAX, once there is one */
    size_t first;
    size_t count;
    size_t bytes;
    uint64_t lost; /* messages and fragments of gossip that found it full */
};

void ghm_sendq_init(struct ghm_sendq *q, struct ghm_mem *mem);

/** Also empties it, for the next stream. */
void ghm_sendq_fini(struct ghm_sendq *q);

/** Queue one fragment (rpc.h), at most FRAGMENT_MAX. GHM_ELIMIT: full (gossip: it is
 * lost and counted; control: the peer does not read, give its stream up); GHM_ENOMEM as GHM_ELIMIT.
 */
int ghm_sendq_push(struct ghm_sendq *q, enum ghm_sendq_class class,
                   struct ghm_bytes fragment) GHM_MUST_USE;

/** Queue a message, which is then held. One that finds no room is lost and counted. */
void ghm_sendq_push_message(struct ghm_sendq *q, struct ghm_parcel *parcel);

bool ghm_sendq_is_empty(const struct ghm_sendq *q);

/**
 * Put the next RPC, with its length before it, into `out`.
 *
 * @param out     cleared first
 * @param scratch cleared first
 * @param ret_batch what it holds, for ghm_sendq_packed
 * @return 1: there is one; 0: nothing waits; GHM_ENOMEM
 */
int ghm_sendq_pack(struct ghm_sendq *q, struct ghm_buf *out, struct ghm_buf *scratch,
                   struct ghm_sendq_batch *ret_batch) GHM_MUST_USE;

/** It is written: forget what it held. */
void ghm_sendq_packed(struct ghm_sendq *q, const struct ghm_sendq_batch *batch);

/** The peer has `id` already: do not send it (gossipsub-v1.2.md, Cancelling IWANT). */
void ghm_sendq_cancel(struct ghm_sendq *q, struct ghm_bytes id);

#endif
