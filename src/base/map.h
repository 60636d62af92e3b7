/* SPDX-License-Identifier: MIT */
/* A hash map from byte keys to nodes that live inside the caller's things, with a stated maximum.
 * Keys are hashed under a secret seed, with SipHash but for those of 4 bytes, so a peer cannot aim
 * at one bucket. */
#ifndef GHM_BASE_MAP_H
#define GHM_BASE_MAP_H

#include "base/bytes.h"
#include "base/mem.h"

struct ghm_map_node {
    struct ghm_map_node *next; /* in the same bucket */
    struct ghm_bytes key;      /* borrowed from the thing that holds this node */
    uint64_t hash;
};

struct ghm_map {
    struct ghm_mem *mem;
    struct ghm_map_node **buckets;
    size_t buckets_count; /* a power of two, or 0 before the first insert */
    size_t count;
    size_t count_max;
    uint8_t seed[16];
};

/** Start empty. `seed` is fresh randomness. */
void ghm_map_init(struct ghm_map *map, struct ghm_mem *mem, size_t count_max,
                  const uint8_t seed[16]);

/** Forget all nodes and give the buckets back; the nodes themselves are the caller's. */
void ghm_map_fini(struct ghm_map *map);

/** Find by key; NULL when absent. */
struct ghm_map_node *ghm_map_find(const struct ghm_map *map, struct ghm_bytes key);

/**
 * Add a node.
 *
 * @param node its `key` is set here and must stay valid and unchanged while it is in the map
 * @return GHM_OK; GHM_EINVAL when the key is there already; GHM_ELIMIT; GHM_ENOMEM
 */
int ghm_map_insert(struct ghm_map *map, struct ghm_map_node *node,
                   struct ghm_bytes key) GHM_MUST_USE;

/** Take a node out; it must be in the map. */
void ghm_map_remove(struct ghm_map *map, struct ghm_map_node *node);

/** Walk in no particular order: NULL gives the first, the last gives NULL. Remove only the node
 * before the one held. */
struct ghm_map_node *ghm_map_next(const struct ghm_map *map, const struct ghm_map_node *node);

#endif
