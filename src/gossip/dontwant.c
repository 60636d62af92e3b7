/* SPDX-License-Identifier: MIT */
#include "gossip/dontwant.h"

#include <sodium.h>

_Static_assert(crypto_shorthash_KEYBYTES == 16, "the seed is a SipHash key");

void ghm_dontwant_init(struct ghm_dontwant *dontwant, struct ghm_mem *mem, const uint8_t seed[16])
{
    *dontwant = (struct ghm_dontwant){.mem = mem};
    memcpy(dontwant->seed, seed, sizeof dontwant->seed);
}

void ghm_dontwant_fini(struct ghm_dontwant *dontwant)
{
    ghm_mem_free(dontwant->mem, dontwant->marks, GHM_DONTWANT_MAX * sizeof *dontwant->marks);
    dontwant->marks = NULL;
    dontwant->count = 0;
    dontwant->next = 0;
}

static uint64_t hash_of(const struct ghm_dontwant *dontwant, struct ghm_bytes id)
{
    uint8_t hash[crypto_shorthash_BYTES];
    crypto_shorthash(hash, id.ptr, id.len, dontwant->seed);
    return ghm_load_be64(hash);
}

void ghm_dontwant_add(struct ghm_dontwant *dontwant, struct ghm_bytes id, uint64_t beat)
{
    if (dontwant->marks == NULL) {
        size_t size = GHM_DONTWANT_MAX * sizeof *dontwant->marks;
        dontwant->marks = ghm_mem_alloc(dontwant->mem, size);
    }
    if (dontwant->marks == NULL) return;
    dontwant->marks[dontwant->next].hash = hash_of(dontwant, id);
    dontwant->marks[dontwant->next].beat = beat + GHM_DONTWANT_BEATS;
    dontwant->next = (dontwant->next + 1) % GHM_DONTWANT_MAX;
    if (dontwant->count < GHM_DONTWANT_MAX) dontwant->count++;
}

bool ghm_dontwant_has(const struct ghm_dontwant *dontwant, struct ghm_bytes id, uint64_t beat)
{
    if (dontwant->count == 0) return false;
    uint64_t hash = hash_of(dontwant, id);
    for (size_t i = 0; i < dontwant->count; i++) {
        if (dontwant->marks[i].hash == hash && dontwant->marks[i].beat >= beat) return true;
    }
    return false;
}
