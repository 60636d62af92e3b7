/* SPDX-License-Identifier: MIT */
/* Spec: multiformats/multiaddr README.md and protocols.csv. Every part is checked by the same code
 * on the way in, from text and from bytes, so the two forms always hold the same addresses. */
#include "wire/multiaddr.h"

#include "base/assert.h"
#include "wire/base58.h"
#include "wire/cid.h"
#include "wire/varint.h"

#include <arpa/inet.h>

#define PART_TEXT_MAX 256 /* characters of one value, with the terminator */

/* X(code, text name, how the value is written, its bytes or 0 when a length precedes them) */
#define PROTOCOL_MAP(X)                                                                            \
    X(IP4, 4, "ip4", 4)                                                                            \
    X(TCP, 6, "tcp", 2)                                                                            \
    X(IP6, 41, "ip6", 16)                                                                          \
    X(DNS, 53, "dns", 0)                                                                           \
    X(DNS4, 54, "dns4", 0)                                                                         \
    X(DNS6, 55, "dns6", 0)                                                                         \
    X(DNSADDR, 56, "dnsaddr", 0)                                                                   \
    X(P2P, 421, "p2p", 0)

enum protocol {
#define PROTOCOL_ENUM(id, code, name, len) id = (code),
    PROTOCOL_MAP(PROTOCOL_ENUM)
#undef PROTOCOL_ENUM
};

static const struct protocol_row {
    enum protocol protocol;
    size_t len;
    const char *name;
} protocols[] = {
#define PROTOCOL_ROW(id, code, name, len) {id, len, name},
    PROTOCOL_MAP(PROTOCOL_ROW)
#undef PROTOCOL_ROW
};

#define PROTOCOLS_COUNT (sizeof protocols / sizeof protocols[0])

struct part {
    const struct protocol_row *row;
    struct ghm_bytes value;
};

static const struct protocol_row *find_code(uint64_t code)
{
    for (size_t i = 0; i < PROTOCOLS_COUNT; i++) {
        if ((uint64_t)protocols[i].protocol == code) return &protocols[i];
    }
    return NULL;
}

static const struct protocol_row *find_name(struct ghm_bytes name)
{
    if (ghm_bytes_equal(name, ghm_bytes_text("ipfs"))) return find_code(P2P);
    for (size_t i = 0; i < PROTOCOLS_COUNT; i++) {
        if (ghm_bytes_equal(name, ghm_bytes_text(protocols[i].name))) return &protocols[i];
    }
    return NULL;
}

static bool is_name_char(uint8_t c)
{
    return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') || c == '-' ||
           c == '.' || c == '_';
}

static bool is_name(struct ghm_bytes name)
{
    if (name.len == 0 || name.len > GHM_MULTIADDR_NAME_LEN_MAX) return false;
    for (size_t i = 0; i < name.len; i++) {
        if (!is_name_char(name.ptr[i])) return false;
    }
    return true;
}

static bool is_value(enum protocol protocol, struct ghm_bytes value)
{
    struct ghm_multihash hash;
    switch (protocol) {
    case IP4:
    case IP6:
    case TCP:
        return true;
    case DNS:
    case DNS4:
    case DNS6:
    case DNSADDR:
        return is_name(value);
    case P2P:
        return ghm_multihash_decode(&hash, value) == GHM_OK;
    }
    return false;
}

/* Take one part from the front of the binary form. */
static int take_part(struct ghm_bytes *left, struct part *ret_part)
{
    uint64_t code;
    int used = ghm_varint_decode(&code, *left);
    if (used < 0) return GHM_EPROTO;
    struct ghm_bytes rest = ghm_bytes_from(*left, (size_t)used);
    const struct protocol_row *row = find_code(code);
    if (row == NULL) return GHM_EPROTO;
    uint64_t len = row->len;
    if (row->len == 0) {
        used = ghm_varint_decode(&len, rest);
        if (used < 0) return GHM_EPROTO;
        rest = ghm_bytes_from(rest, (size_t)used);
    }
    if (len > rest.len) return GHM_EPROTO;
    struct ghm_bytes value = ghm_bytes_upto(rest, (size_t)len);
    if (!is_value(row->protocol, value)) return GHM_EPROTO;
    *ret_part = (struct part){row, value};
    *left = ghm_bytes_from(rest, (size_t)len);
    return GHM_OK;
}

