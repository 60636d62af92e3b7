/* SPDX-License-Identifier: MIT */
#include "crypto/noise.h"

#include "base/assert.h"
#include "crypto/cipherstate.h"
#include "crypto/noisepayload.h"
#include "crypto/xx.h"

#define LENGTH_LEN 2 /* each message is preceded by its length, big-endian */
#define FRAME_MAX (LENGTH_LEN + GHM_NOISE_RECORD_MAX)

_Static_assert(GHM_NOISE_RECORD_MAX == GHM_XX_MESSAGE_MAX, "one bound for all Noise messages");
_Static_assert(GHM_NOISE_HANDSHAKE_MAX == GHM_NOISEPAYLOAD_LEN_MAX + GHM_XX_OVERHEAD_MAX,
               "the largest payload fits");
_Static_assert(GHM_NOISE_HANDSHAKE_MAX <= GHM_NOISE_SEALED_HELD_MAX, "it fits the queue too");

#define STATE_MAP(X)                                                                               \
    X(HANDSHAKE)                                                                                   \
    X(OPEN)                                                                                        \
    X(DEAD)

/* From, to, when; ANY: every state but the last. Drawn in doc/design/. */
#define MOVE_MAP(X)                                                                                \
    X(HANDSHAKE, OPEN, "the third message has passed")                                             \
    X(ANY, DEAD, "the first error")

enum state {
#define STATE_ENUM(name) name,
    STATE_MAP(STATE_ENUM)
#undef STATE_ENUM
};

struct ghm_noise {
    struct ghm_mem *mem;
    struct ghm_noise_config config;
    enum state state;
    int error;                   /* of DEAD */
    const char *reason;          /* of DEAD, else "" */
    bool has_event;              /* READY has not been taken yet */
    struct ghm_xx xx;            /* of HANDSHAKE, wiped after it */
    struct ghm_cipherstate send; /* of OPEN, as the next */
    struct ghm_cipherstate receive;
    struct ghm_buf in;    /* the start of a message that has not come whole */
    struct ghm_buf out;   /* messages to send */
    struct ghm_buf plain; /* received and checked */
    const char *muxer;
    struct ghm_peerid peer;
    size_t peer_key_len;
    uint8_t peer_key[GHM_KEY_PROTO_MAX];
};

static void forget_keys(struct ghm_noise *noise)
{
    ghm_xx_wipe(&noise->xx);
    ghm_cipherstate_fini(&noise->send);
    ghm_cipherstate_fini(&noise->receive);
}

static int die(struct ghm_noise *noise, int error, const char *reason)
{
    forget_keys(noise);
    noise->state = DEAD;
    noise->error = error;
    noise->reason = reason;
    return error;
}

/* Die of an error whose cause its number tells. */
static int die_of(struct ghm_noise *noise, int error)
{
    if (error == GHM_EAUTH) return die(noise, error, "a message fails its authentication tag");
    if (error == GHM_EPROTO) return die(noise, error, "malformed handshake message");
    if (error == GHM_ECLOSED) return die(noise, error, "all nonces are used up");
    if (error == GHM_ELIMIT) return die(noise, error, "more is queued than its bound");
    return die(noise, error, "out of memory");
}

static int append_payload(struct ghm_noise *noise, struct ghm_buf *payload)
{
    if (noise->xx.message == 0) return GHM_OK; /* not yet secret: empty */
    return ghm_noisepayload_append(payload, noise->config.identity, noise->xx.own_static.shown,
                                   noise->config.muxers);
}

static int append_message(struct ghm_noise *noise, struct ghm_bytes payload)
{
    static const uint8_t length[LENGTH_LEN] = {0};
    struct ghm_buf *out = &noise->out;
    size_t held = ghm_buf_len(out);
    int error = ghm_buf_append(out, ghm_bytes(length, sizeof length));
    if (error == GHM_OK) error = ghm_xx_write(&noise->xx, out, payload);
    if (error != GHM_OK) {
        out->end = out->start + held;
        return error;
    }
    size_t len = ghm_buf_len(out) - held - LENGTH_LEN;
    ghm_store_be16(out->ptr + out->start + held, (uint16_t)len);
    return GHM_OK;
}

