/* SPDX-License-Identifier: MIT */
#include "gossip/promise.h"

#include "base/assert.h"

/* The promises of one message are a ring; the map knows one of them by the message's id. */
struct promise {
    struct ghm_map_node by_id;
    struct ghm_list by_age;
    struct ghm_list same;
    uint64_t due_ns;
    uint16_t peer;
    bool is_mapped;
    struct ghm_message_id id;
};

void ghm_promise_init(struct ghm_promise_book *book, struct ghm_mem *mem, const uint8_t seed[16])
{
    book->mem = mem;
    book->count = 0;
    ghm_list_init(&book->ages);
    ghm_map_init(&book->map, mem, GHM_PROMISE_MAX, seed);
}

static struct promise *of_age(struct ghm_list *node)
{
    return GHM_LIST_OF(node, struct promise, by_age);
}

static void map_it(struct ghm_promise_book *book, struct promise *promise)
{
    /* One of the same id has just left the map: there is room, and a bucket. */
    int error = ghm_map_insert(&book->map, &promise->by_id, ghm_message_id_bytes(&promise->id));
    GHM_ASSERT(error == GHM_OK);
    promise->is_mapped = true;
}

static void forget(struct ghm_promise_book *book, struct promise *promise)
{
    struct ghm_list *heir = promise->same.next;
    if (promise->is_mapped) {
        ghm_map_remove(&book->map, &promise->by_id);
        if (heir != &promise->same) map_it(book, GHM_LIST_OF(heir, struct promise, same));
    }
    ghm_list_remove(&promise->same);
    ghm_list_remove(&promise->by_age);
    ghm_mem_free(book->mem, promise, sizeof *promise);
    book->count--;
}

void ghm_promise_fini(struct ghm_promise_book *book)
{
    while (!ghm_list_is_empty(&book->ages))
        forget(book, of_age(book->ages.next));
    ghm_map_fini(&book->map);
}

static struct promise *find(const struct ghm_promise_book *book, struct ghm_bytes id)
{
    struct ghm_map_node *node = ghm_map_find(&book->map, id);
    return node == NULL ? NULL : GHM_LIST_OF(node, struct promise, by_id);
}

static bool is_promised_by(const struct promise *first, uint16_t peer)
{
    const struct promise *promise = first;
    do {
        if (promise->peer == peer) return true;
        promise = GHM_LIST_OF(promise->same.next, struct promise, same);
    } while (promise != first);
    return false;
}

static int join(struct ghm_promise_book *book, struct promise *promise, struct promise *first)
{
    if (first != NULL) {
        ghm_list_append(&first->same, &promise->same);
        return GHM_OK;
    }
    int error = ghm_map_insert(&book->map, &promise->by_id, ghm_message_id_bytes(&promise->id));
    promise->is_mapped = error == GHM_OK;
    return error;
}

void ghm_promise_add(struct ghm_promise_book *book, struct ghm_bytes id, uint16_t peer,
                     uint64_t due_ns)
{
    struct promise *first = find(book, id);
    GHM_ASSERT(id.len <= GHM_MESSAGE_ID_MAX);
    if (book->count == GHM_PROMISE_MAX || (first != NULL && is_promised_by(first, peer))) return;
    struct promise *promise = ghm_mem_alloc(book->mem, sizeof *promise);
    if (promise == NULL) return;
    promise->peer = peer;
    promise->due_ns = due_ns;
    promise->id.len = (uint8_t)id.len;
    ghm_bytes_copy(promise->id.bytes, id);
    ghm_list_init(&promise->same);
    if (join(book, promise, first) != GHM_OK) {
        ghm_mem_free(book->mem, promise, sizeof *promise);
        return;
    }
    ghm_list_append(&book->ages, &promise->by_age);
    book->count++;
}

void ghm_promise_keep(struct ghm_promise_book *book, struct ghm_bytes id)
{
    struct promise *promise;
    while ((promise = find(book, id)) != NULL)
        forget(book, promise);
}

void ghm_promise_forget_peer(struct ghm_promise_book *book, uint16_t peer)
{
    struct ghm_list *node = book->ages.next;
    while (node != &book->ages) {
        struct promise *promise = of_age(node);
        node = node->next;
        if (promise->peer == peer) forget(book, promise);
    }
}

bool ghm_promise_broken(struct ghm_promise_book *book, uint16_t *ret_peer, uint64_t now_ns)
{
    if (ghm_list_is_empty(&book->ages)) return false;
    struct promise *promise = of_age(book->ages.next);
    if (promise->due_ns > now_ns) return false;
    *ret_peer = promise->peer;
    forget(book, promise);
    return true;
}
