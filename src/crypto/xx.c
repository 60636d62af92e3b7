/* SPDX-License-Identifier: MIT */
#include "crypto/xx.h"

#include "base/assert.h"
#include "crypto/hash.h"
#include "crypto/hkdf.h"

#include <sodium.h>

_Static_assert(GHM_XX_KEY_LEN == crypto_scalarmult_BYTES, "X25519");
_Static_assert(GHM_XX_KEY_LEN == GHM_HASH_LEN, "SHA-256");
_Static_assert(GHM_XX_TAG_LEN == crypto_aead_chacha20poly1305_ietf_ABYTES, "Poly1305");

/* The names below that are not of this house are those of the specification, section 5. */

static void mix_hash(struct ghm_xx *xx, struct ghm_bytes data)
{
    crypto_hash_sha256_state state;
    (void)crypto_hash_sha256_init(&state);
    (void)crypto_hash_sha256_update(&state, xx->transcript, sizeof xx->transcript);
    (void)crypto_hash_sha256_update(&state, data.ptr, data.len);
    (void)crypto_hash_sha256_final(&state, xx->transcript);
}

/* spec: HKDF(chaining_key, input_key_material, 2) is that of RFC 5869 with an empty info. */
static void derive_two(uint8_t ret_keys[2 * GHM_XX_KEY_LEN], const uint8_t chain[GHM_XX_KEY_LEN],
                       struct ghm_bytes secret)
{
    uint8_t temp[GHM_HKDF_KEY_LEN];
    ghm_hkdf_extract(temp, ghm_bytes(chain, GHM_XX_KEY_LEN), secret);
    ghm_hkdf_expand(ret_keys, 2 * GHM_XX_KEY_LEN, temp, GHM_BYTES_NONE);
    ghm_mem_wipe(temp, sizeof temp);
}

static void mix_key(struct ghm_xx *xx, struct ghm_bytes secret)
{
    uint8_t keys[2 * GHM_XX_KEY_LEN];
    derive_two(keys, xx->chain, secret);
    memcpy(xx->chain, keys, sizeof xx->chain);
    memcpy(xx->key, keys + GHM_XX_KEY_LEN, sizeof xx->key);
    xx->has_key = true;
    xx->nonce = 0;
    ghm_mem_wipe(keys, sizeof keys);
}

/* spec 12.1: libsodium reports the all-zero result, which a peer forces with a low-order key. */
static int mix_dh(struct ghm_xx *xx, const struct ghm_xx_pair *own,
                  const uint8_t peer[GHM_XX_KEY_LEN])
{
    uint8_t shared[GHM_XX_KEY_LEN];
    if (crypto_scalarmult(shared, own->secret, peer) != 0) return GHM_EPROTO;
    mix_key(xx, ghm_bytes(shared, sizeof shared));
    ghm_mem_wipe(shared, sizeof shared);
    return GHM_OK;
}

/* spec 12.3: 32 bits of zeros, then the counter in little-endian order. */
static void nonce_bytes(uint8_t ret_nonce[12], uint64_t counter)
{
    memset(ret_nonce, 0, 4);
    for (size_t i = 0; i < 8; i++)
        ret_nonce[4 + i] = (uint8_t)(counter >> (8 * i));
}

static size_t sealed_len(const struct ghm_xx *xx, size_t len)
{
    return len + (xx->has_key ? GHM_XX_TAG_LEN : 0);
}

static int encrypt_and_hash(struct ghm_xx *xx, struct ghm_buf *out, struct ghm_bytes plain)
{
    uint8_t nonce[12];
    uint8_t *room;
    size_t len = sealed_len(xx, plain.len);
    if (len == 0) {
        mix_hash(xx, plain);
        return GHM_OK;
    }
    int error = ghm_buf_reserve(out, &room, len);
    if (error != GHM_OK) return error;
    if (xx->has_key) {
        nonce_bytes(nonce, xx->nonce++);
        (void)crypto_aead_chacha20poly1305_ietf_encrypt(room, NULL, plain.ptr, plain.len,
                                                        xx->transcript, sizeof xx->transcript, NULL,
                                                        nonce, xx->key);
    } else {
        memcpy(room, plain.ptr, plain.len);
    }
    ghm_buf_commit(out, len);
    mix_hash(xx, ghm_bytes(room, len));
    return GHM_OK;
}

