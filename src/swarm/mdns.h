/* SPDX-License-Identifier: MIT */
/* Peers of the local network: asks for them by multicast DNS and answers those who ask. Under a
 * service tag of our own, so that we meet members of our network and not every libp2p node.
 *
 *     query:  TAG.local PTR ?
 *     answer: TAG.local PTR NAME.TAG.local   and, additional, NAME.TAG.local TXT "dnsaddr=..." ...
 *
 * NAME is random for each start and says nothing of the peer. Nothing that is heard is proven: a
 * peer found is dialed and must show its id, as ever.
 *
 * Call protocol: init -> (push | pull/pulled | next | tick | listen)* -> fini.
 *
 * Bounds: a message 9000 bytes received and 1400 sent, 64 records read of one, 16 addresses told
 * and 16 of each peer found, 16 finds waiting (more are forgotten: the peer will say it again), one
 * answer a second. Queries: at the start, then after 1 s, doubling to 5 min.
 *
 * Spec: libp2p/specs discovery/mdns.md; RFC 6762 sections 5.2, 6 */
#ifndef GHM_SWARM_MDNS_H
#define GHM_SWARM_MDNS_H

#include "base/deadline.h"
#include "crypto/entropy.h"
#include "crypto/peerid.h"
#include "wire/dns.h"
#include "wire/multiaddr.h"

#define GHM_MDNS_TAG "_ghmesh-discovery._udp.local"
#define GHM_MDNS_IN_MAX 9000
#define GHM_MDNS_OUT_MAX 1400
#define GHM_MDNS_RECORDS_MAX 64
#define GHM_MDNS_ADDRS_MAX 16
#define GHM_MDNS_FINDS_MAX 16
#define GHM_MDNS_NAME_LEN 32 /* characters of our random name */
#define GHM_MDNS_TTL_S 360   /* told to caches; longer than the longest silence between queries */
#define GHM_MDNS_QUERY_MIN_NS GHM_NS_PER_S
#define GHM_MDNS_QUERY_MAX_NS (300 * GHM_NS_PER_S)
#define GHM_MDNS_ANSWER_NS GHM_NS_PER_S /* between two answers */
#define GHM_MDNS_JITTER_NS (100 * GHM_NS_PER_MS)

struct ghm_mdns_config {
    const char *tag; /* NULL: GHM_MDNS_TAG */
    struct ghm_peerid self;
    bool has_loopback; /* tell and take loopback addresses too: for tests on one machine */
};

struct ghm_mdns_found {
    struct ghm_peerid peer;
    size_t count;
    struct ghm_multiaddr addrs[GHM_MDNS_ADDRS_MAX];
};

struct ghm_mdns {
    struct ghm_mem *mem;
    struct ghm_mdns_config config;
    struct ghm_entropy entropy;
    struct ghm_dns_name service;
    struct ghm_dns_name name; /* ours */
    struct ghm_multiaddr addrs[GHM_MDNS_ADDRS_MAX];
    size_t addrs_count;
    struct ghm_mdns_found *finds[GHM_MDNS_FINDS_MAX]; /* oldest first */
    size_t finds_count;
    struct ghm_buf out;   /* one message; given back when it is sent */
    uint64_t query_ns;    /* when the next is due */
    uint64_t wait_ns;     /* after it */
    uint64_t answer_ns;   /* when the one owed is due; GHM_NEVER: none is */
    uint64_t answered_ns; /* when the last was gathered; 0: never */
    uint64_t now_ns;
};

/** Start; the first query is due at once. GHM_EINVAL when the tag is no name. */
int ghm_mdns_init(struct ghm_mdns *mdns, struct ghm_mem *mem, const struct ghm_mdns_config *config,
                  struct ghm_entropy *entropy, uint64_t now_ns) GHM_MUST_USE;
void ghm_mdns_fini(struct ghm_mdns *mdns);

/** We listen at `addr`; what is no TCP address, unspecified, or loopback without has_loopback is
 * left out, and so are those past ADDRS_MAX. */
void ghm_mdns_listen(struct ghm_mdns *mdns, const struct ghm_multiaddr *addr);

/** A datagram came. What is malformed or not ours is ignored. */
void ghm_mdns_push(struct ghm_mdns *mdns, struct ghm_bytes message, uint64_t now_ns);

/** A datagram to multicast, lent until the next call; empty: none. */
struct ghm_bytes ghm_mdns_pull(struct ghm_mdns *mdns);
void ghm_mdns_pulled(struct ghm_mdns *mdns);

/** The next peer that was found, by all addresses of one message. */
bool ghm_mdns_next(struct ghm_mdns *mdns, struct ghm_mdns_found *ret_found);

uint64_t ghm_mdns_deadline(const struct ghm_mdns *mdns);
void ghm_mdns_tick(struct ghm_mdns *mdns, uint64_t now_ns);

#endif
