/* SPDX-License-Identifier: MIT */
/* Spec: multiformats/multiaddr README.md. Every part is checked by the same code on the way in,
 * from text and from bytes, so the two forms always hold the same addresses. */
#include "wire/multiaddr.h"

#include "base/assert.h"
#include "wire/protocol.h"
#include "wire/varint.h"

#include <arpa/inet.h>

_Static_assert(GHM_MULTIADDR_LEN_MAX <= GHM_PROTOCOL_VALUE_MAX,
               "no value is longer than its address");
/* A value's text has at most 3 characters a byte, and one for the prefix of a multibase; a name
 * has at most 18. */
_Static_assert(3 * GHM_MULTIADDR_LEN_MAX + GHM_MULTIADDR_PARTS_MAX * (1 + 18 + 1 + 1) <
                   GHM_MULTIADDR_TEXT_MAX,
               "every address has a text");

struct part {
    const struct ghm_protocol *protocol;
    struct ghm_bytes value;
};

/* The length of a value, and the bytes that tell it. */
static int take_len(struct ghm_bytes rest, const struct ghm_protocol *protocol, uint64_t *ret_len)
{
    if (protocol->len == GHM_PROTOCOL_VARIES) return ghm_varint_decode(ret_len, rest);
    *ret_len = (uint64_t)protocol->len;
    return 0;
}

