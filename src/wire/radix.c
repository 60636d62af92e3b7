/* SPDX-License-Identifier: MIT */
#include "wire/radix.h"

#include "base/assert.h"

static size_t count_leading(struct ghm_bytes in, uint8_t byte)
{
    size_t count = 0;
    while (count < in.len && in.ptr[count] == byte)
        count++;
    return count;
}

/* A number in digits of some base, least significant first. */
struct number {
    size_t len;
    uint8_t digit[GHM_RADIX_TEXT_MAX];
};

/* number = number * factor + add, in digits of `base`; false when it grows past `len_max`. */
static bool push_digit(struct number *number, unsigned base, unsigned factor, unsigned add,
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

size_t ghm_radix_encode(char ret_text[GHM_RADIX_TEXT_MAX], const char *digits,
                        struct ghm_bytes bytes)
{
    const unsigned base = (unsigned)strlen(digits);
    GHM_ASSERT(base >= 36 && bytes.len <= GHM_RADIX_BYTES_MAX);
    struct number number = {0};
    size_t zeros = count_leading(bytes, 0);
    for (size_t i = zeros; i < bytes.len; i++)
        GHM_ASSERT(push_digit(&number, base, 256, bytes.ptr[i], GHM_RADIX_TEXT_MAX - 1 - zeros));
    memset(ret_text, digits[0], zeros);
    for (size_t i = 0; i < number.len; i++)
        ret_text[zeros + i] = digits[number.digit[number.len - 1 - i]];
    ret_text[zeros + number.len] = '\0';
    return zeros + number.len;
}

int ghm_radix_decode(uint8_t *ret_bytes, size_t bytes_max, const char *digits,
                     struct ghm_bytes text)
{
    const size_t base = strlen(digits);
    GHM_ASSERT(bytes_max <= GHM_RADIX_BYTES_MAX);
    struct number number = {0};
    size_t zeros = count_leading(text, (uint8_t)digits[0]);
    if (zeros > bytes_max) return GHM_EINVAL;
    for (size_t i = zeros; i < text.len; i++) {
        const char *at = memchr(digits, text.ptr[i], base);
        if (at == NULL) return GHM_EINVAL;
        unsigned digit = (unsigned)(at - digits);
        if (!push_digit(&number, 256, (unsigned)base, digit, bytes_max - zeros)) return GHM_EINVAL;
    }
    memset(ret_bytes, 0, zeros);
    for (size_t i = 0; i < number.len; i++)
        ret_bytes[zeros + i] = number.digit[number.len - 1 - i];
    return (int)(zeros + number.len);
}
