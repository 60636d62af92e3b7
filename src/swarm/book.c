/* SPDX-License-Identifier: MIT */
#include "swarm/book.h"

struct entry {
    struct ghm_map_node by_id;
    struct ghm_list age;
    struct ghm_peerid id;
    struct ghm_multiaddr *addrs;
    size_t count;
};

static struct entry *find(const struct ghm_book *book, const struct ghm_peerid *peer)
{
    struct ghm_map_node *node = ghm_map_find(&book->peers, ghm_peerid_bytes(peer));
    return node == NULL ? NULL : GHM_LIST_OF(node, struct entry, by_id);
}

void ghm_book_init(struct ghm_book *book, struct ghm_mem *mem, const uint8_t seed[16])
{
    book->mem = mem;
    ghm_map_init(&book->peers, mem, GHM_BOOK_PEERS_MAX, seed);
    ghm_list_init(&book->oldest);
}

static void drop_addrs(struct ghm_book *book, struct entry *entry)
{
    ghm_mem_free(book->mem, entry->addrs, entry->count * sizeof *entry->addrs);
    entry->addrs = NULL;
    entry->count = 0;
}

static void forget(struct ghm_book *book, struct entry *entry)
{
    ghm_map_remove(&book->peers, &entry->by_id);
    ghm_list_remove(&entry->age);
    drop_addrs(book, entry);
    ghm_mem_free(book->mem, entry, sizeof *entry);
}

static struct entry *oldest(struct ghm_book *book)
{
    return GHM_LIST_OF(book->oldest.next, struct entry, age);
}

void ghm_book_fini(struct ghm_book *book)
{
    while (!ghm_list_is_empty(&book->oldest))
        forget(book, oldest(book));
    ghm_map_fini(&book->peers);
}

static struct entry *enter(struct ghm_book *book, const struct ghm_peerid *peer)
{
    struct entry *entry = find(book, peer);
    if (entry != NULL) return entry;
    if (book->peers.count == GHM_BOOK_PEERS_MAX) forget(book, oldest(book));
    entry = ghm_mem_alloc(book->mem, sizeof *entry);
    if (entry == NULL) return NULL;
    entry->id = *peer;
    ghm_list_init(&entry->age);
    if (ghm_map_insert(&book->peers, &entry->by_id, ghm_peerid_bytes(&entry->id)) == GHM_OK)
        return entry;
    ghm_mem_free(book->mem, entry, sizeof *entry);
    return NULL;
}

int ghm_book_tell(struct ghm_book *book, const struct ghm_peerid *peer,
                  const struct ghm_multiaddr *addrs, size_t count)
{
    struct ghm_multiaddr *copy = NULL;
    if (count > GHM_BOOK_ADDRS_MAX) count = GHM_BOOK_ADDRS_MAX;
    if (count > 0) {
        copy = ghm_mem_alloc(book->mem, count * sizeof *copy);
        if (copy == NULL) return GHM_ENOMEM;
        memcpy(copy, addrs, count * sizeof *copy);
    }
    struct entry *entry = enter(book, peer);
    if (entry == NULL) {
        ghm_mem_free(book->mem, copy, count * sizeof *copy);
        return GHM_ENOMEM;
    }
    drop_addrs(book, entry);
    entry->addrs = copy;
    entry->count = count;
    ghm_list_remove(&entry->age);
    ghm_list_append(&book->oldest, &entry->age);
    return GHM_OK;
}

const struct ghm_multiaddr *ghm_book_addrs(const struct ghm_book *book, size_t *ret_count,
                                           const struct ghm_peerid *peer)
{
    const struct entry *entry = find(book, peer);
    *ret_count = entry == NULL ? 0 : entry->count;
    return entry == NULL ? NULL : entry->addrs;
}
