/* SPDX-License-Identifier: MIT */
#include "crypto/spki.h"

#include "crypto/der.h"

/* Split into the algorithm's bytes and the key's. */
static bool split(struct ghm_bytes der, struct ghm_bytes *ret_algorithm, struct ghm_bytes *ret_key)
{
    struct ghm_bytes body;
    struct ghm_bytes bits;
    if (!ghm_der_take_last(der, GHM_DER_SEQUENCE, &body)) return false;
    if (!ghm_der_take(&body, GHM_DER_SEQUENCE, ret_algorithm)) return false;
    if (!ghm_der_take_last(body, GHM_DER_BIT_STRING, &bits)) return false;
    if (bits.len < 1 || bits.ptr[0] != 0) return false; /* a count of unused bits, then the key */
    *ret_key = ghm_bytes_from(bits, 1);
    return true;
}

/* Take a positive INTEGER in its shortest form, and count its bits. */
static bool take_positive(struct ghm_bytes *left, struct ghm_bytes *ret_value, size_t *ret_bits)
{
    struct ghm_bytes value;
    if (!ghm_der_take(left, GHM_DER_INTEGER, &value) || value.len == 0) return false;
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
    if (!ghm_der_take_last(key, GHM_DER_SEQUENCE, &body)) return GHM_EPROTO;
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
