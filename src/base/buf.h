/* SPDX-License-Identifier: MIT */
/* A queue of bytes with a stated maximum: append at the end, drop from the front. */
#ifndef GHM_BASE_BUF_H
#define GHM_BASE_BUF_H

#include "base/bytes.h"
#include "base/mem.h"

struct ghm_buf {
    struct ghm_mem *mem;
    uint8_t *ptr;   /* the block */
    size_t size;    /* of the block */
    size_t start;   /* first byte that is still wanted */
    size_t end;     /* past the last byte */
    size_t len_max; /* the most bytes ever held */
};

/** Start empty; nothing is allocated before the first append. */
void ghm_buf_init(struct ghm_buf *buf, struct ghm_mem *mem, size_t len_max);

/** Give the memory back. A zeroed buf is accepted. */
void ghm_buf_fini(struct ghm_buf *buf);

static inline size_t ghm_buf_len(const struct ghm_buf *buf)
{
    return buf->end - buf->start;
}

/** All bytes held; the view is good until the next call that changes the buf. */
static inline struct ghm_bytes ghm_buf_bytes(const struct ghm_buf *buf)
{
    if (buf->ptr == NULL) return GHM_BYTES_NONE;
    return ghm_bytes(buf->ptr + buf->start, ghm_buf_len(buf));
}

/**
 * Make room for `len` more bytes at the end.
 *
 * @param ret_room where to write them; say ghm_buf_commit when done
 * @return GHM_OK; GHM_ELIMIT when len_max would be passed; GHM_ENOMEM
 */
int ghm_buf_reserve(struct ghm_buf *buf, uint8_t **ret_room, size_t len) GHM_MUST_USE;

/** Count `len` bytes, written into reserved room, as held; at most what was reserved. */
void ghm_buf_commit(struct ghm_buf *buf, size_t len);

/** Append a copy. Errors as ghm_buf_reserve; on failure nothing is appended. */
int ghm_buf_append(struct ghm_buf *buf, struct ghm_bytes bytes) GHM_MUST_USE;

/** Append a C string without its terminator. */
int ghm_buf_append_text(struct ghm_buf *buf, const char *text) GHM_MUST_USE;

/** Drop `len` bytes, at most all, from the front. */
void ghm_buf_drop(struct ghm_buf *buf, size_t len);

/** As drop, for secrets: the bytes are overwritten. */
void ghm_buf_drop_wiped(struct ghm_buf *buf, size_t len);

/** Drop everything and keep the memory for the next use. */
void ghm_buf_clear(struct ghm_buf *buf);

/** Give the memory back when nothing is held and the block is larger than `kept_max` bytes. */
void ghm_buf_trim(struct ghm_buf *buf, size_t kept_max);

#endif
