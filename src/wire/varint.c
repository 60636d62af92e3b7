/* SPDX-License-Identifier: MIT */
#include "wire/varint.h"

#include "base/assert.h"

int ghm_varint_decode(uint64_t *ret_value, struct ghm_bytes in)
{
    uint64_t value = 0;
    for (size_t i = 0; i < GHM_VARINT_LEN_MAX; i++) {
        if (i == in.len) return GHM_EAGAIN;
        value |= (uint64_t)(in.ptr[i] & 0x7f) << (7 * i);
        if ((in.ptr[i] & 0x80) != 0) continue;
        /* A last byte of zero adds nothing: a shorter form exists. */
        if (in.ptr[i] == 0 && i > 0) return GHM_EPROTO;
        *ret_value = value;
        return (int)i + 1;
    }
    return GHM_EPROTO;
}

size_t ghm_varint_encode(uint8_t ret_out[GHM_VARINT_LEN_MAX], uint64_t value)
{
    GHM_ASSERT(value <= GHM_VARINT_MAX);
    size_t len = 0;
    for (; value > 0x7f; value >>= 7)
        ret_out[len++] = (uint8_t)(value | 0x80);
    ret_out[len++] = (uint8_t)value;
    return len;
}

int ghm_varint_append(struct ghm_buf *buf, uint64_t value)
{
    uint8_t out[GHM_VARINT_LEN_MAX];
    return ghm_buf_append(buf, ghm_bytes(out, ghm_varint_encode(out, value)));
}
