/* SPDX-License-Identifier: MIT */
/* The inventories that sessions compare: one is made when somebody needs it and serves all who come
 * in the next seconds, for what is newer than it is told by gossip.
 *
 * Bounds: two at a time; whoever comes while both are in use gets the newer one. */
#ifndef GHM_MESH_STOCK_H
#define GHM_MESH_STOCK_H

#include "base/deadline.h"
#include "mesh/inventory.h"

#define GHM_STOCK_COPIES_MAX 2
#define GHM_STOCK_AGE_MAX_NS (5 * GHM_NS_PER_S)

struct ghm_stock_copy {
    struct ghm_inventory inventory;
    uint64_t begun_ns;
    unsigned users;
    bool is_there;
    bool is_failed; /* of no use; its users give it back */
};

/** Zeroed but for the first two to start. */
struct ghm_stock {
    struct ghm_mem *mem;
    struct ghm_store *store; /* borrowed */
    struct ghm_stock_copy copies[GHM_STOCK_COPIES_MAX];
};

/** One to use, perhaps not READY yet; give it back. NULL: there is no memory, or the store cannot
 * be read. */
struct ghm_stock_copy *ghm_stock_take(struct ghm_stock *stock, uint64_t now_ns);
void ghm_stock_give(struct ghm_stock_copy *copy);

/** Go on with one that is not ready. */
void ghm_stock_step(struct ghm_stock *stock, struct ghm_stock_copy *copy, int64_t now_ms);

/** When one that nobody uses is too old. */
uint64_t ghm_stock_deadline(const struct ghm_stock *stock);
void ghm_stock_tick(struct ghm_stock *stock, uint64_t now_ns);

/** Nobody may use any. */
void ghm_stock_fini(struct ghm_stock *stock);

#endif
