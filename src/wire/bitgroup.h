/* SPDX-License-Identifier: MIT */
/* Text that carries a whole number of bits in each character (RFC 4648 without padding): base16,
 * base32, base64. Only the one canonical text of a value is read. */
#ifndef GHM_WIRE_BITGROUP_H
#define GHM_WIRE_BITGROUP_H

#include "base/bytes.h"
#include "base/error.h"

struct ghm_bitgroup {
    unsigned bits;        /* in each character: 4, 5 or 6 */
    const char *alphabet; /* 2^bits characters */
};

/** Write bytes as text, terminated; ret_text has room for 8 / bits characters a byte, rounded up,
 * and the terminator. Returns the characters without it. Spec: RFC 4648 */
size_t ghm_bitgroup_encode(char *ret_text, const struct ghm_bitgroup *group,
                           struct ghm_bytes bytes);

/**
 * Read text.
 *
 * @param ret_bytes bytes[bytes_max]; what it holds after an error means nothing
 * @return bytes written, 0 or more; GHM_EINVAL on a character outside the alphabet, a length that
 * no encoder makes, left-over bits that are not zero, or more than `bytes_max` bytes
 */
int ghm_bitgroup_decode(uint8_t *ret_bytes, size_t bytes_max, const struct ghm_bitgroup *group,
                        struct ghm_bytes text) GHM_MUST_USE;

#endif
