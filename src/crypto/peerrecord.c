/* SPDX-License-Identifier: MIT */
#include "crypto/peerrecord.h"

#include "wire/proto.h"

#define FIELD_PEER_ID 1
#define FIELD_SEQ 2
#define FIELD_ADDRESS 3
#define ADDRESS_MULTIADDR 1

/* The envelope around a record of ours: key, type, signature, and the heads of the four fields. */
#define ENVELOPE_LEN_MAX (GHM_KEY_ED25519_PROTO_LEN + 2 + 64 + 4 * 4)
#define PAYLOAD_LEN_MAX (GHM_PEERRECORD_LEN_MAX - ENVELOPE_LEN_MAX)

static const uint8_t type[] = {0x03, 0x01};
static const struct ghm_signed_kind kind = {"libp2p-peer-record", {type, sizeof type}};

_Static_assert(GHM_PEERRECORD_LEN_MAX <= GHM_SIGNED_LEN_MAX, "a record fits an envelope");

static int append_address(struct ghm_buf *payload, const struct ghm_multiaddr *addr)
{
    uint8_t room[GHM_MULTIADDR_LEN_MAX + 8];
    struct ghm_bytes bytes = ghm_bytes(addr->bytes, addr->len);
    /* The message around the address: one field of one or two bytes of length. */
    size_t head = 0;
    room[head++] = ADDRESS_MULTIADDR << 3 | GHM_PROTO_BYTES;
    if (bytes.len > 0x7f) room[head++] = (uint8_t)(bytes.len | 0x80);
    room[head++] = (uint8_t)(bytes.len > 0x7f ? bytes.len >> 7 : bytes.len);
    memcpy(room + head, bytes.ptr, bytes.len);
    return ghm_proto_append_bytes(payload, FIELD_ADDRESS, ghm_bytes(room, head + bytes.len));
}

static int append_payload(struct ghm_buf *payload, const struct ghm_peerid *peer, uint64_t seq,
                          const struct ghm_multiaddr *addrs, size_t addrs_count)
{
    int error = ghm_proto_append_bytes(payload, FIELD_PEER_ID, ghm_peerid_bytes(peer));
    if (error == GHM_OK) error = ghm_proto_append_varint(payload, FIELD_SEQ, seq);
    for (size_t i = 0; error == GHM_OK && i < addrs_count && i < GHM_PEERRECORD_ADDRS_MAX; i++) {
        error = append_address(payload, &addrs[i]);
        if (error == GHM_ELIMIT) error = GHM_OK; /* a shorter one may still fit */
    }
    return error;
}

int ghm_peerrecord_append(struct ghm_buf *out, const struct ghm_key *key, uint64_t seq,
                          const struct ghm_multiaddr *addrs, size_t addrs_count)
{
    struct ghm_buf payload;
    struct ghm_peerid peer;
    uint8_t proto[GHM_KEY_ED25519_PROTO_LEN];
    ghm_key_encode(proto, key);
    ghm_peerid_of_key(&peer, ghm_bytes(proto, sizeof proto));
    ghm_buf_init(&payload, out->mem, PAYLOAD_LEN_MAX);
    int error = append_payload(&payload, &peer, seq, addrs, addrs_count);
    if (error == GHM_OK) error = ghm_signed_append(out, key, &kind, ghm_buf_bytes(&payload));
    ghm_buf_fini(&payload);
    return error;
}

/* Keep an address if we can read it and have room. */
static int take_address(struct ghm_peerrecord *record, struct ghm_bytes in)
{
    struct ghm_proto_reader reader;
    struct ghm_proto_field field;
    int taken;
    ghm_proto_reader_init(&reader, in);
    while ((taken = ghm_proto_next(&reader, &field)) > 0) {
        if (field.number != ADDRESS_MULTIADDR) continue;
        if (field.type != GHM_PROTO_BYTES) return GHM_EPROTO;
        if (record->addrs_count == GHM_PEERRECORD_ADDRS_MAX) continue;
        struct ghm_multiaddr *addr = &record->addrs[record->addrs_count];
        if (ghm_multiaddr_decode(addr, field.bytes) == GHM_OK) record->addrs_count++;
    }
    return taken;
}

static int take_field(struct ghm_peerrecord *record, const struct ghm_proto_field *field)
{
    bool is_bytes = field->type == GHM_PROTO_BYTES;
    if (field->number == FIELD_ADDRESS) {
        return is_bytes ? take_address(record, field->bytes) : GHM_EPROTO;
    }
    if (field->number == FIELD_SEQ) {
        record->seq = field->value;
        return field->type == GHM_PROTO_VARINT ? GHM_OK : GHM_EPROTO;
    }
    if (field->number != FIELD_PEER_ID) return GHM_OK;
    if (!is_bytes || record->peer.len > 0) return GHM_EPROTO;
    return ghm_peerid_decode(&record->peer, field->bytes);
}

static int decode(struct ghm_peerrecord *record, struct ghm_bytes in)
{
    struct ghm_proto_reader reader;
    struct ghm_proto_field field;
    int taken;
    ghm_proto_reader_init(&reader, in);
    while ((taken = ghm_proto_next(&reader, &field)) > 0) {
        int error = take_field(record, &field);
        if (error != GHM_OK) return error;
    }
    if (taken < 0) return taken;
    return record->peer.len > 0 ? GHM_OK : GHM_EPROTO;
}

int ghm_peerrecord_open(struct ghm_peerrecord *ret_record, struct ghm_mem *mem, struct ghm_bytes in)
{
    struct ghm_signed envelope;
    struct ghm_peerrecord record = {.seq = 0};
    if (in.len > GHM_PEERRECORD_LEN_MAX) return GHM_EPROTO;
    int error = ghm_signed_open(&envelope, mem, &kind, in);
    if (error != GHM_OK) return error;
    error = decode(&record, envelope.payload);
    if (error != GHM_OK) return error;
    /* Anybody can sign a record of another peer's addresses. */
    if (!ghm_peerid_equal(&record.peer, &envelope.signer)) return GHM_EAUTH;
    *ret_record = record;
    return GHM_OK;
}
