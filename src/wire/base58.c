/* SPDX-License-Identifier: MIT */
#include "wire/base58.h"

#include "base/assert.h"

static const char alphabet[] = "123456789ABCDEFGHJKLMNPQRSTUVWXYZabcdefghijkmnopqrstuvwxyz";

static size_t count_leading(struct ghm_bytes in, uint8_t byte)
{
    size_t count = 0;
    while (count < in.len && in.ptr[count] == byte)
        count++;
    return count;
}

/* A number in digits of some base, least significant first. */
struct digits {
    size_t len;
    uint8_t digit[GHM_BASE58_TEXT_MAX];
};

/* number = number * factor + add, in digits of `base`; false when it grows past `len_max`. */
static bool push_digit(struct digits *number, unsigned base, unsigned factor, unsigned add,
                       size_t len_max)
{
    unsigned carry = add;
    for (size_t i = 0; i < number->len; i++) {
        carry += number->digit[i] * factor;
        number->digit[i] = (uint8_t)(carry % base);
        carry /= base;
    }
    for (; carry > 0; carry /= base) {
        if (number->len == len_max) return false;
        number->digit[number->len++] = (uint8_t)(carry % base);
    }
    return true;
}

size_t ghm_base58_encode(char ret_text[GHM_BASE58_TEXT_MAX], struct ghm_bytes bytes)
{
    GHM_ASSERT(bytes.len <= GHM_BASE58_BYTES_MAX);
    struct digits number = {0};
    size_t zeros = count_leading(bytes, 0);
    for (size_t i = zeros; i < bytes.len; i++)
        GHM_ASSERT(push_digit(&number, 58, 256, bytes.ptr[i], GHM_BASE58_TEXT_MAX - 1 - zeros));
    memset(ret_text, alphabet[0], zeros);
    for (size_t i = 0; i < number.len; i++)
        ret_text[zeros + i] = alphabet[number.digit[number.len - 1 - i]];
    ret_text[zeros + number.len] = '\0';
    return zeros + number.len;
}

int ghm_base58_decode(uint8_t ret_bytes[GHM_BASE58_BYTES_MAX], struct ghm_bytes text)
{
    struct digits number = {0};
    size_t zeros = count_leading(text, (uint8_t)alphabet[0]);
    if (zeros > GHM_BASE58_BYTES_MAX) return GHM_EINVAL;
    for (size_t i = zeros; i < text.len; i++) {
        const char *at = memchr(alphabet, text.ptr[i], sizeof alphabet - 1);
        if (at == NULL) return GHM_EINVAL;
        unsigned digit = (unsigned)(at - alphabet);
        if (!push_digit(&number, 256, 58, digit, GHM_BASE58_BYTES_MAX - zeros)) return GHM_EINVAL;
    }
    memset(ret_bytes, 0, zeros);
    for (size_t i = 0; i < number.len; i++)
        ret_bytes[zeros + i] = number.digit[number.len - 1 - i];
    return (int)(zeros + number.len);
}
