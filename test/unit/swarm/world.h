/* SPDX-License-Identifier: MIT */
/* A network in memory with its own clock: a few swarms, the sockets between them, and what each
 * swarm has told. Node i listens on /ip4/10.0.0.(i+1)/tcp/9000. Bytes move in pieces of a size
 * drawn from a seed, so that a run can be repeated and every split is met.
 *
 * A node speaks two protocols: ECHO sends back what it gets and finishes when the peer does; HOLD
 * leaves all to the test. */
#ifndef GHM_TEST_WORLD_H
#define GHM_TEST_WORLD_H

#include "swarm/swarm.h"

#define WORLD_NODES_MAX 8
#define WORLD_SOCKETS_MAX 600
#define WORLD_EVENTS_MAX 4096
#define ECHO "/test/echo/1"
#define HOLD "/test/hold/1"

struct world_end {
    int node;            /* -1: the outside */
    uint32_t connection; /* 0: the swarm does not know this end (any more) */
    struct ghm_buf in;   /* bytes on the way to this end */
};

struct world_socket {
    bool is_open;
    struct world_end ends[2];
};

struct world_node {
    struct ghm_mem mem;
    struct ghm_key key;
    struct ghm_peerid id;
    struct ghm_entropy entropy;
    struct ghm_log log;
    struct ghm_swarm *swarm;
    bool refuses; /* dials to it fail */
    bool hangs;   /* dials to it are never answered */
    bool asks;    /* it opens ECHO and writes as soon as a peer is up, in the same flight */
    size_t events_count;
    struct ghm_swarm_event events[WORLD_EVENTS_MAX];
    size_t echoed;
};

struct world {
    uint64_t now_ns;
    uint64_t latency_ns; /* time that passes with each turn of the pump */
    uint64_t random;
    size_t piece_max; /* bytes moved at once; 0: all */
    int nodes_count;
    struct world_node nodes[WORLD_NODES_MAX];
    size_t sockets_count;
    struct world_socket sockets[WORLD_SOCKETS_MAX];
    struct ghm_mem mem;
};

struct world *world_new(int nodes_count);
struct world *world_new_with(int nodes_count, const struct ghm_swarm_config *limits);
void world_free(struct world *w);

/** Where node `i` listens, with or without its peer id. */
struct ghm_multiaddr world_addr(const struct world *w, int i, bool with_id);

void world_bootstrap(struct world *w, int from, int to, bool with_id);

/** Until nothing moves any more; time passes only by latency. */
void world_settle(struct world *w);

/** Let `ns` pass, ticking at every deadline on the way. */
void world_pass(struct world *w, uint64_t ns);

/** Break the socket of a connection: both ends hear of it. */
void world_cut(struct world *w, int node, uint32_t connection);
void world_cut_all(struct world *w);

/** A socket from the outside into node `to`: returns its index; bytes by world_say, heard in `in`.
 */
size_t world_knock(struct world *w, int to, const char *ip);
void world_say(struct world *w, size_t socket, struct ghm_bytes bytes);

size_t world_count(const struct world *w, int node, enum ghm_swarm_event_type type);
const struct ghm_swarm_event *world_last(const struct world *w, int node,
                                         enum ghm_swarm_event_type type);

#endif
