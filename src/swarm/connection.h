/* SPDX-License-Identifier: MIT */
/* One connection as the swarm sees it: its number, where it leads, its link, and the swarm's own
 * protocols on it (identify, ping). It knows no other connection.
 *
 *     ASKED --connected--> LIVE --end--> ENDING --(all is told)--> CLOSED --(all is sent)--> freed
 *       `------failed, timeout------------^                    `--(no socket)--> freed
 *     an accepted one begins LIVE */
#ifndef GHM_SWARM_CONNECTION_H
#define GHM_SWARM_CONNECTION_H

#include "swarm/exchange.h"
#include "swarm/limits.h"
#include "swarm/peers.h"
#include "swarm/ping.h"
#include "swarm/swarm.h"

#define GHM_CONNECTION_DIAL_NS                                                                     \
    (15 * GHM_NS_PER_S)                             /* the socket side opens or fails in this time \
                                                     */
#define GHM_CONNECTION_LEAVE_NS (10 * GHM_NS_PER_S) /* after the peer's goodbye, ours */
#define GHM_CONNECTION_LINGER_NS (5 * GHM_NS_PER_S) /* for the last bytes after CLOSE */
#define GHM_CONNECTION_IP_MAX 46

#define GHM_CONNECTION_STATE_MAP(X)                                                                \
    X(GHM_CONNECTION_ASKED, "the socket side is asked to dial")                                    \
    X(GHM_CONNECTION_LIVE, "handshake or streams")                                                 \
    X(GHM_CONNECTION_ENDING, "over, its last events are being told")                               \
    X(GHM_CONNECTION_CLOSED, "told, its last bytes are being sent")

#define GHM_CONNECTION_MOVE_MAP(X)                                                                 \
    X(GHM_CONNECTION_ASKED, GHM_CONNECTION_LIVE, "the socket is open")                             \
    X(GHM_CONNECTION_ASKED, GHM_CONNECTION_ENDING, "it failed, or took 15 s")                      \
    X(GHM_CONNECTION_LIVE, GHM_CONNECTION_ENDING, "an error, a hangup, trimmed, or we leave")      \
    X(GHM_CONNECTION_ENDING, GHM_CONNECTION_CLOSED, "all is told, the rest is being sent")

enum ghm_connection_state {
#define GHM_CONNECTION_STATE_ENUM(name, text) name,
    GHM_CONNECTION_STATE_MAP(GHM_CONNECTION_STATE_ENUM)
#undef GHM_CONNECTION_STATE_ENUM
};

/** What ghm_connection_next found. */
enum ghm_connection_news {
    GHM_CONNECTION_NOTHING, /* no more */
    GHM_CONNECTION_TOLD,    /* an event for the owner of the swarm */
    GHM_CONNECTION_SECURED, /* the peer is authenticated: the swarm admits it or ends the connection
                             */
    GHM_CONNECTION_LEARNED, /* the peer has told who it is: see ghm_exchange_take */
};

struct ghm_connection {
    struct ghm_map_node by_number;
    struct ghm_list ready;   /* may have events */
    struct ghm_list writing; /* may have bytes */
    struct ghm_list of_peer;
    uint32_t number;
    enum ghm_connection_state state;
    bool is_dialer;
    bool tells_dial;
    bool tells_close;
    bool has_socket;
    bool is_leaving; /* the peer said goodbye */
    char ip[GHM_CONNECTION_IP_MAX];
    struct ghm_multiaddr remote; /* accepted from, or dialed */
    struct ghm_peerid expected;
    uint64_t deadline_ns; /* of ASKED, CLOSED, and of a LIVE one whose peer leaves */
    struct ghm_mem mem;   /* all that this connection holds */
    struct ghm_limits_hold hold;
    uint64_t up_ns;   /* when the peer was admitted */
    uint64_t used_ns; /* when something last happened on a stream of the owner */
    uint32_t streams; /* of the owner, both directions */
    struct ghm_link *link;
    struct ghm_peer *peer; /* once admitted */
    struct ghm_exchange exchange;
    struct ghm_ping ping;
};

/** Make one without a socket. GHM_ENOMEM; GHM_EINVAL when the /p2p/ part is no peer id; GHM_ENOTSUP
 * when `remote` is no TCP address. */
int ghm_connection_new(struct ghm_connection **ret_connection, struct ghm_mem *mem,
                       const struct ghm_multiaddr *remote) GHM_MUST_USE;
void ghm_connection_free(struct ghm_connection *c, struct ghm_mem *mem);

/** The socket is open: start the link. GHM_ENOMEM. */
int ghm_connection_start(struct ghm_connection *c, const struct ghm_link_config *config,
                         struct ghm_entropy *entropy, uint64_t now_ns) GHM_MUST_USE;

/** Authenticated and not over. */
bool ghm_connection_is_up(const struct ghm_connection *c);

/** Begin its end; streams and pings are lost with GHM_ECLOSED. Again is ignored. */
void ghm_connection_end(struct ghm_connection *c);

/** Find what happened; `self` is what we tell when the peer asks who we are (the observed address
 * is set here). */
enum ghm_connection_news ghm_connection_next(struct ghm_connection *c,
                                             struct ghm_swarm_event *ret_event,
                                             const struct ghm_identify_self *self, uint64_t now_ns);

/** Tell the peer, unasked, who we are now. Errors as ghm_link_open. */
int ghm_connection_push(struct ghm_connection *c, const struct ghm_identify_self *self,
                        uint64_t now_ns) GHM_MUST_USE;

uint64_t ghm_connection_deadline(const struct ghm_connection *c);

/** GHM_OK; GHM_ETIMEOUT: end it, or free it when CLOSED. */
int ghm_connection_tick(struct ghm_connection *c, uint64_t now_ns) GHM_MUST_USE;

#endif
