/* SPDX-License-Identifier: MIT */
/* Many connections as one state machine: dialing and redialing, accepting, authenticating,
 * identify, ping, the peer book and its limits. Sockets stay outside: the owner (src/io or a
 * simulator) opens and closes them on this room's word and carries bytes both ways.
 *
 * Call protocol, socket side: DIAL event -> connected | failed; accept; push; writer + pull/pulled;
 * hangup; CLOSE event -> close the socket, the number is never used again.
 * Protocol side: PEER_UP; open/STREAM_OPENED; write, STREAM_DATA, data/data_drop; finish, reset.
 *
 * Every verb that may let time pass takes `now_ns` (monotonic). What was pushed is worked on when
 * ghm_swarm_next is drained: drain it after every push, and before asking for bytes to send, so
 * that what its events make the owner write leaves in the same flight.
 *
 * Bounds (config where it says so, swarm/limits.h): 256 connections (config), of which those over
 * 192 are trimmed to 160, the least useful first (config, swarm/keeper.h); 64 handshakes of
 * accepted ones and 64 dials under way; of one IP address 64 connections, 8 handshakes and 5
 * accepts a second (all config); 2 connections kept per peer (of more, the oldest is closed); 16
 * listen addresses, 64 bootstrap addresses, 16 peers being reached by 32 addresses each, 512
 * addresses in back-off, 32 addresses of each of 256 peers in the book, 64 protocols of the owner,
 * and per connection those of link/link.h, all within its GHM_LINK_MEM_MAX. */
#ifndef GHM_SWARM_SWARM_H
#define GHM_SWARM_SWARM_H

#include "base/deadline.h"
#include "base/log.h"
#include "crypto/entropy.h"
#include "crypto/key.h"
#include "crypto/peerid.h"
#include "link/link.h"
#include "wire/multiaddr.h"

struct ghm_swarm;

struct ghm_swarm_config {
    const struct ghm_key *identity;  /* borrowed while the swarm lives */
    const char *agent_version;       /* told by identify, "ghmesh/0.1.0" */
    const char *const *protocols;    /* the owner's inbound protocols, NULL-terminated, borrowed */
    struct ghm_log *log;             /* or NULL */
    enum ghm_link_security security; /* what we offer when we dial; we accept each */
    /* Our signed peer records have the numbers after it: above all that this identity has ever
     * used, so nanoseconds of the wall clock. 0: no record is told. */
    uint64_t record_seq;
    /* Each 0: the default. */
    uint32_t connections_max;      /* open and opening, both directions: 256 */
    uint32_t connections_high;     /* with more authenticated ones than this: 192 */
    uint32_t connections_low;      /* the least useful go until so many are left: 160 */
    uint32_t inbound_per_ip_max;   /* 64 (loopback and NAT share one address) */
    uint32_t pending_per_ip_max;   /* handshakes, but for loopback: 8 */
    uint32_t accepts_per_ip_per_s; /* but for loopback; at most 10^9: 5 */
};

/** One stream of one connection; both numbers are never reused. */
struct ghm_stream {
    uint32_t connection;
    uint32_t id;
};

enum ghm_swarm_event_type {
    GHM_SWARM_DIAL,            /* socket side: open a TCP connection to `tcp` for `connection` */
    GHM_SWARM_CLOSE,           /* socket side: send what pull still lends, then close the socket, or
                                  ignore it when the socket is gone already */
    GHM_SWARM_PEER_UP,         /* the first connection to `peer` is authenticated */
    GHM_SWARM_PEER_DOWN,       /* the last connection to `peer` is gone */
    GHM_SWARM_IDENTIFIED,      /* `peer` said which protocols it speaks (ghm_swarm_peer_speaks) */
    GHM_SWARM_STREAM_OPENED,   /* inbound, negotiated: `protocol` is one of config.protocols */
    GHM_SWARM_STREAM_READY,    /* outbound, negotiated */
    GHM_SWARM_STREAM_DATA,     /* ghm_swarm_data has more */
    GHM_SWARM_STREAM_FINISHED, /* the peer will send no more; our side may still write */
    GHM_SWARM_STREAM_CLOSED,   /* gone: both sides finished (and all data dropped), reset by either
                                  side, refused (GHM_ENOTSUP), or connection lost; exactly once per
                                  stream, its last event, and what was not read is gone too */
    GHM_SWARM_UNREACHED,       /* `peer` of ghm_swarm_reach answered nowhere */
    GHM_SWARM_PINGED,          /* answer to ghm_swarm_ping: `error`, and `rtt_ns` when GHM_OK */
};

struct ghm_swarm_event {
    enum ghm_swarm_event_type type;
    uint32_t connection;
    struct ghm_stream stream;
    struct ghm_peerid peer;
    const char *protocol;         /* of STREAM_*: borrowed from config.protocols or open */
    struct ghm_multiaddr_tcp tcp; /* of DIAL */
    int error;                    /* of STREAM_CLOSED and PINGED: GHM_OK when it ended well */
    uint64_t rtt_ns;
};

