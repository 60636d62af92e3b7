/* SPDX-License-Identifier: MIT */
/* What this member has to share at one moment, in the order that members compare it in: the newest
 * first, so that whatever is left for another time is old.
 *
 * An item's timestamp counts the seconds of GitHub's date backwards; its id is the SHA-256 of slot,
 * body hash and date, so that equal ids are equal answers. Only what is fresh is in it. It is made
 * in steps of a fraction of a millisecond (GHM_INVENTORY_STATE_MAP) and never changes afterwards.
 *
 * Bounds: 100 000 items, 80 bytes each, and 48 more while it is put in order. */
#ifndef GHM_MESH_INVENTORY_H
#define GHM_MESH_INVENTORY_H

#include "mesh/negentropy.h"
#include "store/store.h"

#define GHM_INVENTORY_ITEMS_MAX 100000
#define GHM_INVENTORY_MOVES 8192 /* of items, in one step of putting them in order */

#define GHM_INVENTORY_STATE_MAP(X)                                                                 \
    X(GHM_INVENTORY_WALKING, "reads what the store has")                                           \
    X(GHM_INVENTORY_ORDERING, "puts it in order")                                                  \
    X(GHM_INVENTORY_READY, "can be compared")

#define GHM_INVENTORY_MOVE_MAP(X)                                                                  \
    X(GHM_INVENTORY_WALKING, GHM_INVENTORY_ORDERING, "the store has no more")                      \
    X(GHM_INVENTORY_ORDERING, GHM_INVENTORY_READY, "there is one run left")

enum ghm_inventory_state {
#define GHM_INVENTORY_STATE_ENUM(name, text) name,
    GHM_INVENTORY_STATE_MAP(GHM_INVENTORY_STATE_ENUM)
#undef GHM_INVENTORY_STATE_ENUM
};

/** Sorted runs of `width` items are merged, two by two, from `items` into `spare`. */
struct ghm_inventory_merge {
    size_t width;
    size_t base;  /* where the two runs begin */
    size_t left;  /* next of the first run */
    size_t right; /* next of the second */
};

struct ghm_inventory {
    struct ghm_mem *mem;
    enum ghm_inventory_state state;
    struct ghm_walk walk;
    struct ghm_inventory_merge merge;
    size_t count;
    size_t size;                       /* of the arrays */
    struct ghm_negentropy_item *items; /* `mark`: the item's number in `slots` */
    struct ghm_negentropy_item *spare;
    uint8_t (*slots)[GHM_VARIANT_ID_LEN];
};

/** Begin one of a store with so many entries; more are left out. GHM_OK; GHM_ENOMEM. */
int ghm_inventory_init(struct ghm_inventory *ret_inventory, struct ghm_mem *mem,
                       uint64_t entries) GHM_MUST_USE;
void ghm_inventory_fini(struct ghm_inventory *inventory);

/** One step. GHM_EAGAIN: there is more; GHM_OK: it is ready; errors as ghm_store_walk, GHM_ENOMEM;
 * after an error it is of no use. `now_ms` is GitHub's time. */
int ghm_inventory_step(struct ghm_inventory *inventory, struct ghm_store *store,
                       int64_t now_ms) GHM_MUST_USE;

/** Note what the store has in a slot; what is not fresh is left out. */
void ghm_inventory_add(struct ghm_inventory *inventory, const uint8_t slot[GHM_VARIANT_ID_LEN],
                       const struct ghm_entry *entry, int64_t now_ms);

/** The place of an answer in the order. */
void ghm_inventory_place(struct ghm_range_place *ret_place, const uint8_t slot[GHM_VARIANT_ID_LEN],
                         const struct ghm_entry *entry);

#endif