int ghm_multiaddr_decode(struct ghm_multiaddr *ret_addr, struct ghm_bytes in)
{
    if (in.len == 0 || in.len > GHM_MULTIADDR_LEN_MAX) return GHM_EPROTO;
    struct ghm_bytes left = in;
    for (size_t count = 0; left.len > 0; count++) {
        struct part part;
        if (count == GHM_MULTIADDR_PARTS_MAX) return GHM_EPROTO;
        int error = take_part(&left, &part);
        if (error != GHM_OK) return error;
    }
    *ret_addr = (struct ghm_multiaddr){.len = (uint16_t)in.len};
    memcpy(ret_addr->bytes, in.ptr, in.len);
    return GHM_OK;
}

static int parse_port(uint8_t ret_value[2], const char *text)
{
    unsigned port = 0;
    size_t len = strlen(text);
    if (len == 0 || len > 5 || (len > 1 && text[0] == '0')) return GHM_EINVAL;
    for (size_t i = 0; i < len; i++) {
        if (text[i] < '0' || text[i] > '9') return GHM_EINVAL;
        port = port * 10 + (unsigned)(text[i] - '0');
    }
    if (port > UINT16_MAX) return GHM_EINVAL;
    ghm_store_be16(ret_value, (uint16_t)port);
    return 2;
}

/* The binary value of a part's text; its length, or GHM_EINVAL. */
static int parse_value(uint8_t ret_value[PART_TEXT_MAX], enum protocol protocol, const char *text)
{
    struct ghm_bytes bytes = ghm_bytes_text(text);
    switch (protocol) {
    case IP4:
        return inet_pton(AF_INET, text, ret_value) == 1 ? 4 : GHM_EINVAL;
    case IP6:
        return inet_pton(AF_INET6, text, ret_value) == 1 ? 16 : GHM_EINVAL;
    case TCP:
        return parse_port(ret_value, text);
    case DNS:
    case DNS4:
    case DNS6:
    case DNSADDR:
        memcpy(ret_value, bytes.ptr, bytes.len);
        return (int)bytes.len;
    case P2P:
        return ghm_cid_parse_peer(ret_value, bytes);
    }
    return GHM_EINVAL;
}

static int append(struct ghm_multiaddr *addr, struct ghm_bytes bytes)
{
    if (bytes.len > (size_t)(GHM_MULTIADDR_LEN_MAX - addr->len)) return GHM_EINVAL;
    if (bytes.len > 0) memcpy(addr->bytes + addr->len, bytes.ptr, bytes.len);
    addr->len = (uint16_t)(addr->len + bytes.len);
    return GHM_OK;
}

static int append_varint(struct ghm_multiaddr *addr, uint64_t value)
{
    uint8_t out[GHM_VARINT_LEN_MAX];
    return append(addr, ghm_bytes(out, ghm_varint_encode(out, value)));
}

static int append_part(struct ghm_multiaddr *addr, const struct part *part)
{
    int error = append_varint(addr, (uint64_t)part->row->protocol);
    if (error == GHM_OK && part->row->len == 0) error = append_varint(addr, part->value.len);
    if (error == GHM_OK) error = append(addr, part->value);
    return error;
}

