/* SPDX-License-Identifier: MIT */
#include "base/mem.h"

#include "base/assert.h"

#include <sodium.h>
#include <stdbool.h>
#include <stdlib.h>
#include <string.h>

void ghm_mem_init(struct ghm_mem *mem, struct ghm_mem *parent, size_t bytes_max)
{
    *mem = (struct ghm_mem){.parent = parent, .used_bytes_max = bytes_max};
}

void ghm_mem_fini(struct ghm_mem *mem)
{
    GHM_ASSERT(mem->used_bytes == 0);
}

/* A test's order to fail: counts down on every budget charged that has one. */
static bool told_to_fail(struct ghm_mem *mem)
{
    bool fails = false;
    for (; mem != NULL; mem = mem->parent) {
        if (mem->fail_after == 0) continue;
        mem->fail_after--;
        if (mem->fail_after == 0) fails = true;
    }
    return fails;
}

static bool has_room(const struct ghm_mem *mem, size_t size)
{
    for (; mem != NULL; mem = mem->parent) {
        if (size > mem->used_bytes_max - mem->used_bytes) return false;
    }
    return true;
}

static void charge(struct ghm_mem *mem, size_t size)
{
    for (; mem != NULL; mem = mem->parent) {
        mem->used_bytes += size;
        if (mem->used_bytes > mem->peak_bytes) mem->peak_bytes = mem->used_bytes;
    }
}

static void discharge(struct ghm_mem *mem, size_t size)
{
    for (; mem != NULL; mem = mem->parent) {
        GHM_ASSERT(mem->used_bytes >= size);
        mem->used_bytes -= size;
    }
}

void *ghm_mem_alloc(struct ghm_mem *mem, size_t size)
{
    GHM_ASSERT(size > 0);
    if (told_to_fail(mem) || !has_room(mem, size)) return NULL;
    void *block = calloc(1, size);
    if (block == NULL) return NULL;
    charge(mem, size);
    return block;
}

void *ghm_mem_alloc_unset(struct ghm_mem *mem, size_t size)
{
    GHM_ASSERT(size > 0);
    if (told_to_fail(mem) || !has_room(mem, size)) return NULL;
    void *block = malloc(size);
    if (block == NULL) return NULL;
    charge(mem, size);
    return block;
}

void *ghm_mem_resize(struct ghm_mem *mem, void *block, size_t old_size, size_t new_size)
{
    GHM_ASSERT(new_size > 0);
    size_t more = new_size > old_size ? new_size - old_size : 0;
    if (told_to_fail(mem) || !has_room(mem, more)) return NULL;
    void *moved = realloc(block, new_size);
    if (moved == NULL) return NULL;
    charge(mem, more);
    if (more == 0) discharge(mem, old_size - new_size);
    return moved;
}

void ghm_mem_free(struct ghm_mem *mem, void *block, size_t size)
{
    if (block == NULL) return;
    free(block);
    discharge(mem, size);
}

size_t ghm_mem_room(const struct ghm_mem *mem)
{
    size_t room = SIZE_MAX;
    for (; mem != NULL; mem = mem->parent) {
        size_t here = mem->used_bytes_max - mem->used_bytes;
        if (here < room) room = here;
    }
    return room;
}

void ghm_mem_wipe(void *block, size_t size)
{
    sodium_memzero(block, size);
}
