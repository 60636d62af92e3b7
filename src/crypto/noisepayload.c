/* SPDX-License-Identifier: MIT */
#include "crypto/noisepayload.h"

#include "crypto/noise.h"
#include "wire/proto.h"

#define FIELD_IDENTITY_KEY 1
#define FIELD_IDENTITY_SIG 2
#define FIELD_EXTENSIONS 4
#define EXTENSION_STREAM_MUXERS 2

#define SIGNED_PREFIX "noise-libp2p-static-key:"
#define SIGNED_PREFIX_LEN (sizeof SIGNED_PREFIX - 1)
#define SIGNED_LEN (SIGNED_PREFIX_LEN + 32)

static void signed_text(uint8_t ret_text[SIGNED_LEN], const uint8_t static_key[32])
{
    memcpy(ret_text, SIGNED_PREFIX, SIGNED_PREFIX_LEN);
    memcpy(ret_text + SIGNED_PREFIX_LEN, static_key, 32);
}

static int append_identity(struct ghm_buf *out, const struct ghm_key *identity,
                           const uint8_t static_key[32])
{
    uint8_t key[GHM_KEY_ED25519_PROTO_LEN];
    uint8_t text[SIGNED_LEN];
    uint8_t signature[64];
    ghm_key_encode(key, identity);
    signed_text(text, static_key);
    ghm_key_sign(signature, identity, ghm_bytes(text, sizeof text));
    int error = ghm_proto_append_bytes(out, FIELD_IDENTITY_KEY, ghm_bytes(key, sizeof key));
    if (error != GHM_OK) return error;
    return ghm_proto_append_bytes(out, FIELD_IDENTITY_SIG, ghm_bytes(signature, sizeof signature));
}

static int append_muxers(struct ghm_buf *out, const char *const *muxers)
{
    struct ghm_buf list;
    int error = GHM_OK;
    if (muxers == NULL) return GHM_OK;
    ghm_buf_init(&list, out->mem, GHM_NOISEPAYLOAD_LEN_MAX);
    for (; *muxers != NULL && error == GHM_OK; muxers++)
        error = ghm_proto_append_bytes(&list, EXTENSION_STREAM_MUXERS, ghm_bytes_text(*muxers));
    if (error == GHM_OK) {
        error = ghm_proto_append_bytes(out, FIELD_EXTENSIONS, ghm_buf_bytes(&list));
    }
    ghm_buf_fini(&list);
    return error;
}

int ghm_noisepayload_append(struct ghm_buf *out, const struct ghm_key *identity,
                            const uint8_t static_key[32], const char *const *muxers)
{
    size_t held = ghm_buf_len(out);
    int error = append_identity(out, identity, static_key);
    if (error == GHM_OK) error = append_muxers(out, muxers);
    /* Counted from the start: making room may have moved the bytes. */
    if (error != GHM_OK) out->end = out->start + held;
    return error;
}

/* The view that a field number is kept in; NULL for those that mean nothing here. */
static struct ghm_bytes *slot_of(struct ghm_noisepayload *payload, uint32_t number)
{
    if (number == FIELD_IDENTITY_KEY) return &payload->key;
    if (number == FIELD_IDENTITY_SIG) return &payload->signature;
    if (number == FIELD_EXTENSIONS) return &payload->extensions;
    return NULL;
}

int ghm_noisepayload_decode(struct ghm_noisepayload *ret_payload, struct ghm_bytes in)
{
    struct ghm_noisepayload payload = {GHM_BYTES_NONE, GHM_BYTES_NONE, GHM_BYTES_NONE};
    struct ghm_proto_reader reader;
    struct ghm_proto_field field;
    int taken;
    if (in.len > GHM_NOISEPAYLOAD_LEN_MAX) return GHM_EPROTO;
    ghm_proto_reader_init(&reader, in);
    while ((taken = ghm_proto_next(&reader, &field)) > 0) {
        struct ghm_bytes *slot = slot_of(&payload, field.number);
        if (slot == NULL) continue;
        if (field.type != GHM_PROTO_BYTES || slot->ptr != NULL) return GHM_EPROTO;
        *slot = field.bytes;
    }
    if (taken < 0) return taken;
    if (payload.key.ptr == NULL || payload.signature.ptr == NULL) return GHM_EPROTO;
    *ret_payload = payload;
    return GHM_OK;
}

int ghm_noisepayload_verify(const struct ghm_noisepayload *payload, const uint8_t static_key[32])
{
    struct ghm_public_key key;
    uint8_t text[SIGNED_LEN];
    int error = ghm_public_key_decode(&key, payload->key);
    if (error != GHM_OK) return error;
    signed_text(text, static_key);
    return ghm_public_key_verify(&key, ghm_bytes(text, sizeof text), payload->signature);
}

static size_t count_of(const char *const *names)
{
    size_t count = 0;
    while (names != NULL && names[count] != NULL)
        count++;
    return count;
}

/* The place of `name` in our list of `count`; `count` when it is not there. */
static size_t rank_of(const char *const *ours, size_t count, struct ghm_bytes name)
{
    size_t rank = 0;
    while (rank < count && !ghm_bytes_equal(ghm_bytes_text(ours[rank]), name))
        rank++;
    return rank;
}

int ghm_noisepayload_match(const char **ret_muxer, const struct ghm_noisepayload *payload,
                           const char *const *ours, bool is_initiator)
{
    struct ghm_proto_reader reader;
    struct ghm_proto_field field;
    size_t names = 0;
    size_t count = count_of(ours);
    size_t best = count;
    int taken;
    ghm_proto_reader_init(&reader, payload->extensions);
    while ((taken = ghm_proto_next(&reader, &field)) > 0) {
        if (field.number != EXTENSION_STREAM_MUXERS) continue;
        if (field.type != GHM_PROTO_BYTES) return GHM_EPROTO;
        names++;
        size_t rank = rank_of(ours, count, field.bytes);
        /* Both sides must find the same one: ours in our order if we began, else in theirs. */
        if (is_initiator ? rank < best : best == count) best = rank;
    }
    if (taken < 0) return taken;
    *ret_muxer = names > GHM_NOISE_MUXERS_MAX || best == count ? NULL : ours[best];
    return GHM_OK;
}
