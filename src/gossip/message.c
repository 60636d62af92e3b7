/* SPDX-License-Identifier: MIT */
#include "gossip/message.h"

#include "base/assert.h"
#include "crypto/hash.h"
#include "wire/proto.h"

enum field {
    FIELD_FROM = 1,
    FIELD_DATA = 2,
    FIELD_SEQNO = 3,
    FIELD_TOPIC = 4,
    FIELD_SIGNATURE = 5,
    FIELD_KEY = 6,
};

#define SEQNO_LEN 8

/* "The protobuf blob is prefixed by the string libp2p-pubsub: before signing." (README.md, Message
 * Signing) */
static const char prefix[] = "libp2p-pubsub:";

/* ---- reading ---- */

static struct ghm_bytes *view_of(struct ghm_message *message, uint32_t number)
{
    switch ((enum field)number) {
    case FIELD_FROM:
        return &message->from;
    case FIELD_DATA:
        return &message->data;
    case FIELD_SEQNO:
        return &message->seqno;
    case FIELD_TOPIC:
        return &message->topic;
    case FIELD_SIGNATURE:
        return &message->signature;
    case FIELD_KEY:
        return &message->key;
    }
    return NULL;
}

int ghm_message_decode(struct ghm_message *ret_message, struct ghm_bytes raw)
{
    struct ghm_message message = {.raw = raw};
    struct ghm_proto_reader reader;
    struct ghm_proto_field field;
    uint32_t last = 0;
    int more;
    if (raw.len > GHM_MESSAGE_LEN_MAX) return GHM_ELIMIT;
    ghm_proto_reader_init(&reader, raw);
    while ((more = ghm_proto_next(&reader, &field)) > 0) {
        struct ghm_bytes *view = view_of(&message, field.number);
        if (view != NULL && (field.type != GHM_PROTO_BYTES || field.number <= last))
            return GHM_EPROTO;
        if (view != NULL) *view = field.bytes;
        last = field.number > FIELD_KEY ? FIELD_KEY : field.number;
    }
    if (more < 0) return more;
    if (message.topic.len == 0 || message.topic.len > GHM_MESSAGE_TOPIC_MAX) return GHM_EPROTO;
    *ret_message = message;
    return GHM_OK;
}

int ghm_message_check(const struct ghm_message *message, enum ghm_message_policy policy)
{
    switch (policy) {
    case GHM_MESSAGE_STRICT_SIGN:
        /* "Enforce the fields to be present, reject otherwise." */
        if (message->from.len == 0 || message->from.len > GHM_PEERID_LEN_MAX) return GHM_EPROTO;
        if (message->seqno.len != SEQNO_LEN || message->signature.len == 0) return GHM_EPROTO;
        return GHM_OK;
    case GHM_MESSAGE_STRICT_NO_SIGN:
        /* "Enforce the fields to be absent, reject otherwise." Empty is not absent. */
        if (message->from.ptr != NULL || message->seqno.ptr != NULL) return GHM_EPROTO;
        if (message->signature.ptr != NULL || message->key.ptr != NULL) return GHM_EPROTO;
        return GHM_OK;
    }
    GHM_UNREACHABLE();
}

/* The author's key: field 6, which must then be the author's, or the one inside an identity
 * multihash. */
static int find_key(struct ghm_public_key *ret_key, const struct ghm_message *message)
{
    struct ghm_peerid author, named;
    int error = ghm_peerid_decode(&author, message->from);
    if (error != GHM_OK) return error;
    if (message->key.ptr != NULL) {
        error = ghm_public_key_decode(ret_key, message->key);
        if (error != GHM_OK) return error;
        ghm_peerid_of_key(&named, message->key);
        return ghm_peerid_equal(&named, &author) ? GHM_OK : GHM_EAUTH;
    }
    /* multihash: code 0 (identity), length, then the key itself */
    if (author.len < 2 || author.bytes[0] != 0) return GHM_EAUTH;
    return ghm_public_key_decode(ret_key, ghm_bytes_from(message->from, 2));
}

/* "The signature is computed over the marshalled message protobuf excluding the signature field":
 * and, in all implementations, excluding `key` too. */
