/* SPDX-License-Identifier: MIT */
/* One pubsub message: its fields as views of the received bytes, its id, its signature.
 *
 * The received bytes are what is signed and what is passed on: nothing is put together again, so
 * fields that we do not know survive and stay under the signature. For that to mean the same to an
 * implementation that re-marshals before it verifies (go, js, rust), only the canonical order is
 * accepted: known fields ascending and at most once, unknown ones behind them. Otherwise a message
 * could be valid here and invalid next door, and we would pay for having passed it on.
 *
 * Absent is not empty: an absent field's view has a NULL ptr (specs#294).
 *
 * Spec: libp2p/specs pubsub/README.md, The Message, Message Signing, Message Identification */
#ifndef GHM_GOSSIP_MESSAGE_H
#define GHM_GOSSIP_MESSAGE_H

#include "base/buf.h"
#include "crypto/key.h"
#include "crypto/peerid.h"

#define GHM_MESSAGE_LEN_MAX ((1U << 20) - 64) /* with the heads of an RPC it is below 1 MiB */
#define GHM_MESSAGE_ID_MAX 64                 /* from (at most 44) and seqno (8), or a SHA-256 */
#define GHM_MESSAGE_TOPIC_MAX 256             /* bytes of a topic's name */
#define GHM_MESSAGE_SIGNED_MAX (GHM_MESSAGE_LEN_MAX + 16)

/** Who may publish how; the same for all peers of a network. */
enum ghm_message_policy {
    GHM_MESSAGE_STRICT_SIGN,    /* from, seqno and a signature, or it is refused */
    GHM_MESSAGE_STRICT_NO_SIGN, /* none of from, seqno, signature, key, not even empty */
};

/** What makes two messages the same; the same for all peers of a network. */
enum ghm_message_identity {
    GHM_MESSAGE_BY_ORIGIN,  /* from and seqno: STRICT_SIGN only */
    GHM_MESSAGE_BY_CONTENT, /* SHA-256 of data: equal data are one message, in any topic */
};

struct ghm_message_id {
    uint8_t len;
    uint8_t bytes[GHM_MESSAGE_ID_MAX];
};

struct ghm_message {
    struct ghm_bytes from; /* the author's peer id */
    struct ghm_bytes data;
    struct ghm_bytes seqno; /* 8 bytes when signed */
    struct ghm_bytes topic;
    struct ghm_bytes signature;
    struct ghm_bytes key; /* only when the id does not hold it */
    struct ghm_bytes raw; /* all of it, as received */
};

/** View the fields of `raw`. GHM_EPROTO: malformed, not canonical, or no topic; GHM_ELIMIT: larger
 * than LEN_MAX. */
int ghm_message_decode(struct ghm_message *ret_message, struct ghm_bytes raw) GHM_MUST_USE;

/** Does it carry just what the policy asks for? GHM_OK; GHM_EPROTO. */
int ghm_message_check(const struct ghm_message *message,
                      enum ghm_message_policy policy) GHM_MUST_USE;

/**
 * Check the signature of a message that was checked as STRICT_SIGN.
 *
 * @param scratch holds at least SIGNED_MAX; its content is replaced
 * @return GHM_OK; GHM_EAUTH: forged, or `key` is not the author's; GHM_EPROTO: malformed author or
 *         key; GHM_ENOTSUP: a kind of key that is not verified here; GHM_ENOMEM
 */
int ghm_message_verify(const struct ghm_message *message, struct ghm_buf *scratch) GHM_MUST_USE;

/** The id of a checked message. */
void ghm_message_identify(struct ghm_message_id *ret_id, const struct ghm_message *message,
                          enum ghm_message_identity identity);

/** The seqno of a message that was checked as STRICT_SIGN. */
uint64_t ghm_message_seqno(const struct ghm_message *message);

/** What is ours to say: the author (NULL: STRICT_NO_SIGN), the number, the topic, the data. */
struct ghm_message_draft {
    const struct ghm_key *key;
    uint64_t seqno;
    struct ghm_bytes topic;
    struct ghm_bytes data;
};

/** Append the encoded message, signed when there is a key. GHM_ELIMIT; GHM_ENOMEM: the content of
 * `buf` is then undefined. `scratch` as in verify. */
int ghm_message_append(struct ghm_buf *buf, struct ghm_buf *scratch,
                       const struct ghm_message_draft *draft) GHM_MUST_USE;

static inline struct ghm_bytes ghm_message_id_bytes(const struct ghm_message_id *id)
{
    return ghm_bytes(id->bytes, id->len);
}

#endif
