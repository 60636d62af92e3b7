/* SPDX-License-Identifier: MIT */
/* The network: hosts with an address each, and TCP connections between them. Host i has the address
 * 10.a.b.c of the number i + 1 and listens on port 9000. What runs on a host is its `kind`:
 * anything that has a swarm. The network plays the socket side of swarm/swarm.h and carries the
 * bytes, as late and in such flights as the faults say; within a connection TCP keeps the order.
 *
 * Call protocol of a kind: `drain` is called after anything was pushed into the swarm, and after
 * `tick`; it takes the swarm's events, gives each to net_on too, and ends with net_flush. */
#ifndef GHM_SIM_NET_H
#define GHM_SIM_NET_H

#include "clock.h"
#include "faults.h"
#include "queue.h"

#include "swarm/swarm.h"

#define NET_PORT 9000
#define NET_WINDOW (256U << 10) /* bytes sent and not yet read at the other end */
#define NET_FLIGHT_MAX (64U << 10)
#define NET_NOBODY UINT32_MAX

struct net_kind {
    uint64_t (*deadline)(void *self);
    void (*tick)(void *self, uint64_t own_ns);
    void (*drain)(void *self);
};

/* Bytes on their way, or the end of the connection. */
struct net_flight {
    struct net_flight *next;
    uint64_t arrives_ns;
    size_t len;
    bool is_end;
    uint8_t bytes[];
};

struct net_pipe {
    struct net_flight *first;
    struct net_flight *last;
    size_t unread;     /* sent, and not known to be read */
    size_t unheard;    /* read, but the way back is closed */
    uint64_t free_ns;  /* when the line is free, with a bound on bandwidth */
    uint64_t order_ns; /* nothing arrives before what was sent before */
    bool is_awaited;   /* an ARRIVAL is in the queue */
    bool is_full;      /* the sender waits */
};

/* Pipe i carries what end i sends. */
struct net_socket {
    struct {
        uint32_t host; /* NET_NOBODY: closed or never opened */
        uint32_t connection;
    } ends[2];
    uint32_t hosts[2]; /* whose they are, or were */
    struct net_pipe pipes[2];
    bool is_taken;  /* the dial was accepted */
    bool is_broken; /* both ends will hear of it */
};

struct net_host {
    const struct net_kind *kind;
    void *self;
    struct ghm_swarm *swarm; /* NULL: it is down */
    bool is_silent;          /* when it is down: nothing refuses what is sent to it */
    struct clock clock;
    uint64_t timer_ns; /* when its next TIMER is */
    int group;
    uint64_t reads_per_s; /* bytes; 0: no bound */
    uint64_t reads_ns;    /* when it reads again */
    uint32_t *sockets;    /* by connection number, index + 1 */
    size_t sockets_size;
};

struct net {
    struct queue *queue;
    struct faults *faults;
    struct net_host *hosts;
    uint32_t hosts_count;
    struct net_socket **sockets;
    uint32_t sockets_count;
    uint32_t sockets_size;
    uint64_t bytes;  /* carried */
    uint64_t broken; /* connections, by loss */
};

void net_init(struct net *net, struct queue *queue, struct faults *faults, uint32_t hosts_count);
void net_fini(struct net *net);

/** What a host's clock shows now. */
uint64_t net_now(const struct net *net, uint32_t host);

void net_name(char ret_name[20], uint32_t host);
struct ghm_multiaddr net_addr(uint32_t host);

/** Something runs on the host from now on, or ends. With a word the others hear of it, as when a
 * process dies; without one only when they send, as when a machine does. */
void net_up(struct net *net, uint32_t host, struct ghm_swarm *swarm);
void net_down(struct net *net, uint32_t host, bool is_told);

/** Drain a host and set its timer: after any call into what runs on it. */
void net_wake(struct net *net, uint32_t host);

/** DIAL and CLOSE of a host's swarm; other events are ignored. */
void net_on(struct net *net, uint32_t host, const struct ghm_swarm_event *event);

/** Take what the host's swarm wants to send; false when there was nothing. */
bool net_flush(struct net *net, uint32_t host);

/** Break a connection: both ends hear of it now. */
void net_cut(struct net *net, uint32_t socket);

/** After faults->closed or groups changed: what waited at a closed way goes on. */
void net_reopen(struct net *net);

/** Play one event of the network. */
void net_play(struct net *net, const struct queue_event *event);

#endif
