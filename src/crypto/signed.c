/* SPDX-License-Identifier: MIT */
#include "crypto/signed.h"

#include "wire/proto.h"
#include "wire/varint.h"

#define FIELD_KEY 1
#define FIELD_TYPE 2
#define FIELD_PAYLOAD 3
#define FIELD_SIGNATURE 5
#define FIELDS 6 /* one more than the largest */

static int append_counted(struct ghm_buf *text, struct ghm_bytes bytes)
{
    int error = ghm_varint_append(text, bytes.len);
    return error == GHM_OK ? ghm_buf_append(text, bytes) : error;
}

/* What is signed: domain, type and payload, each behind its length. */
static int append_text(struct ghm_buf *text, const struct ghm_signed_kind *kind,
                       struct ghm_bytes payload)
{
    int error = append_counted(text, ghm_bytes_text(kind->domain));
    if (error == GHM_OK) error = append_counted(text, kind->type);
    if (error == GHM_OK) error = append_counted(text, payload);
    return error;
}

static int append_fields(struct ghm_buf *out, const struct ghm_key *key,
                         const struct ghm_signed_kind *kind, struct ghm_bytes payload,
                         struct ghm_bytes signature)
{
    uint8_t proto[GHM_KEY_ED25519_PROTO_LEN];
    ghm_key_encode(proto, key);
    int error = ghm_proto_append_bytes(out, FIELD_KEY, ghm_bytes(proto, sizeof proto));
    if (error == GHM_OK) error = ghm_proto_append_bytes(out, FIELD_TYPE, kind->type);
    if (error == GHM_OK) error = ghm_proto_append_bytes(out, FIELD_PAYLOAD, payload);
    if (error == GHM_OK) error = ghm_proto_append_bytes(out, FIELD_SIGNATURE, signature);
    return error;
}

int ghm_signed_append(struct ghm_buf *out, const struct ghm_key *key,
                      const struct ghm_signed_kind *kind, struct ghm_bytes payload)
{
    struct ghm_buf text;
    uint8_t signature[64];
    size_t held = ghm_buf_len(out);
    ghm_buf_init(&text, out->mem, GHM_SIGNED_LEN_MAX);
    int error = append_text(&text, kind, payload);
    if (error == GHM_OK) {
        ghm_key_sign(signature, key, ghm_buf_bytes(&text));
        error = append_fields(out, key, kind, payload, ghm_bytes(signature, sizeof signature));
    }
    ghm_buf_fini(&text);
    if (error == GHM_OK && ghm_buf_len(out) - held > GHM_SIGNED_LEN_MAX) error = GHM_ELIMIT;
    if (error != GHM_OK) out->end = out->start + held;
    return error;
}

/* The fields, each at most once; those that mean nothing here are passed over. */
static int take_fields(struct ghm_bytes ret_fields[FIELDS], struct ghm_bytes in)
{
    struct ghm_proto_reader reader;
    struct ghm_proto_field field;
    int taken;
    ghm_proto_reader_init(&reader, in);
    while ((taken = ghm_proto_next(&reader, &field)) > 0) {
        if (field.number >= FIELDS || field.number == 4) continue;
        if (field.type != GHM_PROTO_BYTES || ret_fields[field.number].ptr != NULL) {
            return GHM_EPROTO;
        }
        ret_fields[field.number] = field.bytes;
    }
    return taken;
}

static int verify(struct ghm_mem *mem, const struct ghm_public_key *key,
                  const struct ghm_signed_kind *kind, const struct ghm_bytes fields[FIELDS])
{
    struct ghm_buf text;
    ghm_buf_init(&text, mem, 2 * GHM_SIGNED_LEN_MAX);
    int error = append_text(&text, kind, fields[FIELD_PAYLOAD]);
    if (error == GHM_OK) {
        error = ghm_public_key_verify(key, ghm_buf_bytes(&text), fields[FIELD_SIGNATURE]);
    }
    ghm_buf_fini(&text);
    return error;
}

int ghm_signed_open(struct ghm_signed *ret_signed, struct ghm_mem *mem,
                    const struct ghm_signed_kind *kind, struct ghm_bytes in)
{
    struct ghm_bytes fields[FIELDS] = {{NULL, 0}};
    struct ghm_public_key key;
    if (in.len > GHM_SIGNED_LEN_MAX) return GHM_EPROTO;
    int error = take_fields(fields, in);
    if (error != GHM_OK) return error;
    error = ghm_public_key_decode(&key, fields[FIELD_KEY]);
    if (error != GHM_OK) return error;
    if (!ghm_bytes_equal(fields[FIELD_TYPE], kind->type)) return GHM_EPROTO;
    error = verify(mem, &key, kind, fields);
    if (error != GHM_OK) return error;
    *ret_signed = (struct ghm_signed){.key = key.proto, .payload = fields[FIELD_PAYLOAD]};
    ghm_peerid_of_key(&ret_signed->signer, key.proto);
    return GHM_OK;
}
