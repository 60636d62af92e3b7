/* SPDX-License-Identifier: MIT */
/* base58btc: Bitcoin's alphabet, one text per value. The work grows with the square of the length,
 * so the length is bounded. */
#ifndef GHM_WIRE_BASE58_H
#define GHM_WIRE_BASE58_H

#include "base/bytes.h"
#include "base/error.h"

#define GHM_BASE58_BYTES_MAX 64
#define GHM_BASE58_TEXT_MAX 89 /* characters for 64 bytes, with the terminator */

/**
 * Write bytes as base58btc text, terminated.
 *
 * @param bytes at most GHM_BASE58_BYTES_MAX; none gives ""
 * @return characters written, without the terminator
 *
 * Spec: multiformats/multibase rfcs/Base58BTC.md
 */
size_t ghm_base58_encode(char ret_text[GHM_BASE58_TEXT_MAX], struct ghm_bytes bytes);

/**
 * Read base58btc text.
 *
 * @param ret_bytes bytes[GHM_BASE58_BYTES_MAX]; written on success only
 * @return bytes written, 0 or more; GHM_EINVAL on a character outside the alphabet, or more than
 * the maximum
 */
int ghm_base58_decode(uint8_t ret_bytes[GHM_BASE58_BYTES_MAX], struct ghm_bytes text) GHM_MUST_USE;

#endif
