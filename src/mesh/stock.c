/* SPDX-License-Identifier: MIT */
#include "mesh/stock.h"

#include "base/assert.h"

static bool is_young(const struct ghm_stock_copy *copy, uint64_t now_ns)
{
    return copy->is_there && !copy->is_failed && now_ns - copy->begun_ns < GHM_STOCK_AGE_MAX_NS;
}

static void drop(struct ghm_stock_copy *copy)
{
    if (copy->is_there) ghm_inventory_fini(&copy->inventory);
    *copy = (struct ghm_stock_copy){.users = 0};
}

/* A place for a new one; NULL: all are in use. */
static struct ghm_stock_copy *make_room(struct ghm_stock *stock)
{
    for (size_t i = 0; i < GHM_STOCK_COPIES_MAX; i++) {
        if (stock->copies[i].users > 0) continue;
        drop(&stock->copies[i]);
        return &stock->copies[i];
    }
    return NULL;
}

static struct ghm_stock_copy *newest(struct ghm_stock *stock)
{
    struct ghm_stock_copy *found = NULL;
    for (size_t i = 0; i < GHM_STOCK_COPIES_MAX; i++) {
        struct ghm_stock_copy *copy = &stock->copies[i];
        if (!copy->is_there || copy->is_failed) continue;
        if (found == NULL || copy->begun_ns > found->begun_ns) found = copy;
    }
    return found;
}

static struct ghm_stock_copy *begin_new(struct ghm_stock *stock, uint64_t now_ns)
{
    struct ghm_store_size size;
    struct ghm_stock_copy *copy = make_room(stock);
    if (copy == NULL) return newest(stock);
    if (ghm_store_size(stock->store, &size) != GHM_OK) return NULL;
    if (ghm_inventory_init(&copy->inventory, stock->mem, size.entries) != GHM_OK) return NULL;
    copy->is_there = true;
    copy->begun_ns = now_ns;
    return copy;
}

struct ghm_stock_copy *ghm_stock_take(struct ghm_stock *stock, uint64_t now_ns)
{
    struct ghm_stock_copy *copy = newest(stock);
    if (copy == NULL || !is_young(copy, now_ns)) copy = begin_new(stock, now_ns);
    if (copy != NULL) copy->users++;
    return copy;
}

void ghm_stock_give(struct ghm_stock_copy *copy)
{
    GHM_ASSERT(copy->users > 0);
    copy->users--;
}

void ghm_stock_step(struct ghm_stock *stock, struct ghm_stock_copy *copy, int64_t now_ms)
{
    int error = ghm_inventory_step(&copy->inventory, stock->store, now_ms);
    if (error != GHM_OK && error != GHM_EAGAIN) copy->is_failed = true;
}

uint64_t ghm_stock_deadline(const struct ghm_stock *stock)
{
    uint64_t first = GHM_NEVER;
    for (size_t i = 0; i < GHM_STOCK_COPIES_MAX; i++) {
        const struct ghm_stock_copy *copy = &stock->copies[i];
        if (copy->is_there && copy->users == 0)
            first = ghm_deadline_first(first, copy->begun_ns + GHM_STOCK_AGE_MAX_NS);
    }
    return first;
}

void ghm_stock_tick(struct ghm_stock *stock, uint64_t now_ns)
{
    for (size_t i = 0; i < GHM_STOCK_COPIES_MAX; i++) {
        struct ghm_stock_copy *copy = &stock->copies[i];
        if (copy->users == 0 && !is_young(copy, now_ns)) drop(copy);
    }
}

void ghm_stock_fini(struct ghm_stock *stock)
{
    for (size_t i = 0; i < GHM_STOCK_COPIES_MAX; i++) {
        GHM_ASSERT(stock->copies[i].users == 0);
        drop(&stock->copies[i]);
    }
}
