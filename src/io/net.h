/* SPDX-License-Identifier: MIT */
/* TCP for the swarm: opens, accepts, carries bytes and closes as the swarm says. */
#ifndef GHM_IO_NET_H
#define GHM_IO_NET_H

#include "swarm/swarm.h"

#include <uv.h>

#define GHM_NET_PORTS_TRIED 32 /* a busy port: this many next ones */

struct ghm_net;

/** The owner looks at the swarm's events, and flushes, once in every turn of the loop. */
int ghm_net_new(struct ghm_net **ret_net, uv_loop_t *loop, struct ghm_swarm *swarm) GHM_MUST_USE;

/** Close all sockets; the memory is given back while the loop runs on. NULL is accepted. */
void ghm_net_free(struct ghm_net *net);

/**
 * Listen, and tell the swarm where.
 *
 * @param ret_port the port that was free: the wanted one, or one of the next
 * @param where    "9000" (all IPv4 addresses), or "/ip4/127.0.0.1/tcp/0"
 * @return GHM_OK; GHM_ECONFIG for another form; GHM_EBUSY when no port was free; GHM_EIO
 */
int ghm_net_listen(struct ghm_net *net, uint16_t *ret_port, const char *where) GHM_MUST_USE;

/** Is `where` of one of these forms? GHM_OK; GHM_ECONFIG. */
int ghm_net_check(const char *where) GHM_MUST_USE;

/** Do what a DIAL or CLOSE event of the swarm says. */
void ghm_net_dial(struct ghm_net *net, uint32_t connection, const struct ghm_multiaddr_tcp *tcp);
void ghm_net_close(struct ghm_net *net, uint32_t connection);

/** Hand what the swarm wants to send to the sockets; false when it wanted nothing. */
bool ghm_net_flush(struct ghm_net *net);

#endif
