/* SPDX-License-Identifier: MIT */
#include "base/map.h"

#include "base/assert.h"

#include <sodium.h>

#define GHM_MAP_BUCKETS_MIN 16

_Static_assert(crypto_shorthash_KEYBYTES == 16, "the seed is a SipHash key");

void ghm_map_init(struct ghm_map *map, struct ghm_mem *mem, size_t count_max,
                  const uint8_t seed[16])
{
    *map = (struct ghm_map){.mem = mem, .count_max = count_max};
    memcpy(map->seed, seed, sizeof map->seed);
}

void ghm_map_fini(struct ghm_map *map)
{
    ghm_mem_free(map->mem, map->buckets, map->buckets_count * sizeof(struct ghm_map_node *));
    map->buckets = NULL;
    map->buckets_count = 0;
    map->count = 0;
}

/* Numbers of streams and connections are looked up many times for each message. Strongly universal
 * (Dietzfelbinger 1996): who does not know the seed cannot aim at a bucket either. */
static uint64_t hash_of_number(const struct ghm_map *map, struct ghm_bytes key)
{
    uint64_t factor = ghm_load_be64(map->seed), addend = ghm_load_be64(map->seed + 8);
    return (factor * ghm_load_be32(key.ptr) + addend) >> 32;
}

static uint64_t hash_of(const struct ghm_map *map, struct ghm_bytes key)
{
    uint8_t hash[crypto_shorthash_BYTES];
    if (key.len == 4) return hash_of_number(map, key);
    crypto_shorthash(hash, key.ptr, key.len, map->seed);
    return ghm_load_be64(hash);
}

static struct ghm_map_node **bucket_of(const struct ghm_map *map, uint64_t hash)
{
    return &map->buckets[hash & (map->buckets_count - 1)];
}

static struct ghm_map_node *find_hashed(const struct ghm_map *map, struct ghm_bytes key,
                                        uint64_t hash)
{
    if (map->buckets_count == 0) return NULL;
    for (struct ghm_map_node *node = *bucket_of(map, hash); node != NULL; node = node->next) {
        if (node->hash == hash && ghm_bytes_equal(node->key, key)) return node;
    }
    return NULL;
}

struct ghm_map_node *ghm_map_find(const struct ghm_map *map, struct ghm_bytes key)
{
    return find_hashed(map, key, hash_of(map, key));
}

static void link_node(struct ghm_map *map, struct ghm_map_node *node)
{
    struct ghm_map_node **bucket = bucket_of(map, node->hash);
    node->next = *bucket;
    *bucket = node;
}

static int grow(struct ghm_map *map)
{
    struct ghm_map old = *map;
    size_t count = old.buckets_count == 0 ? GHM_MAP_BUCKETS_MIN : old.buckets_count * 2;
    struct ghm_map_node **buckets = ghm_mem_alloc(map->mem, count * sizeof(struct ghm_map_node *));
    if (buckets == NULL) return GHM_ENOMEM;
    map->buckets = buckets;
    map->buckets_count = count;
    for (size_t i = 0; i < old.buckets_count; i++) {
        for (struct ghm_map_node *node = old.buckets[i], *next; node != NULL; node = next) {
            next = node->next;
            link_node(map, node);
        }
    }
    ghm_mem_free(map->mem, old.buckets, old.buckets_count * sizeof(struct ghm_map_node *));
    return GHM_OK;
}

int ghm_map_insert(struct ghm_map *map, struct ghm_map_node *node, struct ghm_bytes key)
{
    uint64_t hash = hash_of(map, key);
    if (find_hashed(map, key, hash) != NULL) return GHM_EINVAL;
    if (map->count == map->count_max) return GHM_ELIMIT;
    if (map->count == map->buckets_count) {
        int error = grow(map);
        if (error != GHM_OK) return error;
    }
    node->key = key;
    node->hash = hash;
    link_node(map, node);
    map->count++;
    return GHM_OK;
}

void ghm_map_remove(struct ghm_map *map, struct ghm_map_node *node)
{
    struct ghm_map_node **at = bucket_of(map, node->hash);
    while (*at != node) {
        GHM_ASSERT(*at != NULL);
        at = &(*at)->next;
    }
    *at = node->next;
    node->next = NULL;
    map->count--;
}

struct ghm_map_node *ghm_map_next(const struct ghm_map *map, const struct ghm_map_node *node)
{
    size_t i = 0;
    if (node != NULL) {
        if (node->next != NULL) return node->next;
        i = (node->hash & (map->buckets_count - 1)) + 1;
    }
    for (; i < map->buckets_count; i++) {
        if (map->buckets[i] != NULL) return map->buckets[i];
    }
    return NULL;
}
