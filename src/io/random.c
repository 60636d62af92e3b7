/* SPDX-License-Identifier: MIT */
#include "io/random.h"

#include "base/assert.h"
#include "base/mem.h"

#include <sodium.h>

void ghm_random_entropy(struct ghm_entropy *ret_entropy)
{
    uint8_t seed[32];
    GHM_ASSERT(sodium_init() >= 0);
    randombytes_buf(seed, sizeof seed);
    ghm_entropy_init(ret_entropy, seed);
    ghm_mem_wipe(seed, sizeof seed);
}