/* Take one part from the front of the binary form. */
static int take_part(struct ghm_bytes *left, struct part *ret_part)
{
    uint64_t code;
    uint64_t len;
    int used = ghm_varint_decode(&code, *left);
    if (used < 0) return GHM_EPROTO;
    struct ghm_bytes rest = ghm_bytes_from(*left, (size_t)used);
    const struct ghm_protocol *protocol = ghm_protocol_of_code(code);
    if (protocol == NULL) return GHM_EPROTO;
    used = take_len(rest, protocol, &len);
    if (used < 0) return GHM_EPROTO;
    rest = ghm_bytes_from(rest, (size_t)used);
    if (len > rest.len) return GHM_EPROTO;
    struct ghm_bytes value = ghm_bytes_upto(rest, (size_t)len);
    rest = ghm_bytes_from(rest, (size_t)len);
    if (!protocol->form->is_right(value)) return GHM_EPROTO;
    if (protocol->form->is_last && rest.len > 0) return GHM_EPROTO;
    *ret_part = (struct part){protocol, value};
    *left = rest;
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

static int append(struct ghm_multiaddr *addr, struct ghm_bytes bytes)
{
    if (bytes.len > (size_t)(GHM_MULTIADDR_LEN_MAX - addr->len)) return GHM_EINVAL;
    ghm_bytes_copy(addr->bytes + addr->len, bytes);
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
    int error = append_varint(addr, (uint64_t)part->protocol->code);
    if (error == GHM_OK && part->protocol->len == GHM_PROTOCOL_VARIES)
        error = append_varint(addr, part->value.len);
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

/* The text of a value: the next word, none, or all that is left. */
static int take_value(struct ghm_bytes *left, const struct ghm_protocol *protocol,
                      struct ghm_bytes *ret_text)
{
    if (protocol->form->is_last) {
        *ret_text = *left;
        *left = ghm_bytes_from(*left, left->len);
        return GHM_OK;
    }
    if (protocol->len != 0) return take_word(left, ret_text);
    *ret_text = ghm_bytes_upto(*left, 0);
    return GHM_OK;
}

static int parse_part(struct ghm_multiaddr *addr, struct ghm_bytes *left)
{
    struct ghm_bytes name;
    struct ghm_bytes text;
    uint8_t value[GHM_PROTOCOL_VALUE_MAX];
    int error = take_word(left, &name);
    if (error != GHM_OK) return error;
    const struct ghm_protocol *protocol = ghm_protocol_of_name(name);
    if (protocol == NULL) return GHM_EINVAL;
    error = take_value(left, protocol, &text);
    if (error != GHM_OK) return error;
    int len = protocol->form->parse(value, text);
    if (len < 0) return GHM_EINVAL;
    struct part part = {protocol, ghm_bytes(value, (size_t)len)};
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

static size_t put(char *ret_text, size_t at, const char *word, size_t len)
{
    GHM_ASSERT(len < GHM_MULTIADDR_TEXT_MAX - at);
    memcpy(ret_text + at, word, len);
    return at + len;
}

static size_t put_part(char *ret_text, size_t at, const struct part *part)
{
    char value[GHM_PROTOCOL_TEXT_MAX];
    at = put(ret_text, at, "/", 1);
    at = put(ret_text, at, part->protocol->name, strlen(part->protocol->name));
    if (part->protocol->len == 0) return at;
    if (!part->protocol->form->is_last) at = put(ret_text, at, "/", 1);
    return put(ret_text, at, value, part->protocol->form->text(value, part->value));
}

void ghm_multiaddr_text(char ret_text[GHM_MULTIADDR_TEXT_MAX], const struct ghm_multiaddr *addr)
{
    struct ghm_bytes left = ghm_bytes(addr->bytes, addr->len);
    size_t at = 0;
    while (left.len > 0) {
        struct part part;
        GHM_ASSERT(take_part(&left, &part) == GHM_OK);
        at = put_part(ret_text, at, &part);
    }
    ret_text[at] = '\0';
}

bool ghm_multiaddr_equal(const struct ghm_multiaddr *a, const struct ghm_multiaddr *b)
{
    return ghm_bytes_equal(ghm_bytes(a->bytes, a->len), ghm_bytes(b->bytes, b->len));
}

/* The family a host part asks for; -1 when it names no host that TCP can reach. */
static int family_of(enum ghm_protocol_code code)
{
    if (code == GHM_PROTOCOL_IP4 || code == GHM_PROTOCOL_DNS4) return 4;
    if (code == GHM_PROTOCOL_IP6 || code == GHM_PROTOCOL_DNS6) return 6;
    return code == GHM_PROTOCOL_DNS ? 0 : -1;
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
    char text[GHM_PROTOCOL_TEXT_MAX];
    if (!take_one(&left, &host) || !take_one(&left, &port)) return GHM_ENOTSUP;
    tcp.family = family_of(host.protocol->code);
    if (tcp.family < 0 || port.protocol->code != GHM_PROTOCOL_TCP) return GHM_ENOTSUP;
    if (take_one(&left, &peer)) {
        if (peer.protocol->code != GHM_PROTOCOL_P2P || left.len > 0) return GHM_ENOTSUP;
        tcp.peerid = peer.value;
    }
    size_t len = host.protocol->form->text(text, host.value);
    GHM_ASSERT(len < sizeof tcp.host);
    memcpy(tcp.host, text, len);
    tcp.is_name =
        host.protocol->code != GHM_PROTOCOL_IP4 && host.protocol->code != GHM_PROTOCOL_IP6;
    tcp.port = ghm_load_be16(port.value.ptr);
    *ret_tcp = tcp;
    return GHM_OK;
}

int ghm_multiaddr_as_dnsaddr(struct ghm_multiaddr_dnsaddr *ret_dnsaddr,
                             const struct ghm_multiaddr *addr)
{
    struct ghm_bytes left = ghm_bytes(addr->bytes, addr->len);
    struct part part;
    if (!take_one(&left, &part) || part.protocol->code != GHM_PROTOCOL_DNSADDR) return GHM_ENOTSUP;
    GHM_ASSERT(part.value.len <= GHM_MULTIADDR_NAME_LEN_MAX);
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
        {ghm_protocol_of_code(is_ip4 ? GHM_PROTOCOL_IP4 : GHM_PROTOCOL_IP6),
         ghm_bytes(ip, is_ip4 ? 4 : 16)},
        {ghm_protocol_of_code(GHM_PROTOCOL_TCP), ghm_bytes(port_be, 2)},
        {ghm_protocol_of_code(GHM_PROTOCOL_P2P), peerid},
    };
    size_t count = peerid.ptr == NULL ? 2 : 3;
    for (size_t i = 0; i < count; i++) {
        int error = append_part(&addr, &parts[i]);
        if (error != GHM_OK) return error;
    }
    int error = ghm_multiaddr_decode(ret_addr, ghm_bytes(addr.bytes, addr.len));
    return error == GHM_OK ? GHM_OK : GHM_EINVAL;
}
