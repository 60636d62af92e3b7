/* SPDX-License-Identifier: MIT */
/* Unsigned varints: 7 bits a byte, least significant first. Only the shortest form is accepted, so
 * a value has exactly one encoding. */
#ifndef GHM_WIRE_VARINT_H
#define GHM_WIRE_VARINT_H

#include "base/buf.h"
#include "base/error.h"

#define GHM_VARINT_LEN_MAX 9
#define GHM_VARINT_MAX (UINT64_MAX >> 1)

/**
 * Decode one unsigned varint from the front of `in`.
 *
 * @param ret_value the value, 0..2^63-1
 * @param in        borrowed for the call
 * @return bytes consumed, 1..9; GHM_EAGAIN if `in` ends inside the varint; GHM_EPROTO if the form
 *         is not the shortest or is longer than 9 bytes
 *
 * Spec: multiformats/unsigned-varint, README.md
 */
int ghm_varint_decode(uint64_t *ret_value, struct ghm_bytes in) GHM_MUST_USE;

/** Encode `value` (at most 2^63-1); returns the bytes written, 1..9. */
size_t ghm_varint_encode(uint8_t ret_out[GHM_VARINT_LEN_MAX], uint64_t value);

/** Append `value` as a varint. Errors as ghm_buf_append. */
int ghm_varint_append(struct ghm_buf *buf, uint64_t value) GHM_MUST_USE;

#endif
