/* SPDX-License-Identifier: MIT */
#include "mesh/fingerprint.h"

#include "crypto/hash.h"

static uint64_t load_le64(const uint8_t p[8])
{
    uint64_t word = 0;
    for (int i = 7; i >= 0; i--)
        word = word << 8 | p[i];
    return word;
}

static void store_le64(uint8_t ret_p[8], uint64_t word)
{
    for (int i = 0; i < 8; i++)
        ret_p[i] = (uint8_t)(word >> 8 * i);
}

void ghm_fingerprint_add(struct ghm_fingerprint *fingerprint, const uint8_t id[GHM_RANGE_ID_LEN])
{
    uint64_t carry = 0;
    for (size_t i = 0; i < 4; i++) {
        uint64_t word = load_le64(id + 8 * i) + carry;
        carry = word < carry ? 1 : 0;
        fingerprint->sum[i] += word;
        carry += fingerprint->sum[i] < word ? 1 : 0;
    }
    fingerprint->count++;
}

void ghm_fingerprint_end(uint8_t ret_value[GHM_RANGE_FINGERPRINT_LEN],
                         const struct ghm_fingerprint *fingerprint)
{
    uint8_t hashed[32 + GHM_RANGE_NUMBER_MAX];
    uint8_t hash[GHM_HASH_LEN];
    for (size_t i = 0; i < 4; i++)
        store_le64(hashed + 8 * i, fingerprint->sum[i]);
    size_t len = 32 + ghm_range_number(hashed + 32, fingerprint->count);
    ghm_hash_sha256(hash, ghm_bytes(hashed, len));
    memcpy(ret_value, hash, GHM_RANGE_FINGERPRINT_LEN);
}
