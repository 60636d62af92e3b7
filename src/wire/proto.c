/* SPDX-License-Identifier: MIT */
#include "wire/proto.h"

#include "base/assert.h"

#define NUMBER_MAX ((UINT32_C(1) << 29) - 1)
#define VARINT_LEN_MAX 10 /* protobuf varints carry all 64 bits, multiformats ones only 63 */

static int take_varint(struct ghm_bytes *left, uint64_t *ret_value)
{
    uint64_t value = 0;
    for (size_t i = 0; i < VARINT_LEN_MAX && i < left->len; i++) {
        uint8_t byte = left->ptr[i];
        if (i == VARINT_LEN_MAX - 1 && byte > 1) return GHM_EPROTO;
        value |= (uint64_t)(byte & 0x7f) << (7 * i);
        if ((byte & 0x80) != 0) continue;
        if (byte == 0 && i > 0) return GHM_EPROTO;
        *ret_value = value;
        *left = ghm_bytes_from(*left, i + 1);
        return GHM_OK;
    }
    return GHM_EPROTO;
}

static int take_fixed(struct ghm_bytes *left, uint64_t *ret_value, size_t len)
{
    if (left->len < len) return GHM_EPROTO;
    uint64_t value = 0;
    for (size_t i = 0; i < len; i++)
        value |= (uint64_t)left->ptr[i] << (8 * i);
    *ret_value = value;
    *left = ghm_bytes_from(*left, len);
    return GHM_OK;
}

static int take_bytes(struct ghm_bytes *left, struct ghm_bytes *ret_bytes)
{
    uint64_t len;
    int error = take_varint(left, &len);
    if (error != GHM_OK) return error;
    if (len > left->len) return GHM_EPROTO;
    *ret_bytes = ghm_bytes_upto(*left, (size_t)len);
    *left = ghm_bytes_from(*left, (size_t)len);
    return GHM_OK;
}

static int take_payload(struct ghm_bytes *left, struct ghm_proto_field *field)
{
    switch (field->type) {
    case GHM_PROTO_VARINT:
        return take_varint(left, &field->value);
    case GHM_PROTO_FIXED64:
        return take_fixed(left, &field->value, 8);
    case GHM_PROTO_BYTES:
        return take_bytes(left, &field->bytes);
    case GHM_PROTO_FIXED32:
        return take_fixed(left, &field->value, 4);
    }
    return GHM_EPROTO; /* a group, or a type that does not exist */
}

void ghm_proto_reader_init(struct ghm_proto_reader *reader, struct ghm_bytes message)
{
    reader->left = message;
}

int ghm_proto_next(struct ghm_proto_reader *reader, struct ghm_proto_field *ret_field)
{
    struct ghm_bytes left = reader->left;
    if (left.len == 0) return 0;
    uint64_t tag;
    int error = take_varint(&left, &tag);
    if (error != GHM_OK) return error;
    uint64_t number = tag >> 3;
    if (number == 0 || number > NUMBER_MAX) return GHM_EPROTO;
    struct ghm_proto_field field = {
        .number = (uint32_t)number,
        .type = (enum ghm_proto_type)(tag & 7),
    };
    error = take_payload(&left, &field);
    if (error != GHM_OK) return error;
    field.raw = ghm_bytes_upto(reader->left, reader->left.len - left.len);
    reader->left = left;
    *ret_field = field;
    return 1;
}

static size_t put_varint(uint8_t ret_out[VARINT_LEN_MAX], uint64_t value)
{
    size_t len = 0;
    for (; value > 0x7f; value >>= 7)
        ret_out[len++] = (uint8_t)(value | 0x80);
    ret_out[len++] = (uint8_t)value;
    return len;
}

static size_t put_tag(uint8_t ret_out[VARINT_LEN_MAX], uint32_t number, enum ghm_proto_type type)
{
    GHM_ASSERT(number >= 1 && number <= NUMBER_MAX);
    return put_varint(ret_out, (uint64_t)number << 3 | (uint64_t)type);
}

int ghm_proto_append_varint(struct ghm_buf *buf, uint32_t number, uint64_t value)
{
    uint8_t out[2 * VARINT_LEN_MAX];
    size_t len = put_tag(out, number, GHM_PROTO_VARINT);
    len += put_varint(out + len, value);
    return ghm_buf_append(buf, ghm_bytes(out, len));
}

int ghm_proto_append_bytes(struct ghm_buf *buf, uint32_t number, struct ghm_bytes bytes)
{
    uint8_t head[2 * VARINT_LEN_MAX];
    size_t head_len = put_tag(head, number, GHM_PROTO_BYTES);
    head_len += put_varint(head + head_len, bytes.len);
    uint8_t *room;
    if (bytes.len > SIZE_MAX - head_len) return GHM_ELIMIT;
    int error = ghm_buf_reserve(buf, &room, head_len + bytes.len);
    if (error != GHM_OK) return error;
    memcpy(room, head, head_len);
    ghm_bytes_copy(room + head_len, bytes);
    ghm_buf_commit(buf, head_len + bytes.len);
    return GHM_OK;
}