/* Take "/word" from the front. */
static int take_word(struct ghm_bytes *left, struct ghm_bytes *ret_word)
{
    if (left->len < 2 || left->ptr[0] != '/') return GHM_EINVAL;
    struct ghm_bytes rest = ghm_bytes_from(*left, 1);
    const uint8_t *slash = memchr(rest.ptr, '/', rest.len);
    *ret_word = ghm_bytes_upto(rest, slash == NULL ? rest.len : (size_t)(slash - rest.ptr));
    *left = ghm_bytes_from(rest, ret_word->len);
    return GHM_OK;
}

static int parse_part(struct ghm_multiaddr *addr, struct ghm_bytes *left)
{
    struct ghm_bytes name;
    struct ghm_bytes word;
    char text[PART_TEXT_MAX];
    uint8_t value[PART_TEXT_MAX];
    int error = take_word(left, &name);
    if (error == GHM_OK) error = take_word(left, &word);
    if (error != GHM_OK || word.len >= sizeof text) return GHM_EINVAL;
    const struct protocol_row *row = find_name(name);
    if (row == NULL) return GHM_EINVAL;
    memcpy(text, word.ptr, word.len);
    text[word.len] = '\0';
    int len = parse_value(value, row->protocol, text);
    if (len < 0) return GHM_EINVAL;
    struct part part = {row, ghm_bytes(value, (size_t)len)};
    return append_part(addr, &part);
}

int ghm_multiaddr_parse(struct ghm_multiaddr *ret_addr, const char *text)
{
    struct ghm_multiaddr addr = {0};
    struct ghm_bytes left = ghm_bytes_text(text);
    while (left.len > 0) {
        int error = parse_part(&addr, &left);
        if (error != GHM_OK) return error;
    }
    int error = ghm_multiaddr_decode(ret_addr, ghm_bytes(addr.bytes, addr.len));
    return error == GHM_OK ? GHM_OK : GHM_EINVAL;
}

static size_t port_text(char ret_text[PART_TEXT_MAX], uint16_t port)
{
    char reversed[5];
    size_t len = 0;
    do {
        reversed[len++] = (char)('0' + port % 10);
        port = (uint16_t)(port / 10);
    } while (port > 0);
    for (size_t i = 0; i < len; i++)
        ret_text[i] = reversed[len - 1 - i];
    return len;
}

static size_t ip_text(char ret_text[PART_TEXT_MAX], int family, const uint8_t *value)
{
    GHM_ASSERT(inet_ntop(family, value, ret_text, PART_TEXT_MAX) != NULL);
    return strlen(ret_text);
}

/* Write a part's value as text, not terminated; returns its length. */
static size_t value_text(char ret_text[PART_TEXT_MAX], const struct part *part)
{
    switch (part->row->protocol) {
    case IP4:
        return ip_text(ret_text, AF_INET, part->value.ptr);
    case IP6:
        return ip_text(ret_text, AF_INET6, part->value.ptr);
    case TCP:
        return port_text(ret_text, ghm_load_be16(part->value.ptr));
    case DNS:
    case DNS4:
    case DNS6:
    case DNSADDR:
        memcpy(ret_text, part->value.ptr, part->value.len);
        return part->value.len;
    case P2P:
        return ghm_base58_encode(ret_text, part->value);
    }
    return 0;
}

static size_t put_word(char *ret_text, size_t at, const char *word, size_t len)
{
    GHM_ASSERT(len + 2 <= GHM_MULTIADDR_TEXT_MAX - at);
    ret_text[at] = '/';
    memcpy(ret_text + at + 1, word, len);
    return at + 1 + len;
}

void ghm_multiaddr_text(char ret_text[GHM_MULTIADDR_TEXT_MAX], const struct ghm_multiaddr *addr)
{
    struct ghm_bytes left = ghm_bytes(addr->bytes, addr->len);
    size_t at = 0;
    while (left.len > 0) {
        struct part part;
        char value[PART_TEXT_MAX];
        GHM_ASSERT(take_part(&left, &part) == GHM_OK);
        at = put_word(ret_text, at, part.row->name, strlen(part.row->name));
        at = put_word(ret_text, at, value, value_text(value, &part));
    }
    ret_text[at] = '\0';
}

