/* SPDX-License-Identifier: MIT */
#include "mesh/stock.h"

#include "base/assert.h"

static struct ghm_stock_copy *unused(struct ghm_stock *stock)
{
    for (size_t i = 0; i < GHM_STOCK_COPIES_MAX; i++)
        if (stock->copies[i].users == 0) return &stock->copies[i];
    return NULL;
}

static struct ghm_stock_copy *newest(struct ghm_stock *stock)
{
    struct ghm_stock_copy *found = NULL;
    for (size_t i = 0; i < GHM_STOCK_COPIES_MAX; i++) {
        struct ghm_stock_copy *copy = &stock->copies[i];
        if (copy->users == 0 || copy->is_failed) continue;
        if (found == NULL || copy->begun_ns > found->begun_ns) found = copy;
    }
    return found;
}

static struct ghm_stock_copy *begin(struct ghm_stock *stock, struct ghm_stock_copy *copy,
                                    uint64_t now_ns)
{
    struct ghm_store_size size;
    if (ghm_store_size(stock->store, &size) != GHM_OK) return NULL;
    if (ghm_inventory_init(&copy->inventory, stock->mem, size.entries) != GHM_OK) return NULL;
    copy->begun_ns = now_ns;
    copy->is_failed = false;
    return copy;
}

struct ghm_stock_copy *ghm_stock_take(struct ghm_stock *stock, uint64_t now_ns)
{
    struct ghm_stock_copy *copy = newest(stock);
    struct ghm_stock_copy *place = unused(stock);
    bool is_of_now = copy != NULL && copy->begun_ns == now_ns;
    if (!is_of_now && place != NULL) copy = begin(stock, place, now_ns);
    if (copy != NULL) copy->users++;
    return copy;
}

void ghm_stock_give(struct ghm_stock_copy *copy)
{
    GHM_ASSERT(copy->users > 0);
    if (--copy->users == 0) ghm_inventory_fini(&copy->inventory);
}

void ghm_stock_step(struct ghm_stock *stock, struct ghm_stock_copy *copy, int64_t now_ms)
{
    int error = ghm_inventory_step(&copy->inventory, stock->store, now_ms);
    if (error != GHM_OK && error != GHM_EAGAIN) copy->is_failed = true;
}
