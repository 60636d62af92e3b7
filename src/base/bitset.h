/* SPDX-License-Identifier: MIT */
/* A set of small numbers in the caller's bytes: number i is bit i % 8 of byte i / 8. */
#ifndef GHM_BASE_BITSET_H
#define GHM_BASE_BITSET_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/** Bytes that hold `count` bits. */
#define GHM_BITSET_SIZE(count) (((count) + 7) / 8)

static inline void ghm_bitset_add(uint8_t *bits, size_t i)
{
    bits[i / 8] = (uint8_t)(bits[i / 8] | 1U << (i % 8));
}

static inline void ghm_bitset_remove(uint8_t *bits, size_t i)
{
    bits[i / 8] = (uint8_t)(bits[i / 8] & ~(1U << (i % 8)));
}

static inline bool ghm_bitset_has(const uint8_t *bits, size_t i)
{
    return (bits[i / 8] >> (i % 8) & 1) != 0;
}

/** The first number at `from` or above; `count` when there is none below it. */
static inline size_t ghm_bitset_next(const uint8_t *bits, size_t count, size_t from)
{
    while (from < count && !ghm_bitset_has(bits, from))
        from += bits[from / 8] == 0 ? 8 - from % 8 : 1;
    return from < count ? from : count;
}

#endif
