/* SPDX-License-Identifier: MIT */
#include "wire/base58.h"

#include "base/assert.h"
#include "wire/radix.h"

static const char digits[] = "123456789ABCDEFGHJKLMNPQRSTUVWXYZabcdefghijkmnopqrstuvwxyz";

size_t ghm_base58_encode(char ret_text[GHM_BASE58_TEXT_MAX], struct ghm_bytes bytes)
{
    char text[GHM_RADIX_TEXT_MAX];
    GHM_ASSERT(bytes.len <= GHM_BASE58_BYTES_MAX);
    size_t len = ghm_radix_encode(text, digits, bytes);
    memcpy(ret_text, text, len + 1);
    return len;
}

int ghm_base58_decode(uint8_t ret_bytes[GHM_BASE58_BYTES_MAX], struct ghm_bytes text)
{
    return ghm_radix_decode(ret_bytes, GHM_BASE58_BYTES_MAX, digits, text);
}