static int write_handshake(struct ghm_noise *noise)
{
    struct ghm_buf payload;
    ghm_buf_init(&payload, noise->mem, GHM_NOISEPAYLOAD_LEN_MAX);
    int error = append_payload(noise, &payload);
    if (error == GHM_OK) error = append_message(noise, ghm_buf_bytes(&payload));
    ghm_buf_fini(&payload);
    return error == GHM_OK ? GHM_OK : die_of(noise, error);
}

/* The signature, whoever the peer may be. */
static int check_signature(struct ghm_noise *noise, const struct ghm_noisepayload *payload)
{
    int error = ghm_noisepayload_verify(payload, noise->xx.peer_static);
    if (error == GHM_OK) return GHM_OK;
    if (error == GHM_EPROTO) return die(noise, error, "malformed identity key");
    if (error == GHM_ENOMEM) return die_of(noise, error);
    return die(noise, GHM_EAUTH, "wrong signature of the static key");
}

/* The peer, whose signature has been found right. */
static int check_expected(struct ghm_noise *noise, const struct ghm_peerid *peer)
{
    if (noise->config.expected.len == 0) return GHM_OK;
    if (ghm_peerid_equal(&noise->config.expected, peer)) return GHM_OK;
    return die(noise, GHM_EAUTH, "not the expected peer");
}

static int authenticate(struct ghm_noise *noise, struct ghm_bytes in)
{
    struct ghm_noisepayload payload;
    struct ghm_peerid peer;
    const char *muxer;
    int error = ghm_noisepayload_decode(&payload, in);
    if (error != GHM_OK) return die(noise, error, "malformed identity payload");
    error = check_signature(noise, &payload);
    if (error != GHM_OK) return error;
    ghm_peerid_of_key(&peer, payload.key);
    error = check_expected(noise, &peer);
    if (error != GHM_OK) return error;
    error =
        ghm_noisepayload_match(&muxer, &payload, noise->config.muxers, noise->config.is_initiator);
    if (error != GHM_OK) return die(noise, error, "malformed extensions");
    GHM_ASSERT(payload.key.len <= sizeof noise->peer_key); /* by the decoding of the key */
    memcpy(noise->peer_key, payload.key.ptr, payload.key.len);
    noise->peer_key_len = payload.key.len;
    noise->peer = peer;
    noise->muxer = muxer;
    return GHM_OK;
}

static int open_channel(struct ghm_noise *noise)
{
    struct ghm_xx_split split;
    ghm_xx_split(&split, &noise->xx);
    int error = ghm_cipherstate_init(&noise->send, GHM_AEAD_SEAL, split.send_key);
    if (error == GHM_OK) {
        error = ghm_cipherstate_init(&noise->receive, GHM_AEAD_OPEN, split.receive_key);
    }
    ghm_mem_wipe(&split, sizeof split);
    if (error != GHM_OK) return die_of(noise, error);
    ghm_xx_wipe(&noise->xx);
    noise->state = OPEN;
    noise->has_event = true;
    return GHM_OK;
}

/* Read the peer's payload out of a message; that of the first is not secret and says nothing. */
static int read_payload(struct ghm_noise *noise, struct ghm_bytes message)
{
    struct ghm_buf payload;
    ghm_buf_init(&payload, noise->mem, GHM_NOISE_HANDSHAKE_MAX);
    bool is_first = noise->xx.message == 0;
    int error = ghm_xx_read(&noise->xx, &payload, message);
    if (error != GHM_OK) {
        error = die_of(noise, error);
    } else if (!is_first) {
        error = authenticate(noise, ghm_buf_bytes(&payload));
    }
    ghm_buf_fini(&payload);
    return error;
}

static int read_handshake(struct ghm_noise *noise, struct ghm_bytes message)
{
    int error = read_payload(noise, message);
    if (error != GHM_OK) return error;
    if (ghm_xx_is_our_turn(&noise->xx)) error = write_handshake(noise);
    if (error != GHM_OK || !ghm_xx_is_done(&noise->xx)) return error;
    return open_channel(noise);
}

