/* SPDX-License-Identifier: MIT */
#include "crypto/entropy.h"

#include "base/assert.h"

#include <sodium.h>
#include <string.h>

#define BLOCK_LEN 64

static const uint8_t nonce[crypto_stream_chacha20_NONCEBYTES];

_Static_assert(sizeof((struct ghm_entropy *)0)->key == crypto_stream_chacha20_KEYBYTES, "the key");

void ghm_entropy_init(struct ghm_entropy *entropy, const uint8_t seed[32])
{
    memcpy(entropy->key, seed, sizeof entropy->key);
}

/* Block 0 of the key stream becomes the next key and is never given out; the blocks after it are
 * the output. So the state left behind says nothing about what was given (fast key erasure). */
void ghm_entropy_fill(struct ghm_entropy *entropy, void *ret_out, size_t len)
{
    uint8_t first[BLOCK_LEN];
    if (len == 0) return;
    memset(ret_out, 0, len);
    (void)crypto_stream_chacha20_xor_ic(ret_out, ret_out, len, nonce, 1, entropy->key);
    (void)crypto_stream_chacha20(first, sizeof first, nonce, entropy->key);
    memcpy(entropy->key, first, sizeof entropy->key);
    sodium_memzero(first, sizeof first);
}

uint64_t ghm_entropy_below(struct ghm_entropy *entropy, uint64_t bound)
{
    GHM_ASSERT(bound >= 1);
    /* 2^64 mod bound: below it lies the part that would make some results likelier. */
    uint64_t skewed = (0 - bound) % bound;
    uint64_t value;
    do {
        ghm_entropy_fill(entropy, &value, sizeof value);
    } while (value < skewed);
    return value % bound;
}

void ghm_entropy_fork(struct ghm_entropy *entropy, struct ghm_entropy *ret_child)
{
    ghm_entropy_fill(entropy, ret_child->key, sizeof ret_child->key);
}
