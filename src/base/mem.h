/* SPDX-License-Identifier: MIT */
/* Memory as an argument: every owner counts what it holds and has a stated maximum.
 *
 * A budget may have a parent (stream -> connection -> swarm -> process): an allocation is charged
 * to each of them and refused when any would pass its maximum. Sizes are given back on free, so
 * that blocks carry no header. NULL is the budget of nobody: for what is handed over to a caller of
 * the library, on any thread. This is the only place that calls malloc. */
#ifndef GHM_BASE_MEM_H
#define GHM_BASE_MEM_H

#include "base/error.h"

#include <stddef.h>
#include <stdint.h>

struct ghm_mem {
    struct ghm_mem *parent; /* charged too; NULL at the root */
    size_t used_bytes;      /* now held */
    size_t used_bytes_max;  /* the bound */
    size_t peak_bytes;      /* the most ever held */
    uint64_t fail_after;    /* tests: refuse the n-th allocation from now on, its children's
                             * counted too, once; 0: none */
};

/** Start a budget of at most `bytes_max`, charged to `parent` too (NULL: to nobody). */
void ghm_mem_init(struct ghm_mem *mem, struct ghm_mem *parent, size_t bytes_max);

/** End a budget. All that was taken from it must have been given back: a leak is our bug. */
void ghm_mem_fini(struct ghm_mem *mem);

/**
 * Take zeroed memory.
 *
 * @param mem  the budget charged
 * @param size bytes, 1 or more
 * @return the block, owned by the caller, or NULL when a bound or the machine refuses
 */
void *ghm_mem_alloc(struct ghm_mem *mem, size_t size) GHM_MUST_USE;

/** As ghm_mem_alloc, but not zeroed: for what is written whole at once. */
void *ghm_mem_alloc_unset(struct ghm_mem *mem, size_t size) GHM_MUST_USE;

/**
 * Change a block's size; what new bytes are is nobody's business, as of ghm_mem_alloc_unset.
 *
 * @param block    a block of this budget, or NULL with old_size 0
 * @param old_size its size now
 * @param new_size bytes, 1 or more
 * @return the block, perhaps moved; NULL when refused, and then the old block stays valid
 */
void *ghm_mem_resize(struct ghm_mem *mem, void *block, size_t old_size,
                     size_t new_size) GHM_MUST_USE;

/** Give a block back with the size it was taken with. NULL is accepted. */
void ghm_mem_free(struct ghm_mem *mem, void *block, size_t size);

/** How many bytes could be taken now, by the tightest bound; of NULL without end. */
size_t ghm_mem_room(const struct ghm_mem *mem);

/** Overwrite a secret so that the compiler cannot leave it out. */
void ghm_mem_wipe(void *block, size_t size);

#endif