bool ghm_multiaddr_equal(const struct ghm_multiaddr *a, const struct ghm_multiaddr *b)
{
    return ghm_bytes_equal(ghm_bytes(a->bytes, a->len), ghm_bytes(b->bytes, b->len));
}

/* The family a host part asks for; -1 when it names no host that TCP can reach. */
static int family_of(enum protocol protocol)
{
    switch (protocol) {
    case IP4:
    case DNS4:
        return 4;
    case IP6:
    case DNS6:
        return 6;
    case DNS:
        return 0;
    case TCP:
    case DNSADDR:
    case P2P:
        return -1;
    }
    return -1;
}

static bool take_one(struct ghm_bytes *left, struct part *ret_part)
{
    return left->len > 0 && take_part(left, ret_part) == GHM_OK;
}

int ghm_multiaddr_as_tcp(struct ghm_multiaddr_tcp *ret_tcp, const struct ghm_multiaddr *addr)
{
    struct ghm_bytes left = ghm_bytes(addr->bytes, addr->len);
    struct ghm_multiaddr_tcp tcp = {.peerid = GHM_BYTES_NONE};
    struct part host;
    struct part port;
    struct part peer;
    char text[PART_TEXT_MAX];
    if (!take_one(&left, &host) || !take_one(&left, &port)) return GHM_ENOTSUP;
    tcp.family = family_of(host.row->protocol);
    if (tcp.family < 0 || port.row->protocol != TCP) return GHM_ENOTSUP;
    if (take_one(&left, &peer)) {
        if (peer.row->protocol != P2P || left.len > 0) return GHM_ENOTSUP;
        tcp.peerid = peer.value;
    }
    size_t len = value_text(text, &host);
    GHM_ASSERT(len < sizeof tcp.host);
    memcpy(tcp.host, text, len);
    tcp.is_name = host.row->protocol != IP4 && host.row->protocol != IP6;
    tcp.port = ghm_load_be16(port.value.ptr);
    *ret_tcp = tcp;
    return GHM_OK;
}

int ghm_multiaddr_as_dnsaddr(struct ghm_multiaddr_dnsaddr *ret_dnsaddr,
                             const struct ghm_multiaddr *addr)
{
    struct ghm_bytes left = ghm_bytes(addr->bytes, addr->len);
    struct part part;
    if (!take_one(&left, &part) || part.row->protocol != DNSADDR) return GHM_ENOTSUP;
    memcpy(ret_dnsaddr->name, part.value.ptr, part.value.len);
    ret_dnsaddr->name[part.value.len] = '\0';
    ret_dnsaddr->rest = left;
    return GHM_OK;
}

int ghm_multiaddr_of_tcp(struct ghm_multiaddr *ret_addr, const char *host, uint16_t port,
                         struct ghm_bytes peerid)
{
    struct ghm_multiaddr addr = {0};
    uint8_t ip[16];
    uint8_t port_be[2];
    bool is_ip4 = inet_pton(AF_INET, host, ip) == 1;
    if (!is_ip4 && inet_pton(AF_INET6, host, ip) != 1) return GHM_EINVAL;
    ghm_store_be16(port_be, port);
    struct part parts[] = {
        {find_code(is_ip4 ? IP4 : IP6), ghm_bytes(ip, is_ip4 ? 4 : 16)},
        {find_code(TCP), ghm_bytes(port_be, 2)},
        {find_code(P2P), peerid},
    };
    size_t count = peerid.ptr == NULL ? 2 : 3;
    for (size_t i = 0; i < count; i++) {
        int error = append_part(&addr, &parts[i]);
        if (error != GHM_OK) return error;
    }
    int error = ghm_multiaddr_decode(ret_addr, ghm_bytes(addr.bytes, addr.len));
    return error == GHM_OK ? GHM_OK : GHM_EINVAL;
}
