/* SPDX-License-Identifier: MIT */
/* Ping on one connection: echo what the peer sends on at most two streams, and measure it on one of
 * ours, which is kept a while for the next. A finished ping stream is finished, never reset.
 *
 * Call protocol: init -> (start | event | tick | take | lose)*.
 *
 * Spec: libp2p/specs ping/ping.md */
#ifndef GHM_SWARM_PING_H
#define GHM_SWARM_PING_H

#include "link/link.h"

#define GHM_PING_LEN 32
#define GHM_PING_INBOUND_MAX 2
#define GHM_PING_NS (10 * GHM_NS_PER_S)
#define GHM_PING_KEPT_NS (5 * GHM_NS_PER_S) /* of no ping; go and js end a stream after 10 s */

extern const char ghm_ping_protocol[]; /* "/ipfs/ping/1.0.0" */

struct ghm_ping_result {
    int error;
    uint64_t rtt_ns; /* of GHM_OK */
};

struct ghm_ping {
    uint32_t inbound[GHM_PING_INBOUND_MAX]; /* streams; 0: free */
    uint32_t outbound;                      /* our stream; 0: none */
    uint8_t payload[GHM_PING_LEN];
    uint64_t sent_ns;     /* of the ping under way */
    uint64_t answered_ns; /* of the last one */
    bool is_asking;       /* a ping is under way */
    bool is_kept;         /* our stream has answered before: its end may have crossed our ping */
    bool has_result;      /* not taken yet */
    struct ghm_ping_result result;
};

void ghm_ping_init(struct ghm_ping *ping);

/** A ping is under way, or its result is not taken yet. */
bool ghm_ping_is_busy(const struct ghm_ping *ping);

/** Send one. Errors as ghm_link_open and ghm_link_write; GHM_EBUSY. */
int ghm_ping_start(struct ghm_ping *ping, struct ghm_link *link, struct ghm_entropy *entropy,
                   uint64_t now_ns) GHM_MUST_USE;

/** What happened on a stream of the protocol, ours or the peer's. */
void ghm_ping_event(struct ghm_ping *ping, struct ghm_link *link,
                    const struct ghm_link_event *event, uint64_t now_ns);

uint64_t ghm_ping_deadline(const struct ghm_ping *ping);
void ghm_ping_tick(struct ghm_ping *ping, struct ghm_link *link, uint64_t now_ns);

/** The connection is over: what is under way ends with `error`. */
void ghm_ping_lose(struct ghm_ping *ping, int error);

/** Take the result, once; false when there is none. */
bool ghm_ping_take(struct ghm_ping *ping, struct ghm_ping_result *ret_result);

#endif
