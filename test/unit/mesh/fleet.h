/* SPDX-License-Identifier: MIT */
/* A few meshes, each on a swarm of its own, in one memory network with its own clock. Node i
 * listens on /ip4/10.0.0.(i+1)/tcp/9000. What a mesh tells is kept; an announcement's body names
 * it. */
#ifndef GHM_TEST_MESH_FLEET_H
#define GHM_TEST_MESH_FLEET_H

#include "members.h"
#include "mesh/mesh.h"

#define FLEET_NODES_MAX 8
#define FLEET_SOCKETS_MAX 256
#define FLEET_TOLD_MAX 1024
#define FLEET_BODY_MAX 64

struct fleet_end {
    int node;            /* -1: gone */
    uint32_t connection; /* of that node's swarm */
    bool is_deaf;        /* bytes to it wait on the way */
    struct ghm_buf in;
};

struct fleet_socket {
    struct fleet_end ends[2];
};

struct fleet_told {
    enum ghm_mesh_event_type type;
    struct ghm_peerid peer;
    char body[FLEET_BODY_MAX]; /* its start */
    size_t body_len;
};

struct fleet_node {
    bool is_on;
    bool is_dumb;  /* its mesh hears nothing: the test speaks for it */
    bool is_still; /* ghm_mesh_next is not called */
    bool is_relay; /* all it does is pass on every message of the topics it subscribed to */
    int starts;
    struct ghm_mem mem;
    struct ghm_mem mesh_mem;
    struct ghm_key key;
    struct ghm_peerid id;
    struct ghm_keyring ring;
    struct ghm_entropy entropy;
    struct ghm_shared *shared;
    struct ghm_log log;
    struct ghm_swarm *swarm;
    struct ghm_mesh *mesh;
    size_t told_count;
    struct fleet_told told[FLEET_TOLD_MAX];
    /* of a dumb node: the last stream that was opened to it, and the last that was closed */
    struct ghm_stream opened;
    struct ghm_stream closed;
};

struct fleet {
    uint64_t now_ns;
    int64_t now_ms; /* GitHub's */
    const char *const *protocols;
    int nodes_count;
    struct fleet_node nodes[FLEET_NODES_MAX];
    size_t bytes_sent; /* on all sockets */
    size_t sockets_count;
    struct fleet_socket sockets[FLEET_SOCKETS_MAX];
};

/** Nodes that all hold `secrets` and tell each other straight what there is. */
struct fleet *fleet_new(int nodes_count, const char *secrets);
/** The same with nodes that speak these protocols; `ghm_mesh_protocols`: they gossip. */
struct fleet *fleet_new_speaking(int nodes_count, const char *secrets,
                                 const char *const *protocols);
void fleet_free(struct fleet *fleet);

/** End a node's process: its sockets go, or (`is_silent`) hang at the other end. */
void fleet_stop(struct fleet *fleet, int node, bool is_silent);

/** Start it (again), with the same identity and with these secrets. */
void fleet_start(struct fleet *fleet, int node, const char *secrets);

/** Keep `from` connected to `to`. */
void fleet_bootstrap(struct fleet *fleet, int from, int to);

/** Cut every socket of a node; whoever bootstraps dials again in its time. */
void fleet_cut(struct fleet *fleet, int node);

/** Until nothing moves any more; no time passes. */
void fleet_settle(struct fleet *fleet);

/** Let time pass, ticking at every deadline on the way. */
void fleet_pass(struct fleet *fleet, uint64_t ns);

/** Bytes to node `to` wait on the way while `is_deaf`. */
void fleet_deafen(struct fleet *fleet, int to, bool is_deaf);

/** Announce an entry with this body, dated now. */
int fleet_announce(struct fleet *fleet, int node, struct ghm_bytes body);

/** The entry that fleet_announce announces. */
struct ghm_entry fleet_entry(const struct fleet *fleet, struct ghm_bytes body);

size_t fleet_count(const struct fleet *fleet, int node, enum ghm_mesh_event_type type);

/** How many of a node's LEARNED had this body. */
size_t fleet_learned(const struct fleet *fleet, int node, const char *body);

#endif
