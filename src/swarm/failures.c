/* SPDX-License-Identifier: MIT */
#include "swarm/failures.h"

#include "base/list.h"

struct entry {
    struct ghm_map_node by_addr;
    struct ghm_multiaddr addr;
    uint64_t count; /* in a row */
    uint64_t free_ns;
};

static struct entry *of_node(struct ghm_map_node *node)
{
    return node == NULL ? NULL : GHM_LIST_OF(node, struct entry, by_addr);
}

static struct ghm_bytes key_of(const struct ghm_multiaddr *addr)
{
    return ghm_bytes(addr->bytes, addr->len);
}

static struct entry *find(const struct ghm_failures *failures, const struct ghm_multiaddr *addr)
{
    return of_node(ghm_map_find(&failures->addrs, key_of(addr)));
}

void ghm_failures_init(struct ghm_failures *failures, struct ghm_mem *mem, const uint8_t seed[16])
{
    failures->mem = mem;
    ghm_map_init(&failures->addrs, mem, GHM_FAILURES_ADDRS_MAX, seed);
}

static void forget(struct ghm_failures *failures, struct entry *entry)
{
    ghm_map_remove(&failures->addrs, &entry->by_addr);
    ghm_mem_free(failures->mem, entry, sizeof *entry);
}

void ghm_failures_fini(struct ghm_failures *failures)
{
    struct entry *entry;
    while ((entry = of_node(ghm_map_next(&failures->addrs, NULL))) != NULL)
        forget(failures, entry);
    ghm_map_fini(&failures->addrs);
}

static void make_room(struct ghm_failures *failures)
{
    struct entry *soonest = of_node(ghm_map_next(&failures->addrs, NULL));
    for (struct entry *e = soonest; e != NULL;
         e = of_node(ghm_map_next(&failures->addrs, &e->by_addr))) {
        if (e->free_ns < soonest->free_ns) soonest = e;
    }
    forget(failures, soonest);
}

static struct entry *remember(struct ghm_failures *failures, const struct ghm_multiaddr *addr)
{
    struct entry *entry = find(failures, addr);
    if (entry != NULL) return entry;
    if (failures->addrs.count == GHM_FAILURES_ADDRS_MAX) make_room(failures);
    entry = ghm_mem_alloc(failures->mem, sizeof *entry);
    if (entry == NULL) return NULL;
    entry->addr = *addr;
    if (ghm_map_insert(&failures->addrs, &entry->by_addr, key_of(&entry->addr)) == GHM_OK)
        return entry;
    ghm_mem_free(failures->mem, entry, sizeof *entry);
    return NULL;
}

void ghm_failures_add(struct ghm_failures *failures, const struct ghm_multiaddr *addr,
                      uint64_t now_ns)
{
    struct entry *entry = remember(failures, addr);
    if (entry == NULL) return;
    if (entry->count < 100) entry->count++; /* beyond the longest wait: no overflow */
    uint64_t wait_ns = GHM_FAILURES_WAIT_MIN_NS + entry->count * entry->count * GHM_NS_PER_S;
    entry->free_ns = now_ns + ghm_deadline_first(wait_ns, GHM_FAILURES_WAIT_MAX_NS);
}

void ghm_failures_clear(struct ghm_failures *failures, const struct ghm_multiaddr *addr)
{
    struct entry *entry = find(failures, addr);
    if (entry != NULL) forget(failures, entry);
}

bool ghm_failures_allow(const struct ghm_failures *failures, const struct ghm_multiaddr *addr,
                        uint64_t now_ns)
{
    const struct entry *entry = find(failures, addr);
    return entry == NULL || entry->free_ns <= now_ns;
}
