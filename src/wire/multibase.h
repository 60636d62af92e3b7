/* SPDX-License-Identifier: MIT */
/* Multibase: text whose first character tells its base, of the bases that libp2p peers write. Both
 * cases are read where a base has only one (base16, base32, base36); lower case is written. */
#ifndef GHM_WIRE_MULTIBASE_H
#define GHM_WIRE_MULTIBASE_H

#include "base/bytes.h"
#include "base/error.h"

#define GHM_MULTIBASE_BYTES_MAX 128
#define GHM_MULTIBASE_TEXT_MAX 258 /* base16 of that many bytes, its prefix and the terminator */

enum ghm_multibase {
    GHM_MULTIBASE_16 = 'f',
    GHM_MULTIBASE_32 = 'b',
    GHM_MULTIBASE_36 = 'k',
    GHM_MULTIBASE_58BTC = 'z',
    GHM_MULTIBASE_64 = 'm',
    GHM_MULTIBASE_64URL = 'u',
};

/**
 * Write bytes with the prefix of `base`, terminated.
 *
 * @param bytes at most GHM_MULTIBASE_BYTES_MAX
 * @return characters written, without the terminator
 *
 * Spec: multiformats/multibase multibase.csv
 */
size_t ghm_multibase_encode(char ret_text[GHM_MULTIBASE_TEXT_MAX], enum ghm_multibase base,
                            struct ghm_bytes bytes);

/**
 * Read text of any of the bases; "F", "B" and "K" are the upper-case prefixes of "f", "b" and "k".
 *
 * @param ret_bytes written on success only
 * @return bytes written, 0 or more; GHM_EINVAL on another prefix, no prefix, padding, a character
 * outside the alphabet, left-over bits that are not zero, or more than the maximum
 */
int ghm_multibase_decode(uint8_t ret_bytes[GHM_MULTIBASE_BYTES_MAX],
                         struct ghm_bytes text) GHM_MUST_USE;

#endif
