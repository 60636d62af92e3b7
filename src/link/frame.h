/* SPDX-License-Identifier: MIT */
/* The 12-byte head of every yamux frame.
 *
 *     0        1        2                 4                          8                         12
 *     +--------+--------+-----------------+--------------------------+--------------------------+
 *     | version| type   | flags           | stream                   | length                   |
 *     +--------+--------+-----------------+--------------------------+--------------------------+
 *
 * Spec: hashicorp/yamux spec.md; libp2p/specs yamux/README.md */
#ifndef GHM_LINK_FRAME_H
#define GHM_LINK_FRAME_H

#include "base/bytes.h"
#include "base/error.h"

#define GHM_FRAME_LEN 12

enum ghm_frame_type {
    GHM_FRAME_DATA = 0,   /* `length` bytes follow */
    GHM_FRAME_WINDOW = 1, /* `length` more bytes may be sent */
    GHM_FRAME_PING = 2,   /* `length` is echoed */
    GHM_FRAME_GOAWAY = 3, /* `length` is the reason */
};

enum ghm_frame_flag {
    GHM_FRAME_SYN = 1,
    GHM_FRAME_ACK = 2,
    GHM_FRAME_FIN = 4,
    GHM_FRAME_RST = 8,
};

enum ghm_frame_reason {
    GHM_FRAME_NORMAL = 0,
    GHM_FRAME_PROTOCOL = 1,
    GHM_FRAME_INTERNAL = 2,
};

struct ghm_frame {
    enum ghm_frame_type type;
    uint16_t flags;  /* of enum ghm_frame_flag */
    uint32_t stream; /* 0: the session itself */
    uint32_t length;
};

void ghm_frame_encode(uint8_t ret_out[GHM_FRAME_LEN], const struct ghm_frame *frame);

/** Read a head. GHM_EPROTO when the version, the type or a flag is unknown, or when the stream does
 * not fit the type (PING and GOAWAY are the session's, DATA and WINDOW a stream's). */
int ghm_frame_decode(struct ghm_frame *ret_frame, const uint8_t in[GHM_FRAME_LEN]) GHM_MUST_USE;

#endif
