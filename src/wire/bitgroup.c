/* SPDX-License-Identifier: MIT */
#include "wire/bitgroup.h"

size_t ghm_bitgroup_encode(char *ret_text, const struct ghm_bitgroup *group, struct ghm_bytes bytes)
{
    const unsigned mask = (1U << group->bits) - 1;
    size_t len = 0;
    unsigned held = 0;
    unsigned bits = 0;
    for (size_t i = 0; i < bytes.len; i++) {
        held = (held << 8 | bytes.ptr[i]) & 0x3fff;
        for (bits += 8; bits >= group->bits; bits -= group->bits)
            ret_text[len++] = group->alphabet[held >> (bits - group->bits) & mask];
    }
    if (bits > 0) ret_text[len++] = group->alphabet[held << (group->bits - bits) & mask];
    ret_text[len] = '\0';
    return len;
}

int ghm_bitgroup_decode(uint8_t *ret_bytes, size_t bytes_max, const struct ghm_bitgroup *group,
                        struct ghm_bytes text)
{
    size_t len = 0;
    unsigned held = 0;
    unsigned bits = 0;
    for (size_t i = 0; i < text.len; i++) {
        const char *at = memchr(group->alphabet, text.ptr[i], (size_t)1 << group->bits);
        if (at == NULL) return GHM_EINVAL;
        held = (held << group->bits | (unsigned)(at - group->alphabet)) & 0x3fff;
        bits += group->bits;
        if (bits < 8) continue;
        bits -= 8;
        if (len == bytes_max) return GHM_EINVAL;
        ret_bytes[len++] = (uint8_t)(held >> bits);
    }
    /* A whole character left over: the last one said nothing. */
    if (bits >= group->bits || (held & ((1U << bits) - 1)) != 0) return GHM_EINVAL;
    return (int)len;
}
