/* SPDX-License-Identifier: MIT */
#include "gossip/pending.h"

#include "base/assert.h"

void ghm_pending_init(struct ghm_pending *pending, struct ghm_mem *mem, const uint8_t seed[16])
{
    *pending = (struct ghm_pending){.mem = mem};
    ghm_list_init(&pending->untold);
    ghm_list_init(&pending->told);
    ghm_map_init(&pending->map, mem, GHM_PENDING_MAX, seed);
}

static struct ghm_pending_entry *of_turn(struct ghm_list *node)
{
    return GHM_LIST_OF(node, struct ghm_pending_entry, turn);
}

void ghm_pending_remove(struct ghm_pending *pending, struct ghm_pending_entry *entry)
{
    ghm_map_remove(&pending->map, &entry->by_id);
    ghm_list_remove(&entry->turn);
    pending->bytes -= entry->parcel->len;
    ghm_parcel_drop(entry->parcel);
    ghm_mem_free(pending->mem, entry, sizeof *entry);
}

void ghm_pending_fini(struct ghm_pending *pending)
{
    while (!ghm_list_is_empty(&pending->untold))
        ghm_pending_remove(pending, of_turn(pending->untold.next));
    while (!ghm_list_is_empty(&pending->told))
        ghm_pending_remove(pending, of_turn(pending->told.next));
    ghm_map_fini(&pending->map);
}

bool ghm_pending_has_room(const struct ghm_pending *pending, size_t len)
{
    return pending->map.count < GHM_PENDING_MAX && len <= GHM_PENDING_BYTES_MAX - pending->bytes;
}

int ghm_pending_add(struct ghm_pending *pending, struct ghm_parcel *parcel, size_t topic,
                    size_t source)
{
    if (!ghm_pending_has_room(pending, parcel->len)) return GHM_ELIMIT;
    struct ghm_pending_entry *entry = ghm_mem_alloc(pending->mem, sizeof *entry);
    if (entry == NULL) return GHM_ENOMEM;
    int error = ghm_map_insert(&pending->map, &entry->by_id, ghm_message_id_bytes(&parcel->id));
    if (error != GHM_OK) {
        ghm_mem_free(pending->mem, entry, sizeof *entry);
        return error;
    }
    entry->parcel = ghm_parcel_hold(parcel);
    entry->ticket = ++pending->last_ticket;
    entry->topic = (uint8_t)topic;
    entry->has_source = true;
    entry->source = (uint16_t)source;
    ghm_pending_bring(entry, source);
    pending->bytes += parcel->len;
    ghm_list_append(&pending->untold, &entry->turn);
    return GHM_OK;
}

struct ghm_pending_entry *ghm_pending_find(const struct ghm_pending *pending, struct ghm_bytes id)
{
    struct ghm_map_node *node = ghm_map_find(&pending->map, id);
    return node == NULL ? NULL : GHM_LIST_OF(node, struct ghm_pending_entry, by_id);
}

struct ghm_pending_entry *ghm_pending_by_ticket(const struct ghm_pending *pending, uint64_t ticket)
{
    const struct ghm_list *head = &pending->told;
    for (struct ghm_list *node = head->next; node != head; node = node->next) {
        if (of_turn(node)->ticket == ticket) return of_turn(node);
    }
    return NULL;
}

const struct ghm_pending_entry *ghm_pending_tell(struct ghm_pending *pending)
{
    struct ghm_list *node = ghm_list_pop(&pending->untold);
    if (node == NULL) return NULL;
    ghm_list_append(&pending->told, node);
    return of_turn(node);
}

void ghm_pending_bring(struct ghm_pending_entry *entry, size_t peer)
{
    GHM_ASSERT(peer < GHM_PENDING_PEERS_MAX);
    entry->bringers[peer / 8] |= (uint8_t)(1U << (peer % 8));
}

bool ghm_pending_is_bringer(const struct ghm_pending_entry *entry, size_t peer)
{
    return (entry->bringers[peer / 8] & (1U << (peer % 8))) != 0;
}

void ghm_pending_forget_peer(struct ghm_pending *pending, size_t peer)
{
    for (struct ghm_map_node *node = NULL; (node = ghm_map_next(&pending->map, node)) != NULL;) {
        struct ghm_pending_entry *entry = GHM_LIST_OF(node, struct ghm_pending_entry, by_id);
        entry->bringers[peer / 8] &= (uint8_t) ~(1U << (peer % 8));
        if (entry->source == peer) entry->has_source = false;
    }
}
