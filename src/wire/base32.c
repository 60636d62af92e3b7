/* SPDX-License-Identifier: MIT */
#include "wire/base32.h"

#include "base/assert.h"

static const char alphabet[] = "abcdefghijklmnopqrstuvwxyz234567";

size_t ghm_base32_encode(char ret_text[GHM_BASE32_TEXT_MAX], struct ghm_bytes bytes)
{
    GHM_ASSERT(bytes.len <= GHM_BASE32_BYTES_MAX);
    size_t len = 0;
    unsigned held = 0;
    unsigned bits = 0;
    for (size_t i = 0; i < bytes.len; i++) {
        held = (held << 8 | bytes.ptr[i]) & 0xfff;
        for (bits += 8; bits >= 5; bits -= 5)
            ret_text[len++] = alphabet[held >> (bits - 5) & 31];
    }
    if (bits > 0) ret_text[len++] = alphabet[held << (5 - bits) & 31];
    ret_text[len] = '\0';
    return len;
}

int ghm_base32_decode(uint8_t ret_bytes[GHM_BASE32_BYTES_MAX], struct ghm_bytes text)
{
    uint8_t out[GHM_BASE32_BYTES_MAX];
    size_t len = 0;
    unsigned held = 0;
    unsigned bits = 0;
    if (text.len >= GHM_BASE32_TEXT_MAX) return GHM_EINVAL;
    for (size_t i = 0; i < text.len; i++) {
        const char *at = memchr(alphabet, text.ptr[i], sizeof alphabet - 1);
        if (at == NULL) return GHM_EINVAL;
        held = (held << 5 | (unsigned)(at - alphabet)) & 0xfff;
        bits += 5;
        if (bits < 8) continue;
        bits -= 8;
        out[len++] = (uint8_t)(held >> bits);
    }
    /* 5 or more bits left over: the last character said nothing. */
    if (bits >= 5 || (held & ((1U << bits) - 1)) != 0) return GHM_EINVAL;
    if (len > 0) memcpy(ret_bytes, out, len);
    return (int)len;
}
