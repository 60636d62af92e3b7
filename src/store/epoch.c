/* SPDX-License-Identifier: MIT */
#include "store/epoch.h"

/* A word: milliseconds, and below them a number that every write counts up. */
#define NUMBER_BITS 22
#define NUMBER_MASK ((UINT64_C(1) << NUMBER_BITS) - 1)
#define MS_MAX ((INT64_C(1) << (64 - NUMBER_BITS)) - 1) /* the year 2109 */

static _Atomic uint64_t *word_of(struct ghm_shared *shared, uint64_t key)
{
    uint64_t others = GHM_SHARED_EPOCHS - GHM_FAMILY_WIDE_MAX;
    return &shared->epochs[key < GHM_FAMILY_WIDE_MAX ? key : GHM_FAMILY_WIDE_MAX + key % others];
}

static int64_t ms_of(uint64_t word)
{
    return (int64_t)(word >> NUMBER_BITS);
}

struct ghm_epoch ghm_epoch_of(struct ghm_shared *shared, const struct ghm_family *reads)
{
    struct ghm_epoch epoch = {0, 0};
    if (shared == NULL) return epoch;
    for (size_t i = 0; i < reads->count; i++) {
        uint64_t word = atomic_load_explicit(word_of(shared, reads->keys[i]), memory_order_acquire);
        if (ms_of(word) > epoch.wrote_ms) epoch.wrote_ms = ms_of(word);
        epoch.generation += word & NUMBER_MASK;
    }
    return epoch;
}

static void raise_word(_Atomic uint64_t *word, int64_t wrote_ms)
{
    uint64_t was = atomic_load(word);
    uint64_t is;
    do {
        bool is_kept = ms_of(was) > wrote_ms && ms_of(was) - wrote_ms <= GHM_EPOCH_AHEAD_MS;
        uint64_t ms = (uint64_t)(is_kept ? ms_of(was) : wrote_ms);
        is = ms << NUMBER_BITS | ((was + 1) & NUMBER_MASK);
    } while (!atomic_compare_exchange_weak(word, &was, is));
}

void ghm_epoch_raise(struct ghm_shared *shared, const struct ghm_family *writes, int64_t wrote_ms)
{
    if (shared == NULL) return;
    if (wrote_ms < 1) wrote_ms = 1;
    if (wrote_ms > MS_MAX) wrote_ms = MS_MAX;
    for (size_t i = 0; i < writes->count; i++)
        raise_word(word_of(shared, writes->keys[i]), wrote_ms);
}
