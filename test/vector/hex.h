/* SPDX-License-Identifier: MIT */
/* Hex for tests, and the two hurts that every decoder is put through. */
#ifndef GHM_VECTOR_HEX_H
#define GHM_VECTOR_HEX_H

#include "base/bytes.h"

#include <stdlib.h>

struct hex {
    size_t len;
    uint8_t bytes[2048];
};

static inline uint8_t hex_digit(char c)
{
    if (c >= '0' && c <= '9') return (uint8_t)(c - '0');
    if (c >= 'a' && c <= 'f') return (uint8_t)(c - 'a' + 10);
    abort();
}

static inline struct hex hex_of(const char *text)
{
    struct hex hex = {.len = strlen(text) / 2};
    if (hex.len > sizeof hex.bytes) abort();
    for (size_t i = 0; i < hex.len; i++)
        hex.bytes[i] = (uint8_t)(hex_digit(text[2 * i]) << 4 | hex_digit(text[2 * i + 1]));
    return hex;
}

static inline struct ghm_bytes hex_bytes(const struct hex *hex)
{
    return ghm_bytes(hex->bytes, hex->len);
}

/* What a decoder is given, and what it was made from; `arg` is the test's. */
typedef void hurt_check(struct ghm_bytes in, struct ghm_bytes whole, void *arg);

/* Call `check` with each shorter prefix, alone in a block of exactly its size: a read past the end
 * is then seen by the sanitizer. */
static inline void hurt_by_truncation(struct ghm_bytes whole, hurt_check *check, void *arg)
{
    for (size_t len = 0; len < whole.len; len++) {
        uint8_t *copy = malloc(len == 0 ? 1 : len);
        if (copy == NULL) abort();
        memcpy(copy, whole.ptr, len);
        check(ghm_bytes(copy, len), whole, arg);
        free(copy);
    }
}

/* Call `check` with each single bit turned over. */
static inline void hurt_by_flip(struct ghm_bytes whole, hurt_check *check, void *arg)
{
    uint8_t *copy = malloc(whole.len);
    if (copy == NULL) abort();
    memcpy(copy, whole.ptr, whole.len);
    for (size_t bit = 0; bit < 8 * whole.len; bit++) {
        copy[bit / 8] ^= (uint8_t)(1U << (bit % 8));
        check(ghm_bytes(copy, whole.len), whole, arg);
        copy[bit / 8] ^= (uint8_t)(1U << (bit % 8));
    }
    free(copy);
}

#endif
