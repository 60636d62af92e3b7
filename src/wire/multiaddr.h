/* SPDX-License-Identifier: MIT */
/* Multiaddrs: addresses that say how to read themselves, as text (/ip4/127.0.0.1/tcp/9000) and as
 * bytes. Those of an unknown protocol are refused (protocol.h has the known ones); /ipfs/ is read
 * as /p2p/. */
#ifndef GHM_WIRE_MULTIADDR_H
#define GHM_WIRE_MULTIADDR_H

#include "base/buf.h"
#include "base/error.h"

#include <stdbool.h>

#define GHM_MULTIADDR_NAME_LEN_MAX 253 /* characters of a DNS name, RFC 1035 section 3.1 */
#define GHM_MULTIADDR_LEN_MAX 256      /* bytes in binary form; longer ones are refused */
#define GHM_MULTIADDR_TEXT_MAX 1152    /* characters, with the terminator */
#define GHM_MULTIADDR_PARTS_MAX 16

/** A whole address by value: copyable, no memory of its own. */
struct ghm_multiaddr {
    uint16_t len;
    uint8_t bytes[GHM_MULTIADDR_LEN_MAX];
};

/** Read the text form. GHM_EINVAL when any part is unknown, missing or out of range (for example
 * "256.256.256.256", port 65536, a peer id that does not decode), or a maximum is passed. */
int ghm_multiaddr_parse(struct ghm_multiaddr *ret_addr, const char *text) GHM_MUST_USE;

/** Check and copy the binary form. GHM_EPROTO as above. */
int ghm_multiaddr_decode(struct ghm_multiaddr *ret_addr, struct ghm_bytes in) GHM_MUST_USE;

/** Write the text form, terminated. */
void ghm_multiaddr_text(char ret_text[GHM_MULTIADDR_TEXT_MAX], const struct ghm_multiaddr *addr);

bool ghm_multiaddr_equal(const struct ghm_multiaddr *a, const struct ghm_multiaddr *b);

/** What a TCP dialer needs. */
struct ghm_multiaddr_tcp {
    bool is_name;   /* host is a DNS name to resolve, not an IP literal */
    int family;     /* 4, 6, or 0 for either (dns) */
    char host[254]; /* IP literal or DNS name, terminated */
    uint16_t port;
    struct ghm_bytes peerid; /* the multihash after /p2p/, viewing `addr`; absent when none */
};

/** Split an address of the form /{ip4,ip6,dns,dns4,dns6}/HOST/tcp/PORT[/p2p/ID].
 * GHM_ENOTSUP for any other form. */
int ghm_multiaddr_as_tcp(struct ghm_multiaddr_tcp *ret_tcp,
                         const struct ghm_multiaddr *addr) GHM_MUST_USE;

/** What a resolver of /dnsaddr/NAME/... needs. */
struct ghm_multiaddr_dnsaddr {
    char name[GHM_MULTIADDR_NAME_LEN_MAX + 1];
    struct ghm_bytes rest; /* the parts behind it, viewing `addr`; empty when none */
};

/** GHM_ENOTSUP when it begins otherwise. */
int ghm_multiaddr_as_dnsaddr(struct ghm_multiaddr_dnsaddr *ret_dnsaddr,
                             const struct ghm_multiaddr *addr) GHM_MUST_USE;

/** Make /ip4|ip6/HOST/tcp/PORT, with /p2p/ID when `peerid` is present. GHM_EINVAL when host is no
 * IP literal. */
int ghm_multiaddr_of_tcp(struct ghm_multiaddr *ret_addr, const char *host, uint16_t port,
                         struct ghm_bytes peerid) GHM_MUST_USE;

#endif
