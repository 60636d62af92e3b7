/* SPDX-License-Identifier: MIT */
#include "link/syn.h"

#include <string.h>

#define GHM_SYN_WORDS (GHM_SYN_SPAN / 64)

/* Make room for `steps` newer ids at bit 0. */
static void shift(struct ghm_syn *syn, uint32_t steps)
{
    struct ghm_syn old = *syn;
    uint32_t words = steps / 64, bits = steps % 64;
    memset(syn->used, 0, sizeof syn->used);
    for (uint32_t i = words; i < GHM_SYN_WORDS; i++) {
        syn->used[i] = old.used[i - words] << bits;
        if (bits != 0 && i > words) syn->used[i] |= old.used[i - words - 1] >> (64 - bits);
    }
}

static bool is_used(const struct ghm_syn *syn, uint32_t age)
{
    return (syn->used[age / 64] >> (age % 64) & 1) != 0;
}

bool ghm_syn_admit(struct ghm_syn *syn, uint32_t id)
{
    if (id > syn->newest) {
        shift(syn, (id - syn->newest) / 2);
        syn->newest = id;
        syn->used[0] |= 1;
        return true;
    }
    uint32_t age = (syn->newest - id) / 2;
    if (age >= GHM_SYN_SPAN || is_used(syn, age)) return false;
    syn->used[age / 64] |= UINT64_C(1) << (age % 64);
    return true;
}

bool ghm_syn_has(const struct ghm_syn *syn, uint32_t id)
{
    if (id > syn->newest) return false;
    uint32_t age = (syn->newest - id) / 2;
    return age >= GHM_SYN_SPAN || is_used(syn, age);
}
