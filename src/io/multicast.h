/* SPDX-License-Identifier: MIT */
/* The socket of multicast DNS: 224.0.0.251, port 5353, shared with whatever else of this machine
 * speaks it. IPv4 only: every network that has multicast DNS has it there. */
#ifndef GHM_IO_MULTICAST_H
#define GHM_IO_MULTICAST_H

#include "base/bytes.h"
#include "base/error.h"

#include <uv.h>

struct ghm_multicast;

typedef void ghm_multicast_heard(void *context, struct ghm_bytes message);

/** Join. GHM_ENOMEM; GHM_EIO: this machine has no network with multicast, or the port is taken. */
int ghm_multicast_new(struct ghm_multicast **ret_multicast, uv_loop_t *loop,
                      ghm_multicast_heard *heard, void *context) GHM_MUST_USE;

/** Close; the memory is given back while the loop runs on. NULL is accepted. */
void ghm_multicast_free(struct ghm_multicast *multicast);

/** Send a datagram now or lose it. */
void ghm_multicast_send(struct ghm_multicast *multicast, struct ghm_bytes message);

#endif