static int read_record(struct ghm_noise *noise, struct ghm_bytes record)
{
    uint8_t *room;
    size_t len = record.len - GHM_AEAD_TAG_LEN;
    int error = ghm_buf_reserve(&noise->plain, &room, len);
    if (error == GHM_OK) error = ghm_cipherstate_open(&noise->receive, room, record);
    if (error != GHM_OK) return die_of(noise, error);
    ghm_buf_commit(&noise->plain, len);
    return GHM_OK;
}

static int read_message(struct ghm_noise *noise, struct ghm_bytes message)
{
    switch (noise->state) {
    case HANDSHAKE:
        return read_handshake(noise, message);
    case OPEN:
        return read_record(noise, message);
    case DEAD:
        return noise->error;
    }
    GHM_UNREACHABLE();
}

/* Refuse by the length alone, before anything of the message is kept. */
static int check_length(struct ghm_noise *noise, size_t len)
{
    if (noise->state == HANDSHAKE && len > GHM_NOISE_HANDSHAKE_MAX) {
        return die(noise, GHM_EPROTO, "oversized handshake message");
    }
    if (noise->state == OPEN && len < GHM_AEAD_TAG_LEN) {
        return die(noise, GHM_EPROTO, "record shorter than its tag");
    }
    return GHM_OK;
}

/* Move bytes that do not make a whole message yet to `noise->in`, and read it when they do. */
static int gather(struct ghm_noise *noise, struct ghm_bytes *in)
{
    struct ghm_bytes held = ghm_buf_bytes(&noise->in);
    size_t wanted = held.len < LENGTH_LEN ? LENGTH_LEN : LENGTH_LEN + ghm_load_be16(held.ptr);
    struct ghm_bytes more = ghm_bytes_upto(*in, wanted - held.len);
    int error = ghm_buf_append(&noise->in, more);
    if (error != GHM_OK) return die_of(noise, error);
    *in = ghm_bytes_from(*in, more.len);
    held = ghm_buf_bytes(&noise->in);
    if (held.len < LENGTH_LEN) return GHM_OK;
    size_t len = ghm_load_be16(held.ptr);
    error = check_length(noise, len);
    if (error != GHM_OK || held.len < LENGTH_LEN + len) return error;
    error = read_message(noise, ghm_bytes_from(held, LENGTH_LEN));
    ghm_buf_clear(&noise->in);
    ghm_buf_trim(&noise->in, GHM_NOISE_KEPT_MAX);
    return error;
}

/* Take one message, or what there is of it, from the front of `in`. */
static int take_message(struct ghm_noise *noise, struct ghm_bytes *in)
{
    if (ghm_buf_len(&noise->in) > 0 || in->len < LENGTH_LEN) return gather(noise, in);
    size_t len = ghm_load_be16(in->ptr);
    if (in->len - LENGTH_LEN < len) return gather(noise, in);
    int error = check_length(noise, len);
    if (error != GHM_OK) return error;
    struct ghm_bytes message = ghm_bytes_upto(ghm_bytes_from(*in, LENGTH_LEN), len);
    *in = ghm_bytes_from(*in, LENGTH_LEN + len);
    return read_message(noise, message);
}

int ghm_noise_push(struct ghm_noise *noise, struct ghm_bytes in)
{
    int error = noise->error;
    while (error == GHM_OK && in.len > 0)
        error = take_message(noise, &in);
    return error;
}

static void draw_keys(struct ghm_noise *noise, struct ghm_entropy *entropy)
{
    struct ghm_xx_keys keys;
    ghm_entropy_fill(entropy, keys.static_secret, sizeof keys.static_secret);
    ghm_entropy_fill(entropy, keys.ephemeral_secret, sizeof keys.ephemeral_secret);
    ghm_xx_init(&noise->xx, noise->config.is_initiator, &keys, GHM_BYTES_NONE);
    ghm_mem_wipe(&keys, sizeof keys);
}

int ghm_noise_new(struct ghm_noise **ret_noise, struct ghm_mem *mem,
                  const struct ghm_noise_config *config, struct ghm_entropy *entropy)
{
    struct ghm_noise *noise = ghm_mem_alloc(mem, sizeof *noise);
    if (noise == NULL) return GHM_ENOMEM;
    noise->mem = mem;
    noise->config = *config;
    noise->reason = "";
    ghm_buf_init(&noise->in, mem, FRAME_MAX);
    ghm_buf_init(&noise->out, mem, GHM_NOISE_SEALED_HELD_MAX);
    ghm_buf_init(&noise->plain, mem, GHM_NOISE_PLAIN_HELD_MAX);
    draw_keys(noise, entropy);
    int error = config->is_initiator ? write_handshake(noise) : GHM_OK;
    if (error != GHM_OK) {
        ghm_noise_free(noise);
        return error;
    }
    *ret_noise = noise;
    return GHM_OK;
}

