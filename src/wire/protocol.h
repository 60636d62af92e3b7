/* SPDX-License-Identifier: MIT */
/* The protocols that a multiaddr is made of: one table of their codes, names, sizes, and how a
 * value is read and written. Spec: multiformats/multiaddr protocols.csv */
#ifndef GHM_WIRE_PROTOCOL_H
#define GHM_WIRE_PROTOCOL_H

#include "base/bytes.h"
#include "base/error.h"

#define GHM_PROTOCOL_VALUE_MAX 256 /* bytes of one value; its multiaddr is no longer */
#define GHM_PROTOCOL_TEXT_MAX 772  /* characters of one value, with the terminator: %xx for each */
#define GHM_PROTOCOL_VARIES (-1)   /* in place of a length: a varint in front of the value tells */

/* X(id, code, name, bytes of the value, form of the value) */
#define GHM_PROTOCOL_MAP(X)                                                                        \
    X(IP4, 4, "ip4", 4, ip4)                                                                       \
    X(TCP, 6, "tcp", 2, port)                                                                      \
    X(DCCP, 33, "dccp", 2, port)                                                                   \
    X(IP6, 41, "ip6", 16, ip6)                                                                     \
    X(IP6ZONE, 42, "ip6zone", GHM_PROTOCOL_VARIES, zone)                                           \
    X(IPCIDR, 43, "ipcidr", 1, number)                                                             \
    X(DNS, 53, "dns", GHM_PROTOCOL_VARIES, name)                                                   \
    X(DNS4, 54, "dns4", GHM_PROTOCOL_VARIES, name)                                                 \
    X(DNS6, 55, "dns6", GHM_PROTOCOL_VARIES, name)                                                 \
    X(DNSADDR, 56, "dnsaddr", GHM_PROTOCOL_VARIES, name)                                           \
    X(SCTP, 132, "sctp", 2, port)                                                                  \
    X(UDP, 273, "udp", 2, port)                                                                    \
    X(P2P_WEBRTC_STAR, 275, "p2p-webrtc-star", 0, none)                                            \
    X(P2P_WEBRTC_DIRECT, 276, "p2p-webrtc-direct", 0, none)                                        \
    X(P2P_STARDUST, 277, "p2p-stardust", 0, none)                                                  \
    X(WEBRTC_DIRECT, 280, "webrtc-direct", 0, none)                                                \
    X(WEBRTC, 281, "webrtc", 0, none)                                                              \
    X(P2P_CIRCUIT, 290, "p2p-circuit", 0, none)                                                    \
    X(UDT, 301, "udt", 0, none)                                                                    \
    X(UTP, 302, "utp", 0, none)                                                                    \
    X(UNIX, 400, "unix", GHM_PROTOCOL_VARIES, path)                                                \
    X(P2P, 421, "p2p", GHM_PROTOCOL_VARIES, peer)                                                  \
    X(HTTPS, 443, "https", 0, none)                                                                \
    X(TLS, 448, "tls", 0, none)                                                                    \
    X(SNI, 449, "sni", GHM_PROTOCOL_VARIES, sni)                                                   \
    X(NOISE, 454, "noise", 0, none)                                                                \
    X(QUIC, 460, "quic", 0, none)                                                                  \
    X(QUIC_V1, 461, "quic-v1", 0, none)                                                            \
    X(WEBTRANSPORT, 465, "webtransport", 0, none)                                                  \
    X(CERTHASH, 466, "certhash", GHM_PROTOCOL_VARIES, hash)                                        \
    X(WS, 477, "ws", 0, none)                                                                      \
    X(WSS, 478, "wss", 0, none)                                                                    \
    X(P2P_WEBSOCKET_STAR, 479, "p2p-websocket-star", 0, none)                                      \
    X(HTTP, 480, "http", 0, none)                                                                  \
    X(HTTP_PATH, 481, "http-path", GHM_PROTOCOL_VARIES, segment)

enum ghm_protocol_code {
#define GHM_PROTOCOL_ENUM(id, code, name, len, form) GHM_PROTOCOL_##id = (code),
    GHM_PROTOCOL_MAP(GHM_PROTOCOL_ENUM)
#undef GHM_PROTOCOL_ENUM
};

/** How the values of a protocol are read and written. Every value that `is_right` accepts, `text`
 * writes so that `parse` gives it back. */
struct ghm_protocol_form {
    bool is_last; /* the text takes all that is left of the address, slashes and all */
    bool (*is_right)(struct ghm_bytes value);
    /* The bytes of a text: their count, or GHM_EINVAL. They may still be wrong. */
    int (*parse)(uint8_t ret_value[GHM_PROTOCOL_VALUE_MAX], struct ghm_bytes text);
    /* The text of a right value, not terminated: the count of its characters. */
    size_t (*text)(char ret_text[GHM_PROTOCOL_TEXT_MAX], struct ghm_bytes value);
};

struct ghm_protocol {
    enum ghm_protocol_code code;
    int len; /* bytes of the value, or GHM_PROTOCOL_VARIES */
    const char *name;
    const struct ghm_protocol_form *form;
};

/** The protocol of a code or a name ("ipfs" is "p2p"); NULL for one that we do not know. */
const struct ghm_protocol *ghm_protocol_of_code(uint64_t code);
const struct ghm_protocol *ghm_protocol_of_name(struct ghm_bytes name);

#endif
