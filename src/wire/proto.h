/* SPDX-License-Identifier: MIT */
/* Protocol buffers without generated code: a reader that walks the fields of one message and a
 * writer that appends them. Messages are walked in place; nothing is allocated.
 *
 * Read:  struct ghm_proto_reader r; ghm_proto_reader_init(&r, in);
 *        while ((n = ghm_proto_next(&r, &field)) > 0) { ... }   n < 0 is the error
 */
#ifndef GHM_WIRE_PROTO_H
#define GHM_WIRE_PROTO_H

#include "base/buf.h"
#include "base/error.h"

enum ghm_proto_type {
    GHM_PROTO_VARINT = 0,
    GHM_PROTO_FIXED64 = 1,
    GHM_PROTO_BYTES = 2,
    GHM_PROTO_FIXED32 = 5,
};

struct ghm_proto_field {
    uint32_t number; /* 1..2^29-1 */
    enum ghm_proto_type type;
    uint64_t value;         /* of VARINT (all 64 bits), FIXED64, FIXED32 */
    struct ghm_bytes bytes; /* of BYTES: a view into the message */
    struct ghm_bytes raw;   /* the whole field, tag and all, to copy unknown fields */
};

struct ghm_proto_reader {
    struct ghm_bytes left;
};

void ghm_proto_reader_init(struct ghm_proto_reader *reader, struct ghm_bytes message);

/**
 * Take the next field.
 *
 * @return 1 and the field; 0 at the end; GHM_EPROTO on field number 0 or too large, an unknown or
 *         group wire type, an overlong varint, or a length past the end of the message
 */
int ghm_proto_next(struct ghm_proto_reader *reader, struct ghm_proto_field *ret_field) GHM_MUST_USE;

/* The writer: each appends one field to `buf`. Errors as ghm_buf_append. */
int ghm_proto_append_varint(struct ghm_buf *buf, uint32_t number, uint64_t value) GHM_MUST_USE;
int ghm_proto_append_bytes(struct ghm_buf *buf, uint32_t number,
                           struct ghm_bytes bytes) GHM_MUST_USE;

#endif
