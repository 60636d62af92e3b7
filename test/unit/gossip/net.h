/* SPDX-License-Identifier: MIT */
/* A network of members in memory, with its own clock: real swarms with real handshakes, gossip on
 * them, and the sockets between. Runs are repeated exactly from the seed.
 *
 * A node is one of three kinds: PEER runs gossip and judges as told; FLOOD is a floodsub written
 * here, apart from src/gossip; RAW is in the hands of the test, which says and hears RPCs.
 *
 * Messages are numbered: net_publish sends the number and some padding, and each node counts how
 * often it was given each. */
#ifndef GHM_TEST_NET_H
#define GHM_TEST_NET_H

#include "gossip/gossip.h"
#include "gossip/rpc.h"
#include "swarm/swarm.h"

#define NET_NODES_MAX 64
#define NET_SOCKETS_MAX 4096
#define NET_CONNECTIONS_MAX 2048 /* of one node, over its life */
#define NET_MESSAGES_MAX 4096
#define NET_PEERS_MAX 64
#define TOPIC "/test/topic/1"

enum net_kind {
    NET_PEER,
    NET_FLOOD,
    NET_RAW,
};

struct net_end {
    int node; /* -1: gone */
    uint32_t connection;
    struct ghm_buf in; /* bytes on the way to this end */
};

struct net_socket {
    bool is_open;
    bool is_stalled; /* bytes wait */
    struct net_end ends[2];
};

/* A peer as a RAW or FLOOD node sees it. */
struct net_seen_peer {
    struct ghm_peerid id;
    bool is_up, has_out, has_in, is_subscribed;
    struct ghm_stream out, in;
    struct ghm_buf heard; /* bytes of its stream: whole and part RPCs */
    size_t resets;        /* of our stream, by the peer */
};

struct net_node {
    enum net_kind kind;
    struct ghm_mem mem;
    struct ghm_key key;
    struct ghm_peerid id;
    struct ghm_entropy entropy;
    struct ghm_log log;
    struct ghm_swarm *swarm;
    struct ghm_gossip *gossip;
    uint64_t seqno;
    int group; /* dials between groups fail */
    enum ghm_gossip_verdict verdict;
    bool holds; /* it does not judge: tickets are kept */
    bool drops_graylisted;
    size_t tickets_count;
    uint64_t tickets[NET_MESSAGES_MAX];
    size_t graylisted; /* GRAYLISTED events */
    struct ghm_peerid last_graylisted;
    uint16_t sockets[NET_CONNECTIONS_MAX]; /* by connection number, index + 1 */
    uint8_t got[NET_MESSAGES_MAX];
    size_t got_count;
    size_t peers_count;
    struct net_seen_peer *peers; /* of RAW and FLOOD: NET_PEERS_MAX of them */
};

struct net {
    uint64_t now_ns;
    uint64_t random;
    size_t piece_max; /* bytes moved at once; 0: all */
    int nodes_count;
    uint32_t published;
    size_t sockets_count;
    struct net_socket sockets[NET_SOCKETS_MAX];
    struct ghm_mem mem;
    struct ghm_gossip_config config; /* of the next node */
    struct net_node nodes[NET_NODES_MAX];
};

struct net *net_new(uint64_t seed);
void net_free(struct net *net);

/** Add nodes of one kind; the first one's number. */
int net_add(struct net *net, enum net_kind kind, int count);

/** A node leaves without a word, and comes back later, with nothing but its key and seqno. */
void net_stop(struct net *net, int node);
void net_start(struct net *net, int node);

/** `from` dials `to` now and for ever. */
void net_link(struct net *net, int from, int to);
/** Each to each, or each to the next and to `more` others drawn by lot. */
void net_link_all(struct net *net);
void net_link_some(struct net *net, int more);

/** Break, or stall, the sockets between two nodes. */
void net_cut(struct net *net, int a, int b);
void net_stall(struct net *net, int a, int b, bool is_stalled);

void net_settle(struct net *net);
void net_pass(struct net *net, uint64_t ns);

/** All that nodes hold is judged now; false when there was nothing. */
bool net_judge_held(struct net *net);

void net_subscribe_all(struct net *net);
void net_subscribe(struct net *net, int node, const char *topic);

/** Publish the next number, padded to `len` bytes (4 or more); returns it. */
uint32_t net_publish(struct net *net, int node, size_t len);
uint32_t net_publish_in(struct net *net, int node, const char *topic, size_t len);

/** Every PEER and FLOOD node but `author` got `number` just once. */
void net_assert_reached(const struct net *net, uint32_t number, int author);
size_t net_reached(const struct net *net, uint32_t number);

const struct ghm_gossip_counts *net_counts(const struct net *net, int node);
double net_score(const struct net *net, int node, int of);

/* ---- RAW nodes ---- */

struct net_seen_peer *net_peer(struct net *net, int node, int of);
/** Open a stream to a peer, or use the one there is, and write an RPC. */
void net_say(struct net *net, int node, int to, struct ghm_bytes rpc);
void net_say_bytes(struct net *net, int node, int to, struct ghm_bytes bytes);
/** How many items of a type the node heard from a peer so far. */
size_t net_heard(struct net *net, int node, int from, enum ghm_rpc_type type);

/** The peers that the last PRUNE from a peer offered, at most `most`, and how many bytes it has. */
size_t net_offers(struct net *net, int node, int from, struct ghm_rpc_offer *ret_offers,
                  size_t most, size_t *ret_bytes);

/** Build an RPC: subscription, control and messages, in `ret_rpc`. */
struct net_rpc {
    struct ghm_buf rpc;
    struct ghm_buf control;
    struct ghm_mem mem;
};
void net_rpc_init(struct net_rpc *rpc);
void net_rpc_fini(struct net_rpc *rpc);
struct ghm_bytes net_rpc_done(struct net_rpc *rpc);
void net_rpc_ids(struct net_rpc *rpc, enum ghm_rpc_type type, const char *topic, size_t count,
                 uint64_t first);

#endif
