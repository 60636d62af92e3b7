/* SPDX-License-Identifier: MIT */
/* Who may take how much: counters of the whole swarm and of each IP address. What a peer, a
 * connection and a protocol may take is bounded where it is counted: two connections of a peer
 * (swarm/peers.h), 256 inbound streams of a connection (link/yamux.h), 32 inbound streams of one
 * protocol on one connection (link/muxer.h), 10 s for a handshake and for a stream's negotiation
 * (link/link.h).
 *
 * A connection that is let in holds its part until release; from accept to settle it is pending.
 * Loopback is bounded by the swarm's limits and `inbound_per_ip_max` only: a machine may run a
 * whole fleet, and whoever is on it can do worse.
 *
 * Call protocol: init -> (accept | dial -> settle -> release)* -> fini. */
#ifndef GHM_SWARM_LIMITS_H
#define GHM_SWARM_LIMITS_H

#include "base/deadline.h"
#include "base/map.h"
#include "base/mem.h"

#define GHM_LIMITS_PENDING_MAX 64 /* handshakes of accepted connections, and dials, each */
#define GHM_LIMITS_IPS_MAX 1024   /* remembered: those connected and those that lately came */
#define GHM_LIMITS_IP_TEXT_MAX 46

struct ghm_limits_config {
    uint32_t connections_max;      /* open and opening, both directions */
    uint32_t inbound_per_ip_max;   /* open and opening */
    uint32_t pending_per_ip_max;   /* handshakes */
    uint32_t accepts_per_ip_per_s; /* a bucket of so many, filled at that rate */
};

struct ghm_limits_ip {
    struct ghm_map_node by_ip;
    char ip[GHM_LIMITS_IP_TEXT_MAX];
    uint32_t inbound;
    uint32_t pending;
    uint64_t bucket_ns; /* time saved up: one accept costs 1 s / rate */
    uint64_t filled_ns; /* when it was last filled */
};

struct ghm_limits {
    struct ghm_mem *mem;
    struct ghm_limits_config config;
    struct ghm_map ips;
    uint32_t connections;
    uint32_t accepting; /* pending, inbound */
    uint32_t dialing;   /* pending, outbound */
};

/** One connection's part of the counters; zeroed: none. */
struct ghm_limits_hold {
    bool is_held;
    bool is_inbound;
    bool is_pending;
    struct ghm_limits_ip *ip; /* of an inbound one */
};

void ghm_limits_init(struct ghm_limits *limits, struct ghm_mem *mem,
                     const struct ghm_limits_config *config, const uint8_t seed[16]);
void ghm_limits_fini(struct ghm_limits *limits);

/** Let an accepted connection from `ip` in. GHM_ELIMIT: close it at once; GHM_ENOMEM. */
int ghm_limits_accept(struct ghm_limits *limits, struct ghm_limits_hold *ret_hold, const char *ip,
                      uint64_t now_ns) GHM_MUST_USE;

/** Let a dial begin. GHM_ELIMIT. */
int ghm_limits_dial(struct ghm_limits *limits, struct ghm_limits_hold *ret_hold) GHM_MUST_USE;

/** Its handshake is over, one way or the other. Again is ignored. */
void ghm_limits_settle(struct ghm_limits *limits, struct ghm_limits_hold *hold);

/** It is gone. Again is ignored. */
void ghm_limits_release(struct ghm_limits *limits, struct ghm_limits_hold *hold);

#endif
