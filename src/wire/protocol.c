/* SPDX-License-Identifier: MIT */
#include "wire/protocol.h"

#include "base/assert.h"
#include "wire/base58.h"
#include "wire/cid.h"
#include "wire/multibase.h"

#include <arpa/inet.h>

#define NAME_LEN_MAX 253 /* characters of a DNS name in text, RFC 1035 section 3.1 */
#define ZONE_LEN_MAX 63

/* ---- no value ---- */

static bool none_is_right(struct ghm_bytes value)
{
    return value.len == 0;
}

/* ---- IP addresses ---- */

static int ip_parse(uint8_t *ret_value, int family, struct ghm_bytes text)
{
    char terminated[INET6_ADDRSTRLEN];
    if (text.len >= sizeof terminated) return GHM_EINVAL;
    memcpy(terminated, text.ptr, text.len);
    terminated[text.len] = '\0';
    if (inet_pton(family, terminated, ret_value) != 1) return GHM_EINVAL;
    return family == AF_INET ? 4 : 16;
}

static size_t ip_text(char *ret_text, int family, struct ghm_bytes value)
{
    GHM_ASSERT(inet_ntop(family, value.ptr, ret_text, INET6_ADDRSTRLEN) != NULL);
    return strlen(ret_text);
}

static bool ip4_is_right(struct ghm_bytes value)
{
    return value.len == 4;
}

static int ip4_parse(uint8_t ret_value[GHM_PROTOCOL_VALUE_MAX], struct ghm_bytes text)
{
    return ip_parse(ret_value, AF_INET, text);
}

static size_t ip4_text(char ret_text[GHM_PROTOCOL_TEXT_MAX], struct ghm_bytes value)
{
    return ip_text(ret_text, AF_INET, value);
}

static bool ip6_is_right(struct ghm_bytes value)
{
    return value.len == 16;
}

static int ip6_parse(uint8_t ret_value[GHM_PROTOCOL_VALUE_MAX], struct ghm_bytes text)
{
    return ip_parse(ret_value, AF_INET6, text);
}

static size_t ip6_text(char ret_text[GHM_PROTOCOL_TEXT_MAX], struct ghm_bytes value)
{
    return ip_text(ret_text, AF_INET6, value);
}

/* ---- numbers ---- */

/* A decimal without leading zeros; -1 when it is none or above `max`. */
static int decimal(struct ghm_bytes text, unsigned max)
{
    unsigned number = 0;
    if (text.len == 0 || text.len > 5 || (text.len > 1 && text.ptr[0] == '0')) return -1;
    for (size_t i = 0; i < text.len; i++) {
        if (text.ptr[i] < '0' || text.ptr[i] > '9') return -1;
        number = number * 10 + (unsigned)(text.ptr[i] - '0');
    }
    return number > max ? -1 : (int)number;
}

static size_t decimal_text(char *ret_text, unsigned number)
{
    char reversed[5];
    size_t len = 0;
    do {
        reversed[len++] = (char)('0' + number % 10);
        number /= 10;
    } while (number > 0);
    for (size_t i = 0; i < len; i++)
        ret_text[i] = reversed[len - 1 - i];
    return len;
}

static bool port_is_right(struct ghm_bytes value)
{
    return value.len == 2;
}

static int port_parse(uint8_t ret_value[GHM_PROTOCOL_VALUE_MAX], struct ghm_bytes text)
{
    int port = decimal(text, UINT16_MAX);
    if (port < 0) return GHM_EINVAL;
    ghm_store_be16(ret_value, (uint16_t)port);
    return 2;
}

static size_t port_text(char ret_text[GHM_PROTOCOL_TEXT_MAX], struct ghm_bytes value)
{
    return decimal_text(ret_text, ghm_load_be16(value.ptr));
}

static bool number_is_right(struct ghm_bytes value)
{
    return value.len == 1;
}