int ghm_swarm_new(struct ghm_swarm **ret_swarm, struct ghm_mem *mem,
                  const struct ghm_swarm_config *config, struct ghm_entropy *entropy) GHM_MUST_USE;
void ghm_swarm_free(struct ghm_swarm *swarm);

/* ---- addresses ---- */

/** Say where we listen; told to peers by identify, and to those connected in a second. GHM_ELIMIT
 * past 16; GHM_ENOMEM. */
int ghm_swarm_listen_add(struct ghm_swarm *swarm, const struct ghm_multiaddr *addr) GHM_MUST_USE;

/** Where we listen, lent until the next listen_add. */
const struct ghm_multiaddr *ghm_swarm_listen_addrs(const struct ghm_swarm *swarm,
                                                   size_t *ret_count);

/** Dial `addr` now and again for ever when it fails or falls (back-off 1 s doubling to 60 s,
 * jittered; no redial while the peer of its /p2p/, or else the one that answered there last, is
 * connected by any way). Our own peer id is ignored, so that a fleet can share one list.
 * GHM_ENOTSUP when it is no TCP address; GHM_EINVAL; GHM_ELIMIT past 64; GHM_ENOMEM. */
int ghm_swarm_bootstrap(struct ghm_swarm *swarm, const struct ghm_multiaddr *addr,
                        uint64_t now_ns) GHM_MUST_USE;

/** Dial once. The outcome is PEER_UP (unless that peer is up already) or a CLOSE of
 * `ret_connection`. GHM_EINVAL when it is our own peer id or none; GHM_ENOTSUP; GHM_ELIMIT;
 * GHM_ENOMEM. */
int ghm_swarm_dial(struct ghm_swarm *swarm, uint32_t *ret_connection,
                   const struct ghm_multiaddr *addr, uint64_t now_ns) GHM_MUST_USE;

/** Dial a peer by all that is known of it, one address after another with a head start for each
 * (swarm/race.h), until one leads to it: `addrs`, of which 32 are used, and what it told by
 * identify. An address that failed is left alone for 5 s and longer (swarm/failures.h). The outcome
 * is PEER_UP or UNREACHED. GHM_EBUSY when it is up or being reached; GHM_EAGAIN when all addresses
 * are left alone now; GHM_ENOTFOUND when there is none; GHM_EINVAL; GHM_ELIMIT past 16; GHM_ENOMEM.
 */
int ghm_swarm_reach(struct ghm_swarm *swarm, const struct ghm_peerid *peer,
                    const struct ghm_multiaddr *addrs, size_t count, uint64_t now_ns) GHM_MUST_USE;

/* ---- the socket side ---- */

/** The socket of a DIAL is open. */
void ghm_swarm_connected(struct ghm_swarm *swarm, uint32_t connection, uint64_t now_ns);

/** The socket of a DIAL could not be opened; its CLOSE follows. */
void ghm_swarm_failed(struct ghm_swarm *swarm, uint32_t connection, uint64_t now_ns);

/** A socket was accepted from `remote` (/ip4|ip6/.../tcp/...). GHM_ELIMIT: close it at once. */
int ghm_swarm_accept(struct ghm_swarm *swarm, uint32_t *ret_connection,
                     const struct ghm_multiaddr *remote, uint64_t now_ns) GHM_MUST_USE;

/** Bytes arrived. What a peer does wrong is not the caller's error: it ends in a CLOSE event.
 * An unknown (already closed) connection is ignored. */
void ghm_swarm_push(struct ghm_swarm *swarm, uint32_t connection, struct ghm_bytes in,
                    uint64_t now_ns);

/** The next connection that has bytes to send; false when none has. */
bool ghm_swarm_writer(struct ghm_swarm *swarm, uint32_t *ret_connection);

/** Bytes to send on a connection, lent until the next call; then say how many were sent. A
 * connection whose bytes were not all sent comes back from ghm_swarm_writer after pulled. */
struct ghm_bytes ghm_swarm_pull(struct ghm_swarm *swarm, uint32_t connection);
void ghm_swarm_pulled(struct ghm_swarm *swarm, uint32_t connection, size_t len, uint64_t now_ns);

/** The socket was closed or broken by the other side. No CLOSE event follows, but for a dial whose
 * peer was never authenticated: that is its outcome. */
void ghm_swarm_hangup(struct ghm_swarm *swarm, uint32_t connection, uint64_t now_ns);

/* ---- time and events ---- */

/** Tell the date, in seconds since 1970, now and again: the certificates of TLS that are shown from
 * now on must be valid then. 0, or never told: their dates are not looked at. */
void ghm_swarm_date(struct ghm_swarm *swarm, int64_t date_s);

