/* SPDX-License-Identifier: MIT */
#include "wire/base32.h"

#include "base/assert.h"
#include "wire/bitgroup.h"

static const struct ghm_bitgroup group = {5, "abcdefghijklmnopqrstuvwxyz234567"};

size_t ghm_base32_encode(char ret_text[GHM_BASE32_TEXT_MAX], struct ghm_bytes bytes)
{
    GHM_ASSERT(bytes.len <= GHM_BASE32_BYTES_MAX);
    return ghm_bitgroup_encode(ret_text, &group, bytes);
}

int ghm_base32_decode(uint8_t ret_bytes[GHM_BASE32_BYTES_MAX], struct ghm_bytes text)
{
    uint8_t out[GHM_BASE32_BYTES_MAX];
    int len = ghm_bitgroup_decode(out, sizeof out, &group, text);
    if (len > 0) memcpy(ret_bytes, out, (size_t)len);
    return len;
}
