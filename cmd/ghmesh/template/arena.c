/* SPDX-License-Identifier: MIT */
#include "template/arena.h"

#include <stdalign.h>
#include <string.h>

#define BLOCK_SIZE ((size_t)16384)

struct arena_block {
    struct arena_block *next;
    size_t size; /* of the bytes below */
    size_t used;
    alignas(16) unsigned char bytes[];
};

void arena_init(struct arena *arena, size_t bytes_max)
{
    ghm_mem_init(&arena->mem, NULL, bytes_max);
    arena->blocks = NULL;
}

static bool add_block(struct arena *arena, size_t size)
{
    struct arena_block *block = ghm_mem_alloc(&arena->mem, sizeof *block + size);
    if (block == NULL) return false;
    block->next = arena->blocks;
    block->size = size;
    arena->blocks = block;
    return true;
}

void *arena_take(struct arena *arena, size_t size)
{
    if (size > arena->mem.used_bytes_max) return NULL;
    size = (size + 15) / 16 * 16;
    const struct arena_block *first = arena->blocks;
    bool is_full = first == NULL || first->size - first->used < size;
    if (is_full && !add_block(arena, size > BLOCK_SIZE ? size : BLOCK_SIZE)) return NULL;
    void *taken = arena->blocks->bytes + arena->blocks->used;
    arena->blocks->used += size;
    return taken;
}

bool arena_copy(struct arena *arena, struct ghm_bytes *ret_copy, struct ghm_bytes bytes)
{
    uint8_t *copy = arena_take(arena, bytes.len == 0 ? 1 : bytes.len);
    if (copy == NULL) return false;
    ghm_bytes_copy(copy, bytes);
    *ret_copy = ghm_bytes(copy, bytes.len);
    return true;
}

void arena_clear(struct arena *arena)
{
    while (arena->blocks != NULL) {
        struct arena_block *block = arena->blocks;
        arena->blocks = block->next;
        ghm_mem_free(&arena->mem, block, sizeof *block + block->size);
    }
}
