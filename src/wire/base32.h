/* SPDX-License-Identifier: MIT */
/* base32 of RFC 4648 in lower case without padding: the multibase "b" of CIDs. Only the one
 * canonical text of a value is read. */
#ifndef GHM_WIRE_BASE32_H
#define GHM_WIRE_BASE32_H

#include "base/bytes.h"
#include "base/error.h"

#define GHM_BASE32_BYTES_MAX 64
#define GHM_BASE32_TEXT_MAX 104 /* characters for 64 bytes, with the terminator */

/**
 * Write bytes as base32 text, terminated.
 *
 * @param bytes at most GHM_BASE32_BYTES_MAX; none gives ""
 * @return characters written, without the terminator
 *
 * Spec: RFC 4648 section 6; multiformats/multibase
 */
size_t ghm_base32_encode(char ret_text[GHM_BASE32_TEXT_MAX], struct ghm_bytes bytes);

/**
 * Read base32 text.
 *
 * @param ret_bytes bytes[GHM_BASE32_BYTES_MAX]; written on success only
 * @return bytes written, 0 or more; GHM_EINVAL on a character outside the alphabet, a length that
 * no encoder makes, left-over bits that are not zero, or more than the maximum
 */
int ghm_base32_decode(uint8_t ret_bytes[GHM_BASE32_BYTES_MAX], struct ghm_bytes text) GHM_MUST_USE;

#endif