/* `ret_plain` has room for sealed.len - GHM_XX_TAG_LEN, or for sealed.len before the first key. */
static int decrypt_and_hash(struct ghm_xx *xx, uint8_t *ret_plain, struct ghm_bytes sealed)
{
    uint8_t nonce[12];
    if (!xx->has_key) {
        ghm_bytes_copy(ret_plain, sealed);
        mix_hash(xx, sealed);
        return GHM_OK;
    }
    nonce_bytes(nonce, xx->nonce++);
    if (crypto_aead_chacha20poly1305_ietf_decrypt(ret_plain, NULL, NULL, sealed.ptr, sealed.len,
                                                  xx->transcript, sizeof xx->transcript, nonce,
                                                  xx->key) != 0) {
        return GHM_EAUTH;
    }
    mix_hash(xx, sealed);
    return GHM_OK;
}

static void pair_init(struct ghm_xx_pair *pair, const uint8_t secret[GHM_XX_KEY_LEN])
{
    memcpy(pair->secret, secret, sizeof pair->secret);
    (void)crypto_scalarmult_base(pair->shown, pair->secret);
}

void ghm_xx_init(struct ghm_xx *xx, bool is_initiator, const struct ghm_xx_keys *keys,
                 struct ghm_bytes prologue)
{
    /* Exactly 32 characters, so the first transcript is the name itself. */
    static const char name[GHM_XX_KEY_LEN + 1] = "Noise_XX_25519_ChaChaPoly_SHA256";
    *xx = (struct ghm_xx){.is_initiator = is_initiator};
    memcpy(xx->transcript, name, sizeof xx->transcript);
    memcpy(xx->chain, xx->transcript, sizeof xx->chain);
    mix_hash(xx, prologue);
    pair_init(&xx->own_static, keys->static_secret);
    pair_init(&xx->own_ephemeral, keys->ephemeral_secret);
}

void ghm_xx_wipe(struct ghm_xx *xx)
{
    ghm_mem_wipe(xx, sizeof *xx);
}

bool ghm_xx_is_done(const struct ghm_xx *xx)
{
    return xx->message == GHM_XX_MESSAGES;
}

bool ghm_xx_is_our_turn(const struct ghm_xx *xx)
{
    return !ghm_xx_is_done(xx) && (xx->message % 2 == 0) == xx->is_initiator;
}

static int write_e(struct ghm_xx *xx, struct ghm_buf *out)
{
    struct ghm_bytes e = ghm_bytes(xx->own_ephemeral.shown, GHM_XX_KEY_LEN);
    int error = ghm_buf_append(out, e);
    if (error == GHM_OK) mix_hash(xx, e);
    return error;
}

static int write_s(struct ghm_xx *xx, struct ghm_buf *out)
{
    return encrypt_and_hash(xx, out, ghm_bytes(xx->own_static.shown, GHM_XX_KEY_LEN));
}

/* <- e, ee, s, es */
static int write_second(struct ghm_xx *xx, struct ghm_buf *out)
{
    int error = write_e(xx, out);
    if (error == GHM_OK) error = mix_dh(xx, &xx->own_ephemeral, xx->peer_ephemeral);
    if (error == GHM_OK) error = write_s(xx, out);
    if (error == GHM_OK) error = mix_dh(xx, &xx->own_static, xx->peer_ephemeral);
    return error;
}

/* -> s, se */
static int write_third(struct ghm_xx *xx, struct ghm_buf *out)
{
    int error = write_s(xx, out);
    if (error == GHM_OK) error = mix_dh(xx, &xx->own_static, xx->peer_ephemeral);
    return error;
}

static int write_tokens(struct ghm_xx *xx, struct ghm_buf *out)
{
    if (xx->message == 0) return write_e(xx, out);
    return xx->message == 1 ? write_second(xx, out) : write_third(xx, out);
}

