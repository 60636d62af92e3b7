/* SPDX-License-Identifier: MIT */
#include "gossip/seen.h"

void ghm_seen_init(struct ghm_seen *seen, struct ghm_mem *mem, const uint8_t seed[16],
                   size_t count_max, uint64_t keep_ns)
{
    seen->mem = mem;
    seen->keep_ns = keep_ns;
    ghm_list_init(&seen->ages);
    ghm_map_init(&seen->map, mem, count_max, seed);
}

static struct ghm_seen_entry *of_age(struct ghm_list *node)
{
    return GHM_LIST_OF(node, struct ghm_seen_entry, by_age);
}

void ghm_seen_forget(struct ghm_seen *seen, struct ghm_seen_entry *entry)
{
    ghm_map_remove(&seen->map, &entry->by_id);
    ghm_list_remove(&entry->by_age);
    ghm_mem_free(seen->mem, entry, sizeof *entry);
}

void ghm_seen_fini(struct ghm_seen *seen)
{
    while (!ghm_list_is_empty(&seen->ages))
        ghm_seen_forget(seen, of_age(seen->ages.next));
    ghm_map_fini(&seen->map);
}

struct ghm_seen_entry *ghm_seen_find(const struct ghm_seen *seen, struct ghm_bytes id)
{
    struct ghm_map_node *node = ghm_map_find(&seen->map, id);
    return node == NULL ? NULL : GHM_LIST_OF(node, struct ghm_seen_entry, by_id);
}

int ghm_seen_add(struct ghm_seen *seen, struct ghm_seen_entry **ret_entry,
                 const struct ghm_message_id *id, uint64_t now_ns)
{
    struct ghm_seen_entry *entry = ghm_mem_alloc(seen->mem, sizeof *entry);
    if (entry == NULL) return GHM_ENOMEM;
    entry->id = *id;
    entry->expires_ns = now_ns + seen->keep_ns;
    entry->state = GHM_SEEN_PENDING;
    int error = ghm_map_insert(&seen->map, &entry->by_id, ghm_message_id_bytes(&entry->id));
    if (error != GHM_OK) {
        ghm_mem_free(seen->mem, entry, sizeof *entry);
        return error;
    }
    ghm_list_append(&seen->ages, &entry->by_age);
    *ret_entry = entry;
    return GHM_OK;
}

bool ghm_seen_take(struct ghm_seen *seen, struct ghm_message_id *ret_id, uint64_t now_ns)
{
    struct ghm_list *node = seen->ages.next;
    while (node != &seen->ages && of_age(node)->state == GHM_SEEN_PENDING)
        node = node->next;
    if (node == &seen->ages || of_age(node)->expires_ns > now_ns) return false;
    *ret_id = of_age(node)->id;
    ghm_seen_forget(seen, of_age(node));
    return true;
}
