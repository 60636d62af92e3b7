/* SPDX-License-Identifier: MIT */
#include "mesh/inventory.h"

#include "answer/freshness.h"
#include "crypto/digest.h"

#define DATE_LAST_S INT64_C(0xffffffff) /* later than any date that there is */

int ghm_inventory_init(struct ghm_inventory *ret_inventory, struct ghm_mem *mem, uint64_t entries)
{
    struct ghm_inventory inventory = {.mem = mem};
    inventory.size = entries < GHM_INVENTORY_ITEMS_MAX ? (size_t)entries : GHM_INVENTORY_ITEMS_MAX;
    if (inventory.size == 0) inventory.size = 1;
    inventory.items = ghm_mem_alloc_unset(mem, inventory.size * sizeof *inventory.items);
    inventory.slots = ghm_mem_alloc_unset(mem, inventory.size * sizeof *inventory.slots);
    if (inventory.items == NULL || inventory.slots == NULL) {
        ghm_inventory_fini(&inventory);
        return GHM_ENOMEM;
    }
    *ret_inventory = inventory;
    return GHM_OK;
}

void ghm_inventory_fini(struct ghm_inventory *inventory)
{
    size_t items_size = inventory->size * sizeof *inventory->items;
    ghm_mem_free(inventory->mem, inventory->items, items_size);
    ghm_mem_free(inventory->mem, inventory->spare, items_size);
    ghm_mem_free(inventory->mem, inventory->slots, inventory->size * sizeof *inventory->slots);
    *inventory = (struct ghm_inventory){0};
}

/* ---- items ---- */

void ghm_inventory_place(struct ghm_range_place *ret_place, const uint8_t slot[GHM_VARIANT_ID_LEN],
                         const struct ghm_entry *entry)
{
    uint8_t hashed[GHM_VARIANT_ID_LEN + sizeof entry->body_sha256 + 8];
    int64_t date_s = entry->date_ms / 1000;
    memcpy(hashed, slot, GHM_VARIANT_ID_LEN);
    memcpy(hashed + GHM_VARIANT_ID_LEN, entry->body_sha256, sizeof entry->body_sha256);
    ghm_store_be64(hashed + sizeof hashed - 8, (uint64_t)entry->date_ms);
    ghm_digest_sha256(ret_place->id, ghm_bytes(hashed, sizeof hashed));
    ret_place->timestamp = date_s < DATE_LAST_S ? (uint64_t)(DATE_LAST_S - date_s) : 0;
}

void ghm_inventory_add(struct ghm_inventory *inventory, const uint8_t slot[GHM_VARIANT_ID_LEN],
                       const struct ghm_entry *entry, int64_t now_ms)
{
    static const struct ghm_freshness_bound bound = {.stale_s = 0};
    if (inventory->count == inventory->size) return;
    if (ghm_freshness_of(entry, &bound, now_ms).state != GHM_FRESHNESS_FRESH) return;
    struct ghm_negentropy_item *item = &inventory->items[inventory->count];
    ghm_inventory_place(&item->place, slot, entry);
    item->mark = (uint32_t)inventory->count;
    memcpy(inventory->slots[inventory->count], slot, GHM_VARIANT_ID_LEN);
    inventory->count++;
}

/* ---- order ---- */

static size_t run_end(const struct ghm_inventory *inventory, size_t begin)
{
    size_t end = begin + inventory->merge.width;
    return end < inventory->count ? end : inventory->count;
}

static void begin_runs(struct ghm_inventory *inventory, size_t base)
{
    inventory->merge.base = base;
    inventory->merge.left = base;
    inventory->merge.right = run_end(inventory, base);
}

/* All runs of this width are merged: the next ones are twice as long. */
static void begin_pass(struct ghm_inventory *inventory)
{
    struct ghm_negentropy_item *merged = inventory->spare;
    inventory->spare = inventory->items;
    inventory->items = merged;
    inventory->merge.width *= 2;
    begin_runs(inventory, 0);
}

static void move_one(struct ghm_inventory *inventory)
{
    struct ghm_inventory_merge *merge = &inventory->merge;
    size_t middle = run_end(inventory, merge->base);
    size_t end = run_end(inventory, middle);
    size_t out = merge->left + (merge->right - middle);
    bool is_left =
        merge->left < middle &&
        (merge->right == end || ghm_range_compare(&inventory->items[merge->left].place,
                                                  &inventory->items[merge->right].place) <= 0);
    inventory->spare[out] = inventory->items[is_left ? merge->left++ : merge->right++];
    if (out + 1 == end) begin_runs(inventory, end);
}

static int begin_order(struct ghm_inventory *inventory)
{
    size_t items_size = inventory->size * sizeof *inventory->items;
    inventory->spare = ghm_mem_alloc_unset(inventory->mem, items_size);
    if (inventory->spare == NULL) return GHM_ENOMEM;
    inventory->state = GHM_INVENTORY_ORDERING;
    inventory->merge.width = 1;
    begin_runs(inventory, 0);
    return GHM_EAGAIN;
}

static int order_some(struct ghm_inventory *inventory)
{
    for (int i = 0; i < GHM_INVENTORY_MOVES; i++) {
        if (inventory->merge.width >= inventory->count) {
            ghm_mem_free(inventory->mem, inventory->spare,
                         inventory->size * sizeof *inventory->spare);
            inventory->spare = NULL;
            inventory->state = GHM_INVENTORY_READY;
            return GHM_OK;
        }
        move_one(inventory);
        if (inventory->merge.base == inventory->count) begin_pass(inventory);
    }
    return GHM_EAGAIN;
}

/* ---- steps ---- */

static int walk_some(struct ghm_inventory *inventory, struct ghm_store *store, int64_t now_ms)
{
    struct ghm_walk_row GHM_UNSET rows[GHM_WALK_ROWS_MAX];
    size_t count;
    int error = ghm_store_walk(store, &inventory->walk, rows, &count);
    if (error != GHM_OK) return error;
    for (size_t i = 0; i < count; i++)
        ghm_inventory_add(inventory, rows[i].slot, &rows[i].entry, now_ms);
    return count == 0 ? begin_order(inventory) : GHM_EAGAIN;
}

int ghm_inventory_step(struct ghm_inventory *inventory, struct ghm_store *store, int64_t now_ms)
{
    switch (inventory->state) {
    case GHM_INVENTORY_WALKING:
        return walk_some(inventory, store, now_ms);
    case GHM_INVENTORY_ORDERING:
        return order_some(inventory);
    case GHM_INVENTORY_READY:
        break;
    }
    return GHM_OK;
}
