/* SPDX-License-Identifier: MIT */
#include "gossip/author.h"

#include "base/assert.h"

#define SEQNO_LEN 8

struct author {
    struct ghm_map_node by_id;
    struct ghm_list quiet;
    struct ghm_peerid id;
    uint64_t floor; /* the largest seqno that is over */
};

void ghm_author_init(struct ghm_author_book *book, struct ghm_mem *mem, const uint8_t seed[16])
{
    book->mem = mem;
    ghm_list_init(&book->quiet);
    ghm_map_init(&book->map, mem, GHM_AUTHOR_MAX, seed);
}

static void forget(struct ghm_author_book *book, struct author *author)
{
    ghm_map_remove(&book->map, &author->by_id);
    ghm_list_remove(&author->quiet);
    ghm_mem_free(book->mem, author, sizeof *author);
}

static struct author *quietest(struct ghm_author_book *book)
{
    return GHM_LIST_OF(book->quiet.next, struct author, quiet);
}

void ghm_author_fini(struct ghm_author_book *book)
{
    while (!ghm_list_is_empty(&book->quiet))
        forget(book, quietest(book));
    ghm_map_fini(&book->map);
}

static struct ghm_bytes name_of(const struct ghm_message_id *id)
{
    GHM_ASSERT(id->len > SEQNO_LEN && id->len - SEQNO_LEN <= GHM_PEERID_LEN_MAX);
    return ghm_bytes(id->bytes, (size_t)id->len - SEQNO_LEN);
}

static uint64_t seqno_of(const struct ghm_message_id *id)
{
    return ghm_load_be64(id->bytes + id->len - SEQNO_LEN);
}

static struct author *find(const struct ghm_author_book *book, const struct ghm_message_id *id)
{
    struct ghm_map_node *node = ghm_map_find(&book->map, name_of(id));
    return node == NULL ? NULL : GHM_LIST_OF(node, struct author, by_id);
}

static struct author *enter(struct ghm_author_book *book, const struct ghm_message_id *id)
{
    struct ghm_bytes name = name_of(id);
    if (book->map.count == GHM_AUTHOR_MAX) forget(book, quietest(book));
    struct author *author = ghm_mem_alloc(book->mem, sizeof *author);
    if (author == NULL) return NULL;
    author->id.len = (uint8_t)name.len;
    memcpy(author->id.bytes, name.ptr, name.len);
    ghm_list_init(&author->quiet);
    if (ghm_map_insert(&book->map, &author->by_id, ghm_peerid_bytes(&author->id)) == GHM_OK)
        return author;
    ghm_mem_free(book->mem, author, sizeof *author);
    return NULL;
}

void ghm_author_raise(struct ghm_author_book *book, const struct ghm_message_id *id)
{
    struct author *author = find(book, id);
    if (author == NULL) author = enter(book, id);
    if (author == NULL) return;
    if (seqno_of(id) > author->floor) author->floor = seqno_of(id);
    ghm_list_remove(&author->quiet);
    ghm_list_append(&book->quiet, &author->quiet);
}

bool ghm_author_is_replay(const struct ghm_author_book *book, const struct ghm_message_id *id)
{
    const struct author *author = find(book, id);
    return author != NULL && seqno_of(id) <= author->floor;
}
