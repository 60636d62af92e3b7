/* SPDX-License-Identifier: MIT */
#include "mesh/envelope.h"

#include "base/assert.h"
#include "crypto/hkdf.h"

#define VERSION 1
#define TAG_LEN 16
#define TIME_LEN 8
#define NETWORK_AT 2
#define EPOCH_AT (NETWORK_AT + GHM_KEYRING_NETWORK_LEN)
#define SENDER_AT (EPOCH_AT + 4)

/* ---- keys ---- */

static int set_key(struct ghm_envelope_cipher *cipher, const struct ghm_keyring *keyring,
                   enum ghm_aead_use use, const struct ghm_peerid *sender)
{
    uint8_t label[6 + 1 + GHM_PEERID_LEN_MAX + 4] = "sender";
    uint8_t key[32];
    size_t len = 6;
    label[len++] = sender->len;
    memcpy(label + len, sender->bytes, sender->len);
    len += sender->len;
    ghm_store_be32(label + len, cipher->epoch);
    len += 4;
    ghm_hkdf_expand(key, sizeof key, keyring->keys[cipher->ring].seal, ghm_bytes(label, len));
    ghm_aead_fini(&cipher->aead);
    int error = ghm_aead_init(&cipher->aead, GHM_AEAD_AES256_GCM, use, key);
    ghm_mem_wipe(key, sizeof key);
    cipher->is_set = error == GHM_OK;
    return error;
}

static int use_key(struct ghm_envelope_cipher *cipher, const struct ghm_keyring *keyring,
                   enum ghm_aead_use use, const struct ghm_peerid *sender, size_t ring,
                   uint32_t epoch)
{
    bool is_same = cipher->ring == ring && cipher->epoch == epoch;
    if (cipher->is_set && is_same && ghm_peerid_equal(&cipher->sender, sender)) return GHM_OK;
    cipher->ring = ring;
    cipher->epoch = epoch;
    cipher->sender = *sender;
    return set_key(cipher, keyring, use, sender);
}

void ghm_envelope_cipher_fini(struct ghm_envelope_cipher *cipher)
{
    ghm_aead_fini(&cipher->aead);
    cipher->is_set = false;
}

/* ---- sealing ---- */

static size_t write_head(uint8_t *out, const struct ghm_envelope *letter, uint32_t epoch,
                         const uint8_t network_id[GHM_KEYRING_NETWORK_LEN])
{
    out[0] = VERSION;
    out[1] = (uint8_t)letter->kind;
    memcpy(out + NETWORK_AT, network_id, GHM_KEYRING_NETWORK_LEN);
    ghm_store_be32(out + EPOCH_AT, epoch);
    out[SENDER_AT] = letter->sender.len;
    memcpy(out + SENDER_AT + 1, letter->sender.bytes, letter->sender.len);
    return SENDER_AT + 1U + letter->sender.len;
}

int ghm_envelope_seal(struct ghm_buf *buf, struct ghm_envelope_cipher *cipher,
                      const struct ghm_keyring *keyring, const struct ghm_envelope *letter,
                      struct ghm_entropy *entropy)
{
    uint8_t *out;
    uint32_t epoch = (uint32_t)(letter->sent_ms / GHM_ENVELOPE_EPOCH_MS);
    if (letter->plain.len > GHM_ENVELOPE_PLAIN_MAX) return GHM_ELIMIT;
    int error = use_key(cipher, keyring, GHM_AEAD_SEAL, &letter->sender, 0, epoch);
    if (error != GHM_OK) return error;
    size_t plain_len = TIME_LEN + letter->plain.len;
    error = ghm_buf_reserve(buf, &out, GHM_ENVELOPE_HEAD_MAX + plain_len + TAG_LEN);
    if (error != GHM_OK) return error;
    size_t head = write_head(out, letter, epoch, keyring->keys[0].network_id);
    uint8_t *nonce = out + head;
    uint8_t *body = nonce + GHM_ENVELOPE_NONCE_LEN;
    ghm_entropy_fill(entropy, nonce, GHM_ENVELOPE_NONCE_LEN);
    ghm_store_be64(body, (uint64_t)letter->sent_ms);
    ghm_bytes_copy(body + TIME_LEN, letter->plain);
    error =
        ghm_aead_seal(&cipher->aead, body, nonce, ghm_bytes(out, head), ghm_bytes(body, plain_len));
    if (error != GHM_OK) return error;
    ghm_buf_commit(buf, head + GHM_ENVELOPE_NONCE_LEN + plain_len + TAG_LEN);
    return GHM_OK;
}