static int number_parse(uint8_t ret_value[GHM_PROTOCOL_VALUE_MAX], struct ghm_bytes text)
{
    int number = decimal(text, UINT8_MAX);
    if (number < 0) return GHM_EINVAL;
    ret_value[0] = (uint8_t)number;
    return 1;
}

static size_t number_text(char ret_text[GHM_PROTOCOL_TEXT_MAX], struct ghm_bytes value)
{
    return decimal_text(ret_text, value.ptr[0]);
}

/* ---- texts that are their own bytes ---- */

static int copy_parse(uint8_t ret_value[GHM_PROTOCOL_VALUE_MAX], struct ghm_bytes text)
{
    if (text.len > GHM_PROTOCOL_VALUE_MAX) return GHM_EINVAL;
    memcpy(ret_value, text.ptr, text.len);
    return (int)text.len;
}

static size_t copy_text(char ret_text[GHM_PROTOCOL_TEXT_MAX], struct ghm_bytes value)
{
    memcpy(ret_text, value.ptr, value.len);
    return value.len;
}

static bool is_alphanumeric(uint8_t c)
{
    return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9');
}

static bool is_name_char(uint8_t c)
{
    return is_alphanumeric(c) || c == '-' || c == '.' || c == '_';
}

static bool name_is_right(struct ghm_bytes value)
{
    if (value.len == 0 || value.len > NAME_LEN_MAX) return false;
    for (size_t i = 0; i < value.len; i++) {
        if (!is_name_char(value.ptr[i])) return false;
    }
    return true;
}

/* A name, or one for every peer of a domain: "*.k51....libp2p.direct" of AutoTLS. */
static bool sni_is_right(struct ghm_bytes value)
{
    bool is_wild = ghm_bytes_starts(value, ghm_bytes_text("*."));
    return value.len <= NAME_LEN_MAX && name_is_right(ghm_bytes_from(value, is_wild ? 2 : 0));
}

static bool zone_is_right(struct ghm_bytes value)
{
    if (value.len == 0 || value.len > ZONE_LEN_MAX) return false;
    for (size_t i = 0; i < value.len; i++) {
        if (value.ptr[i] <= ' ' || value.ptr[i] > '~' || value.ptr[i] == '/') return false;
    }
    return true;
}

/* A path begins with the slash that its text follows the protocol's name with. */
static bool path_is_right(struct ghm_bytes value)
{
    if (value.len < 2 || value.ptr[0] != '/') return false;
    for (size_t i = 0; i < value.len; i++) {
        if (value.ptr[i] < ' ' || value.ptr[i] > '~') return false;
    }
    return true;
}

/* ---- one segment of a URI's path, other characters as %xx ---- */

static bool segment_is_right(struct ghm_bytes value)
{
    return value.len > 0;
}

static int hex_digit(uint8_t c)
{
    if (c >= '0' && c <= '9') return c - '0';
    if (c >= 'A' && c <= 'F') return c - 'A' + 10;
    if (c >= 'a' && c <= 'f') return c - 'a' + 10;
    return -1;
}

/* The byte that the text begins with and the characters it takes; 0 when it is none. */
static size_t take_escaped(struct ghm_bytes text, uint8_t *ret_byte)
{
    *ret_byte = text.ptr[0];
    if (text.ptr[0] <= ' ' || text.ptr[0] > '~') return 0;
    if (text.ptr[0] != '%') return 1;
    int high = text.len < 3 ? -1 : hex_digit(text.ptr[1]);
    int low = text.len < 3 ? -1 : hex_digit(text.ptr[2]);
    if (high < 0 || low < 0) return 0;
    *ret_byte = (uint8_t)(high << 4 | low);
    return 3;
}

static int segment_parse(uint8_t ret_value[GHM_PROTOCOL_VALUE_MAX], struct ghm_bytes text)
{
    size_t len = 0;
    while (text.len > 0) {
        if (len == GHM_PROTOCOL_VALUE_MAX) return GHM_EINVAL;
        size_t used = take_escaped(text, &ret_value[len++]);
        if (used == 0) return GHM_EINVAL;
        text = ghm_bytes_from(text, used);
    }
    return len == 0 ? GHM_EINVAL : (int)len;
}

