/* SPDX-License-Identifier: MIT */
#include "crypto/spki.h"

#define TAG_INTEGER 0x02
#define TAG_BIT_STRING 0x03
#define TAG_SEQUENCE 0x30

/* Take one element of `tag` with a DER length of at most 65535; false when there is none. */
static bool take(struct ghm_bytes *left, uint8_t tag, struct ghm_bytes *ret_value)
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

/* Take an element that must be the last. */
static bool take_last(struct ghm_bytes left, uint8_t tag, struct ghm_bytes *ret_value)
{
    return take(&left, tag, ret_value) && left.len == 0;
}

/* Split into the algorithm's bytes and the key's. */
static bool split(struct ghm_bytes der, struct ghm_bytes *ret_algorithm, struct ghm_bytes *ret_key)
{
    struct ghm_bytes body;
    struct ghm_bytes bits;
    if (!take_last(der, TAG_SEQUENCE, &body)) return false;
    if (!take(&body, TAG_SEQUENCE, ret_algorithm)) return false;
    if (!take_last(body, TAG_BIT_STRING, &bits)) return false;
    if (bits.len < 1 || bits.ptr[0] != 0) return false; /* a count of unused bits, then the key */
    *ret_key = ghm_bytes_from(bits, 1);
    return true;
}

/* Take a positive INTEGER in its shortest form, and count its bits. */
static bool take_positive(struct ghm_bytes *left, struct ghm_bytes *ret_value, size_t *ret_bits)
{
    struct ghm_bytes value;
    if (!take(left, TAG_INTEGER, &value) || value.len == 0) return false;
    if ((value.ptr[0] & 0x80) != 0) return false;
    if (value.ptr[0] == 0) {
        if (value.len == 1 || (value.ptr[1] & 0x80) == 0) return false;
        value = ghm_bytes_from(value, 1);
    }
    size_t bits = 8 * value.len;
    for (unsigned top = value.ptr[0]; (top & 0x80) == 0; top <<= 1)
        bits--;
    *ret_value = value;
    *ret_bits = bits;
    return true;
}

int ghm_spki_check_rsa(struct ghm_bytes der)
{
    /* OID 1.2.840.113549.1.1.1 rsaEncryption, then NULL */
    static const uint8_t rsa[] = {0x06, 0x09, 0x2a, 0x86, 0x48, 0x86, 0xf7,
                                  0x0d, 0x01, 0x01, 0x01, 0x05, 0x00};
    struct ghm_bytes algorithm;
    struct ghm_bytes key;
    struct ghm_bytes body;
    struct ghm_bytes number;
    size_t bits;
    if (!split(der, &algorithm, &key)) return GHM_EPROTO;
    if (!ghm_bytes_equal(algorithm, ghm_bytes(rsa, sizeof rsa))) return GHM_EPROTO;
    if (!take_last(key, TAG_SEQUENCE, &body)) return GHM_EPROTO;
    if (!take_positive(&body, &number, &bits)) return GHM_EPROTO;
    if (bits < GHM_SPKI_RSA_BITS_MIN || bits > GHM_SPKI_RSA_BITS_MAX) return GHM_EPROTO;
    if (!take_positive(&body, &number, &bits) || body.len > 0) return GHM_EPROTO;
    if (bits > 32 || bits < 2 || (number.ptr[number.len - 1] & 1) == 0) return GHM_EPROTO;
    return GHM_OK;
}

int ghm_spki_check_ec(struct ghm_bytes der)
{
    /* OID 1.2.840.10045.2.1 id-ecPublicKey, then the OID of the curve */
    static const uint8_t p256[] = {0x06, 0x07, 0x2a, 0x86, 0x48, 0xce, 0x3d, 0x02, 0x01, 0x06,
                                   0x08, 0x2a, 0x86, 0x48, 0xce, 0x3d, 0x03, 0x01, 0x07};
    static const uint8_t p384[] = {0x06, 0x07, 0x2a, 0x86, 0x48, 0xce, 0x3d, 0x02,
                                   0x01, 0x06, 0x05, 0x2b, 0x81, 0x04, 0x00, 0x22};
    static const uint8_t p521[] = {0x06, 0x07, 0x2a, 0x86, 0x48, 0xce, 0x3d, 0x02,
                                   0x01, 0x06, 0x05, 0x2b, 0x81, 0x04, 0x00, 0x23};
    const struct {
        struct ghm_bytes algorithm;
        size_t coordinate_len;
    } curves[] = {
        {ghm_bytes(p256, sizeof p256), 32},
        {ghm_bytes(p384, sizeof p384), 48},
        {ghm_bytes(p521, sizeof p521), 66},
    };
    struct ghm_bytes algorithm;
    struct ghm_bytes key;
    if (!split(der, &algorithm, &key)) return GHM_EPROTO;
    for (size_t i = 0; i < sizeof curves / sizeof curves[0]; i++) {
        if (!ghm_bytes_equal(algorithm, curves[i].algorithm)) continue;
        bool fits = key.len == 1 + 2 * curves[i].coordinate_len && key.ptr[0] == 0x04;
        return fits ? GHM_OK : GHM_EPROTO;
    }
    return GHM_EPROTO;
}
