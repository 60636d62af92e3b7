/* SPDX-License-Identifier: MIT */
/* Memory that is given back all at once, up to a bound. */
#ifndef GHM_CMD_ARENA_H
#define GHM_CMD_ARENA_H

#include "base/bytes.h"
#include "base/mem.h"

struct arena_block;

struct arena {
    struct ghm_mem mem;
    struct arena_block *blocks; /* the last taken from first */
};

void arena_init(struct arena *arena, size_t bytes_max);

/** Zeroed memory for any type, good until arena_clear. NULL: the bound, or no memory. */
void *arena_take(struct arena *arena, size_t size);

/** A copy. false: no memory. */
bool arena_copy(struct arena *arena, struct ghm_bytes *ret_copy, struct ghm_bytes bytes);

void arena_clear(struct arena *arena);

#endif
