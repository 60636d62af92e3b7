/* SPDX-License-Identifier: MIT */
#include "crypto/der.h"

bool ghm_der_take(struct ghm_bytes *left, uint8_t tag, struct ghm_bytes *ret_value)
{
    if (left->len < 2 || left->ptr[0] != tag) return false;
    size_t octets = left->ptr[1] < 0x80 ? 0 : left->ptr[1] & 0x7fU;
    size_t len = octets == 0 ? left->ptr[1] : 0;
    struct ghm_bytes rest = ghm_bytes_from(*left, 2);
    /* 0x80 is the indefinite length of BER. */
    if (left->ptr[1] == 0x80 || octets > 2 || octets > rest.len) return false;
    for (size_t i = 0; i < octets; i++)
        len = len << 8 | rest.ptr[i];
    /* DER: the long form only for what the short one cannot say, and no leading zeros. */
    if ((octets == 1 && len < 0x80) || (octets == 2 && len < 0x100)) return false;
    rest = ghm_bytes_from(rest, octets);
    if (len > rest.len) return false;
    *ret_value = ghm_bytes_upto(rest, len);
    *left = ghm_bytes_from(rest, len);
    return true;
}

bool ghm_der_take_last(struct ghm_bytes left, uint8_t tag, struct ghm_bytes *ret_value)
{
    return ghm_der_take(&left, tag, ret_value) && left.len == 0;
}
