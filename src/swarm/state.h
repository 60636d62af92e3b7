/* SPDX-License-Identifier: MIT */
/* What a swarm is made of; seen only by the files that work on the whole of it: swarm.c,
 * admission.c, hearsay.c, outreach.c, ending.c. */
#ifndef GHM_SWARM_STATE_H
#define GHM_SWARM_STATE_H

#include "swarm/book.h"
#include "swarm/dialer.h"
#include "swarm/failures.h"
#include "swarm/limits.h"
#include "swarm/peers.h"
#include "swarm/roster.h"

#define GHM_STATE_PROTOCOLS_MAX 64 /* of the owner */
#define GHM_STATE_PROTOCOLS_OWN 3

struct ghm_swarm {
    struct ghm_mem *mem;
    struct ghm_swarm_config config;
    struct ghm_entropy entropy;
    struct ghm_peerid self;
    struct ghm_credential *credential; /* of all connections that speak TLS */
    uint8_t public_key[GHM_KEY_ED25519_PROTO_LEN];
    const char *protocols[GHM_STATE_PROTOCOLS_OWN + GHM_STATE_PROTOCOLS_MAX + 1];
    struct ghm_multiaddr *listen; /* once there is one */
    size_t listen_count;
    struct ghm_buf record; /* of them, signed; empty: none is told */
    uint64_t record_seq;   /* of it */
    struct ghm_swarm_counts counts;
    struct ghm_limits limits;
    struct ghm_roster roster;
    struct ghm_peers peers;
    struct ghm_book book;
    struct ghm_dialer dialer; /* wanted for ever */
    struct ghm_list races;    /* wanted now */
    struct ghm_list lost;     /* races whose end is to be told */
    size_t races_count;       /* in both */
    struct ghm_failures failures;
    uint64_t trim_ns; /* when to look for connections to trim again; GHM_NEVER */
    uint64_t push_ns; /* when to tell the peers what changed; GHM_NEVER */
    uint64_t now_ns;  /* the latest that we were told */
    int64_t date_s;   /* too; 0: never told */
};

#endif
