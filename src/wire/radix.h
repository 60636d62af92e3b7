/* SPDX-License-Identifier: MIT */
/* Text that is one large number in some base, each leading zero byte a leading zero digit: base36,
 * base58btc. The work grows with the square of the length, so the length is bounded. */
#ifndef GHM_WIRE_RADIX_H
#define GHM_WIRE_RADIX_H

#include "base/bytes.h"
#include "base/error.h"

#define GHM_RADIX_BYTES_MAX 128
#define GHM_RADIX_TEXT_MAX                                                                         \
    200 /* characters for 128 bytes in base 36 or more, with the terminator */

/**
 * Write bytes as a number, terminated.
 *
 * @param digits the digits of the base from 0 on, 36 or more of them, terminated
 * @param bytes  at most GHM_RADIX_BYTES_MAX; none gives ""
 * @return characters written, without the terminator
 *
 * Spec: multiformats/multibase rfcs/Base36.md, rfcs/Base58BTC.md
 */
size_t ghm_radix_encode(char ret_text[GHM_RADIX_TEXT_MAX], const char *digits,
                        struct ghm_bytes bytes);

/**
 * Read a number.
 *
 * @param ret_bytes bytes[bytes_max], at most GHM_RADIX_BYTES_MAX of them; written on success only
 * @return bytes written, 0 or more; GHM_EINVAL on a character that is no digit, or more than
 * `bytes_max` bytes
 */
int ghm_radix_decode(uint8_t *ret_bytes, size_t bytes_max, const char *digits,
                     struct ghm_bytes text) GHM_MUST_USE;

#endif