bool ghm_swarm_next(struct ghm_swarm *swarm, struct ghm_swarm_event *ret_event);
uint64_t ghm_swarm_deadline(const struct ghm_swarm *swarm);
void ghm_swarm_tick(struct ghm_swarm *swarm, uint64_t now_ns);

/* ---- the protocol side ---- */

/** Open a stream to a connected peer, on its newest connection; `protocol` is borrowed while the
 * stream lives. GHM_ENOTFOUND when it is not connected; GHM_ELIMIT; GHM_ENOMEM. */
int ghm_swarm_open(struct ghm_swarm *swarm, struct ghm_stream *ret_stream,
                   const struct ghm_peerid *peer, const char *protocol,
                   uint64_t now_ns) GHM_MUST_USE;

/** Queue bytes (also before STREAM_READY). All or nothing: GHM_ELIMIT when more than 1 MiB is
 * queued; GHM_ENOMEM: over the connection's bound, write again later; GHM_ECLOSED after finish,
 * reset or close. */
int ghm_swarm_write(struct ghm_swarm *swarm, struct ghm_stream stream,
                    struct ghm_bytes bytes) GHM_MUST_USE;

/** How many bytes are queued on a stream and not yet handed to the socket side. */
size_t ghm_swarm_queued(const struct ghm_swarm *swarm, struct ghm_stream stream);

/** Received bytes, lent; dropping them lets the peer send more. */
struct ghm_bytes ghm_swarm_data(const struct ghm_swarm *swarm, struct ghm_stream stream);
void ghm_swarm_data_drop(struct ghm_swarm *swarm, struct ghm_stream stream, size_t len);

/** Send no more (half-close, after what is queued). */
void ghm_swarm_finish(struct ghm_swarm *swarm, struct ghm_stream stream);
/** Give the stream up in both directions. A stream already gone is ignored. */
void ghm_swarm_reset(struct ghm_swarm *swarm, struct ghm_stream stream);

/** Measure a peer. One answer: PINGED. GHM_ENOTFOUND; GHM_EBUSY while one is under way. */
int ghm_swarm_ping(struct ghm_swarm *swarm, const struct ghm_peerid *peer,
                   uint64_t now_ns) GHM_MUST_USE;

/** End all connections of a peer. */
void ghm_swarm_disconnect(struct ghm_swarm *swarm, const struct ghm_peerid *peer, uint64_t now_ns);

/** Never trim the connections of a connected peer (bootstrap peers need no word); it holds until
 * its PEER_DOWN. GHM_ENOTFOUND when it is not connected. */
int ghm_swarm_protect(struct ghm_swarm *swarm, const struct ghm_peerid *peer,
                      bool is_protected) GHM_MUST_USE;

/** What a peer says of itself, all lent until the next call. Nothing of it is proven, but that
 * `certified` and `signed_record` were signed by it. */
struct ghm_swarm_told {
    const char *agent_version;
    struct ghm_bytes protocols;         /* each with its terminator */
    const struct ghm_multiaddr *listen; /* without those that lead nowhere, or to us */
    size_t listen_count;
    struct ghm_bytes observed;             /* where it sees us: a binary address, or empty */
    struct ghm_bytes signed_record;        /* the newest, an envelope as it came; or empty */
    const struct ghm_multiaddr *certified; /* its addresses, as `listen` */
    size_t certified_count;
};

/** GHM_ENOTFOUND when it is not connected or not identified. */
int ghm_swarm_peer_told(const struct ghm_swarm *swarm, struct ghm_swarm_told *ret_told,
                        const struct ghm_peerid *peer) GHM_MUST_USE;

/** Does an identified peer list `protocol`? */
bool ghm_swarm_peer_speaks(const struct ghm_swarm *swarm, const struct ghm_peerid *peer,
                           const char *protocol);

/** How a connected peer is connected. */
struct ghm_swarm_place {
    const char *ip;   /* in text, lent until the next call; "" when it was dialed by name */
    bool is_outbound; /* we dialed it */
};

/** By its newest connection, but outbound if any is. GHM_ENOTFOUND when it is not connected. */
int ghm_swarm_peer_place(const struct ghm_swarm *swarm, struct ghm_swarm_place *ret_place,
                         const struct ghm_peerid *peer) GHM_MUST_USE;

/** The newest signed record of a peer that is or was connected, as it came: its signature and owner
 * were checked, and it may be passed on. Lent until the next call; empty when there is none. */
struct ghm_bytes ghm_swarm_record(const struct ghm_swarm *swarm, const struct ghm_peerid *peer);

struct ghm_swarm_counts {
    uint64_t records;         /* signed peer records that were kept */
    uint64_t refused_records; /* malformed, forged, of another peer, or not newer */
};
const struct ghm_swarm_counts *ghm_swarm_counts(const struct ghm_swarm *swarm);

/** Authenticated peers connected now. */
size_t ghm_swarm_peers_count(const struct ghm_swarm *swarm);

#endif
