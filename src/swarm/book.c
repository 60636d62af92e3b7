/* SPDX-License-Identifier: MIT */
#include "swarm/book.h"

#include "base/assert.h"

struct addrs {
    struct ghm_multiaddr *items;
    size_t count;
};

struct entry {
    struct ghm_map_node by_id;
    struct ghm_list age;
    struct ghm_peerid id;
    struct addrs told;
    struct addrs certified;
    uint64_t seq;    /* of the record */
    uint8_t *record; /* as it came; NULL: none */
    size_t record_len;
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

static void drop(struct ghm_book *book, struct addrs *addrs)
{
    ghm_mem_free(book->mem, addrs->items, addrs->count * sizeof *addrs->items);
    *addrs = (struct addrs){.count = 0};
}

static void drop_record(struct ghm_book *book, struct entry *entry)
{
    ghm_mem_free(book->mem, entry->record, entry->record_len);
    drop(book, &entry->certified);
}

static int copy(struct ghm_book *book, struct addrs *ret_copy, const struct ghm_multiaddr *addrs,
                size_t count)
{
    *ret_copy = (struct addrs){.count = count < GHM_BOOK_ADDRS_MAX ? count : GHM_BOOK_ADDRS_MAX};
    if (count == 0) return GHM_OK;
    ret_copy->items = ghm_mem_alloc_unset(book->mem, ret_copy->count * sizeof *addrs);
    if (ret_copy->items == NULL) return GHM_ENOMEM;
    memcpy(ret_copy->items, addrs, ret_copy->count * sizeof *addrs);
    return GHM_OK;
}

static void forget(struct ghm_book *book, struct entry *entry)
{
    ghm_map_remove(&book->peers, &entry->by_id);
    ghm_list_remove(&entry->age);
    drop(book, &entry->told);
    drop_record(book, entry);
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

static void renew(struct ghm_book *book, struct entry *entry)
{
    ghm_list_remove(&entry->age);
    ghm_list_append(&book->oldest, &entry->age);
}

int ghm_book_tell(struct ghm_book *book, const struct ghm_peerid *peer,
                  const struct ghm_multiaddr *addrs, size_t count)
{
    struct addrs told;
    int error = copy(book, &told, addrs, count);
    if (error != GHM_OK) return error;
    struct entry *entry = enter(book, peer);
    if (entry == NULL) {
        drop(book, &told);
        return GHM_ENOMEM;
    }
    drop(book, &entry->told);
    entry->told = told;
    renew(book, entry);
    return GHM_OK;
}

int ghm_book_certify(struct ghm_book *book, const struct ghm_peerid *peer, uint64_t seq,
                     struct ghm_bytes envelope, const struct ghm_multiaddr *addrs, size_t count)
{
    struct addrs certified;
    struct entry *entry = find(book, peer);
    GHM_ASSERT(envelope.len > 0 && envelope.len <= GHM_PEERRECORD_LEN_MAX);
    if (entry != NULL && entry->record != NULL && seq <= entry->seq) return GHM_EINVAL;
    int error = copy(book, &certified, addrs, count);
    if (error != GHM_OK) return error;
    uint8_t *record = ghm_mem_alloc_unset(book->mem, envelope.len);
    if (record != NULL) entry = enter(book, peer);
    if (record == NULL || entry == NULL) {
        ghm_mem_free(book->mem, record, envelope.len);
        drop(book, &certified);
        return GHM_ENOMEM;
    }
    memcpy(record, envelope.ptr, envelope.len);
    drop_record(book, entry);
    entry->seq = seq;
    entry->record = record;
    entry->record_len = envelope.len;
    entry->certified = certified;
    renew(book, entry);
    return GHM_OK;
}

struct ghm_bytes ghm_book_record(const struct ghm_book *book, const struct ghm_peerid *peer)
{
    const struct entry *entry = find(book, peer);
    return entry == NULL ? GHM_BYTES_NONE : ghm_bytes(entry->record, entry->record_len);
}

static const struct ghm_multiaddr *lend(size_t *ret_count, const struct addrs *addrs)
{
    *ret_count = addrs == NULL ? 0 : addrs->count;
    return addrs == NULL ? NULL : addrs->items;
}

const struct ghm_multiaddr *ghm_book_certified(const struct ghm_book *book, size_t *ret_count,
                                               const struct ghm_peerid *peer)
{
    const struct entry *entry = find(book, peer);
    return lend(ret_count, entry == NULL ? NULL : &entry->certified);
}

const struct ghm_multiaddr *ghm_book_addrs(const struct ghm_book *book, size_t *ret_count,
                                           const struct ghm_peerid *peer)
{
    const struct entry *entry = find(book, peer);
    return lend(ret_count, entry == NULL ? NULL : &entry->told);
}