int ghm_xx_write(struct ghm_xx *xx, struct ghm_buf *out, struct ghm_bytes payload)
{
    uint8_t *room;
    GHM_ASSERT(ghm_xx_is_our_turn(xx));
    GHM_ASSERT(payload.len <= GHM_XX_MESSAGE_MAX - GHM_XX_OVERHEAD_MAX);
    /* Room for the whole message first: what follows cannot fail for want of it. */
    int error = ghm_buf_reserve(out, &room, payload.len + GHM_XX_OVERHEAD_MAX);
    if (error != GHM_OK) return error;
    size_t end = out->end;
    error = write_tokens(xx, out);
    if (error == GHM_OK) error = encrypt_and_hash(xx, out, payload);
    if (error != GHM_OK) {
        out->end = end;
        return error;
    }
    xx->message++;
    return GHM_OK;
}

static int read_e(struct ghm_xx *xx, struct ghm_bytes *left)
{
    if (left->len < GHM_XX_KEY_LEN) return GHM_EPROTO;
    memcpy(xx->peer_ephemeral, left->ptr, GHM_XX_KEY_LEN);
    mix_hash(xx, ghm_bytes_upto(*left, GHM_XX_KEY_LEN));
    *left = ghm_bytes_from(*left, GHM_XX_KEY_LEN);
    return GHM_OK;
}

static int read_s(struct ghm_xx *xx, struct ghm_bytes *left)
{
    size_t len = sealed_len(xx, GHM_XX_KEY_LEN);
    if (left->len < len) return GHM_EPROTO;
    int error = decrypt_and_hash(xx, xx->peer_static, ghm_bytes_upto(*left, len));
    *left = ghm_bytes_from(*left, len);
    return error;
}

static int read_second(struct ghm_xx *xx, struct ghm_bytes *left)
{
    int error = read_e(xx, left);
    if (error == GHM_OK) error = mix_dh(xx, &xx->own_ephemeral, xx->peer_ephemeral);
    if (error == GHM_OK) error = read_s(xx, left);
    if (error == GHM_OK) error = mix_dh(xx, &xx->own_ephemeral, xx->peer_static);
    return error;
}

static int read_third(struct ghm_xx *xx, struct ghm_bytes *left)
{
    int error = read_s(xx, left);
    if (error == GHM_OK) error = mix_dh(xx, &xx->own_ephemeral, xx->peer_static);
    return error;
}

static int read_tokens(struct ghm_xx *xx, struct ghm_bytes *left)
{
    if (xx->message == 0) return read_e(xx, left);
    return xx->message == 1 ? read_second(xx, left) : read_third(xx, left);
}

static int read_payload(struct ghm_xx *xx, struct ghm_buf *ret_payload, struct ghm_bytes sealed)
{
    uint8_t *room = NULL;
    size_t overhead = sealed_len(xx, 0);
    if (sealed.len < overhead) return GHM_EPROTO;
    size_t len = sealed.len - overhead;
    int error = len == 0 ? GHM_OK : ghm_buf_reserve(ret_payload, &room, len);
    if (error == GHM_OK) error = decrypt_and_hash(xx, room, sealed);
    if (error == GHM_OK && len > 0) ghm_buf_commit(ret_payload, len);
    return error;
}

int ghm_xx_read(struct ghm_xx *xx, struct ghm_buf *ret_payload, struct ghm_bytes message)
{
    GHM_ASSERT(!ghm_xx_is_done(xx) && !ghm_xx_is_our_turn(xx));
    if (message.len > GHM_XX_MESSAGE_MAX) return GHM_EPROTO;
    struct ghm_bytes left = message;
    int error = read_tokens(xx, &left);
    if (error == GHM_OK) error = read_payload(xx, ret_payload, left);
    if (error != GHM_OK) return error;
    xx->message++;
    return GHM_OK;
}

void ghm_xx_split(struct ghm_xx_split *ret_split, const struct ghm_xx *xx)
{
    uint8_t keys[2 * GHM_XX_KEY_LEN];
    GHM_ASSERT(ghm_xx_is_done(xx));
    derive_two(keys, xx->chain, GHM_BYTES_NONE);
    const uint8_t *of_initiator = keys; /* what the initiator sends with */
    const uint8_t *of_responder = keys + GHM_XX_KEY_LEN;
    memcpy(ret_split->send_key, xx->is_initiator ? of_initiator : of_responder, GHM_XX_KEY_LEN);
    memcpy(ret_split->receive_key, xx->is_initiator ? of_responder : of_initiator, GHM_XX_KEY_LEN);
    ghm_mem_wipe(keys, sizeof keys);
}