void ghm_noise_free(struct ghm_noise *noise)
{
    if (noise == NULL) return;
    struct ghm_mem *mem = noise->mem;
    forget_keys(noise);
    if (noise->plain.ptr != NULL) ghm_mem_wipe(noise->plain.ptr, noise->plain.size);
    ghm_buf_fini(&noise->in);
    ghm_buf_fini(&noise->out);
    ghm_buf_fini(&noise->plain);
    ghm_mem_free(mem, noise, sizeof *noise);
}

struct ghm_bytes ghm_noise_pull(const struct ghm_noise *noise)
{
    return ghm_buf_bytes(&noise->out);
}

void ghm_noise_pulled(struct ghm_noise *noise, size_t len)
{
    ghm_buf_drop(&noise->out, len);
    ghm_buf_trim(&noise->out, GHM_NOISE_KEPT_MAX);
}

bool ghm_noise_next(struct ghm_noise *noise, enum ghm_noise_event *ret_event)
{
    if (!noise->has_event) return false;
    noise->has_event = false;
    *ret_event = GHM_NOISE_READY;
    return true;
}

struct ghm_bytes ghm_noise_plain(const struct ghm_noise *noise)
{
    return ghm_buf_bytes(&noise->plain);
}

void ghm_noise_plain_drop(struct ghm_noise *noise, size_t len)
{
    ghm_buf_drop_wiped(&noise->plain, len);
    ghm_buf_trim(&noise->plain, GHM_NOISE_KEPT_MAX);
}

/* Bytes that `len` bytes of plaintext become, in records as large as allowed. */
static size_t sealed_len(size_t len)
{
    size_t records = (len + GHM_NOISE_PLAIN_MAX - 1) / GHM_NOISE_PLAIN_MAX;
    return len + records * (LENGTH_LEN + GHM_AEAD_TAG_LEN);
}

static int seal_record(struct ghm_noise *noise, uint8_t *room, struct ghm_bytes plain)
{
    size_t len = plain.len + GHM_AEAD_TAG_LEN;
    int error = ghm_cipherstate_seal(&noise->send, room + LENGTH_LEN, plain);
    if (error != GHM_OK) return die_of(noise, error);
    ghm_store_be16(room, (uint16_t)len);
    ghm_buf_commit(&noise->out, LENGTH_LEN + len);
    return GHM_OK;
}

int ghm_noise_write(struct ghm_noise *noise, struct ghm_bytes plain)
{
    uint8_t *room;
    if (noise->state == DEAD) return GHM_ECLOSED;
    GHM_ASSERT(noise->state == OPEN);
    if (plain.len == 0) return GHM_OK;
    if (plain.len > GHM_NOISE_SEALED_HELD_MAX) return GHM_ELIMIT;
    /* Room for all of it first, so that it is taken whole or not at all. */
    int error = ghm_buf_reserve(&noise->out, &room, sealed_len(plain.len));
    while (error == GHM_OK && plain.len > 0) {
        struct ghm_bytes part = ghm_bytes_upto(plain, GHM_NOISE_PLAIN_MAX);
        error = seal_record(noise, room, part);
        room += LENGTH_LEN + part.len + GHM_AEAD_TAG_LEN;
        plain = ghm_bytes_from(plain, part.len);
    }
    return error;
}

const struct ghm_peerid *ghm_noise_peer(const struct ghm_noise *noise)
{
    return &noise->peer;
}

struct ghm_bytes ghm_noise_peer_key(const struct ghm_noise *noise)
{
    return ghm_bytes(noise->peer_key, noise->peer_key_len);
}

const char *ghm_noise_muxer(const struct ghm_noise *noise)
{
    return noise->muxer;
}

const char *ghm_noise_reason(const struct ghm_noise *noise)
{
    return noise->reason;
}
