/* SPDX-License-Identifier: MIT */
#include "answer/identity.h"

#include <sodium.h>

_Static_assert(GHM_IDENTITY_KEY_LEN == crypto_generichash_KEYBYTES, "a BLAKE2b key");

static bool starts_with_word(struct ghm_bytes text, const char *lower_word)
{
    size_t len = strlen(lower_word);
    if (text.len <= len || text.ptr[len] != ' ') return false;
    for (size_t i = 0; i < len; i++) {
        if ((text.ptr[i] | 0x20) != (uint8_t)lower_word[i]) return false;
    }
    return true;
}

static struct ghm_bytes trim(struct ghm_bytes text)
{
    while (text.len > 0 && (text.ptr[0] == ' ' || text.ptr[0] == '\t')) {
        text = ghm_bytes_from(text, 1);
    }
    while (text.len > 0 && (text.ptr[text.len - 1] == ' ' || text.ptr[text.len - 1] == '\t')) {
        text.len--;
    }
    return text;
}

struct ghm_bytes ghm_identity_token(struct ghm_bytes authorization)
{
    static const char *const schemes[] = {"token", "bearer"};
    struct ghm_bytes text = trim(authorization);
    for (size_t i = 0; i < sizeof schemes / sizeof schemes[0]; i++) {
        if (starts_with_word(text, schemes[i])) {
            return trim(ghm_bytes_from(text, strlen(schemes[i])));
        }
    }
    return text;
}

void ghm_identity_of(struct ghm_identity *ret_identity, const uint8_t key[GHM_IDENTITY_KEY_LEN],
                     struct ghm_bytes token)
{
    uint8_t digest[crypto_generichash_BYTES];
    memset(ret_identity->fp, 0, sizeof ret_identity->fp);
    if (token.len == 0) return;
    crypto_generichash(digest, sizeof digest, token.ptr, token.len, key, GHM_IDENTITY_KEY_LEN);
    memcpy(ret_identity->fp, digest, sizeof ret_identity->fp);
    /* One token in 2^128 would be taken for nobody: better for its neighbour. */
    if (ghm_identity_is_anonymous(ret_identity)) ret_identity->fp[0] = 1;
}

bool ghm_identity_is_anonymous(const struct ghm_identity *identity)
{
    return sodium_is_zero(identity->fp, sizeof identity->fp) == 1;
}

bool ghm_identity_equal(const struct ghm_identity *a, const struct ghm_identity *b)
{
    return sodium_memcmp(a->fp, b->fp, sizeof a->fp) == 0;
}

void ghm_identity_slot(uint8_t ret_slot[GHM_VARIANT_ID_LEN], const uint8_t id[GHM_VARIANT_ID_LEN],
                       const struct ghm_identity *identity)
{
    memcpy(ret_slot, id, GHM_VARIANT_ID_LEN);
    for (size_t i = 0; i < sizeof identity->fp; i++)
        ret_slot[i] ^= identity->fp[i];
}

void ghm_identity_text(char ret_text[GHM_IDENTITY_TEXT_MAX], struct ghm_bytes token)
{
    uint8_t digest[crypto_hash_sha256_BYTES];
    char base64[sodium_base64_ENCODED_LEN(sizeof digest, sodium_base64_VARIANT_ORIGINAL)];
    memcpy(ret_text, "-", 2);
    if (token.len == 0) return;
    crypto_hash_sha256(digest, token.ptr, token.len);
    sodium_bin2base64(base64, sizeof base64, digest, sizeof digest, sodium_base64_VARIANT_ORIGINAL);
    memcpy(ret_text, base64, GHM_IDENTITY_TEXT_MAX - 1);
    ret_text[GHM_IDENTITY_TEXT_MAX - 1] = '\0';
}
