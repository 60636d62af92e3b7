/* SPDX-License-Identifier: MIT */
#include "gossip/mcache.h"

#include "base/assert.h"

struct entry {
    struct ghm_map_node by_id;
    struct ghm_list in_window;
    struct ghm_parcel *parcel;
    uint8_t *given; /* per peer, how many times; NULL while nobody asked */
};

void ghm_mcache_init(struct ghm_mcache *mcache, struct ghm_mem *mem, const uint8_t seed[16])
{
    mcache->mem = mem;
    mcache->bytes = 0;
    ghm_map_init(&mcache->map, mem, GHM_MCACHE_COUNT_MAX, seed);
    for (size_t i = 0; i < GHM_MCACHE_WINDOWS; i++)
        ghm_list_init(&mcache->windows[i]);
}

static struct entry *of_window(const struct ghm_list *node)
{
    return GHM_LIST_OF((uintptr_t)node, struct entry, in_window);
}

static struct entry *find(const struct ghm_mcache *mcache, struct ghm_bytes id)
{
    struct ghm_map_node *node = ghm_map_find(&mcache->map, id);
    return node == NULL ? NULL : GHM_LIST_OF(node, struct entry, by_id);
}

static void forget(struct ghm_mcache *mcache, struct entry *entry)
{
    ghm_map_remove(&mcache->map, &entry->by_id);
    ghm_list_remove(&entry->in_window);
    mcache->bytes -= entry->parcel->len;
    ghm_parcel_drop(entry->parcel);
    ghm_mem_free(mcache->mem, entry->given, GHM_MCACHE_PEERS_MAX);
    ghm_mem_free(mcache->mem, entry, sizeof *entry);
}

static void clear_window(struct ghm_mcache *mcache, size_t window)
{
    struct ghm_list *list = &mcache->windows[window];
    while (!ghm_list_is_empty(list))
        forget(mcache, of_window(list->next));
}

void ghm_mcache_fini(struct ghm_mcache *mcache)
{
    for (size_t i = 0; i < GHM_MCACHE_WINDOWS; i++)
        clear_window(mcache, i);
    ghm_map_fini(&mcache->map);
}

static void forget_oldest(struct ghm_mcache *mcache)
{
    size_t window = GHM_MCACHE_WINDOWS;
    while (window > 0 && ghm_list_is_empty(&mcache->windows[window - 1]))
        window--;
    GHM_ASSERT(window > 0);
    forget(mcache, of_window(mcache->windows[window - 1].next));
}

int ghm_mcache_put(struct ghm_mcache *mcache, struct ghm_parcel *parcel)
{
    if (find(mcache, ghm_message_id_bytes(&parcel->id)) != NULL) return GHM_OK;
    while (mcache->map.count == GHM_MCACHE_COUNT_MAX ||
           (mcache->map.count > 0 && mcache->bytes + parcel->len > GHM_MCACHE_BYTES_MAX))
        forget_oldest(mcache);
    struct entry *entry = ghm_mem_alloc(mcache->mem, sizeof *entry);
    if (entry == NULL) return GHM_ENOMEM;
    int error = ghm_map_insert(&mcache->map, &entry->by_id, ghm_message_id_bytes(&parcel->id));
    if (error != GHM_OK) {
        ghm_mem_free(mcache->mem, entry, sizeof *entry);
        return error;
    }
    entry->parcel = ghm_parcel_hold(parcel);
    mcache->bytes += parcel->len;
    ghm_list_append(&mcache->windows[0], &entry->in_window);
    return GHM_OK;
}

int ghm_mcache_give(struct ghm_mcache *mcache, struct ghm_parcel **ret_parcel, struct ghm_bytes id,
                    size_t peer)
{
    struct entry *entry = find(mcache, id);
    GHM_ASSERT(peer < GHM_MCACHE_PEERS_MAX);
    if (entry == NULL) return GHM_ENOTFOUND;
    if (entry->given == NULL) entry->given = ghm_mem_alloc(mcache->mem, GHM_MCACHE_PEERS_MAX);
    if (entry->given == NULL) return GHM_ENOMEM;
    if (entry->given[peer] == GHM_MCACHE_GIVEN_MAX) return GHM_ERATE;
    entry->given[peer]++;
    *ret_parcel = entry->parcel;
    return GHM_OK;
}

void ghm_mcache_forget_peer(struct ghm_mcache *mcache, size_t peer)
{
    for (struct ghm_map_node *node = NULL; (node = ghm_map_next(&mcache->map, node)) != NULL;) {
        struct entry *entry = GHM_LIST_OF(node, struct entry, by_id);
        if (entry->given != NULL) entry->given[peer] = 0;
    }
}

void ghm_mcache_walk_init(struct ghm_mcache_walk *walk, const struct ghm_mcache *mcache)
{
    walk->window = 0;
    walk->node = &mcache->windows[0];
}

const struct ghm_parcel *ghm_mcache_walk_next(struct ghm_mcache_walk *walk,
                                              const struct ghm_mcache *mcache)
{
    while (walk->node->next == &mcache->windows[walk->window]) {
        if (walk->window + 1 == GHM_MCACHE_GOSSIP) return NULL;
        walk->window++;
        walk->node = &mcache->windows[walk->window];
    }
    walk->node = walk->node->next;
    return of_window(walk->node)->parcel;
}

/* The lists are rings through their heads, so they are moved node by node. */
void ghm_mcache_shift(struct ghm_mcache *mcache)
{
    clear_window(mcache, GHM_MCACHE_WINDOWS - 1);
    for (size_t i = GHM_MCACHE_WINDOWS - 1; i > 0; i--) {
        struct ghm_list *node;
        while ((node = ghm_list_pop(&mcache->windows[i - 1])) != NULL)
            ghm_list_append(&mcache->windows[i], node);
    }
}

bool ghm_mcache_is_empty(const struct ghm_mcache *mcache)
{
    return mcache->map.count == 0;
}
