/* SPDX-License-Identifier: MIT */
#include "wire/multibase.h"

#include "base/assert.h"
#include "wire/bitgroup.h"
#include "wire/radix.h"

_Static_assert(GHM_MULTIBASE_BYTES_MAX <= GHM_RADIX_BYTES_MAX, "a number holds them");
_Static_assert(GHM_MULTIBASE_TEXT_MAX >= 1 + GHM_RADIX_TEXT_MAX, "and is no longer than base16");

/* X(base, other prefix or 0, has one case, bits a character or 0, alphabet) */
#define BASE_MAP(X)                                                                                \
    X(GHM_MULTIBASE_16, 'F', true, 4, "0123456789abcdef")                                          \
    X(GHM_MULTIBASE_32, 'B', true, 5, "abcdefghijklmnopqrstuvwxyz234567")                          \
    X(GHM_MULTIBASE_36, 'K', true, 0, "0123456789abcdefghijklmnopqrstuvwxyz")                      \
    X(GHM_MULTIBASE_58BTC, 0, false, 0,                                                            \
      "123456789ABCDEFGHJKLMNPQRSTUVWXYZabcdefghijkmnopqrstuvwxyz")                                \
    X(GHM_MULTIBASE_64, 0, false, 6,                                                               \
      "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/")                          \
    X(GHM_MULTIBASE_64URL, 0, false, 6,                                                            \
      "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_")

static const struct row {
    enum ghm_multibase base;
    char upper;
    bool has_one_case;
    struct ghm_bitgroup group; /* bits 0: a number in the base of the alphabet's length */
} rows[] = {
#define BASE_ROW(base, upper, has_one_case, bits, alphabet)                                        \
    {base, upper, has_one_case, {bits, alphabet}},
    BASE_MAP(BASE_ROW)
#undef BASE_ROW
};

static const struct row *find(uint8_t prefix)
{
    for (size_t i = 0; i < sizeof rows / sizeof rows[0]; i++) {
        if (rows[i].base == (enum ghm_multibase)prefix) return &rows[i];
        if (rows[i].upper != 0 && (uint8_t)rows[i].upper == prefix) return &rows[i];
    }
    return NULL;
}

size_t ghm_multibase_encode(char ret_text[GHM_MULTIBASE_TEXT_MAX], enum ghm_multibase base,
                            struct ghm_bytes bytes)
{
    const struct row *row = find((uint8_t)base);
    GHM_ASSERT(row != NULL && bytes.len <= GHM_MULTIBASE_BYTES_MAX);
    ret_text[0] = (char)row->base;
    if (row->group.bits == 0) return 1 + ghm_radix_encode(ret_text + 1, row->group.alphabet, bytes);
    return 1 + ghm_bitgroup_encode(ret_text + 1, &row->group, bytes);
}

static void lower(uint8_t *ret_text, struct ghm_bytes text)
{
    for (size_t i = 0; i < text.len; i++) {
        bool is_upper = text.ptr[i] >= 'A' && text.ptr[i] <= 'Z';
        ret_text[i] = (uint8_t)(is_upper ? text.ptr[i] - 'A' + 'a' : text.ptr[i]);
    }
}

int ghm_multibase_decode(uint8_t ret_bytes[GHM_MULTIBASE_BYTES_MAX], struct ghm_bytes text)
{
    uint8_t lowered[GHM_MULTIBASE_TEXT_MAX];
    uint8_t bytes[GHM_MULTIBASE_BYTES_MAX];
    if (text.len == 0 || text.len >= GHM_MULTIBASE_TEXT_MAX) return GHM_EINVAL;
    const struct row *row = find(text.ptr[0]);
    if (row == NULL) return GHM_EINVAL;
    struct ghm_bytes rest = ghm_bytes_from(text, 1);
    if (row->has_one_case) {
        lower(lowered, rest);
        rest = ghm_bytes(lowered, rest.len);
    }
    int len = row->group.bits == 0
                  ? ghm_radix_decode(bytes, sizeof bytes, row->group.alphabet, rest)
                  : ghm_bitgroup_decode(bytes, sizeof bytes, &row->group, rest);
    if (len > 0) memcpy(ret_bytes, bytes, (size_t)len);
    return len;
}
