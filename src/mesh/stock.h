/* SPDX-License-Identifier: MIT */
/* The inventories that sessions compare. Each is made when a session begins, for a member that
 * comes must be told what came a moment before it, and goes with its last session; those that begin
 * at one moment share it.
 *
 * Bounds: two at a time; whoever comes while both are in use gets the newer one. What that lacks is
 * found in the next comparison. */
#ifndef GHM_MESH_STOCK_H
#define GHM_MESH_STOCK_H

#include "mesh/inventory.h"

#define GHM_STOCK_COPIES_MAX 2

struct ghm_stock_copy {
    struct ghm_inventory inventory;
    uint64_t begun_ns;
    unsigned users; /* 0: nothing is there */
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

#endif