static int gather_signed(struct ghm_buf *scratch, struct ghm_bytes raw)
{
    struct ghm_proto_reader reader;
    struct ghm_proto_field field;
    int more, error;
    ghm_buf_clear(scratch);
    error = ghm_buf_append_text(scratch, prefix);
    ghm_proto_reader_init(&reader, raw);
    while (error == GHM_OK && (more = ghm_proto_next(&reader, &field)) != 0) {
        if (more < 0) return more;
        if (field.number == FIELD_SIGNATURE || field.number == FIELD_KEY) continue;
        error = ghm_buf_append(scratch, field.raw);
    }
    return error;
}

int ghm_message_verify(const struct ghm_message *message, struct ghm_buf *scratch)
{
    struct ghm_public_key key;
    int error = find_key(&key, message);
    if (error != GHM_OK) return error;
    error = gather_signed(scratch, message->raw);
    if (error != GHM_OK) return error;
    return ghm_public_key_verify(&key, ghm_buf_bytes(scratch), message->signature);
}

void ghm_message_identify(struct ghm_message_id *ret_id, const struct ghm_message *message,
                          enum ghm_message_identity identity)
{
    *ret_id = (struct ghm_message_id){.len = 0};
    switch (identity) {
    case GHM_MESSAGE_BY_ORIGIN:
        memcpy(ret_id->bytes, message->from.ptr, message->from.len);
        memcpy(ret_id->bytes + message->from.len, message->seqno.ptr, SEQNO_LEN);
        ret_id->len = (uint8_t)(message->from.len + SEQNO_LEN);
        return;
    case GHM_MESSAGE_BY_CONTENT:
        ghm_hash_sha256(ret_id->bytes, message->data);
        ret_id->len = GHM_HASH_LEN;
        return;
    }
}

uint64_t ghm_message_seqno(const struct ghm_message *message)
{
    return ghm_load_be64(message->seqno.ptr);
}

/* ---- writing ---- */

static int append_origin(struct ghm_buf *buf, const struct ghm_message_draft *draft,
                         const struct ghm_peerid *author)
{
    if (draft->key == NULL) return GHM_OK;
    return ghm_proto_append_bytes(buf, FIELD_FROM, ghm_peerid_bytes(author));
}

static int append_seqno(struct ghm_buf *buf, const struct ghm_message_draft *draft)
{
    uint8_t seqno[SEQNO_LEN];
    if (draft->key == NULL) return GHM_OK;
    ghm_store_be64(seqno, draft->seqno);
    return ghm_proto_append_bytes(buf, FIELD_SEQNO, ghm_bytes(seqno, sizeof seqno));
}

static int append_signature(struct ghm_buf *buf, struct ghm_buf *scratch, struct ghm_bytes body,
                            const struct ghm_key *key)
{
    uint8_t signature[64];
    ghm_buf_clear(scratch);
    int error = ghm_buf_append_text(scratch, prefix);
    if (error == GHM_OK) error = ghm_buf_append(scratch, body);
    if (error != GHM_OK) return error;
    ghm_key_sign(signature, key, ghm_buf_bytes(scratch));
    return ghm_proto_append_bytes(buf, FIELD_SIGNATURE, ghm_bytes(signature, sizeof signature));
}

int ghm_message_append(struct ghm_buf *buf, struct ghm_buf *scratch,
                       const struct ghm_message_draft *draft)
{
    struct ghm_peerid author = {.len = 0};
    size_t start = ghm_buf_len(buf);
    if (draft->key != NULL) {
        uint8_t proto[GHM_KEY_ED25519_PROTO_LEN];
        ghm_key_encode(proto, draft->key);
        ghm_peerid_of_key(&author, ghm_bytes(proto, sizeof proto));
    }
    int error = append_origin(buf, draft, &author);
    if (error == GHM_OK) error = ghm_proto_append_bytes(buf, FIELD_DATA, draft->data);
    if (error == GHM_OK) error = append_seqno(buf, draft);
    if (error == GHM_OK) error = ghm_proto_append_bytes(buf, FIELD_TOPIC, draft->topic);
    if (error != GHM_OK || draft->key == NULL) return error;
    return append_signature(buf, scratch, ghm_bytes_from(ghm_buf_bytes(buf), start), draft->key);
}
