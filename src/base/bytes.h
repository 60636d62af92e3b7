/* SPDX-License-Identifier: MIT */
/* Views of bytes, and integers in wire order. A view points into the buffer it came from. */
#ifndef GHM_BASE_BYTES_H
#define GHM_BASE_BYTES_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

/* A large local that is written before it is read: spares it the zeros that all others start with
 * (-ftrivial-auto-var-init). */
#if defined(__has_attribute)
#if __has_attribute(uninitialized)
#define GHM_UNSET __attribute__((uninitialized))
#endif
#endif
#ifndef GHM_UNSET
#define GHM_UNSET
#endif

/** Borrowed bytes. `ptr` NULL means absent, which is not the same as `len` 0. */
struct ghm_bytes {
    const uint8_t *ptr;
    size_t len;
};

#define GHM_BYTES_NONE ((struct ghm_bytes){NULL, 0})

static inline struct ghm_bytes ghm_bytes(const void *ptr, size_t len)
{
    return (struct ghm_bytes){(const uint8_t *)ptr, len};
}

/** View a C string without its terminator; NULL gives an absent view. */
static inline struct ghm_bytes ghm_bytes_text(const char *text)
{
    if (text == NULL) return GHM_BYTES_NONE;
    return ghm_bytes(text, strlen(text));
}

static inline bool ghm_bytes_equal(struct ghm_bytes a, struct ghm_bytes b)
{
    return a.len == b.len && (a.len == 0 || memcmp(a.ptr, b.ptr, a.len) == 0);
}

/** Order by content as memcmp does, then the shorter first. */
static inline int ghm_bytes_compare(struct ghm_bytes a, struct ghm_bytes b)
{
    size_t len = a.len < b.len ? a.len : b.len;
    int order = a.ptr == NULL || b.ptr == NULL ? 0 : memcmp(a.ptr, b.ptr, len);
    if (order != 0) return order;
    return (a.len > b.len) - (a.len < b.len);
}

/** The part from `at` on; empty when `at` is past the end. */
static inline struct ghm_bytes ghm_bytes_from(struct ghm_bytes b, size_t at)
{
    if (at > b.len) at = b.len;
    if (at == 0) return b; /* absent stays absent */
    return (struct ghm_bytes){b.ptr + at, b.len - at};
}

/** The first `len` bytes, or all of them when there are fewer. */
static inline struct ghm_bytes ghm_bytes_upto(struct ghm_bytes b, size_t len)
{
    return (struct ghm_bytes){b.ptr, len < b.len ? len : b.len};
}

static inline bool ghm_bytes_starts(struct ghm_bytes b, struct ghm_bytes prefix)
{
    return b.len >= prefix.len && ghm_bytes_equal(ghm_bytes_upto(b, prefix.len), prefix);
}

/** Copy all of `from` to `ret_at`; either may be NULL when there is nothing, unlike memcpy's. */
static inline void ghm_bytes_copy(void *ret_at, struct ghm_bytes from)
{
    if (from.ptr != NULL && from.len > 0) memcpy(ret_at, from.ptr, from.len);
}

static inline uint16_t ghm_load_be16(const uint8_t p[2])
{
    return (uint16_t)((uint32_t)p[0] << 8 | p[1]);
}

static inline uint32_t ghm_load_be32(const uint8_t p[4])
{
    return (uint32_t)p[0] << 24 | (uint32_t)p[1] << 16 | (uint32_t)p[2] << 8 | p[3];
}

static inline uint64_t ghm_load_be64(const uint8_t p[8])
{
    return (uint64_t)ghm_load_be32(p) << 32 | ghm_load_be32(p + 4);
}

static inline void ghm_store_be16(uint8_t ret_p[2], uint16_t v)
{
    ret_p[0] = (uint8_t)(v >> 8);
    ret_p[1] = (uint8_t)v;
}

static inline void ghm_store_be32(uint8_t ret_p[4], uint32_t v)
{
    ret_p[0] = (uint8_t)(v >> 24);
    ret_p[1] = (uint8_t)(v >> 16);
    ret_p[2] = (uint8_t)(v >> 8);
    ret_p[3] = (uint8_t)v;
}

static inline void ghm_store_be64(uint8_t ret_p[8], uint64_t v)
{
    ghm_store_be32(ret_p, (uint32_t)(v >> 32));
    ghm_store_be32(ret_p + 4, (uint32_t)v);
}

#endif