/* ---- opening ---- */

static bool find_ring(size_t *ret_ring, const struct ghm_keyring *keyring,
                      const uint8_t *network_id)
{
    for (size_t i = 0; i < keyring->count; i++) {
        if (memcmp(keyring->keys[i].network_id, network_id, GHM_KEYRING_NETWORK_LEN) != 0) continue;
        *ret_ring = i;
        return true;
    }
    return false;
}

static int read_head(struct ghm_envelope *ret_letter, struct ghm_bytes sealed)
{
    if (sealed.len < SENDER_AT + 1U) return GHM_EPROTO;
    if (sealed.ptr[0] != VERSION) return GHM_EPROTO;
    if (sealed.ptr[1] != GHM_ENVELOPE_ENTRY) return GHM_EPROTO;
    size_t head = SENDER_AT + 1U + sealed.ptr[SENDER_AT];
    size_t least = head + GHM_ENVELOPE_NONCE_LEN + TIME_LEN + TAG_LEN;
    if (sealed.len < least || sealed.len > least + GHM_ENVELOPE_PLAIN_MAX) return GHM_EPROTO;
    ret_letter->kind = (enum ghm_envelope_kind)sealed.ptr[1];
    ret_letter->epoch = ghm_load_be32(sealed.ptr + EPOCH_AT);
    memcpy(ret_letter->nonce, sealed.ptr + head, GHM_ENVELOPE_NONCE_LEN);
    return ghm_peerid_decode(&ret_letter->sender,
                             ghm_bytes(sealed.ptr + SENDER_AT + 1, sealed.ptr[SENDER_AT]));
}

int ghm_envelope_glance(struct ghm_envelope *ret_letter, const struct ghm_keyring *keyring,
                        struct ghm_bytes sealed)
{
    struct ghm_envelope letter = {.sent_ms = 0};
    int error = read_head(&letter, sealed);
    if (error != GHM_OK) return error;
    if (!find_ring(&letter.ring, keyring, sealed.ptr + NETWORK_AT)) return GHM_EAUTH;
    *ret_letter = letter;
    return GHM_OK;
}

static int open_body(struct ghm_buf *buf, struct ghm_envelope_cipher *cipher,
                     struct ghm_envelope *letter, struct ghm_bytes sealed)
{
    uint8_t *out;
    size_t head = SENDER_AT + 1U + letter->sender.len;
    struct ghm_bytes body = ghm_bytes_from(sealed, head + GHM_ENVELOPE_NONCE_LEN);
    ghm_buf_clear(buf);
    int error = ghm_buf_reserve(buf, &out, body.len - TAG_LEN);
    if (error != GHM_OK) return error;
    error = ghm_aead_open(&cipher->aead, out, letter->nonce, ghm_bytes_upto(sealed, head), body);
    if (error != GHM_OK) return error;
    ghm_buf_commit(buf, body.len - TAG_LEN);
    uint64_t sent_ms = ghm_load_be64(out);
    if (sent_ms > INT64_MAX) return GHM_EPROTO;
    letter->sent_ms = (int64_t)sent_ms;
    letter->plain = ghm_bytes_from(ghm_buf_bytes(buf), TIME_LEN);
    return GHM_OK;
}

int ghm_envelope_open(struct ghm_buf *buf, struct ghm_envelope_cipher *cipher,
                      struct ghm_envelope *ret_letter, const struct ghm_keyring *keyring,
                      struct ghm_bytes sealed)
{
    struct ghm_envelope letter;
    int error = ghm_envelope_glance(&letter, keyring, sealed);
    if (error != GHM_OK) return error;
    error = use_key(cipher, keyring, GHM_AEAD_OPEN, &letter.sender, letter.ring, letter.epoch);
    if (error == GHM_OK) error = open_body(buf, cipher, &letter, sealed);
    if (error != GHM_OK) return error;
    *ret_letter = letter;
    return GHM_OK;
}
