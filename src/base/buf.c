/* SPDX-License-Identifier: MIT */
#include "base/buf.h"

#include "base/assert.h"

#define GHM_BUF_SIZE_MIN 256

void ghm_buf_init(struct ghm_buf *buf, struct ghm_mem *mem, size_t len_max)
{
    *buf = (struct ghm_buf){.mem = mem, .len_max = len_max};
}

void ghm_buf_fini(struct ghm_buf *buf)
{
    if (buf->ptr != NULL) ghm_mem_free(buf->mem, buf->ptr, buf->size);
    *buf = (struct ghm_buf){.mem = buf->mem, .len_max = buf->len_max};
}

static void move_to_front(struct ghm_buf *buf)
{
    if (buf->start == 0) return;
    memmove(buf->ptr, buf->ptr + buf->start, ghm_buf_len(buf));
    buf->end -= buf->start;
    buf->start = 0;
}

/* Doubling keeps appends linear; the bound keeps doubling honest. */
static size_t grown_size(const struct ghm_buf *buf, size_t wanted)
{
    size_t size = buf->size == 0 ? GHM_BUF_SIZE_MIN : buf->size;
    while (size < wanted)
        size = size > buf->len_max / 2 ? buf->len_max : size * 2;
    return size;
}

int ghm_buf_reserve(struct ghm_buf *buf, uint8_t **ret_room, size_t len)
{
    size_t held = ghm_buf_len(buf);
    if (len > buf->len_max - held) return GHM_ELIMIT;
    /* Moving costs what is held: worth it once as much again was dropped, or when the bound leaves
     * no other way. */
    bool is_cheap = buf->start >= held || len > buf->len_max - buf->end;
    if (buf->size - buf->end < len && is_cheap) move_to_front(buf);
    if (buf->ptr == NULL || buf->size - buf->end < len) {
        size_t size = grown_size(buf, buf->end + len);
        uint8_t *ptr = ghm_mem_resize(buf->mem, buf->ptr, buf->size, size);
        if (ptr == NULL) return GHM_ENOMEM;
        buf->ptr = ptr;
        buf->size = size;
    }
    *ret_room = buf->ptr + buf->end;
    return GHM_OK;
}

void ghm_buf_commit(struct ghm_buf *buf, size_t len)
{
    GHM_ASSERT(len <= buf->size - buf->end && len <= buf->len_max - ghm_buf_len(buf));
    buf->end += len;
}

int ghm_buf_append(struct ghm_buf *buf, struct ghm_bytes bytes)
{
    uint8_t *room;
    if (bytes.len == 0) return GHM_OK;
    int error = ghm_buf_reserve(buf, &room, bytes.len);
    if (error != GHM_OK) return error;
    memcpy(room, bytes.ptr, bytes.len);
    ghm_buf_commit(buf, bytes.len);
    return GHM_OK;
}

int ghm_buf_append_text(struct ghm_buf *buf, const char *text)
{
    return ghm_buf_append(buf, ghm_bytes_text(text));
}

void ghm_buf_drop(struct ghm_buf *buf, size_t len)
{
    GHM_ASSERT(len <= ghm_buf_len(buf));
    buf->start += len;
    if (buf->start == buf->end) ghm_buf_clear(buf);
}

void ghm_buf_drop_wiped(struct ghm_buf *buf, size_t len)
{
    GHM_ASSERT(len <= ghm_buf_len(buf));
    if (len > 0) ghm_mem_wipe(buf->ptr + buf->start, len);
    ghm_buf_drop(buf, len);
}

void ghm_buf_clear(struct ghm_buf *buf)
{
    buf->start = 0;
    buf->end = 0;
}

void ghm_buf_trim(struct ghm_buf *buf, size_t kept_max)
{
    if (ghm_buf_len(buf) == 0 && buf->size > kept_max) ghm_buf_fini(buf);
}