static size_t segment_text(char ret_text[GHM_PROTOCOL_TEXT_MAX], struct ghm_bytes value)
{
    static const char hex[] = "0123456789ABCDEF";
    size_t len = 0;
    for (size_t i = 0; i < value.len; i++) {
        uint8_t c = value.ptr[i];
        if (is_name_char(c) || c == '~') {
            ret_text[len++] = (char)c;
            continue;
        }
        ret_text[len++] = '%';
        ret_text[len++] = hex[c >> 4];
        ret_text[len++] = hex[c & 15];
    }
    return len;
}

/* ---- multihashes ---- */

static bool peer_is_right(struct ghm_bytes value)
{
    struct ghm_multihash hash;
    return ghm_multihash_decode(&hash, value) == GHM_OK;
}

static bool hash_is_right(struct ghm_bytes value)
{
    struct ghm_multihash hash;
    return ghm_multihash_take(&value, &hash) == GHM_OK && value.len == 0;
}

static size_t hash_text(char ret_text[GHM_PROTOCOL_TEXT_MAX], struct ghm_bytes value)
{
    return ghm_multibase_encode(ret_text, GHM_MULTIBASE_64URL, value);
}

_Static_assert(3 * GHM_PROTOCOL_VALUE_MAX < GHM_PROTOCOL_TEXT_MAX, "a value all of %xx");
_Static_assert(GHM_MULTIBASE_BYTES_MAX <= GHM_PROTOCOL_VALUE_MAX, "a hash is a value");
_Static_assert(GHM_MULTIBASE_TEXT_MAX <= GHM_PROTOCOL_TEXT_MAX, "in any base");

/* ---- the table ---- */

/* X(form, takes all that is left, parse, text) */
#define FORM_MAP(X)                                                                                \
    X(none, false, copy_parse, copy_text)                                                          \
    X(ip4, false, ip4_parse, ip4_text)                                                             \
    X(ip6, false, ip6_parse, ip6_text)                                                             \
    X(port, false, port_parse, port_text)                                                          \
    X(number, false, number_parse, number_text)                                                    \
    X(name, false, copy_parse, copy_text)                                                          \
    X(sni, false, copy_parse, copy_text)                                                           \
    X(zone, false, copy_parse, copy_text)                                                          \
    X(path, true, copy_parse, copy_text)                                                           \
    X(segment, false, segment_parse, segment_text)                                                 \
    X(peer, false, ghm_cid_parse_peer, ghm_base58_encode)                                          \
    X(hash, false, ghm_multibase_decode, hash_text)

#define FORM(form, is_last, parse, text)                                                           \
    static const struct ghm_protocol_form form##_form = {is_last, form##_is_right, parse, text};
FORM_MAP(FORM)
#undef FORM

static const struct ghm_protocol protocols[] = {
#define PROTOCOL_ROW(id, code, name, len, form) {GHM_PROTOCOL_##id, len, name, &form##_form},
    GHM_PROTOCOL_MAP(PROTOCOL_ROW)
#undef PROTOCOL_ROW
};

#define PROTOCOLS_COUNT (sizeof protocols / sizeof protocols[0])

const struct ghm_protocol *ghm_protocol_of_code(uint64_t code)
{
    for (size_t i = 0; i < PROTOCOLS_COUNT; i++) {
        if ((uint64_t)protocols[i].code == code) return &protocols[i];
    }
    return NULL;
}

const struct ghm_protocol *ghm_protocol_of_name(struct ghm_bytes name)
{
    if (ghm_bytes_equal(name, ghm_bytes_text("ipfs"))) name = ghm_bytes_text("p2p");
    for (size_t i = 0; i < PROTOCOLS_COUNT; i++) {
        if (ghm_bytes_equal(name, ghm_bytes_text(protocols[i].name))) return &protocols[i];
    }
    return NULL;
}
