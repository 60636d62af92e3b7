/* SPDX-License-Identifier: MIT */
#include "answer/etag.h"

#include "answer/header.h"

#include <sodium.h>

static const struct {
    const char *name;
    unsigned bit;
} hashed[] = {
    {"accept", GHM_ETAG_ACCEPT},
    {"authorization", GHM_ETAG_AUTHORIZATION},
    {"cookie", GHM_ETAG_COOKIE},
};

#define HASHED_COUNT (sizeof hashed / sizeof hashed[0])

static struct ghm_bytes take_word(struct ghm_bytes *list)
{
    size_t len = 0;
    while (len < list->len && list->ptr[len] != ',')
        len++;
    struct ghm_bytes word = ghm_bytes_upto(*list, len);
    *list = ghm_bytes_from(*list, len < list->len ? len + 1 : len);
    while (word.len > 0 && (word.ptr[0] == ' ' || word.ptr[0] == '\t'))
        word = ghm_bytes_from(word, 1);
    while (word.len > 0 && (word.ptr[word.len - 1] == ' ' || word.ptr[word.len - 1] == '\t'))
        word.len--;
    return word;
}

static unsigned bit_of(struct ghm_bytes word)
{
    if (ghm_bytes_equal(word, ghm_bytes_text("*"))) return GHM_ETAG_ALL;
    for (size_t i = 0; i < HASHED_COUNT; i++) {
        if (ghm_header_is_named(word, hashed[i].name)) return hashed[i].bit;
    }
    return 0;
}

unsigned ghm_etag_vary(struct ghm_bytes answer_headers)
{
    unsigned vary = 0;
    struct ghm_header header;
    while (ghm_header_next(&answer_headers, &header)) {
        if (!ghm_header_is_named(header.name, "vary")) continue;
        while (header.value.len > 0)
            vary |= bit_of(take_word(&header.value));
    }
    return vary;
}

static void add_values(crypto_hash_sha256_state *hash, struct ghm_bytes block, const char *name)
{
    struct ghm_header header;
    while (ghm_header_next(&block, &header)) {
        if (!ghm_header_is_named(header.name, name)) continue;
        (void)crypto_hash_sha256_update(hash, header.value.ptr, header.value.len);
        (void)crypto_hash_sha256_update(hash, (const uint8_t *)":", 1);
    }
}

void ghm_etag_compute(char ret_tag[GHM_ETAG_TEXT_MAX], unsigned vary,
                      struct ghm_bytes request_headers, struct ghm_bytes body)
{
    uint8_t digest[crypto_hash_sha256_BYTES];
    crypto_hash_sha256_state hash;
    (void)crypto_hash_sha256_init(&hash);
    for (size_t i = 0; i < HASHED_COUNT; i++) {
        if ((vary & hashed[i].bit) != 0) add_values(&hash, request_headers, hashed[i].name);
    }
    if (body.len > 0) (void)crypto_hash_sha256_update(&hash, body.ptr, body.len);
    (void)crypto_hash_sha256_final(&hash, digest);
    sodium_memzero(&hash, sizeof hash); /* it saw the token */
    (void)sodium_bin2hex(ret_tag + 1, GHM_ETAG_TEXT_MAX - 1, digest, sizeof digest);
    ret_tag[0] = '"';
    ret_tag[GHM_ETAG_TEXT_MAX - 2] = '"';
    ret_tag[GHM_ETAG_TEXT_MAX - 1] = '\0';
}
